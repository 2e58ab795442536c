import type { Bundle, Encounter, Patient } from '@medplum/fhirtypes';
import { passesFilters } from '../channels/subscription-filter.ts';
import type { SubscriptionRequest } from '../channels/subscription-request.ts';
import { type Notice, type NoticeCode, noticeOf, type StayChange } from '../formats/fhir/hospital-notification.ts';
import { stayEventOf } from '../formats/fhir/stay-event.ts';
import type { ResourceRef } from '../store/resources.ts';
import type { SubscriptionRow } from '../store/subscriptions.ts';
import type { Footing } from './footing.ts';
import type { Organisation, Topic } from './region.ts';
import type { Change, Stored } from './store.ts';

/** Somebody who might be told of an event, before anything is decided. */
export interface Candidate {
  /** `engby-advis`, or `Subscription/<id>`. */
  readonly recipient: string;
  readonly topic: Topic;
  readonly organisation: Organisation;
  readonly role: string;
  readonly healthProfessional: boolean;
  readonly focus: ResourceRef;
  readonly resources: readonly ResourceRef[];
  readonly notice?: Notice;
}

export interface Event {
  readonly stored: Stored;
  readonly bundle: Bundle;
  readonly patient: Patient;
  readonly at: string;
  /** Codes told so far about a stay to a recipient, oldest first. */
  readonly told: (recipient: string, encounterId: string) => readonly NoticeCode[];
}

/** Everybody who might be told of what a message changed: recipients by catchment, then subscriptions, in a fixed order. */
export function candidatesFor(
  event: Event,
  footing: Footing,
  subscriptions: readonly SubscriptionRow[],
): readonly Candidate[] {
  return event.stored.changes.flatMap((change) => {
    if (change?.after.resourceType !== 'Encounter') return [];
    const stay = change as Change & { after: Encounter; before?: Encounter };
    return [...byCatchment(stay, event, footing), ...bySubscription(stay, event, { footing, subscriptions })];
  });
}

type StayOf = Change & { after: Encounter; before?: Encounter };

function byCatchment(stay: StayOf, event: Event, footing: Footing): readonly Candidate[] {
  const home = municipalityOf(event.patient);
  return [...footing.region.recipients.values()].flatMap((recipient) => {
    const organisation = footing.region.organisations.get(recipient.organisation);
    if (!organisation || (recipient.municipalities && !(home && recipient.municipalities.includes(home)))) return [];
    return recipient.topics.flatMap((id) => {
      const topic = footing.region.topics.get(id);
      const told = topic && happened(topic, stay, event, recipient.id);
      return told
        ? [
            {
              ...about(topic, stay, event),
              ...told,
              recipient: recipient.id,
              organisation,
              role: recipient.role,
              healthProfessional: recipient.healthProfessional,
            },
          ]
        : [];
    });
  });
}

function bySubscription(
  stay: StayOf,
  event: Event,
  from: { footing: Footing; subscriptions: readonly SubscriptionRow[] },
): readonly Candidate[] {
  const { region } = from.footing;
  return from.subscriptions.flatMap((subscription) => {
    const client = region.clients.get(subscription.client);
    const organisation = client && region.organisations.get(client.organisation);
    const topic = [...region.topics.values()].find((one) => one.canonical === subscription.topic);
    if (!client || !organisation || !topic || !inCatchment(organisation, event.patient)) return [];
    if (!passesFilters(stay.after, (subscription.request as SubscriptionRequest).filters)) return [];
    const recipient = `Subscription/${subscription.id}`;
    const told = happened(topic, stay, event, recipient);
    return told
      ? [
          {
            ...about(topic, stay, event),
            ...told,
            recipient,
            organisation,
            role: client.role,
            healthProfessional: organisation.branch === 'health',
          },
        ]
      : [];
  });
}

/** A municipality is told of its own citizens, a practice of its own patients; others of whoever the topic is about. */
function inCatchment(organisation: Organisation, patient: Patient): boolean {
  if (organisation.sector === 'municipality')
    return organisation.municipalityCode !== undefined && organisation.municipalityCode === municipalityOf(patient);
  if (organisation.sector === 'general-practice') return isOwnPractice(organisation, patient);
  return true;
}

export function isOwnPractice(organisation: Organisation, patient: Patient): boolean {
  const ids = [organisation.ydernummer, organisation.sor, organisation.gln];
  return (patient.generalPractitioner ?? []).some(
    ({ identifier }) => identifier?.value !== undefined && ids.includes(identifier.value),
  );
}

const MUNICIPALITY = 'http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes';
const MUNICIPALITY_EXTENSION = 'http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes';

/** Code of the municipality of residence (four digits), from the patient's home address. */
export function municipalityOf(patient: Patient): string | undefined {
  for (const address of patient.address ?? []) {
    if (address.use === 'temp' || address.use === 'old') continue;
    const extensions = [
      ...(address.extension ?? []),
      ...((address as { _district?: { extension?: typeof address.extension } })._district?.extension ?? []),
    ];
    const coding = extensions.find(({ url }) => url === MUNICIPALITY_EXTENSION)?.valueCodeableConcept?.coding;
    const code =
      coding?.find(({ system }) => system === MUNICIPALITY)?.code ?? /^\d{3,4}$/.exec(address.district ?? '')?.[0];
    if (code) return code.padStart(4, '0');
  }
  return undefined;
}

function happened(topic: Topic, stay: StayOf, event: Event, recipient: string): { notice?: Notice } | undefined {
  if (topic.event === 'discharge')
    return stay.after.status === 'finished' && stay.before?.status !== 'finished' ? {} : undefined;
  const notice = noticeOf({ ...stayChange(stay, event), told: event.told(recipient, stay.ref.id) });
  return notice && { notice };
}

function stayChange(stay: StayOf, { bundle, patient, stored, at }: Event): StayChange {
  const patientBefore = stored.changes.find((change) => change?.after.resourceType === 'Patient')?.before as
    | Patient
    | undefined;
  return {
    event: stayEventOf(bundle, stay.before),
    after: stay.after,
    patientAfter: patient,
    at: eventTime(bundle) ?? at,
    now: at,
    ...(stay.before && { before: stay.before }),
    ...(patientBefore && { patientBefore }),
  };
}

function eventTime(bundle: Bundle): string | undefined {
  return bundle.timestamp;
}

function about(topic: Topic, stay: StayOf, { stored }: Event): Pick<Candidate, 'topic' | 'focus' | 'resources'> {
  const refs = stored.changes.flatMap((change) =>
    change && topic.resources.includes(change.after.resourceType) && change.ref.id !== stay.ref.id ? [change.ref] : [],
  );
  return { topic, focus: stay.ref, resources: [stay.ref, ...refs] };
}
