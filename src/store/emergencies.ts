import type { Queryable } from './database.ts';

export interface EmergencyRow {
  readonly id: string;
  readonly patientId: string;
  readonly recipient: string;
  readonly kind: string;
  readonly reason: string;
  readonly person: string;
  readonly role: string;
  readonly client: string;
  readonly declaredAt: Date;
  readonly dueAt: Date;
  readonly informedAt: Date | null;
  readonly reviewedAt: Date | null;
  readonly reviewedBy: string | null;
  readonly finding: string | null;
}

const ROW = `id, patient_id AS "patientId", recipient, kind, reason, person, role, client, declared_at AS "declaredAt", due_at AS "dueAt",
  informed_at AS "informedAt", reviewed_at AS "reviewedAt", reviewed_by AS "reviewedBy", finding`;

export type NewEmergency = Omit<
  EmergencyRow,
  'declaredAt' | 'dueAt' | 'informedAt' | 'reviewedAt' | 'reviewedBy' | 'finding'
> & {
  readonly declaredAt: string;
  readonly dueAt: string;
};

/** Writes an override; bumps the patient's revision, so that what is about to be sent is decided anew. */
export async function insertEmergency(db: Queryable, row: NewEmergency): Promise<void> {
  await db.query(
    `INSERT INTO emergency (id, patient_id, recipient, kind, reason, person, role, client, declared_at, due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.id,
      row.patientId,
      row.recipient,
      row.kind,
      row.reason,
      row.person,
      row.role,
      row.client,
      row.declaredAt,
      row.dueAt,
    ],
  );
  await db.query('UPDATE patient SET directive_revision = directive_revision + 1 WHERE id = $1', [row.patientId]);
}

/** Overrides that nobody has followed up yet, the most overdue first. */
export async function openEmergencies(db: Queryable, limit: number): Promise<readonly EmergencyRow[]> {
  return (
    await db.query<EmergencyRow>(`SELECT ${ROW} FROM emergency WHERE reviewed_at IS NULL ORDER BY due_at LIMIT $1`, [
      limit,
    ])
  ).rows;
}

/** How often a person has declared one since an instant. */
export async function countEmergencies(
  db: Queryable,
  of: { client: string; person: string; since: string },
): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    'SELECT count(*) FROM emergency WHERE client = $1 AND person = $2 AND declared_at > $3',
    [of.client, of.person, of.since],
  );
  return Number(rows[0]?.count ?? 0);
}

/** Notes the follow-up; false where there is none of this id, or it was done before. */
export async function reviewEmergency(
  db: Queryable,
  review: { id: string; by: string; finding: string; informed: boolean; at: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE emergency SET reviewed_at = $2, reviewed_by = $3, finding = $4, informed_at = CASE WHEN $5 THEN $2::timestamptz END
     WHERE id = $1 AND reviewed_at IS NULL`,
    [review.id, review.at, review.by, review.finding, review.informed],
  );
  return rowCount === 1;
}

export interface Reopened {
  readonly id: string;
  readonly seq: string;
  readonly recipient: string;
  readonly lane: string;
  readonly eventNumber: string | null;
}

/** What was withheld from these recipients about a patient since an instant goes back into line, to be decided anew. */
export async function reopenWithheld(
  db: Queryable,
  of: { patientId: string; recipients: readonly string[]; since: string; now: string },
): Promise<readonly Reopened[]> {
  const { rows } = await db.query<Reopened>(
    `UPDATE delivery SET state = 'waiting', due_at = $4, finished_at = NULL, reason = NULL
     WHERE patient_id = $1 AND recipient = ANY ($2) AND state = 'withheld' AND created_at > $3
     RETURNING id, seq, recipient, lane, event_number AS "eventNumber"`,
    [of.patientId, of.recipients, of.since, of.now],
  );
  return rows;
}

/** Gives deliveries their place in a subscription's count: by id. */
export async function setEventNumbers(db: Queryable, numbers: ReadonlyMap<string, number>): Promise<void> {
  if (numbers.size === 0) return;
  await db.query(
    `UPDATE delivery d SET event_number = n.number FROM unnest($1::uuid[], $2::bigint[]) AS n (id, number) WHERE d.id = n.id`,
    [[...numbers.keys()], [...numbers.values()]],
  );
}
