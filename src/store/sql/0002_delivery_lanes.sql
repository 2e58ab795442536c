-- How lanes wait for recipients that are away, and how a delivery starts anew. Old workers can live with it.

-- A lane whose recipient gave no answer, or is paused: nobody in it is tried before `until`, then one alone.
CREATE TABLE lane_hold (
  lane     text PRIMARY KEY,
  until    timestamptz NOT NULL,
  failures integer NOT NULL               -- tries in a row that nobody answered
);

-- A redriven delivery has its whole patience again: age and attempts count from here.
ALTER TABLE delivery ADD COLUMN redriven_at timestamptz, ADD COLUMN redriven_after integer NOT NULL DEFAULT 0;

CREATE INDEX delivery_parked ON delivery (recipient) WHERE state = 'parked';
DROP INDEX delivery_unanswered;
CREATE INDEX delivery_unanswered ON delivery (due_at) WHERE state = 'sent';
