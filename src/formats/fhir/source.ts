import type { Bundle, Encounter, Patient, Resource } from '@medplum/fhirtypes';
import type { Issue } from '../../errors.ts';
import { issue } from '../../errors.ts';
import { readPersonNumber, SYSTEM } from '../../fhir/identifiers.ts';
import type { Identifier, SourceMessage, SourceTree } from '../format.ts';
import { eventOf, headerOf, idOf, listOf, primaryDestination, resolve, resourcesOf } from './message-facts.ts';
import { stableId } from './stable-id.ts';

/** MedCom's messages by event code: the name of the map that reads each. */
export const MEDCOM_MESSAGES: Readonly<Record<string, string>> = {
  'hospital-notification-message': 'HospitalNotification',
  'care-communication-message': 'CareCommunication',
  'acknowledgement-message': 'Acknowledgement',
  'homecareobservation-message': 'HomeCareObservation',
  'empty-message': 'EmptyMessage',
};

/** Bundles that bring something; the others are answers of a server. */
const BUNDLE_TYPES = new Set(['message', 'transaction', 'batch', 'document', 'collection']);

const PERSON_NUMBERS = [SYSTEM.cpr, SYSTEM.xEcpr, SYSTEM.dEcpr] as const;
const D_ECPR = /^urn:oid:1\.2\.208\.176\.1\.6\.1\.(3|3\.\d+)$/;

/** What a sound resource says as a message of its own; the tree is its FHIR JSON. */
export function sourceOf(resource: Resource): SourceMessage {
  const bundle = resource.resourceType === 'Bundle' ? resource : undefined;
  const patients = patientsOf(resource);
  const merged = mergedFrom(patients, bundle);
  return {
    format: 'fhir',
    ...kindOf(resource),
    controlId: (bundle?.type === 'message' && headerOf(bundle)?.id) || stableId('content', JSON.stringify(resource)),
    sender: bundle ? partyIdentifiers(bundle, 'sender') : [],
    receiver: bundle ? partyIdentifiers(bundle, 'receiver') : [],
    patient: ranked([
      ...patients.flatMap(({ identifier }) => identifiersOf(identifier)),
      ...subjectIdentifiers(resource),
    ]),
    ...(merged.length > 0 && { mergedFrom: merged }),
    tree: resource as unknown as SourceTree,
  };
}

function kindOf(resource: Resource): Pick<SourceMessage, 'type' | 'structure' | 'version'> {
  if (resource.resourceType !== 'Bundle') return { type: resource.resourceType, structure: 'Resource', version: 'R4' };
  const event = resource.type === 'message' ? eventOf(resource) : undefined;
  const medcom = event && Object.hasOwn(MEDCOM_MESSAGES, event) ? MEDCOM_MESSAGES[event] : undefined;
  return { type: event ?? resource.type, structure: medcom ?? 'Bundle', version: versionOf(resource) };
}

/** CareCommunication and HomeCareObservation name their version in `definition`, others at most in meta.profile. */
function versionOf(bundle: Bundle): string {
  const canonicals = [headerOf(bundle)?.definition, ...(bundle.meta?.profile ?? [])];
  return canonicals.flatMap((canonical) => canonical?.split('|')[1] ?? [])[0] ?? 'R4';
}

/** What must hold of a message before it is taken, beyond the rules of FHIR itself. */
export function checkSource(resource: Resource): Issue[] {
  if (resource.resourceType !== 'Bundle') return personNumberIssues(resource, resource.resourceType);
  if (!BUNDLE_TYPES.has(resource.type)) return [issue('FHIR-BUNDLE-TYPE', 'Bundle.type')];
  const header = headerOf(resource);
  const isMedcom = Object.hasOwn(MEDCOM_MESSAGES, eventOf(resource) ?? '');
  const unnamed = isMedcom && !header?.id ? [issue('MEDCOM-HEADER-ID', 'Bundle.entry[0].resource.id')] : [];
  const entries = resource.entry ?? [];
  return [
    ...unnamed,
    ...entries.flatMap((each, index) =>
      each.resource ? personNumberIssues(each.resource, `Bundle.entry[${index}].resource`) : [],
    ),
  ];
}

function personNumberIssues(resource: Resource, place: string): Issue[] {
  if (resource.resourceType !== 'Patient') return [];
  return (resource.identifier ?? []).flatMap(({ system, value }, index) => {
    const claimed = system && (PERSON_NUMBERS.includes(system as typeof SYSTEM.cpr) || D_ECPR.test(system));
    if (!claimed || value === undefined) return [];
    const read = readPersonNumber(value);
    const fits = read && (read.system === system || (read.kind === 'd-ecpr' && D_ECPR.test(system)));
    return fits && read.value === value ? [] : [issue('PERSON-NUMBER', `${place}.identifier[${index}].value`)];
  });
}

