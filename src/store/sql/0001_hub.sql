-- The record of truth. One transaction per step holds what the step did, its audit rows and the work it leaves behind.

CREATE TABLE message (
  id           uuid PRIMARY KEY,
  sender       text NOT NULL,              -- client or peer that handed it in, as signed in
  door         text NOT NULL,              -- http, mllp, file, replay
  format       text,
  type         text,                       -- ADT^A01, DIS20, Encounter
  structure    text,                       -- name of the map that reads it
  control_id   text,                       -- the id a repeat carries again
  body_id      uuid NOT NULL,              -- whose bytes hold it: its own, or those of the first message of its interchange
  part         integer NOT NULL DEFAULT 0, -- place in the interchange
  digest       bytea NOT NULL,             -- SHA-256 of the bytes: tells a repeat from a re-used id
  accepted     boolean NOT NULL,           -- false: refused at the door, kept as a trace
  state        text NOT NULL,              -- received, stopped, parked, done, refused
  step         text NOT NULL,              -- last step done: receive parse map validate store decide route
  steps        json NOT NULL,              -- [{step, at, ms, issues}]
  patient_id   uuid,
  received_at  timestamptz NOT NULL,
  finished_at  timestamptz,
  receipt      bytea,
  receipt_type text,
  replay_of    uuid REFERENCES message (id)
);
CREATE UNIQUE INDEX message_control ON message (sender, control_id) WHERE accepted AND replay_of IS NULL;
CREATE INDEX message_received ON message (received_at);
CREATE INDEX message_unfinished ON message (state) WHERE state IN ('received', 'stopped', 'parked');
CREATE INDEX message_patient ON message (patient_id) WHERE patient_id IS NOT NULL;

-- Content apart from the record that it came, so that it can be culled on its own.
CREATE TABLE message_body (
  id    uuid PRIMARY KEY,
  bytes bytea NOT NULL
);

-- Outbox of the doors: work still to do, in order. A lane is drained by one worker at a time.
CREATE TABLE inbound (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lane       text NOT NULL,
  message_id uuid NOT NULL REFERENCES message (id),
  from_step  text NOT NULL DEFAULT 'parse'
);
CREATE INDEX inbound_lane ON inbound (lane, seq);

CREATE TABLE patient (
  id                 uuid PRIMARY KEY,
  directive_revision integer NOT NULL DEFAULT 0, -- bumped by each change of a directive, compared just before sending
  merged_into        uuid REFERENCES patient (id)
);
CREATE TABLE patient_identifier (
  system     text NOT NULL,
  value      text NOT NULL,
  patient_id uuid NOT NULL REFERENCES patient (id),
  PRIMARY KEY (system, value)
);
CREATE INDEX patient_identifier_patient ON patient_identifier (patient_id);

CREATE TABLE resource (
  type       text NOT NULL,
  id         uuid NOT NULL,
  version    integer NOT NULL,
  patient_id uuid REFERENCES patient (id),
  deleted    boolean NOT NULL DEFAULT false,
  updated_at timestamptz NOT NULL,
  message_id uuid REFERENCES message (id),
  content    json NOT NULL,
  PRIMARY KEY (type, id)
);
CREATE INDEX resource_patient ON resource (patient_id, type) WHERE patient_id IS NOT NULL;
CREATE TABLE resource_version (
  type       text NOT NULL,
  id         uuid NOT NULL,
  version    integer NOT NULL,
  updated_at timestamptz NOT NULL,
  message_id uuid,
  content    json NOT NULL,
  PRIMARY KEY (type, id, version)
);
CREATE TABLE resource_identifier (
  type        text NOT NULL,
  system      text NOT NULL,
  value       text NOT NULL,
  resource_id uuid NOT NULL,
  PRIMARY KEY (type, system, value)
);

