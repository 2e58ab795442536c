-- Codes no ConceptMap has a row for, and the messages that wait for one. Old workers can live with it.
CREATE TABLE unmapped_code (
  concept_map text NOT NULL,
  sender      text NOT NULL,
  system      text NOT NULL DEFAULT '',
  code        text NOT NULL,
  display     text,
  policy      text NOT NULL,               -- wait, continue: said in the ConceptMap
  first_seen  timestamptz NOT NULL,
  last_seen   timestamptz NOT NULL,
  count       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (concept_map, sender, system, code)
);
CREATE TABLE unmapped_wait (
  concept_map text NOT NULL,
  sender      text NOT NULL,
  system      text NOT NULL DEFAULT '',
  code        text NOT NULL,
  message_id  uuid NOT NULL REFERENCES message (id),
  PRIMARY KEY (concept_map, sender, system, code, message_id)
);