function patientsOf(resource: Resource): Patient[] {
  if (resource.resourceType === 'Patient') return [resource];
  if (resource.resourceType === 'Bundle') return resourcesOf(resource, 'Patient');
  const contained = 'contained' in resource ? (resource.contained ?? []) : [];
  return contained.filter((each): each is Patient => each.resourceType === 'Patient');
}

/** Of a resource that comes alone: the patient by identifier, where its subject is named by one. */
function subjectIdentifiers(resource: Resource): Identifier[] {
  const alone = resource.resourceType === 'Bundle' ? resourcesOf(resource, 'Encounter') : [resource as Encounter];
  return alone.flatMap(({ subject }) => identifiersOf(subject?.identifier && [subject.identifier]));
}

function identifiersOf(found: readonly { system?: string; value?: string }[] | undefined): Identifier[] {
  return listOf(found).flatMap(({ system, value }) => (system && value ? [{ system, value }] : []));
}

/** Once each, person numbers first. */
function ranked(identifiers: readonly Identifier[]): Identifier[] {
  const rank = ({ system }: Identifier) => {
    const known = PERSON_NUMBERS.indexOf(system as typeof SYSTEM.cpr);
    return known >= 0 ? known : D_ECPR.test(system) ? PERSON_NUMBERS.length : PERSON_NUMBERS.length + 1;
  };
  const once = new Map(identifiers.map((each) => [`${each.system}|${each.value}`, each]));
  return [...once.values()].sort((a, b) => rank(a) - rank(b));
}

/** A Patient that `replaces` another says that the other is merged into it; where it says `replaced-by`, it is the one merged away. */
function mergedFrom(patients: readonly Patient[], bundle: Bundle | undefined): Identifier[] {
  return patients.flatMap((patient) =>
    (patient.link ?? []).flatMap(({ type, other }) => {
      if (type === 'replaced-by') return identifiersOf(patient.identifier);
      if (type !== 'replaces') return [];
      const target = bundle && resolve(bundle, other);
      const named = target?.resourceType === 'Patient' ? identifiersOf(target.identifier) : [];
      return [...named, ...identifiersOf(other.identifier && [other.identifier])];
    }),
  );
}

const PARTY_SYSTEMS: readonly string[] = [SYSTEM.sor, SYSTEM.gln, SYSTEM.ydernummer, SYSTEM.shak];

/** SOR, GLN and other numbers of a party, and the endpoint the header names it by. */
function partyIdentifiers(bundle: Bundle, role: 'sender' | 'receiver'): Identifier[] {
  const header = headerOf(bundle);
  const destination = primaryDestination(header);
  const named = resolve(bundle, role === 'sender' ? header?.sender : destination?.receiver);
  const numbers = named?.resourceType === 'Organization' ? identifiersOf(named.identifier) : [];
  const order = ({ system }: Identifier) =>
    (PARTY_SYSTEMS.indexOf(system) + PARTY_SYSTEMS.length + 1) % (PARTY_SYSTEMS.length + 1);
  const endpoint = role === 'sender' ? header?.source?.endpoint : destination?.endpoint;
  const all = [...numbers.sort((a, b) => order(a) - order(b)), ...(endpoint ? [endpointIdentifier(endpoint)] : [])];
  return [...new Map(all.map((each) => [`${each.system}|${each.value}`, each])).values()];
}

function endpointIdentifier(endpoint: string): Identifier {
  const sor = /^https:\/\/sor2\.sum\.dsdn\.dk\/#id=(\d+)$/.exec(endpoint)?.[1];
  return sor ? { system: SYSTEM.sor, value: sor } : { system: 'urn:ietf:rfc:3986', value: endpoint };
}

/** The entries of a batch stand each for themselves; every other resource is one message. */
export function partsOf(resource: Resource): Resource[] {
  if (resource.resourceType !== 'Bundle' || resource.type !== 'batch') return [resource];
  return listOf(resource.entry).flatMap((each) => (each.resource ? [each.resource] : []));
}

/** Of a resource that is refused: the little that can be read of it, to answer it by. */
export function refusedFacts(resource: unknown): { controlId?: string; type?: string } {
  const found = resource as Partial<Bundle> | null;
  if (typeof found !== 'object' || found?.resourceType !== 'Bundle') return {};
  const id = idOf(headerOf(found as Bundle)?.id);
  const type = eventOf(found as Bundle);
  return { ...(id && { controlId: id }), ...(type && { type }) };
}
