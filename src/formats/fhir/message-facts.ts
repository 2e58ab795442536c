import type { Bundle, MessageHeader, Organization, Provenance, Reference, Resource } from '@medplum/fhirtypes';
import { SYSTEM } from '../../fhir/identifiers.ts';
import type { Party } from './medcom.ts';
import { isUuid } from './medcom.ts';

/** Reads what a message Bundle says of itself; nothing here trusts its shape, as it may be what is being refused. */

/** The resource a reference in a Bundle means: by fullUrl, or by type and id; contained ones and those elsewhere are not looked for. */
export function resolve(bundle: Bundle, reference: Reference | undefined): Resource | undefined {
  const target = reference?.reference;
  if (typeof target !== 'string') return undefined;
  const entries = listOf(bundle.entry);
  const found =
    entries.find((each) => each?.fullUrl === target) ??
    entries.find(({ resource }) => resource && `${resource.resourceType}/${resource.id}` === target);
  return found?.resource;
}

/** Elements of what should be a list, whatever it is. */
export function listOf<T>(value: readonly T[] | undefined): readonly NonNullable<T>[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.filter((each): each is NonNullable<T> => typeof each === 'object' && each !== null);
}

export function resourcesOf<T extends Resource['resourceType']>(bundle: Bundle, type: T) {
  return listOf(bundle.entry).flatMap(({ resource }) =>
    resource?.resourceType === type ? [resource as Extract<Resource, { resourceType: T }>] : [],
  );
}

export function headerOf(bundle: Bundle): MessageHeader | undefined {
  return resourcesOf(bundle, 'MessageHeader')[0];
}

/** The event of a message in MedCom's or another code system. */
export function eventOf(bundle: Bundle): string | undefined {
  const code = headerOf(bundle)?.eventCoding?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Id behind a reference or a bare id: `MessageHeader/x`, `urn:uuid:x`, `https://…/MessageHeader/x` and `x` are all `x`. */
export function idOf(reference: string | undefined): string | undefined {
  return typeof reference === 'string' ? reference.replace(/^urn:uuid:/i, '').replace(/^.*\//, '') : undefined;
}

/** An organisation of a message as a party: undefined without a SOR number, as nothing conformant can be addressed to it. */
export function partyOf(found: Resource | undefined): Party | undefined {
  if (found?.resourceType !== 'Organization') return undefined;
  const sor = numberOf(found, SYSTEM.sor);
  if (!sor) return undefined;
  const gln = numberOf(found, SYSTEM.gln);
  return {
    sor,
    ...(gln && { gln }),
    ...(typeof found.name === 'string' && { name: found.name }),
    ...(isUuid(found.id) && { id: found.id! }),
  };
}

function numberOf(found: Organization, system: string): string | undefined {
  const value = listOf(found.identifier).find((each) => each.system === system)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The Provenance of the message itself: the one whose target is its header. */
export function ownProvenance(bundle: Bundle): Provenance | undefined {
  const id = headerOf(bundle)?.id;
  return resourcesOf(bundle, 'Provenance').find((each) =>
    listOf(each.target).some(({ reference }) => id !== undefined && idOf(reference) === id),
  );
}

const USE = /medcom-messaging-destinationUseExtension$/;

/** The primary destination; the only one where none is marked. */
export function primaryDestination(header: MessageHeader | undefined) {
  const all = listOf(header?.destination);
  const isPrimary = (each: (typeof all)[number]) =>
    listOf(each.extension).some(({ url, valueCoding }) => USE.test(url ?? '') && valueCoding?.code === 'primary');
  return all.find(isPrimary) ?? (all.length === 1 ? all[0] : undefined);
}
