import type { Subscription } from '@medplum/fhirtypes';
import type { Queryable } from './database.ts';

export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off';

export interface SubscriptionRow {
  readonly id: string;
  readonly client: string;
  /** Canonical of the topic. */
  readonly topic: string;
  readonly status: SubscriptionStatus;
  readonly content: Subscription;
  /** What was read from it when it was posted: endpoint, content level, filters (channels/subscription-request). */
  readonly request: unknown;
  /** Events since the start, those not delivered counted too. */
  readonly events: string;
  readonly error: string | null;
  readonly changedAt: Date;
  /** When anything was last sent; kept only for subscribers that asked for heartbeats. */
  readonly lastSentAt: Date | null;
}

const COLUMNS = `id, client, topic, status, content, request, events, error, changed_at AS "changedAt", last_sent_at AS "lastSentAt"`;

/** Subscriptions that count events: all but those switched off. */
export async function liveSubscriptions(db: Queryable): Promise<readonly SubscriptionRow[]> {
  return (
    await db.query<SubscriptionRow>(
      `SELECT ${COLUMNS} FROM subscription WHERE status IN ('active', 'error') ORDER BY id`,
    )
  ).rows;
}

export async function readSubscription(db: Queryable, id: string): Promise<SubscriptionRow | undefined> {
  return (await db.query<SubscriptionRow>(`SELECT ${COLUMNS} FROM subscription WHERE id = $1`, [id])).rows[0];
}

export async function listSubscriptions(db: Queryable, client?: string): Promise<readonly SubscriptionRow[]> {
  return (
    await db.query<SubscriptionRow>(
      `SELECT ${COLUMNS} FROM subscription WHERE $1::text IS NULL OR client = $1 ORDER BY id`,
      [client ?? null],
    )
  ).rows;
}

export async function requestedSubscriptions(db: Queryable): Promise<readonly string[]> {
  return (await db.query<{ id: string }>(`SELECT id FROM subscription WHERE status = 'requested'`)).rows.map(
    (row) => row.id,
  );
}

export async function saveSubscription(
  db: Queryable,
  row: Pick<SubscriptionRow, 'id' | 'client' | 'topic' | 'status' | 'content' | 'request'>,
  at: string,
): Promise<void> {
  await db.query(
    `INSERT INTO subscription (id, client, topic, status, content, request, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (id) DO UPDATE SET topic = excluded.topic, status = excluded.status, content = excluded.content, request = excluded.request, error = NULL,
       changed_at = $7`,
    [row.id, row.client, row.topic, row.status, JSON.stringify(row.content), JSON.stringify(row.request), at],
  );
}

export async function setSubscriptionStatus(
  db: Queryable,
  id: string,
  to: { status: SubscriptionStatus; error?: string },
  at: string,
): Promise<void> {
  await db.query('UPDATE subscription SET status = $2, error = $3, changed_at = $4 WHERE id = $1', [
    id,
    to.status,
    to.error ?? null,
    at,
  ]);
}

/** Subscriptions whose own end has come and that are not switched off yet. */
export async function endedSubscriptions(db: Queryable, now: string): Promise<readonly SubscriptionRow[]> {
  return (
    await db.query<SubscriptionRow>(
      `SELECT ${COLUMNS} FROM subscription WHERE status <> 'off' AND (request ->> 'end')::timestamptz <= $1 ORDER BY id`,
      [now],
    )
  ).rows;
}

/** Subscriptions that asked for heartbeats and may get one. */
export async function beatingSubscriptions(db: Queryable): Promise<readonly SubscriptionRow[]> {
  return (
    await db.query<SubscriptionRow>(
      `SELECT ${COLUMNS} FROM subscription
       WHERE status IN ('active', 'error') AND request ->> 'heartbeatSeconds' IS NOT NULL ORDER BY id`,
    )
  ).rows;
}

export async function noteSent(db: Queryable, id: string, at: string): Promise<void> {
  await db.query('UPDATE subscription SET last_sent_at = $2 WHERE id = $1', [id, at]);
}

/**
 * Counts new events: subscription id to the number of its first new event. Rows are taken in the order of their ids,
 * so that two lanes never wait for each other; call it last in a transaction, as it holds others back.
 */
export async function countEvents(db: Queryable, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const first = new Map<string, number>();
  for (const id of [...counts.keys()].sort()) {
    const { rows } = await db.query<{ events: string }>(
      'UPDATE subscription SET events = events + $2 WHERE id = $1 RETURNING events',
      [id, counts.get(id)],
    );
    if (rows[0]) first.set(id, Number(rows[0].events) - counts.get(id)! + 1);
  }
  return first;
}
