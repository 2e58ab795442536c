import { notificationBundle } from '../channels/subscription-notification.ts';
import type { SubscriptionRequest } from '../channels/subscription-request.ts';
import { nextStatus } from '../channels/subscription-status.ts';
import { audit } from '../store/audit.ts';
import { releaseLanes } from '../store/lane-holds.ts';
import { readSubscription, setSubscriptionStatus } from '../store/subscriptions.ts';
import { deliveryLanesOf } from './lane.ts';
import type { Parts } from './parts.ts';

/** Shakes hands with a new subscriber: 2xx makes the subscription active, anything else puts it in error (R5 backport, rest-hook). */
export async function greet(subscriptionId: string, parts: Parts): Promise<void> {
  const row = await readSubscription(parts.db, subscriptionId);
  if (row?.status !== 'requested') return;
  const request = row.request as SubscriptionRequest;
  const now = parts.now().toISOString();
  const bundle = notificationBundle({
    id: parts.newId(),
    statusId: parts.newId(),
    timestamp: now,
    baseUrl: `${parts.baseUrl()}/fhir`,
    type: 'handshake',
    subscription: {
      id: row.id,
      topic: row.topic,
      status: 'requested',
      content: request.content,
      eventCount: row.events,
    },
  });
  const attempt = await parts.channels.send({
    id: `${row.id}-handshake`,
    attempt: 1,
    attemptId: bundle.id!,
    recipient: {
      id: `Subscription/${row.id}`,
      kind: 'fhir-subscription',
      settings: { url: request.endpoint, headers: request.headers },
    },
    body: new TextEncoder().encode(JSON.stringify(bundle)),
    contentType: request.contentType,
  });
  const taken = attempt.outcome === 'delivered';
  const lanes = deliveryLanesOf(`Subscription/${row.id}`);
  const status = nextStatus(row.status, taken ? 'handshake-taken' : 'handshake-failed');
  const error = 'reason' in attempt ? { error: attempt.reason } : {};
  await parts.db.transaction(async (db) => {
    await setSubscriptionStatus(db, row.id, { status, ...error }, now);
    if (taken) await releaseLanes(db, lanes);
    await audit(
      db,
      [{ kind: 'handshake', actor: row.client, detail: { subscription: row.id, outcome: attempt.outcome, ...error } }],
      now,
    );
  });
  // what was counted while the subscription was in error goes now
  if (taken) parts.offer(lanes);
}
