import type { Queryable } from './database.ts';

/** A code as a sender wrote it, and the ConceptMap that has no row for it. */
export interface CodeKey {
  readonly conceptMap: string;
  readonly sender: string;
  readonly system: string;
  readonly code: string;
}

export interface SeenCode extends CodeKey {
  readonly display?: string;
  readonly policy: string;
  readonly messageId: string;
}

export interface WorklistCode extends CodeKey {
  readonly display: string | null;
  readonly policy: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly count: string;
  /** Messages that wait for a row. */
  readonly waiting: number;
}

/** Enters codes on the worklist, in the transaction of the step that met them. */
export async function enterCodes(db: Queryable, seen: readonly SeenCode[], at: string): Promise<void> {
  for (const one of seen) {
    const key = [one.conceptMap, one.sender, one.system, one.code];
    await db.query(
      `INSERT INTO unmapped_code AS u (concept_map, sender, system, code, display, policy, first_seen, last_seen)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
       ON CONFLICT (concept_map, sender, system, code) DO UPDATE
         SET last_seen = $7, count = u.count + 1, policy = excluded.policy, display = coalesce(excluded.display, u.display)`,
      [...key, one.display ?? null, one.policy, at],
    );
    if (one.policy !== 'wait') continue;
    await db.query(
      'INSERT INTO unmapped_wait (concept_map, sender, system, code, message_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      [...key, one.messageId],
    );
  }
}

/** The worklist, those with messages waiting first. */
export async function listCodes(db: Queryable, limit: number): Promise<readonly WorklistCode[]> {
  const { rows } = await db.query<WorklistCode>(
    `SELECT concept_map AS "conceptMap", sender, system, code, display, policy, first_seen AS "firstSeen", last_seen AS "lastSeen", count,
       (SELECT count(*)::int FROM unmapped_wait w
        WHERE (w.concept_map, w.sender, w.system, w.code) = (u.concept_map, u.sender, u.system, u.code)) AS waiting
     FROM unmapped_code u ORDER BY waiting DESC, last_seen DESC LIMIT $1`,
    [limit],
  );
  return rows;
}

export async function isOnWorklist(db: Queryable, { conceptMap, sender, system, code }: CodeKey): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT 1 FROM unmapped_code WHERE concept_map = $1 AND sender = $2 AND system = $3 AND code = $4',
    [conceptMap, sender, system, code],
  );
  return rowCount === 1;
}

/** Takes a code off the worklist; gives the messages that waited for it, oldest first. */
export async function takeCode(db: Queryable, key: CodeKey): Promise<readonly string[]> {
  const values = [key.conceptMap, key.sender, key.system, key.code];
  await db.query(
    'DELETE FROM unmapped_code WHERE concept_map = $1 AND sender = $2 AND system = $3 AND code = $4',
    values,
  );
  const { rows } = await db.query<{ id: string }>(
    `WITH gone AS (
       DELETE FROM unmapped_wait WHERE concept_map = $1 AND sender = $2 AND system = $3 AND code = $4 RETURNING message_id
     )
     SELECT m.id FROM gone JOIN message m ON m.id = gone.message_id ORDER BY m.received_at, m.id`,
    values,
  );
  return rows.map((row) => row.id);
}
