import type { Issue } from '../errors.ts';
import type { Queryable } from './database.ts';

/** A step of a message's way, as kept in its story. */
export interface StepRecord {
  readonly step: string;
  readonly at: string;
  readonly issues?: readonly Issue[];
  /** What the step made or chose: resource references, counts, coverage; never content. */
  readonly made?: unknown;
}

export type MessageState = 'received' | 'stopped' | 'parked' | 'done' | 'refused';

/** A message waiting in an inbound lane. */
export interface InboundRow {
  readonly seq: string;
  readonly id: string;
  readonly sender: string;
  readonly door: string;
  readonly format: string;
  readonly part: number;
  readonly fromStep: string;
  readonly receivedAt: Date;
  readonly bodyId: string;
  /** Set for a message that merges two patients: the lane of the one merged away, perhaps this one. */
  readonly barrier: string | null;
  readonly bytes: Uint8Array;
}

/** Only one transaction at a time works in a lane, whatever the queue believes. Waits for the other one to end. */
export async function holdLane(db: Queryable, lane: string): Promise<void> {
  await db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lane]);
}

export async function claimInbound(db: Queryable, lane: string, limit: number): Promise<readonly InboundRow[]> {
  const { rows } = await db.query<InboundRow>(
    `SELECT i.seq, m.id, m.sender, m.door, m.format, m.part, i.from_step AS "fromStep", m.received_at AS "receivedAt", m.body_id AS "bodyId", i.barrier, b.bytes
     FROM inbound i JOIN message m ON m.id = i.message_id JOIN message_body b ON b.id = m.body_id
     WHERE i.lane = $1 ORDER BY i.position LIMIT $2`,
    [lane, limit],
  );
  return rows;
}

export interface Finished {
  readonly seq: string;
  readonly id: string;
  readonly state: MessageState;
  readonly step: string;
  readonly steps: readonly StepRecord[];
  readonly patientId?: string;
}

/** Writes what became of messages and takes them out of their lane. */
export async function finishMessages(db: Queryable, finished: readonly Finished[], at: string): Promise<void> {
  if (finished.length === 0) return;
  await db.query(
    `WITH f AS (
       SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[]) AS f (seq, id, state, step, steps, patient_id)
     ), gone AS (DELETE FROM inbound WHERE message_id = ANY ($2))
     UPDATE message m SET state = f.state, step = f.step, steps = (m.steps::jsonb || f.steps::jsonb)::json,
       patient_id = coalesce(f.patient_id, m.patient_id), finished_at = $7
     FROM f WHERE m.id = f.id`,
    [
      finished.map((f) => f.seq),
      finished.map((f) => f.id),
      finished.map((f) => f.state),
      finished.map((f) => f.step),
      finished.map((f) => JSON.stringify(f.steps)),
      finished.map((f) => f.patientId ?? null),
      at,
    ],
  );
}

/** Puts messages (back) into a lane, to be worked from a step on; their order is the order given. */
export async function requeue(
  db: Queryable,
  messages: readonly { id: string; lane: string; barrier?: string; fromStep: string }[],
): Promise<void> {
  await db.query(
    `WITH placed AS (
       SELECT id, lane, barrier, step, nextval('inbound_position') AS position
       FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS r (id, lane, barrier, step, place) ORDER BY place) AS in_order
     )
     INSERT INTO inbound (lane, message_id, from_step, position, barrier)
     SELECT lane, id, step, position, barrier FROM placed UNION ALL SELECT barrier, id, step, position, lane FROM placed WHERE barrier <> lane`,
    [
      messages.map((m) => m.id),
      messages.map((m) => m.lane),
      messages.map((m) => m.barrier ?? null),
      messages.map((m) => m.fromStep),
    ],
  );
}

/** The distinct lanes of a table by hops along its index: as quick with a million rows as with ten. */
const lanesOf = (table: string, where: string) => `(
  WITH RECURSIVE hop (lane) AS (
    (SELECT lane FROM ${table} WHERE ${where} ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT t.lane FROM ${table} t WHERE ${where} AND t.lane > hop.lane ORDER BY t.lane LIMIT 1) FROM hop WHERE hop.lane IS NOT NULL
  ) SELECT lane FROM hop WHERE lane IS NOT NULL)`;

/** Lanes with work and perhaps no job: inbound rows, and deliveries that are due in a lane that is not held. */
export async function lanesWithWork(db: Queryable, now: string): Promise<readonly string[]> {
  const { rows } = await db.query<{ lane: string }>(
    `SELECT lane FROM ${lanesOf('inbound', 'true')} i
     UNION ALL
     SELECT lane FROM ${lanesOf('delivery', `state IN ('waiting', 'parked')`)} o
     WHERE NOT EXISTS (SELECT 1 FROM lane_hold h WHERE h.lane = o.lane AND h.until > $1)
       AND EXISTS (SELECT 1 FROM delivery d WHERE d.lane = o.lane AND d.state = 'waiting' AND d.due_at <= $1)`,
    [now],
  );
  return rows.map((row) => row.lane);
}

export interface MessageRow {
  readonly id: string;
  readonly sender: string;
  readonly door: string;
  readonly format: string | null;
  readonly type: string | null;
  readonly structure: string | null;
  readonly controlId: string | null;
  readonly part: number;
  readonly accepted: boolean;
  readonly state: MessageState;
  readonly step: string;
  readonly steps: readonly StepRecord[];
  readonly patientId: string | null;
  readonly receivedAt: Date;
  readonly finishedAt: Date | null;
  readonly bodyId: string;
}

const COLUMNS = `id, sender, door, format, type, structure, control_id AS "controlId", part, accepted, state, step, steps,
  patient_id AS "patientId", received_at AS "receivedAt", finished_at AS "finishedAt", body_id AS "bodyId"`;

export async function readMessage(db: Queryable, id: string): Promise<MessageRow | undefined> {
  const { rows } = await db.query<MessageRow>(`SELECT ${COLUMNS} FROM message WHERE id = $1`, [id]);
  return rows[0];
}

export interface MessageFilter {
  readonly state?: string;
  readonly sender?: string;
  readonly limit: number;
  /** Only messages received before this instant: the next page. */
  readonly before?: string;
}

export async function listMessages(db: Queryable, filter: MessageFilter): Promise<readonly MessageRow[]> {
  const { rows } = await db.query<MessageRow>(
    `SELECT ${COLUMNS} FROM message
     WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR sender = $2) AND ($3::timestamptz IS NULL OR received_at < $3)
     ORDER BY received_at DESC, id LIMIT $4`,
    [filter.state ?? null, filter.sender ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}

export async function readBody(db: Queryable, bodyId: string): Promise<Uint8Array | undefined> {
  const { rows } = await db.query<{ bytes: Buffer }>('SELECT bytes FROM message_body WHERE id = $1', [bodyId]);
  return rows[0]?.bytes;
}
