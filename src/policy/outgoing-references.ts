import type { Reference, Resource } from '@medplum/fhirtypes';
import { SYSTEM } from '../fhir/identifiers.ts';

/** Types that may be pointed at though they are not in the set: they say nothing of the patient's health. */
const OPEN_TYPES = new Set([
  'Patient',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'HealthcareService',
  'Endpoint',
]);
/** Identifiers of persons and places; a reference by another identifier may point at something withheld. */
const OPEN_SYSTEMS = new Set<string>([
  SYSTEM.cpr,
  SYSTEM.xEcpr,
  SYSTEM.dEcpr,
  SYSTEM.sor,
  SYSTEM.gln,
  SYSTEM.ydernummer,
  SYSTEM.shak,
  SYSTEM.cvr,
]);

/** Which references may stay: to what leaves too, or to persons and places that are not among what is withheld. */
export class OutgoingReferences {
  readonly #released: ReadonlySet<string>;
  readonly #known: ReadonlySet<string>;

  constructor(all: readonly Resource[], released: readonly Resource[]) {
    this.#known = new Set(all.flatMap(namesOf));
    this.#released = new Set(released.flatMap(namesOf));
  }

  /** The reference without display, or undefined where its target must not be told of. `contained` holds ids that stay contained. */
  keep(reference: Reference, contained: ReadonlySet<string>): Reference | undefined {
    const { reference: target, type, identifier } = reference;
    if (target !== undefined && this.#mayPointAt(target, contained))
      return { reference: target, ...(type && { type }), ...this.#logical(reference) };
    if (!identifier || (target !== undefined && this.#known.has(nameOf(target)))) return undefined;
    return OPEN_SYSTEMS.has(identifier.system ?? '')
      ? { ...(type && { type }), ...this.#logical(reference) }
      : undefined;
  }

  #logical({ identifier }: Reference): Pick<Reference, 'identifier'> {
    if (!identifier || !OPEN_SYSTEMS.has(identifier.system ?? '')) return {};
    const { use, system, value } = identifier;
    return { identifier: { ...(use && { use }), system, value } };
  }

  #mayPointAt(target: string, contained: ReadonlySet<string>): boolean {
    if (target.startsWith('#')) return contained.has(target.slice(1));
    const name = nameOf(target);
    if (this.#released.has(name)) return true;
    const type = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}$/.exec(name)?.[1] ?? '';
    return !this.#known.has(name) && OPEN_TYPES.has(type);
  }
}

/** `Type/id` of a relative or absolute reference with or without version; `urn:uuid:` as it is. */
function nameOf(target: string): string {
  const match = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(target);
  return match ? match[1]! : target;
}

function namesOf({ resourceType, id }: Resource): string[] {
  return id === undefined ? [] : [`${resourceType}/${id}`, `urn:uuid:${id}`, `urn:oid:${id}`];
}
