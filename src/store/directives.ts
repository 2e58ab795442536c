import type { Queryable } from './database.ts';

/** A patient's directives as the decision reads them, with the revision they stand at. */
export interface Directives {
  readonly revision: number;
  readonly flat: readonly unknown[];
}

export async function readDirectives(db: Queryable, patientIds: readonly string[]): Promise<Map<string, Directives>> {
  if (patientIds.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; revision: number; flat: unknown[] | null }>(
    `SELECT p.id, p.directive_revision AS revision, (SELECT json_agg(d.flat ORDER BY d.id) FROM directive d WHERE d.patient_id = p.id) AS flat
     FROM patient p WHERE p.id = ANY ($1)`,
    [patientIds],
  );
  return new Map(rows.map((row) => [row.id, { revision: row.revision, flat: (row.flat ?? []).flat() }]));
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
  readonly content: unknown;
  readonly flat: readonly unknown[];
}

/** Writes a directive's new version and bumps its patient's revision, in the caller's transaction. */
export async function writeDirective(db: Queryable, directive: DirectiveRow): Promise<void> {
  await db.query(
    `INSERT INTO directive (id, patient_id, version, content, flat) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, content = excluded.content, flat = excluded.flat`,
    [
      directive.id,
      directive.patientId,
      directive.version,
      JSON.stringify(directive.content),
      JSON.stringify(directive.flat),
    ],
  );
  await db.query('UPDATE patient SET directive_revision = directive_revision + 1 WHERE id = $1', [directive.patientId]);
}

export async function readDirective(db: Queryable, id: string): Promise<DirectiveRow | undefined> {
  const { rows } = await db.query<DirectiveRow>(
    'SELECT id, patient_id AS "patientId", version, content, flat FROM directive WHERE id = $1',
    [id],
  );
  return rows[0];
}
