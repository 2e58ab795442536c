import type { Consent } from '@medplum/fhirtypes';
import type { Queryable } from './database.ts';
import { findPatients } from './resources.ts';

/** A patient's directives as the decision reads them, with the revision they stand at. */
export interface Directives {
  readonly revision: number;
  readonly flat: readonly unknown[];
  /** Emergency overrides of the last eight hours, the latest first. */
  readonly overrides: readonly {
    readonly recipient: string;
    readonly kind: string;
    readonly reason: string;
    readonly declared: string;
  }[];
}

export async function readDirectives(db: Queryable, patientIds: readonly string[]): Promise<Map<string, Directives>> {
  if (patientIds.length === 0) return new Map();
  const { rows } = await db.query<{
    id: string;
    revision: number;
    flat: unknown[] | null;
    overrides: Directives['overrides'] | null;
  }>(
    `SELECT p.id, p.directive_revision AS revision,
       (SELECT json_agg(d.flat ORDER BY d.id) FROM directive d WHERE d.patient_id = p.id) AS flat,
       (SELECT json_agg(json_build_object('recipient', e.recipient, 'kind', e.kind, 'reason', e.reason, 'declared', e.declared_at) ORDER BY e.declared_at DESC)
          FROM emergency e WHERE e.patient_id = p.id AND e.declared_at > now() - interval '8 hours') AS overrides
     FROM patient p WHERE p.id = ANY ($1)`,
    [patientIds],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      { revision: row.revision, flat: (row.flat ?? []).flat(), overrides: row.overrides ?? [] },
    ]),
  );
}

export async function readRevisions(db: Queryable, patientIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await db.query<{ id: string; revision: number }>(
    'SELECT id, directive_revision AS revision FROM patient WHERE id = ANY ($1)',
    [patientIds],
  );
  return new Map(rows.map((row) => [row.id, row.revision]));
}

export interface DirectiveRow {
  readonly id: string;
  readonly patientId: string;
  readonly version: number;
  /** The client that handed it in. */
  readonly recordedBy: string;
  readonly content: Consent;
  readonly flat: readonly unknown[];
}

/** Writes a directive's new version and bumps its patient's revision, in the caller's transaction. */
export async function writeDirective(db: Queryable, directive: DirectiveRow, at: string): Promise<void> {
  const { id, patientId, version, recordedBy, content, flat } = directive;
  await db.query(
    `INSERT INTO directive (id, patient_id, version, recorded_by, content, flat) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, content = excluded.content, flat = excluded.flat`,
    [id, patientId, version, recordedBy, JSON.stringify(content), JSON.stringify(flat)],
  );
  await db.query('INSERT INTO directive_version (id, version, at, actor, content) VALUES ($1, $2, $3, $4, $5)', [
    id,
    version,
    at,
    recordedBy,
    JSON.stringify(content),
  ]);
  await db.query('UPDATE patient SET directive_revision = directive_revision + 1 WHERE id = $1', [patientId]);
}

/** A directive as it stands, for the client that handed it in; for others there is none. */
export async function readDirective(
  db: Queryable,
  of: { id: string; recordedBy: string },
): Promise<DirectiveRow | undefined> {
  const { rows } = await db.query<DirectiveRow>(
    `SELECT id, patient_id AS "patientId", version, recorded_by AS "recordedBy", content, flat FROM directive
     WHERE id = $1 AND recorded_by = $2`,
    [of.id, of.recordedBy],
  );
  return rows[0];
}

/** The patient behind an identifier, made where nobody has been told of before: a directive may come before the first message. */
export async function findOrMakePatient(
  db: Queryable,
  identifier: { system: string; value: string },
  newId: () => string,
): Promise<string> {
  const known = await findPatients(db, [identifier]);
  const [found] = known.values();
  if (found) return found;
  const id = newId();
  await db.query('INSERT INTO patient (id) VALUES ($1)', [id]);
  await db.query('INSERT INTO patient_identifier (system, value, patient_id) VALUES ($1, $2, $3)', [
    identifier.system,
    identifier.value,
    id,
  ]);
  return id;
}
