-- A message that merges two patients stands in the lanes of both, at one position: it is worked when it heads both. No old workers beside this one.
CREATE SEQUENCE inbound_position;
SELECT setval('inbound_position', coalesce((SELECT max(seq) FROM inbound), 0) + 1);
ALTER TABLE inbound ADD COLUMN position bigint, ADD COLUMN barrier text; -- barrier: the other lane
UPDATE inbound SET position = seq;
ALTER TABLE inbound ALTER COLUMN position SET DEFAULT nextval('inbound_position'), ALTER COLUMN position SET NOT NULL;
DROP INDEX inbound_lane;
CREATE INDEX inbound_lane ON inbound (lane, position);
CREATE INDEX inbound_message ON inbound (message_id);
