-- When a subscriber that asked for heartbeats was last sent anything. Old workers can live with it: they send none.
ALTER TABLE subscription ADD COLUMN last_sent_at timestamptz;
