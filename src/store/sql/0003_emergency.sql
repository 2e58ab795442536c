-- Emergency overrides (break-glass): one patient, one recipient unit, eight hours, each followed up. Old workers can live with it.
CREATE TABLE emergency (
  id          uuid PRIMARY KEY,
  patient_id  uuid NOT NULL REFERENCES patient (id),
  recipient   text NOT NULL,              -- organisation it was declared for
  kind        text NOT NULL,              -- patient-unreachable, patient-agrees
  reason      text NOT NULL,
  person      text NOT NULL,              -- who declared it, as the client names its users
  role        text NOT NULL,
  client      text NOT NULL,
  declared_at timestamptz NOT NULL,
  due_at      timestamptz NOT NULL,       -- the follow-up: three working days
  informed_at timestamptz,                -- the patient has been told
  reviewed_at timestamptz,
  reviewed_by text,
  finding     text
);
CREATE INDEX emergency_patient ON emergency (patient_id, declared_at);
CREATE INDEX emergency_open ON emergency (due_at) WHERE reviewed_at IS NULL;
CREATE INDEX emergency_person ON emergency (client, person, declared_at);
