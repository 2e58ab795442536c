import type { Bundle, BundleEntry, Patient, Reference, Resource } from '@medplum/fhirtypes';
import { type Issue, issue } from '../errors.ts';
import { type BatchState, type BusinessIdentifier, identifiersOf, type Wanted } from './batch.ts';

/** Where the parts of a Bundle are or go in the store: fullUrl and `Type/id` to the stored `{type, id}`. */
export type Places = ReadonlyMap<string, Place>;
export interface Place {
  readonly type: string;
  readonly id: string;
  readonly isNew: boolean;
}

const CONDITIONAL = /^(\w+)\?identifier=([^|&]+)\|([^&]+)$/;
const LITERAL = /^(\w+)\/([0-9a-f-]{36})$/;
const UUID = /^urn:uuid:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** `Patient?identifier=system|value`, or a search URL's `identifier=system|value` after a type. */
export function readConditional(type: string, query: string): BusinessIdentifier | undefined {
  const match = CONDITIONAL.exec(query.startsWith(`${type}?`) ? query : `${type}?${query}`);
  return match ? { system: decodeURIComponent(match[2]!), value: decodeURIComponent(match[3]!) } : undefined;
}

/** Every Reference in a resource, however deep; `contained` is looked into as well. */
export function* referencesIn(value: unknown): Generator<Reference> {
  if (Array.isArray(value)) for (const item of value) yield* referencesIn(item);
  else if (value && typeof value === 'object') {
    if (typeof (value as Reference).reference === 'string') yield value as Reference;
    for (const inner of Object.values(value)) if (typeof inner === 'object') yield* referencesIn(inner);
  }
}

/** What must be looked up before this Bundle can be stored. */
export function wantedBy(bundle: Bundle): Wanted {
  const wanted = {
    patients: [] as BusinessIdentifier[],
    identifiers: [] as { type: string; system: string; value: string }[],
    named: [] as { type: string; id: string }[],
  };
  const add = (type: string, identifier: BusinessIdentifier) =>
    type === 'Patient'
      ? wanted.patients.push(identifier)
      : wanted.identifiers.push({ type, system: identifier.system, value: identifier.value });
  for (const entry of bundle.entry ?? []) {
    if (!entry.resource) continue;
    const type = entry.resource.resourceType;
    for (const identifier of identifiersOf(entry.resource)) add(type, identifier);
    const condition = entry.request?.ifNoneExist && readConditional(type, entry.request.ifNoneExist);
    if (condition) add(type, condition);
    const own = idFromUrl(entry);
    if (own) wanted.named.push({ type, id: own });
    for (const { reference = '' } of referencesIn(entry.resource)) {
      const conditional = CONDITIONAL.exec(reference);
      const literal = LITERAL.exec(reference);
      if (conditional)
        add(conditional[1]!, {
          system: decodeURIComponent(conditional[2]!),
          value: decodeURIComponent(conditional[3]!),
        });
      else if (literal) wanted.named.push({ type: literal[1]!, id: literal[2]! });
    }
  }
  return wanted;
}

/** A PUT names its resource by URL; a map names one without business identifier by a urn:uuid made from its source. */
function idFromUrl(entry: BundleEntry): string | undefined {
  const put = entry.request?.method === 'PUT' ? LITERAL.exec(entry.request.url ?? '')?.[2] : undefined;
  return put ?? UUID.exec(entry.fullUrl ?? '')?.[1];
}

/**
 * Finds or makes the place of each entry. A patient is found by any of its identifiers; identifiers that lead to two patients
 * are refused (when in doubt, refuse). Others are found by their first known identifier, else by the uuid of their fullUrl.
 */
export function resolvePlaces(
  bundle: Bundle,
  state: BatchState,
  newId: () => string,
): { places: Map<string, Place>; issues: readonly Issue[] } {
  const places = new Map<string, Place>();
  const issues: Issue[] = [];
  for (const [index, entry] of (bundle.entry ?? []).entries()) {
    if (!entry.resource) continue;
    const place =
      entry.resource.resourceType === 'Patient'
        ? placeOfPatient(entry.resource, state, newId)
        : placeOf(entry, entry.resource, state, newId);
    if ('code' in place) issues.push({ ...place, place: `Bundle.entry[${index}].resource` });
    else {
      if (entry.fullUrl) places.set(entry.fullUrl, place);
      if (entry.resource.id) places.set(`${place.type}/${entry.resource.id}`, place);
      places.set(`entry:${index}`, place);
    }
  }
  return { places, issues };
}

function placeOfPatient(patient: Patient, state: BatchState, newId: () => string): Place | Issue {
  const found = new Set(identifiersOf(patient).flatMap((identifier) => state.patientOf(identifier) ?? []));
  if (found.size > 1) return issue('STORE-PATIENT-AMBIGUOUS');
  const [id] = found;
  // nobody can be found again who has no number, and a stay without a patient is nobody's
  if (identifiersOf(patient).length === 0) return issue('STORE-PATIENT-MISSING');
  return { type: 'Patient', id: id ?? newId(), isNew: id === undefined };
}

function placeOf(entry: BundleEntry, resource: Resource, state: BatchState, newId: () => string): Place {
  const type = resource.resourceType;
  const condition = entry.request?.ifNoneExist ? readConditional(type, entry.request.ifNoneExist) : undefined;
  const known = [...(condition ? [condition] : []), ...identifiersOf(resource)].flatMap(
    (identifier) => state.idOf(type, identifier) ?? [],
  )[0];
  const own = idFromUrl(entry);
  const id = known ?? own ?? newId();
  return { type, id, isNew: known === undefined && !state.current(type, id) };
}

/** A copy of the resource whose references name stored resources; those that lead nowhere are issues. */
export function rewriteReferences<T extends Resource>(
  resource: T,
  look: { places: Places; state: BatchState; at: string },
): { resource: T; issues: readonly Issue[] } {
  const copy = structuredClone(resource);
  const issues: Issue[] = [];
  for (const reference of referencesIn(copy)) {
    const target = reference.reference!;
    const place = look.places.get(target) ?? placeOfConditional(target, look.state);
    if (place) reference.reference = `${place.type}/${place.id}`;
    else if (isBroken(target, look.state)) issues.push(issue('STORE-REFERENCE-UNRESOLVED', look.at));
  }
  return { resource: copy, issues };
}

function placeOfConditional(target: string, state: BatchState): Place | undefined {
  const match = CONDITIONAL.exec(target);
  if (!match) return undefined;
  const identifier = { system: decodeURIComponent(match[2]!), value: decodeURIComponent(match[3]!) };
  const id = match[1] === 'Patient' ? state.patientOf(identifier) : state.idOf(match[1]!, identifier);
  return id === undefined ? undefined : { type: match[1]!, id, isNew: false };
}

/** Fragments and absolute addresses elsewhere are left as they are; what claims to be here must be here. */
function isBroken(target: string, state: BatchState): boolean {
  if (CONDITIONAL.test(target) || target.startsWith('urn:uuid:')) return true;
  const literal = LITERAL.exec(target);
  return literal !== null && !state.current(literal[1]!, literal[2]!);
}
