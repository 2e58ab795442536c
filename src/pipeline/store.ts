import { isDeepStrictEqual } from 'node:util';
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { type Issue, isFault, issue } from '../errors.ts';
import type { ResourceRef } from '../store/resources.ts';
import { type BatchState, identifiersOf } from './batch.ts';
import { firstVersion, mergeResource } from './merge-resource.ts';
import { type Place, type Places, resolvePlaces, rewriteReferences } from './resolve.ts';

/** What storing did to one resource. */
export interface Change {
  readonly ref: ResourceRef;
  readonly before?: Resource;
  readonly after: Resource;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

export interface Stored {
  readonly patientId?: string;
  /** In the order of the Bundle's entries; entries that are about the message itself have none. */
  readonly changes: readonly (Change | undefined)[];
  readonly merges: readonly { readonly from: string; readonly into: string }[];
}

/** Patients this message makes one: Patient.link of type `replaces`. */
function mergesIn(bundle: Bundle, places: Places): readonly { from: string; into: string }[] {
  return (bundle.entry ?? []).flatMap(({ resource }, index) => {
    const into = places.get(`entry:${index}`)?.id;
    if (resource?.resourceType !== 'Patient' || !into) return [];
    return (resource.link ?? []).flatMap(({ type, other }) => {
      const from = type === 'replaces' ? places.get(other?.reference ?? '')?.id : undefined;
      return from && from !== into ? [{ from, into }] : [];
    });
  });
}

/** A merge told again: the patient merged away is the one who stays already, and must not be written over. */
function isMergedBefore(resource: Resource, { id }: Place, places: Places): boolean {
  if (resource.resourceType !== 'Patient') return false;
  return (resource.link ?? []).some(
    ({ type, other }) => type === 'replaced-by' && places.get(other?.reference ?? '')?.id === id,
  );
}

export interface StoreContext {
  readonly messageId: string;
  readonly at: string;
  readonly newId: () => string;
  /** Security labels and category, given when a resource is made (policy/classify). */
  readonly label: (resource: Resource) => Resource;
}

/** About the message, not about the patient: kept with the message, not in the store of resources. */
const OF_THE_MESSAGE = new Set(['MessageHeader', 'Provenance', 'OperationOutcome', 'Parameters', 'Bundle']);

/**
 * Puts a Bundle into the batch's state: resolves patients and resources, rewrites references, merges or replaces, and notes
 * new versions. Nothing is changed where any issue is an error.
 */
export function storeBundle(
  bundle: Bundle,
  state: BatchState,
  context: StoreContext,
): { stored: Stored; issues: readonly Issue[] } {
  const { places, issues } = resolvePlaces(bundle, state, context.newId);
  if (issues.some(isFault)) return { stored: { changes: [], merges: [] }, issues };
  const found: Issue[] = [...issues];
  const changes = (bundle.entry ?? []).map((entry, index) => {
    const place = places.get(`entry:${index}`);
    if (!entry.resource || !place || OF_THE_MESSAGE.has(place.type) || isMergedBefore(entry.resource, place, places))
      return undefined;
    const at = `Bundle.entry[${index}].resource`;
    const rewritten = rewriteReferences(entry.resource, { places, state, at });
    found.push(...rewritten.issues, ...checkRequest(entry, place, state, at));
    return found.some(isFault) ? undefined : put({ entry, place, resource: rewritten.resource }, state, context);
  });
  const patientId = patientOf(places, changes);
  const merges = mergesIn(bundle, places);
  return { stored: { changes, merges, ...(patientId && { patientId }) }, issues: found };
}

function checkRequest(entry: BundleEntry, place: Place, state: BatchState, at: string): readonly Issue[] {
  const { request } = entry;
  if (!request) return [];
  if (request.method !== 'POST' && request.method !== 'PUT')
    return [issue('STORE-INTERACTION', at, { method: request.method ?? 'none' })];
  const version = state.current(place.type, place.id)?.version;
  if (request.ifMatch && request.ifMatch !== `W/"${version ?? 0}"`) return [issue('STORE-VERSION', at)];
  return [];
}

function put(
  { entry, place, resource }: { entry: BundleEntry; place: Place; resource: Resource },
  state: BatchState,
  context: StoreContext,
): Change {
  const { type, id } = place;
  const before = state.current(type, id);
  // conditional create: somebody was here first, and what is here stays as it is
  if (before && entry.request?.ifNoneExist)
    return {
      ref: { type, id, version: before.version },
      before: before.content,
      after: before.content,
      outcome: 'unchanged',
    };
  const body =
    before && entry.request?.method !== 'PUT' ? mergeResource(before.content, resource) : firstVersion(resource);
  const labelled = context.label({ ...body, id } as Resource);
  if (before && isDeepStrictEqual(withoutMeta(before.content), withoutMeta(labelled)))
    return {
      ref: { type, id, version: before.version },
      before: before.content,
      after: before.content,
      outcome: 'unchanged',
    };
  const version = (before?.version ?? 0) + 1;
  const after = {
    ...labelled,
    meta: { ...labelled.meta, versionId: String(version), lastUpdated: context.at },
  } as Resource;
  const patientId = type === 'Patient' ? id : (subjectOf(after) ?? null);
  if (type === 'Patient') {
    if (place.isNew && !before) state.addPatient(id);
    for (const identifier of identifiersOf(resource)) state.addPatientIdentifier(identifier, id);
  } else for (const identifier of identifiersOf(resource)) state.addIdentifier(type, identifier, id);
  state.addVersion({ type, id, version, patientId, messageId: context.messageId, content: after });
  return {
    ref: { type, id, version },
    ...(before && { before: before.content }),
    after,
    outcome: before ? 'updated' : 'created',
  };
}

/** The stored patient a resource is about, by its subject or patient element. */
export function subjectOf(resource: Resource): string | undefined {
  const { subject, patient } = resource as { subject?: { reference?: string }; patient?: { reference?: string } };
  const reference = subject?.reference ?? patient?.reference;
  return reference?.startsWith('Patient/') ? reference.slice('Patient/'.length) : undefined;
}

function patientOf(places: Places, changes: readonly (Change | undefined)[]): string | undefined {
  for (const place of places.values()) if (place.type === 'Patient') return place.id;
  for (const change of changes) {
    const subject = change && subjectOf(change.after);
    if (subject) return subject;
  }
  return undefined;
}

const withoutMeta = ({ meta, ...rest }: Resource) => ({ ...rest, security: meta?.security, profile: meta?.profile });
