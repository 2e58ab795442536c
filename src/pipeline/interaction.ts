import type { Bundle, BundleEntry, Patient, Resource } from '@medplum/fhirtypes';

/** A transaction says itself what to do with each of its entries: no map stands between it and the store. */
export function isInteraction(tree: unknown): tree is Bundle {
  return (tree as Bundle | undefined)?.resourceType === 'Bundle' && (tree as Bundle).type === 'transaction';
}

/**
 * A patient who comes inside another resource becomes an entry of its own: contained resources have no identity in FHIR, and a patient
 * must have one. Other contained resources stay where they are.
 */
export function liftPatients(bundle: Bundle): Bundle {
  const entry = (bundle.entry ?? []).flatMap((one, index) => liftFrom(one, index));
  return { ...bundle, entry };
}

function liftFrom(entry: BundleEntry, index: number): readonly BundleEntry[] {
  const { resource } = entry;
  const contained = (resource as { contained?: Resource[] } | undefined)?.contained ?? [];
  const patients = contained.filter((one): one is Patient => one.resourceType === 'Patient' && one.id !== undefined);
  if (!resource || patients.length === 0) return [entry];
  const urls = new Map(patients.map(({ id }) => [`#${id}`, `urn:samspil:contained:${index}:${id}`]));
  const rest = contained.filter((one) => !patients.includes(one as Patient));
  const { contained: _, ...own } = resource as { contained?: Resource[] } & Resource;
  const owner = { ...replaceReferences(own, urls), ...(rest.length > 0 && { contained: rest }) } as Resource;
  const lifted = patients.map(({ id, ...patient }) => ({
    fullUrl: urls.get(`#${id}`)!,
    resource: patient as Patient,
    ...(entry.request && { request: { method: 'POST' as const, url: 'Patient' } }),
  }));
  return [...lifted, { ...entry, resource: owner }];
}

function replaceReferences<T>(value: T, urls: ReadonlyMap<string, string>): T {
  if (Array.isArray(value)) return value.map((item) => replaceReferences(item, urls)) as T;
  if (!value || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'reference' && typeof inner === 'string' ? (urls.get(inner) ?? inner) : replaceReferences(inner, urls),
  ]);
  return Object.fromEntries(entries) as T;
}
