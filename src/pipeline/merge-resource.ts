import type { Encounter, Extension, Patient, Resource } from '@medplum/fhirtypes';

/** Canonical of the extension by which a message says that an element is to go (HL7 v2's explicit null); its value is a path. */
const DELETED = 'http://samspil.dk/fhir/StructureDefinition/deleted-element';
const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';
const NO_NEWS = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';

type Json = Record<string, unknown>;

/**
 * A message says what it carries and leaves the rest as it was (HL7 v2: empty = unchanged): elements given replace, elements absent stay,
 * and what it wants gone goes last. An Encounter status of `unknown`, or a class of a null flavour, is no news (A08).
 */
export function mergeResource(before: Resource, told: Resource): Resource {
  const { news, gone } = withoutDeletions(told);
  const merged = { ...before, ...news, id: before.id } as Resource;
  return deleteElements(joined(before, merged), gone);
}

/** A resource seen for the first time has nothing to delete. */
export function firstVersion(told: Resource): Resource {
  return withoutDeletions(told).news;
}

function joined(before: Resource, merged: Resource): Resource {
  if (merged.resourceType === 'Encounter') return joinEncounter(before as Encounter, merged);
  if (merged.resourceType === 'Patient') return joinPatient(before as Patient, merged);
  return merged;
}

function joinEncounter(before: Encounter, merged: Encounter): Encounter {
  const extension = joinExtensions(before.extension, merged.extension);
  return {
    ...merged,
    status: merged.status === 'unknown' ? before.status : merged.status,
    class: merged.class?.system === NO_NEWS && before.class ? before.class : merged.class,
    ...((before.period || merged.period) && { period: { ...before.period, ...merged.period } }),
    ...(extension.length > 0 && { extension }),
  };
}

/** By canonical; a period that does not know its start (A22: back from leave) keeps the one told before. */
function joinExtensions(before: readonly Extension[] = [], news: readonly Extension[] = []): Extension[] {
  const known = new Map(before.map((one) => [one.url, one]));
  const told = news.map((one) => {
    const period = one.valuePeriod as (Json & { _start?: { extension?: Extension[] } }) | undefined;
    const isStartUnknown = period?._start?.extension?.some(({ url }) => url === ABSENT);
    const start = known.get(one.url)?.valuePeriod?.start;
    if (!period || !isStartUnknown || !start) return one;
    const { _start: _, ...rest } = period;
    return { ...one, valuePeriod: { start, ...rest } } as Extension;
  });
  const urls = new Set(told.map(({ url }) => url));
  return [...before.filter(({ url }) => !urls.has(url)), ...told];
}

/** Identifiers add up: a message that knows only one number does not take the others away. */
function joinPatient(before: Patient, merged: Patient): Patient {
  const news = merged.identifier ?? [];
  const kept = (before.identifier ?? []).filter(
    (old) => !news.some((one) => one.system === old.system && one.value === old.value),
  );
  return { ...merged, ...(news.length + kept.length > 0 && { identifier: [...news, ...kept] }) };
}

function withoutDeletions(told: Resource): { news: Resource; gone: readonly string[] } {
  const { extension = [], ...rest } = told as Resource & { extension?: Extension[] };
  const kept = extension.filter(({ url }) => url !== DELETED);
  const gone = extension.flatMap(({ url, valueString }) => (url === DELETED && valueString ? [valueString] : []));
  return { news: { ...rest, ...(kept.length > 0 && { extension: kept }) } as Resource, gone };
}

/** One step of a path: a name, and what is in its brackets: `telecom`, `where(use = 'home')`, `extension('http://…')`. */
interface Step {
  readonly name: string;
  readonly text?: string;
}

const STEP = /([A-Za-z]+)(?:\(([^)]*)\))?/g;

function deleteElements(resource: Resource, paths: readonly string[]): Resource {
  return paths.reduce<Resource>((left, path) => {
    const [type, ...steps] = [...path.matchAll(STEP)].map(
      (match): Step => ({ name: match[1]!, ...(match[2] !== undefined && { text: match[2] }) }),
    );
    return type?.name === left.resourceType ? (without(left as unknown as Json, steps) as unknown as Resource) : left;
  }, resource);
}

/** A copy without what the steps lead to; nothing on the way is written over, as it may belong to the version before. */
function without(parent: Json, [step, ...deeper]: readonly Step[]): Json {
  if (!step) return parent;
  const key = keyOf(parent, step.name);
  const inner = key === undefined ? undefined : parent[key];
  if (key === undefined || inner === undefined) return parent;
  const left = remaining(inner, step, deeper);
  const { [key]: _, ...rest } = parent;
  return left === undefined || (Array.isArray(left) && left.length === 0) ? rest : { ...parent, [key]: left };
}

/** The element as it is written: `value` and `deceased` are `valuePeriod`, `deceasedBoolean`. */
function keyOf(parent: Json, name: string): string | undefined {
  return Object.keys(parent).find(
    (key) => key === name || (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))),
  );
}

function remaining(inner: unknown, { text }: Step, deeper: readonly Step[]): unknown {
  const [next] = deeper;
  if (Array.isArray(inner) && text !== undefined)
    return inWhich(inner, (item) => item.url === text.replaceAll("'", ''), deeper);
  if (Array.isArray(inner) && next?.name === 'where') {
    const [, member, value] = /^(\w+) = '([^']*)'$/.exec(next.text ?? '') ?? [];
    return member ? inWhich(inner, (item) => item[member] === value, deeper.slice(1)) : inner;
  }
  if (deeper.length === 0) return undefined;
  return inner && typeof inner === 'object' && !Array.isArray(inner) ? without(inner as Json, deeper) : inner;
}

/** The items that are meant lose what the rest of the path names, or go where it names nothing more. */
function inWhich(items: readonly Json[], isMeant: (item: Json) => boolean, deeper: readonly Step[]): Json[] {
  return items.flatMap((item) => (!isMeant(item) ? [item] : deeper.length === 0 ? [] : [without(item, deeper)]));
}
