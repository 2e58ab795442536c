import type { Encounter, Patient, Resource } from '@medplum/fhirtypes';
import type { Delivery, Recipient } from '../channels/channel.ts';
import {
  type EventResource,
  type NotificationEvent,
  notificationBundle,
} from '../channels/subscription-notification.ts';
import {
  type Notice,
  type SentNotice,
  sentNotice,
  writeHospitalNotification,
} from '../formats/fhir/hospital-notification.ts';
import type { Party } from '../formats/fhir/medcom.ts';
import type { DueDelivery } from '../store/deliveries.ts';
import type { SubscriptionRow } from '../store/subscriptions.ts';
import type { Organisation } from './region.ts';
import type { Target } from './target.ts';

/** What leaves for one recipient: bytes for a channel, and the resource they hold, to be validated before they leave. */
export interface Payload {
  readonly delivery: Delivery;
  readonly resource: Resource;
  /** MedCom: what the next message of the stay has to carry along. */
  readonly provenance?: SentNotice;
}

export interface PayloadInput {
  readonly due: DueDelivery;
  readonly target: Target;
  /** The resources that the decision at this moment lets pass, minimised. */
  readonly released: readonly Resource[];
  readonly sender: Organisation;
  readonly history: readonly SentNotice[];
  readonly attemptId: string;
  readonly now: string;
  readonly baseUrl: string;
}

/** Builds what a delivery sends, by the kind of its channel. Same delivery, same message id; a repeat has a Bundle id of its own. */
export function buildPayload(input: PayloadInput): Payload | undefined {
  const { subscription } = input.target;
  if (subscription) return packed(input, notification(input, subscription), input.target.request?.contentType);
  if (input.target.channel === 'medcom-message') return medcom(input);
  return packed(input, {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: input.now,
    entry: input.released.map((resource) => ({ resource })),
  });
}

function packed(
  { due, target, attemptId }: PayloadInput,
  resource: Resource,
  contentType = 'application/fhir+json',
): Payload {
  const recipient: Recipient = { id: target.id, kind: target.channel, settings: target.settings };
  const body = new TextEncoder().encode(JSON.stringify(resource));
  return { resource, delivery: { id: due.id, attempt: due.attempts + 1, attemptId, recipient, body, contentType } };
}

/** Notices that may be the first of a stay. */
const FIRST: ReadonlySet<string> = new Set(['STAA', 'STIN', 'MORS']);

function medcom(input: PayloadInput): Payload | undefined {
  const { due, released, sender, target, history, now, attemptId } = input;
  const notice = due.content.notice as Notice | undefined;
  const patient = released.find((one): one is Patient => one.resourceType === 'Patient');
  const stay = released.find((one): one is Encounter => one.resourceType === 'Encounter');
  const from = partyOf(sender);
  const receiver = partyOf(target.organisation);
  if (!notice || !patient || !stay || !from || !receiver) return undefined;
  // the one that began the stay was refused: what follows it says nothing to a receiver who has not heard of the stay (medcom.md 3.4)
  if (history.length === 0 && !FIRST.has(notice.code)) return undefined;
  const asked = {
    notice,
    patient,
    episodeOfCare: episodeOf(stay, from),
    sender: from,
    receiver,
    history,
    ids: { bundle: attemptId, message: due.externalId ?? due.id },
    now,
  };
  return { ...packed(input, writeHospitalNotification(asked)), provenance: sentNotice(asked) };
}

/** The course's own ids where the stay has some, else the hub's id of the stay, under the sender's SOR link (medcom.md 2.7). */
function episodeOf(stay: Encounter, sender: Party): readonly { system: string; value: string }[] {
  const given = (stay.episodeOfCare ?? []).flatMap(({ identifier }) =>
    identifier?.system && identifier.value ? [{ system: identifier.system, value: identifier.value }] : [],
  );
  return given.length > 0 ? given : [{ system: `https://sor2.sum.dsdn.dk/#id=${sender.sor}`, value: stay.id! }];
}

function partyOf({ sor, gln, name }: Organisation): Party | undefined {
  return sor ? { sor, name, ...(gln && { gln }) } : undefined;
}

/** An event with what is released of it; nothing released: its number and time alone, as for one whose content is gone. */
export function eventOf(due: DueDelivery, released: readonly Resource[]): NotificationEvent {
  const about = (type: string, id: string) => {
    const resource = released.find((one) => one.resourceType === type && one.id === id);
    return { type, id, change: 'updated' as const, ...(resource && { resource }) } as EventResource;
  };
  const { focus } = due.content;
  const context = released.filter((one) => one.id !== focus.id).map((one) => about(one.resourceType, one.id!));
  return {
    number: due.eventNumber ?? '0',
    timestamp: due.content.occurredAt,
    ...(released.length > 0 && { focus: about(focus.type, focus.id) }),
    ...(context.length > 0 && { context }),
  };
}

function notification(
  { due, released, target, attemptId, now, baseUrl }: PayloadInput,
  subscription: SubscriptionRow,
): Resource {
  return notificationBundle({
    id: due.id,
    statusId: attemptId,
    timestamp: now,
    baseUrl: `${baseUrl}/fhir`,
    type: 'event-notification',
    subscription: {
      id: subscription.id,
      topic: subscription.topic,
      status: subscription.status,
      content: target.request?.content ?? 'empty',
      eventCount: subscription.events,
    },
    events: [eventOf(due, released)],
  });
}
