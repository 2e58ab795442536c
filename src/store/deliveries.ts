import type { Queryable } from './database.ts';
import type { ResourceRef } from './resources.ts';

export type DeliveryState = 'waiting' | 'sent' | 'acknowledged' | 'delivered' | 'withheld' | 'parked' | 'refused';

/** What a delivery is about; made once when it is routed and kept over all retries, so that a repeat carries the same ids. */
export interface DeliveryContent {
  readonly resources: readonly ResourceRef[];
  readonly focus: ResourceRef;
  /** The MedCom notice, where the event is one (STIN, SLHJ …). */
  readonly notice?: unknown;
  /** Who the message came from, for the decision. */
  readonly senderOrganisation: string;
  readonly occurredAt: string;
}

export interface NewDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly patientId: string | null;
  readonly recipient: string;
  readonly topic: string;
  readonly lane: string;
  readonly state: 'waiting' | 'withheld';
  readonly reason?: string;
  readonly content: DeliveryContent;
  readonly eventNumber?: string;
  readonly externalId?: string;
}

export async function insertDeliveries(db: Queryable, deliveries: readonly NewDelivery[], at: string): Promise<void> {
  if (deliveries.length === 0) return;
  await db.query(
    `INSERT INTO delivery (id, message_id, patient_id, recipient, topic, lane, state, reason, content, event_number, external_id, created_at, due_at, finished_at)
     SELECT id, message_id, patient_id, recipient, topic, lane, state, reason, content, event_number, external_id, $12, $12,
       CASE WHEN state = 'withheld' THEN $12::timestamptz END
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::json[], $10::bigint[], $11::text[])
       WITH ORDINALITY AS d (id, message_id, patient_id, recipient, topic, lane, state, reason, content, event_number, external_id, place)
     ORDER BY place`,
    [
      deliveries.map((d) => d.id),
      deliveries.map((d) => d.messageId),
      deliveries.map((d) => d.patientId),
      deliveries.map((d) => d.recipient),
      deliveries.map((d) => d.topic),
      deliveries.map((d) => d.lane),
      deliveries.map((d) => d.state),
      deliveries.map((d) => d.reason ?? null),
      deliveries.map((d) => JSON.stringify(d.content)),
      deliveries.map((d) => d.eventNumber ?? null),
      deliveries.map((d) => d.externalId ?? null),
      at,
    ],
  );
}

export interface DueDelivery {
  readonly id: string;
  readonly seq: string;
  readonly messageId: string;
  readonly patientId: string | null;
  readonly recipient: string;
  readonly topic: string;
  readonly lane: string;
  readonly content: DeliveryContent;
  readonly eventNumber: string | null;
  readonly externalId: string | null;
  readonly attempts: number;
  /** Where its patience starts: when it was made, or last let go again by hand, and the attempts made before that. */
  readonly triedFrom: Date;
  readonly triedBefore: number;
}

const PATIENCE = `coalesce(d.redriven_at, d.created_at) AS "triedFrom", d.redriven_after AS "triedBefore"`;
const DUE = `d.id, d.seq, d.message_id AS "messageId", d.patient_id AS "patientId", d.recipient, d.topic, d.lane, d.content,
  d.event_number AS "eventNumber", d.external_id AS "externalId", d.attempts, ${PATIENCE}`;

/** An earlier one of the same patient to the same recipient that must go, or be looked at, before this one. */
const HELD_BACK = (states: string) => `EXISTS (
  SELECT 1 FROM delivery e WHERE e.patient_id = d.patient_id AND e.recipient = d.recipient AND e.seq < d.seq AND (${states}))`;

/**
 * The next deliveries of a lane in order; none while the lane is held, and one alone just after: the least tried, so that
 * one the recipient cannot digest does not stand in the way of the others. One that is parked, or waits for its next try,
 * holds back the later ones of the same patient to the same recipient, and no others.
 */
