import type {
  Bundle,
  BundleEntry,
  CodeableConcept,
  Parameters,
  ParametersParameter,
  Resource,
  ResourceType,
} from '@medplum/fhirtypes';
import type { ContentLevel } from './subscription-request.ts';
import type { SubscriptionStatus } from './subscription-status.ts';

const STATUS_PROFILE =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4';
const NOTIFICATION_PROFILE =
  'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification-r4';

/** R5 value set subscription-notification-type. */
export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** A resource an event is about, or that goes along with it. `resource` is used only where the content level is full-resource. */
export interface EventResource {
  readonly type: ResourceType;
  readonly id: string;
  /** How it came to be as it is. */
  readonly change: 'created' | 'updated' | 'deleted' | 'read';
  readonly resource?: Resource;
}

export interface NotificationEvent {
  /** Its place in the subscription's own count, from 1. */
  readonly number: number | string;
  /** Instant with zone. */
  readonly timestamp: string;
  readonly focus?: EventResource;
  /** Goes along with the focus: the patient of an encounter. */
  readonly context?: readonly EventResource[];
}

export interface SubscriptionState {
  readonly id: string;
  readonly topic: string;
  readonly status: SubscriptionStatus;
  readonly content: ContentLevel;
  /** All events since it was created, sent or not; handshakes and heartbeats do not count. */
  readonly eventCount: number | string;
  /** Why it is in error, in the hub's own codes. */
  readonly errors?: readonly CodeableConcept[];
}

export interface StatusInput {
  /** FHIR base address, without a slash at the end. */
  readonly baseUrl: string;
  readonly subscription: SubscriptionState;
  readonly type: NotificationType;
  /** Only with types event-notification and query-event. */
  readonly events?: readonly NotificationEvent[];
}

export interface NotificationInput extends StatusInput {
  /** Bundle.id; a UUID, the same over all attempts. */
  readonly id: string;
  /** Id of the status entry; a UUID. */
  readonly statusId: string;
  /** Bundle.timestamp: an instant. */
  readonly timestamp: string;
}

const referenceTo = ({ type, id }: EventResource, baseUrl: string) => `${baseUrl}/${type}/${id}`;
const subscriptionUrl = ({ baseUrl, subscription }: StatusInput) => `${baseUrl}/Subscription/${subscription.id}`;

function eventParameter(event: NotificationEvent, { baseUrl, subscription }: StatusInput): ParametersParameter {
  const refer = (name: string, to: EventResource) => ({
    name,
    valueReference: { reference: referenceTo(to, baseUrl), type: to.type },
  });
  const named =
    subscription.content === 'empty'
      ? []
      : [
          ...(event.focus ? [refer('focus', event.focus)] : []),
          ...(event.context ?? []).map((resource) => refer('additional-context', resource)),
        ];
  return {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(event.number) },
      { name: 'timestamp', valueInstant: event.timestamp },
      ...named,
    ],
  };
}

/**
 * The status of a subscription in R4's clothes (profile backport-subscription-status-r4 of the Subscriptions R5 Backport 1.1): first entry of
 * every notification, and what `$status` tells. With empty content neither topic nor references are named.
 */
export function subscriptionStatus(input: StatusInput, id?: string): Parameters {
  const { subscription, type, events = [] } = input;
  return {
    resourceType: 'Parameters',
    ...(id !== undefined && { id }),
    meta: { profile: [STATUS_PROFILE] },
    parameter: [
      { name: 'subscription', valueReference: { reference: subscriptionUrl(input), type: 'Subscription' } },
      ...(subscription.content === 'empty' ? [] : [{ name: 'topic', valueCanonical: subscription.topic }]),
      { name: 'status', valueCode: subscription.status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(subscription.eventCount) },
      ...events.map((event) => eventParameter(event, input)),
      ...(subscription.errors ?? []).map((error) => ({ name: 'error', valueCodeableConcept: error })),
    ],
  };
}

/** How each change looks as a request and its response; history Bundles must have both (Bundle invariants bdl-3 and bdl-4). */
const CHANGES = {
  created: { method: 'POST', status: '201' },
  updated: { method: 'PUT', status: '200' },
  deleted: { method: 'DELETE', status: '204' },
  read: { method: 'GET', status: '200' },
} as const;

function eventEntry(about: EventResource, baseUrl: string, full: boolean): BundleEntry {
  const { method, status } = CHANGES[about.change];
  return {
    fullUrl: referenceTo(about, baseUrl),
    ...(full && about.resource && { resource: about.resource }),
    request: { method, url: method === 'POST' ? about.type : `${about.type}/${about.id}` },
    response: { status },
  };
}

const versionOf = ({ resource }: BundleEntry) => resource?.meta?.versionId ?? '';

/** The entries after the status: each resource version once, in the order of the events. */
function eventEntries({ baseUrl, subscription, events = [] }: StatusInput): readonly BundleEntry[] {
  if (subscription.content === 'empty') return [];
  const full = subscription.content === 'full-resource';
  const named = events.flatMap(({ focus, context = [] }) => [...(focus ? [focus] : []), ...context]);
  const entries = named.map((about) => eventEntry(about, baseUrl, full));
  const once = new Map(entries.map((entry) => [`${entry.fullUrl} ${versionOf(entry)}`, entry]));
  return [...once.values()];
}

/** A notification: a history Bundle whose first entry looks like a call of `$status` (Subscriptions R5 Backport 1.1, R4 notifications). */
export function notificationBundle(input: NotificationInput): Bundle {
  return {
    resourceType: 'Bundle',
    id: input.id,
    meta: { profile: [NOTIFICATION_PROFILE] },
    type: 'history',
    timestamp: input.timestamp,
    entry: [
      {
        fullUrl: `urn:uuid:${input.statusId}`,
        resource: subscriptionStatus(input, input.statusId),
        request: { method: 'GET', url: `${subscriptionUrl(input)}/$status` },
        response: { status: '200' },
      },
      ...eventEntries(input),
    ],
  };
}

/** The answer of `$status`, for one subscription or several: a searchset of their states. */
export function statusSearchset(
  states: readonly SubscriptionState[],
  { baseUrl, ids }: { baseUrl: string; ids: () => string },
): Bundle {
  const entry = states.map((subscription): BundleEntry => {
    const id = ids();
    const resource = subscriptionStatus({ baseUrl, subscription, type: 'query-status' }, id);
    return { fullUrl: `urn:uuid:${id}`, resource, search: { mode: 'match' } };
  });
  return { resourceType: 'Bundle', type: 'searchset', total: states.length, ...(entry.length > 0 && { entry }) };
}
