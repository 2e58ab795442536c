import type { ChannelKind } from '../channels/channel.ts';
import type { RetryPolicy } from '../channels/retry.ts';
import { RETRY_POLICIES } from '../channels/retry.ts';
import type { SubscriptionRequest } from '../channels/subscription-request.ts';
import type { Queryable } from '../store/database.ts';
import { readSubscription, type SubscriptionRow } from '../store/subscriptions.ts';
import type { Footing } from './footing.ts';
import type { Organisation } from './region.ts';

/** A recipient as it is at this moment: where it is reached, and whom the decision is about. */
export interface Target {
  readonly id: string;
  readonly channel: ChannelKind;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly organisation: Organisation;
  readonly role: string;
  readonly healthProfessional: boolean;
  readonly retry: RetryPolicy;
  /** Nothing is sent now, and nothing is lost: paused by an operator, or a subscription that waits for its owner. */
  readonly held: boolean;
  readonly subscription?: SubscriptionRow;
  readonly request?: SubscriptionRequest;
}

const SUBSCRIPTION = 'Subscription/';
/** What the channel takes at most. */
const LONGEST_TRY_SECONDS = 120;

/** Undefined where the recipient is gone: switched off, deleted, or its organisation no longer in the region. */
export async function readTarget(db: Queryable, recipient: string, footing: Footing): Promise<Target | undefined> {
  if (recipient.startsWith(SUBSCRIPTION))
    return subscriptionTarget(await readSubscription(db, recipient.slice(SUBSCRIPTION.length)), footing);
  const { recipients, organisations } = footing.region;
  const found = recipients.get(recipient);
  const organisation = found && organisations.get(found.organisation);
  if (!found || !organisation) return undefined;
  const { channel, settings, role, healthProfessional } = found;
  const retry = { ...RETRY_POLICIES.transport, ...found.retry };
  return {
    id: recipient,
    channel,
    settings,
    organisation,
    role,
    healthProfessional,
    retry,
    held: found.paused === true,
  };
}

/** A subscription as the settings of its channel. */
export function settingsOf({ endpoint, headers, secrets, timeoutSeconds }: SubscriptionRequest): Target['settings'] {
  return {
    url: endpoint,
    headers,
    secrets,
    ...(timeoutSeconds && { timeoutSeconds: Math.min(timeoutSeconds, LONGEST_TRY_SECONDS) }),
  };
}

function subscriptionTarget(subscription: SubscriptionRow | undefined, { region }: Footing): Target | undefined {
  const client = subscription && region.clients.get(subscription.client);
  const organisation = client && region.organisations.get(client.organisation);
  if (!subscription || !client || !organisation || subscription.status === 'off') return undefined;
  const request = subscription.request as SubscriptionRequest;
  return {
    id: `${SUBSCRIPTION}${subscription.id}`,
    channel: 'fhir-subscription',
    settings: settingsOf(request),
    organisation,
    role: client.role,
    healthProfessional: organisation.branch === 'health',
    retry: RETRY_POLICIES.transport,
    held: subscription.status !== 'active',
    subscription,
    request,
  };
}