export async function claimDue(
  db: Queryable,
  lane: string,
  now: string,
  limit: number,
): Promise<readonly DueDelivery[]> {
  const { rows } = await db.query<DueDelivery>(
    `SELECT ${DUE} FROM delivery d LEFT JOIN lane_hold h ON h.lane = d.lane
     WHERE d.lane = $1 AND d.state = 'waiting' AND d.due_at <= $2 AND (h.until IS NULL OR h.until <= $2)
       AND NOT ${HELD_BACK(`e.state = 'parked' OR (e.state = 'waiting' AND (e.due_at > $2 OR h.lane IS NOT NULL))`)}
     ORDER BY CASE WHEN h.lane IS NULL THEN 0 ELSE d.attempts END, d.seq
     LIMIT CASE WHEN EXISTS (SELECT 1 FROM lane_hold WHERE lane = $1) THEN 1 ELSE $3 END`,
    [lane, now, limit],
  );
  return rows;
}

/** When the lane has something to do next, in milliseconds from `now`; undefined: nothing waits, or all that waits is held back. */
export async function nextDue(db: Queryable, lane: string, now: string): Promise<number | undefined> {
  const { rows } = await db.query<{ wait: number | null }>(
    `SELECT extract(epoch FROM coalesce(
       (SELECT until FROM lane_hold WHERE lane = $1 AND until > $2),
       (SELECT min(d.due_at) FROM delivery d
        WHERE d.lane = $1 AND d.state = 'waiting' AND NOT ${HELD_BACK(`e.state IN ('parked', 'waiting')`)})
     ) - $2::timestamptz) * 1000 AS wait`,
    [lane, now],
  );
  return rows[0]?.wait == null ? undefined : Math.max(0, Number(rows[0].wait));
}

/** Events of a subscription by their numbers, whatever became of them, in order; `from` and `until` are inclusive. */
export async function numberedEvents(
  db: Queryable,
  of: { recipient: string; from: string; until: string | null; limit: number },
): Promise<readonly DueDelivery[]> {
  const { rows } = await db.query<DueDelivery>(
    `SELECT ${DUE} FROM delivery d
     WHERE d.recipient = $1 AND d.event_number >= $2 AND ($3::bigint IS NULL OR d.event_number <= $3)
     ORDER BY d.event_number LIMIT $4`,
    [of.recipient, of.from, of.until, of.limit],
  );
  return rows;
}

export interface Settled {
  readonly id: string;
  readonly state: DeliveryState;
  readonly reason?: string;
  readonly dueAt?: string;
  readonly sentAt?: string;
  readonly finishedAt?: string;
  readonly provenance?: unknown;
  readonly attempt?: {
    readonly number: number;
    readonly outcome: string;
    readonly reason?: string;
    readonly httpStatus?: number;
  };
}

/**
 * Writes what became of deliveries; in the caller's transaction, together with their audit rows. What a try came to does not
 * undo a verdict that was quicker: an acknowledgement may come before the answer to the request it acknowledges.
 */
export async function settleDeliveries(db: Queryable, settled: readonly Settled[], at: string): Promise<void> {
  if (settled.length === 0) return;
  await db.query(
    `UPDATE delivery d SET
       state = CASE WHEN s.number IS NULL OR d.state = 'waiting' THEN s.state ELSE d.state END,
       reason = CASE WHEN s.number IS NULL OR d.state = 'waiting' THEN s.reason ELSE d.reason END,
       finished_at = CASE WHEN s.number IS NULL OR d.state = 'waiting' THEN s.finished_at ELSE d.finished_at END,
       due_at = coalesce(s.due_at, d.due_at), sent_at = coalesce(s.sent_at, d.sent_at),
       provenance = coalesce(s.provenance, d.provenance), attempts = coalesce(s.number, d.attempts)
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::json[], $8::int[])
       AS s (id, state, reason, due_at, sent_at, finished_at, provenance, number)
     WHERE d.id = s.id`,
    [
      settled.map((s) => s.id),
      settled.map((s) => s.state),
      settled.map((s) => s.reason ?? null),
      settled.map((s) => s.dueAt ?? null),
      settled.map((s) => s.sentAt ?? null),
      settled.map((s) => s.finishedAt ?? null),
      settled.map((s) => (s.provenance ? JSON.stringify(s.provenance) : null)),
      settled.map((s) => s.attempt?.number ?? null),
    ],
  );
  const tried = settled.filter((s) => s.attempt);
  if (tried.length === 0) return;
  await db.query(
    `INSERT INTO attempt (delivery_id, number, at, outcome, reason, http_status)
     SELECT id, number, $6, outcome, reason, status FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[]) AS a (id, number, outcome, reason, status)`,
    [
      tried.map((s) => s.id),
      tried.map((s) => s.attempt!.number),
      tried.map((s) => s.attempt!.outcome),
      tried.map((s) => s.attempt!.reason ?? null),
      tried.map((s) => s.attempt!.httpStatus ?? null),
      at,
    ],
  );
}

