import type { Attempt } from '../channels/channel.ts';
import { notificationBundle } from '../channels/subscription-notification.ts';
import type { SubscriptionRequest } from '../channels/subscription-request.ts';
import { heartbeatDue, nextStatus } from '../channels/subscription-status.ts';
import { audit } from '../store/audit.ts';
import { reviveAway } from '../store/deliveries.ts';
import { releaseLanes } from '../store/lane-holds.ts';
import { noteSent, readSubscription, type SubscriptionRow, setSubscriptionStatus } from '../store/subscriptions.ts';
import { deliveryLanesOf } from './lane.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './target.ts';

/** Shakes hands with a new subscriber: 2xx makes the subscription active, anything else puts it in error (R5 backport, rest-hook). */
export async function greet(subscriptionId: string, parts: Parts): Promise<void> {
  const row = await readSubscription(parts.db, subscriptionId);
  if (row?.status !== 'requested') return;
  const attempt = await say('handshake', row, parts);
  const now = parts.now().toISOString();
  const taken = attempt.outcome === 'delivered';
  const recipient = `Subscription/${row.id}`;
  const lanes = deliveryLanesOf(recipient);
  const status = nextStatus(row.status, taken ? 'handshake-taken' : 'handshake-failed');
  const error = 'reason' in attempt ? { error: attempt.reason } : {};
  await parts.db.transaction(async (db) => {
    await setSubscriptionStatus(db, row.id, { status, ...error }, now);
    if (taken) {
      await releaseLanes(db, lanes);
      await reviveAway(db, { recipient, parkedBefore: now }, now);
    }
    await audit(
      db,
      [{ kind: 'handshake', actor: row.client, detail: { subscription: row.id, outcome: attempt.outcome, ...error } }],
      now,
    );
  });
  // what was counted while the subscription was in error goes now
  if (taken) parts.offer(lanes);
}

/** Tells a subscriber that asked for it that the channel lives, in `error` too: the status is how it learns (R5 backport, errors). */
export async function beat(subscriptionId: string, parts: Parts): Promise<void> {
  const row = await readSubscription(parts.db, subscriptionId);
  if (!row || !isBeatDue(row, parts.now())) return;
  const attempt = await say('heartbeat', row, parts);
  const now = parts.now().toISOString();
  await noteSent(parts.db, row.id, now);
  if (attempt.outcome === 'refused' && attempt.reason === 'CHANNEL-GONE')
    await setSubscriptionStatus(
      parts.db,
      row.id,
      { status: nextStatus(row.status, 'endpoint-gone'), error: attempt.reason },
      now,
    );
}

export function isBeatDue({ request, status, lastSentAt, changedAt }: SubscriptionRow, now: Date): boolean {
  const { heartbeatSeconds } = request as SubscriptionRequest;
  return heartbeatDue({ heartbeatSeconds, status, lastSentAt: lastSentAt ?? changedAt, now });
}

/** Sends a notification that is no event. */
async function say(type: 'handshake' | 'heartbeat', row: SubscriptionRow, parts: Parts): Promise<Attempt> {
  const request = row.request as SubscriptionRequest;
  const id = parts.newId();
  const { status, topic, events: eventCount } = row;
  const bundle = notificationBundle({
    id,
    statusId: parts.newId(),
    timestamp: parts.now().toISOString(),
    baseUrl: `${parts.baseUrl()}/fhir`,
    type,
    subscription: { id: row.id, topic, status, content: request.content, eventCount },
  });
  return parts.channels.send({
    id: `${row.id}-${type}`,
    attempt: 1,
    attemptId: id,
    recipient: { id: `Subscription/${row.id}`, kind: 'fhir-subscription', settings: settingsOf(request) },
    body: new TextEncoder().encode(JSON.stringify(bundle)),
    contentType: request.contentType,
  });
}
