import { nextStatus, type SubscriptionEvent } from '../channels/subscription-status.ts';
import type { ErrorCode } from '../errors.ts';
import { audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import type { Settled } from '../store/deliveries.ts';
import {
  beatingSubscriptions,
  endedSubscriptions,
  noteSent,
  type SubscriptionRow,
  setSubscriptionStatus,
} from '../store/subscriptions.ts';
import { isBeatDue } from './greet.ts';
import { deliveryLanesOf, heartbeatLane } from './lane.ts';
import type { Parts } from './parts.ts';
import type { Target } from './target.ts';

const GONE = 410;
/** Answers that are about the address and not about what was sent: whatever comes next would be refused as well. */
const SHUT = new Set([401, 403, 404, 405]);

/** What a round's tries mean for the subscription they belong to: the first row that fits one of them. */
const MEANINGS: readonly { event: SubscriptionEvent; reason: ErrorCode; fits: (settled: Settled) => boolean }[] = [
  { event: 'endpoint-gone', reason: 'CHANNEL-GONE', fits: ({ attempt }) => attempt?.httpStatus === GONE },
  { event: 'delivery-failed', reason: 'DELIVERY-AWAY', fits: ({ reason }) => reason === 'DELIVERY-AWAY' },
  { event: 'delivery-failed', reason: 'DELIVERY-REFUSED', fits: isShut },
];

/** A redirect, an address the hub may not reach, or an answer about the address. */
function isShut({ state, attempt }: Settled): boolean {
  if (state !== 'refused' || !attempt) return false;
  return attempt.httpStatus === undefined || attempt.httpStatus < 400 || SHUT.has(attempt.httpStatus);
}

/**
 * The status of a subscription after tries: given up or shut out, it waits in `error` for its owner to ask again; what happens meanwhile is
 * counted and kept. One message the subscriber alone cannot digest does not put the others at rest. Other recipients have no status.
 */
export async function noteTries(
  { subscription, request }: Target,
  settled: readonly Settled[],
  { db, at }: { db: Queryable; at: string },
): Promise<void> {
  if (!subscription) return;
  if (request?.heartbeatSeconds && settled.some(({ attempt }) => attempt)) await noteSent(db, subscription.id, at);
  const meaning = MEANINGS.find(({ fits }) => settled.some(fits));
  if (meaning) await turn(subscription, meaning, { db, at });
}

async function turn(
  { id, status: before, client }: SubscriptionRow,
  { event, reason }: { event: SubscriptionEvent; reason?: ErrorCode },
  { db, at }: { db: Queryable; at: string },
): Promise<void> {
  const status = nextStatus(before, event);
  if (status === before) return;
  await setSubscriptionStatus(db, id, { status, ...(reason && { error: reason }) }, at);
  await audit(
    db,
    [{ kind: 'subscription', actor: 'samspil', detail: { subscription: id, client, status, event } }],
    at,
  );
}

/**
 * What the clock does to subscriptions: those whose end has come are switched off.
 * @returns lanes to offer: what still waited for those ends with a reason, and heartbeats that are due
 */
export async function tick(parts: Parts): Promise<readonly string[]> {
  const now = parts.now();
  const at = now.toISOString();
  const ended = await endedSubscriptions(parts.db, at);
  for (const row of ended) await parts.db.transaction((db) => turn(row, { event: 'ended' }, { db, at }));
  const beats = (await beatingSubscriptions(parts.db)).filter((row) => isBeatDue(row, now));
  return [
    ...ended.flatMap(({ id }) => deliveryLanesOf(`Subscription/${id}`)),
    ...beats.map(({ id }) => heartbeatLane(id)),
  ];
}