/**
 * Provenances of the MedCom messages sent before about the same stays to the same recipient: by delivery id, oldest first. One query for a
 * whole round.
 */
export async function sentProvenances(
  db: Queryable,
  due: readonly DueDelivery[],
): Promise<Map<string, readonly unknown[]>> {
  if (due.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; provenances: unknown[] }>(
    `SELECT n.id, json_agg(d.provenance ORDER BY d.seq) AS provenances
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[]) AS n (id, patient_id, recipient, seq, focus)
     JOIN delivery d ON d.patient_id = n.patient_id AND d.recipient = n.recipient AND d.seq < n.seq
       AND d.provenance IS NOT NULL AND d.content -> 'focus' ->> 'id' = n.focus
     GROUP BY n.id`,
    [
      due.map((one) => one.id),
      due.map((one) => one.patientId),
      due.map((one) => one.recipient),
      due.map((one) => one.seq),
      due.map((one) => one.content.focus.id),
    ],
  );
  return new Map(rows.map((row) => [row.id, row.provenances]));
}

/** What a verdict needs to know of the delivery it is about. */
export type Judged = Pick<DueDelivery, 'id' | 'recipient' | 'attempts' | 'triedFrom' | 'triedBefore'> & {
  readonly state: DeliveryState;
};

/** The delivery an acknowledgement names by the MessageHeader.id it carried; locked, so that two verdicts do not meet. */
export async function findByExternalId(db: Queryable, externalId: string): Promise<Judged | undefined> {
  const { rows } = await db.query<Judged>(
    `SELECT d.id, d.state, d.recipient, d.attempts, ${PATIENCE} FROM delivery d WHERE d.external_id = $1 FOR UPDATE`,
    [externalId],
  );
  return rows[0];
}

export interface DeliveryRow {
  readonly id: string;
  readonly seq: string;
  readonly messageId: string;
  readonly recipient: string;
  readonly topic: string;
  readonly lane: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly attempts: number;
  readonly externalId: string | null;
  readonly eventNumber: string | null;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly sentAt: Date | null;
  readonly finishedAt: Date | null;
}

const ROW = `id, seq, message_id AS "messageId", recipient, topic, lane, state, reason, attempts, external_id AS "externalId", event_number AS "eventNumber",
  created_at AS "createdAt", due_at AS "dueAt", sent_at AS "sentAt", finished_at AS "finishedAt"`;

export async function deliveriesOf(db: Queryable, messageId: string): Promise<readonly DeliveryRow[]> {
  return (await db.query<DeliveryRow>(`SELECT ${ROW} FROM delivery WHERE message_id = $1 ORDER BY seq`, [messageId]))
    .rows;
}

/** What somebody has to look at: the hub's own faults first, then recipients that stay away, then refusals, of which one recipient may cause any number. */
export async function parkedDeliveries(db: Queryable, limit: number): Promise<readonly DeliveryRow[]> {
  return (
    await db.query<DeliveryRow>(
      `SELECT ${ROW} FROM delivery WHERE state IN ('parked', 'refused')
       ORDER BY CASE WHEN state = 'refused' THEN 2 WHEN reason = 'DELIVERY-AWAY' THEN 1 ELSE 0 END, seq LIMIT $1`,
      [limit],
    )
  ).rows;
}