-- One row for each recipient of each event; `waiting` rows are the outbox of the delivery lanes.
CREATE TABLE delivery (
  id              uuid PRIMARY KEY,
  seq             bigint GENERATED ALWAYS AS IDENTITY,
  message_id      uuid NOT NULL REFERENCES message (id),
  patient_id      uuid REFERENCES patient (id),
  recipient       text NOT NULL,
  topic           text NOT NULL,
  lane            text NOT NULL,
  state           text NOT NULL,            -- waiting, sent, acknowledged, delivered, withheld, parked, refused
  reason          text,                     -- code of the error catalogue or of the decision
  content         json NOT NULL,            -- [{type, id, version}], the notice and ids made once and kept over retries
  event_number    bigint,
  external_id     text,                     -- MessageHeader.id: what an acknowledgement names
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL,
  due_at          timestamptz NOT NULL,
  sent_at         timestamptz,
  finished_at     timestamptz,
  provenance      json                      -- of a sent MedCom message: history for the next one of the stay
);
CREATE INDEX delivery_lane ON delivery (lane, seq) WHERE state IN ('waiting', 'parked');
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'waiting';
CREATE INDEX delivery_unanswered ON delivery (sent_at) WHERE state = 'sent';
CREATE INDEX delivery_message ON delivery (message_id);
CREATE INDEX delivery_patient ON delivery (patient_id, recipient, seq);
CREATE UNIQUE INDEX delivery_external ON delivery (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX delivery_event ON delivery (recipient, event_number) WHERE event_number IS NOT NULL;

CREATE TABLE attempt (
  delivery_id uuid NOT NULL REFERENCES delivery (id),
  number      integer NOT NULL,
  at          timestamptz NOT NULL,
  outcome     text NOT NULL,                -- delivered, retry, refused, unknown
  reason      text,
  http_status integer,
  PRIMARY KEY (delivery_id, number)
);

CREATE TABLE decision (
  id          uuid PRIMARY KEY,
  delivery_id uuid NOT NULL,
  message_id  uuid NOT NULL REFERENCES message (id),
  patient_id  uuid,
  recipient   text NOT NULL,
  phase       text NOT NULL,                -- acceptance, delivery
  at          timestamptz NOT NULL,
  outcome     text NOT NULL,                -- permit, permit-with-redaction, deny
  rule_set    text NOT NULL,
  content     json NOT NULL                 -- input by reference and the whole explained decision
);
CREATE INDEX decision_patient ON decision (patient_id, at);
CREATE INDEX decision_delivery ON decision (delivery_id);
CREATE INDEX decision_message ON decision (message_id);

-- What happened, append-only; AuditEvents are rendered from it. No name, number or payload in it.
CREATE TABLE audit (
  seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,
  kind        text NOT NULL,
  actor       text NOT NULL,
  message_id  uuid,
  delivery_id uuid,
  decision_id uuid,
  patient_id  uuid,
  detail      json NOT NULL
);
CREATE INDEX audit_patient ON audit (patient_id, seq) WHERE patient_id IS NOT NULL;

-- A directive of a patient, flattened from a FHIR Consent; kept apart from the clinical store.
CREATE TABLE directive (
  id         uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES patient (id),
  version    integer NOT NULL,
  recorded_by text NOT NULL,                -- the client that handed it in: who may read and change it
  content    json NOT NULL,                 -- the Consent
  flat       json NOT NULL                  -- what the decision reads
);
CREATE INDEX directive_patient ON directive (patient_id);
-- Every version it had: an old decision must be explainable by the directive as it then was.
CREATE TABLE directive_version (
  id      uuid NOT NULL,
  version integer NOT NULL,
  at      timestamptz NOT NULL,
  actor   text NOT NULL,
  content json NOT NULL,
  PRIMARY KEY (id, version)
);

-- The region as data: organisations, clients, peers, recipients, agreements, topics. Changed without a release.
CREATE TABLE registry (
  kind       text NOT NULL,
  id         text NOT NULL,
  version    integer NOT NULL,
  content    json NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE registry_revision (revision bigint NOT NULL);
INSERT INTO registry_revision VALUES (0);

-- FHIR Subscriptions: status and count of events change often, so they are kept beside the resource.
CREATE TABLE subscription (
  id         uuid PRIMARY KEY,
  client     text NOT NULL,
  topic      text NOT NULL,
  status     text NOT NULL,                 -- requested, active, error, off
  content    json NOT NULL,                 -- the Subscription as posted
  request    json NOT NULL,                 -- what was read from it
  events     bigint NOT NULL DEFAULT 0,
  error      text,
  changed_at timestamptz NOT NULL
);
CREATE INDEX subscription_topic ON subscription (topic);

-- Assertions seen at sign-in, until they expire.
CREATE TABLE assertion (
  client     text NOT NULL,
  jti        text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (client, jti)
);
