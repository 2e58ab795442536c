import type { Bundle, BundleEntry, MessageHeader, Organization, Provenance, Resource } from '@medplum/fhirtypes';
import { SYSTEM } from '../../fhir/identifiers.ts';
import { stableId } from './stable-id.ts';

/** What every MedCom FHIR message is made of (messaging 2.1.0; governance of network envelopes and reliable messaging). */
export const IG = 'http://medcomfhir.dk/ig';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (id: string | undefined) => id !== undefined && UUID.test(id);
export const profile = (guide: string, name: string) => `${IG}/${guide}/StructureDefinition/${name}`;
export const EVENT_CODES = `${IG}/terminology/CodeSystem/medcom-messaging-eventCodes`;
export const ACTIVITY_CODES = `${IG}/terminology/CodeSystem/medcom-messaging-activityCodes`;
const DESTINATION_USE = `${IG}/terminology/CodeSystem/medcom-messaging-destinationUse`;
const DESTINATION_USE_EXTENSION = profile('messaging', 'medcom-messaging-destinationUseExtension');
const SOR_LINK = 'https://sor2.sum.dsdn.dk/#id=';

/** A sending or receiving organisation; MedCom demands both numbers of a party of a message. */
export interface Party {
  readonly sor: string;
  readonly gln?: string;
  readonly name?: string;
  /** Id of its Organization resource, where one is to be kept; else it follows from the numbers. */
  readonly id?: string;
}

/** Ids of one sending: a resend keeps `message` and takes a new `bundle` (governance of network envelopes). */
export interface SendingIds {
  /** Bundle.id: a UUID never used before. */
  readonly bundle: string;
  /** MessageHeader.id: a UUID that stays with the message. */
  readonly message: string;
}

/** What is remembered of a message once sent: its Provenance travels along in every later message of the same stay. */
export interface SentProvenance {
  /** Id of its Provenance resource, where one is to be kept; else it follows from `message`. */
  readonly id?: string;
  readonly message: string;
  readonly activity: string;
  /** When it was sent (instant with zone). */
  readonly at: string;
  readonly agent: Party;
  readonly previous?: { readonly role: 'revision' | 'removal'; readonly message: string };
}

/** Base of the fullUrls; the references inside are relative to it. */
const BASE = 'https://samspil.dk/fhir';

export function entry(resource: Resource): BundleEntry {
  return { fullUrl: `${BASE}/${resource.resourceType}/${resource.id}`, resource };
}

export function reference(resource: Resource): { reference: string } {
  return { reference: `${resource.resourceType}/${resource.id}` };
}

export function sorLink(party: Party): string {
  return `${SOR_LINK}${party.sor}`;
}

/** Lines of `label: text` as a generated narrative; what is absent is left out. */
export function narrative(title: string, lines: readonly (readonly [label: string, text: string | undefined])[]) {
  const rows = lines.flatMap(([label, text]) => (text ? `<li>${escapeXml(label)}: ${escapeXml(text)}</li>` : []));
  const list = rows.length > 0 ? `<ul>${rows.join('')}</ul>` : '';
  const div = `<div xmlns="http://www.w3.org/1999/xhtml" lang="da"><p><b>${escapeXml(title)}</b></p>${list}</div>`;
  return { status: 'generated' as const, div };
}

function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}

/** A party of the message as MedComMessagingOrganization; without GLN as MedComCoreOrganization (a clinical unit only). */
export function organization(party: Party): Organization {
  const id = party.id ?? stableId('organization', party.sor, party.gln ?? '');
  const kind = party.gln
    ? profile('messaging', 'medcom-messaging-organization')
    : profile('core', 'medcom-core-organization');
  const gln = party.gln ? [{ use: 'official' as const, system: SYSTEM.gln, value: party.gln }] : [];
  return {
    resourceType: 'Organization',
    id,
    meta: { profile: [kind] },
    text: narrative('Organisation', [
      ['Navn', party.name],
      ['SOR-id', party.sor],
      ['Lokationsnummer (GLN)', party.gln],
      ['Id', id],
    ]),
    identifier: [{ use: 'official', system: SYSTEM.sor, value: party.sor }, ...gln],
    ...(party.name && { name: party.name }),
  };
}

/** The Provenance of a sent message; its id follows from the message's, so that it is the same wherever it travels. */
export function provenance(sent: SentProvenance): Provenance {
  const id = sent.id ?? stableId('provenance', sent.message);
  const { previous } = sent;
  return {
    resourceType: 'Provenance',
    id,
    meta: { profile: [profile('messaging', 'medcom-messaging-provenance')] },
    text: narrative('Meddelelsens historik', [
      ['Meddelelse', sent.message],
      ['Aktivitet', sent.activity],
      ['Sendt', sent.at],
      ['Afsender', sent.agent.name ?? `SOR ${sent.agent.sor}`],
      ['Foregående meddelelse', previous?.message],
      ['Id', id],
    ]),
    target: [{ reference: `MessageHeader/${sent.message}` }],
    occurredDateTime: sent.at,
    recorded: sent.at,
    activity: { coding: [{ system: ACTIVITY_CODES, code: sent.activity }] },
    agent: [{ who: reference(organization(sent.agent)) }],
    ...(previous && {
      entity: [{ role: previous.role, what: { reference: `MessageHeader/${previous.message}` } }],
    }),
  };
}

/** The parts of a header every MedCom message has: event, one primary destination, sender, source; endpoints are SOR links. */
export function header(parties: { sender: Party; receiver: Party }, event: string, id: string): MessageHeader {
  const { sender, receiver } = parties;
  return {
    resourceType: 'MessageHeader',
    id,
    eventCoding: { system: EVENT_CODES, code: event },
    destination: [
      {
        extension: [{ url: DESTINATION_USE_EXTENSION, valueCoding: { system: DESTINATION_USE, code: 'primary' } }],
        endpoint: sorLink(receiver),
        receiver: reference(organization(receiver)),
      },
    ],
    sender: reference(organization(sender)),
    source: { endpoint: sorLink(sender) },
  };
}

/** Organisations once each, however many roles they have. */
export function organizations(parties: readonly (Party | undefined)[]): Organization[] {
  const found = new Map(
    parties.flatMap((party) => (party ? [organization(party)] : [])).map((each) => [each.id, each]),
  );
  return [...found.values()];
}

/** A message Bundle of the given resources, the header first. */
export function messageBundle(kind: string, sending: { bundle: string; now: string }, resources: Resource[]): Bundle {
  return {
    resourceType: 'Bundle',
    id: sending.bundle,
    meta: { profile: [kind] },
    type: 'message',
    timestamp: sending.now,
    entry: resources.map(entry),
  };
}