/** Lets parked (or refused) deliveries go again, in their order; gives the lanes that now have work. */
export async function redrive(
  db: Queryable,
  which: { ids?: readonly string[]; recipient?: string; reason?: string },
  at: string,
): Promise<readonly { id: string; lane: string }[]> {
  const { rows } = await db.query<{ id: string; lane: string }>(
    `UPDATE delivery SET state = 'waiting', due_at = $4, finished_at = NULL, redriven_at = $4, redriven_after = attempts
     WHERE state IN ('parked', 'refused') AND ($1::uuid[] IS NULL OR id = ANY ($1)) AND ($2::text IS NULL OR recipient = $2) AND ($3::text IS NULL OR reason = $3)
     RETURNING id, lane`,
    [which.ids ?? null, which.recipient ?? null, which.reason ?? null, at],
  );
  return rows;
}

/** Codes of the notices routed so far: `patient|recipient|encounter` to the codes, oldest first. Those withheld are not told; refused ones may yet be sent again, and what follows them waits for that. */
export async function toldNotices(db: Queryable, patientIds: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ key: string; codes: string[] }>(
    `SELECT patient_id || '|' || recipient || '|' || (content -> 'focus' ->> 'id') AS key, array_agg(content -> 'notice' ->> 'code' ORDER BY seq) AS codes
     FROM delivery
     WHERE patient_id = ANY ($1) AND state <> 'withheld' AND content -> 'notice' ->> 'code' IS NOT NULL
     GROUP BY 1`,
    [patientIds],
  );
  return new Map(rows.map((row) => [row.key, row.codes]));
}

/**
 * A recipient that answers again gets what was parked while it was away, in order; gives the lanes that have work. Only what was
 * parked before `parkedBefore`: a message that fails while others go through is not tried again at the pace of the others.
 */
export async function reviveAway(
  db: Queryable,
  of: { recipient: string; parkedBefore: string },
  at: string,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ lane: string }>(
    `UPDATE delivery SET state = 'waiting', due_at = $2, finished_at = NULL
     WHERE recipient = $1 AND state = 'parked' AND reason = 'DELIVERY-AWAY' AND finished_at < $3 RETURNING lane`,
    [of.recipient, at, of.parkedBefore],
  );
  return [...new Set(rows.map((row) => row.lane))];
}

/** MedCom messages handed over and not acknowledged in time: sent again, or given up after so many times. Gives the lanes that have work. */
export async function resendUnanswered(db: Queryable, now: string, mostSendings: number): Promise<readonly string[]> {
  const { rows } = await db.query<{ lane: string }>(
    `UPDATE delivery d SET
       state = CASE WHEN handed.times >= $2 THEN 'refused' ELSE 'waiting' END,
       reason = 'DELIVERY-UNANSWERED',
       finished_at = CASE WHEN handed.times >= $2 THEN $1::timestamptz END
     FROM (
       SELECT u.id, (SELECT count(*) FROM attempt a WHERE a.delivery_id = u.id AND a.number > u.redriven_after AND a.outcome = 'delivered') AS times
       FROM delivery u WHERE u.state = 'sent' AND u.due_at <= $1
     ) handed
     WHERE d.id = handed.id AND d.state = 'sent' RETURNING d.lane`,
    [now, mostSendings],
  );
  return [...new Set(rows.map((row) => row.lane))];
}

export interface AttemptRow {
  readonly deliveryId: string;
  readonly number: number;
  readonly at: Date;
  readonly outcome: string;
  readonly reason: string | null;
  readonly httpStatus: number | null;
}

/** Every try of every delivery of a message, in order. */
export async function attemptsOf(db: Queryable, messageId: string): Promise<readonly AttemptRow[]> {
  const { rows } = await db.query<AttemptRow>(
    `SELECT a.delivery_id AS "deliveryId", a.number, a.at, a.outcome, a.reason, a.http_status AS "httpStatus"
     FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.message_id = $1 ORDER BY d.seq, a.number`,
    [messageId],
  );
  return rows;
}
