import type { Queryable } from './database.ts';

export interface AuditRow {
  readonly kind: string;
  readonly actor: string;
  readonly messageId?: string;
  readonly deliveryId?: string;
  readonly decisionId?: string;
  readonly patientId?: string | null;
  /** Codes, counts and ids; never a name, number or payload. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Appends what happened, in the transaction of the step it reports on. */
export async function audit(db: Queryable, rows: readonly AuditRow[], at: string): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `INSERT INTO audit (at, kind, actor, message_id, delivery_id, decision_id, patient_id, detail)
     SELECT $8, * FROM unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::json[])`,
    [
      rows.map((r) => r.kind),
      rows.map((r) => r.actor),
      rows.map((r) => r.messageId ?? null),
      rows.map((r) => r.deliveryId ?? null),
      rows.map((r) => r.decisionId ?? null),
      rows.map((r) => r.patientId ?? null),
      rows.map((r) => JSON.stringify(r.detail ?? {})),
      at,
    ],
  );
}

export interface DecisionRow {
  readonly id: string;
  readonly deliveryId: string;
  readonly messageId: string;
  readonly patientId: string | null;
  readonly recipient: string;
  /** `query`: a recipient asked for the event again. */
  readonly phase: 'acceptance' | 'delivery' | 'query';
  readonly outcome: string;
  readonly ruleSet: string;
  /** The decision's input by reference, and the decision with all its reasons. */
  readonly content: unknown;
}

export async function insertDecisions(db: Queryable, rows: readonly DecisionRow[], at: string): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `INSERT INTO decision (id, delivery_id, message_id, patient_id, recipient, phase, outcome, rule_set, content, at)
     SELECT *, $10 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::json[])`,
    [
      rows.map((r) => r.id),
      rows.map((r) => r.deliveryId),
      rows.map((r) => r.messageId),
      rows.map((r) => r.patientId),
      rows.map((r) => r.recipient),
      rows.map((r) => r.phase),
      rows.map((r) => r.outcome),
      rows.map((r) => r.ruleSet),
      rows.map((r) => JSON.stringify(r.content)),
      at,
    ],
  );
}

export type KeptDecision = DecisionRow & { readonly at: Date };

const KEPT = `id, delivery_id AS "deliveryId", message_id AS "messageId", patient_id AS "patientId", recipient, phase, outcome, rule_set AS "ruleSet", content, at`;

export async function decisionsOfMessage(db: Queryable, messageId: string): Promise<readonly KeptDecision[]> {
  return (
    await db.query<KeptDecision>(`SELECT ${KEPT} FROM decision WHERE message_id = $1 ORDER BY at, id`, [messageId])
  ).rows;
}

export async function decisionsOfPatient(
  db: Queryable,
  patientId: string,
  limit: number,
): Promise<readonly KeptDecision[]> {
  return (
    await db.query<KeptDecision>(`SELECT ${KEPT} FROM decision WHERE patient_id = $1 ORDER BY at DESC, id LIMIT $2`, [
      patientId,
      limit,
    ])
  ).rows;
}

export async function readDecision(db: Queryable, id: string): Promise<KeptDecision | undefined> {
  return (await db.query<KeptDecision>(`SELECT ${KEPT} FROM decision WHERE id = $1`, [id])).rows[0];
}

/** Decisions at acceptance in a period, oldest first: what a simulation decides again. */
export async function decisionsBetween(
  db: Queryable,
  period: { from: string; to: string; limit: number },
): Promise<readonly KeptDecision[]> {
  const { rows } = await db.query<KeptDecision>(
    `SELECT ${KEPT} FROM decision WHERE phase = 'acceptance' AND at >= $1 AND at < $2 ORDER BY at, id LIMIT $3`,
    [period.from, period.to, period.limit],
  );
  return rows;
}

/** An audit row on a patient with the decision it belongs to. */
export interface AuditedRow {
  readonly seq: string;
  readonly at: Date;
  readonly kind: string;
  readonly actor: string;
  readonly messageId: string | null;
  readonly deliveryId: string | null;
  readonly decisionId: string | null;
  readonly patientId: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly phase: DecisionRow['phase'] | null;
  /** `DecisionRow.content`. */
  readonly decision: unknown;
}

/** What is on record about a patient, and about those that turned out to be the same person; newest first, before a place in the record. */
export async function auditOfPatient(
  db: Queryable,
  of: { patientId: string; kinds: readonly string[]; before: string | null; limit: number },
): Promise<readonly AuditedRow[]> {
  const { rows } = await db.query<AuditedRow>(
    `SELECT a.seq, a.at, a.kind, a.actor, a.message_id AS "messageId", a.delivery_id AS "deliveryId", a.decision_id AS "decisionId",
       $1::text AS "patientId", a.detail, d.phase, d.content AS decision
     FROM audit a LEFT JOIN decision d ON d.id = a.decision_id
     WHERE a.patient_id IN (SELECT id FROM patient WHERE id = $1::uuid OR merged_into = $1::uuid)
       AND a.kind = ANY ($2) AND ($3::bigint IS NULL OR a.seq < $3)
     ORDER BY a.seq DESC LIMIT $4`,
    [of.patientId, of.kinds, of.before, of.limit],
  );
  return rows;
}

/** The detail of the latest audit row of a kind whose detail holds these members. */
export async function lastAudited(
  db: Queryable,
  which: { kind: string; detail: Readonly<Record<string, unknown>> },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await db.query<{ detail: Record<string, unknown> }>(
    'SELECT detail FROM audit WHERE kind = $1 AND detail::jsonb @> $2::jsonb ORDER BY seq DESC LIMIT 1',
    [which.kind, JSON.stringify(which.detail)],
  );
  return rows[0]?.detail;
}
