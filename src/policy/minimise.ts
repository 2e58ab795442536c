import type { Reference, Resource } from '@medplum/fhirtypes';
import { ALLOW_LIST, ALLOWED_EXTENSIONS, type AllowRow } from './allow-list.ts';
import { rowOf } from './categories.ts';
import { classify } from './classify.ts';
import type { Decision, Terms } from './decision.ts';
import { isRecord } from './flow.ts';
import { securityOf } from './labels.ts';
import { narrate } from './narrate.ts';
import { OutgoingReferences } from './outgoing-references.ts';

export interface MinimiseOptions {
  /** The official display of a code, where a terminology knows it; what a sender wrote as display never leaves. */
  readonly display?: (system: string, code: string) => string | undefined;
  /** Labels of an item by its id, as they were in the decision; absent: worked out again from the content. */
  readonly labelsOf?: (item: string) => readonly string[] | undefined;
}

type Json = Readonly<Record<string, unknown>>;

interface Build {
  readonly terms: Terms;
  readonly references: OutgoingReferences;
  readonly options: MinimiseOptions;
  /** Free text of this resource may stay (names of places and persons are no free text). */
  readonly text: boolean;
  readonly contained: ReadonlySet<string>;
}

const DEEPEST = 32;
/** Types whose text elements are names, not narrative. */
const NAMED = new Set([
  'Patient',
  'RelatedPerson',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'HealthcareService',
]);
/** Members that are text a person wrote, wherever in a resource they stand. */
const FREE_TEXT = new Set([
  'text',
  'note',
  'comment',
  'description',
  'patientInstruction',
  'additionalInstruction',
  'contentString',
  'valueString',
  'answer',
]);
const ATTACHMENT = new Set(['contentAttachment', 'valueAttachment', 'photo', 'presentedForm', 'attachment']);
/** Label of the hub for persons with name and address protection (navne- og adressebeskyttelse). */
const ADDRESS_PROTECTED = 'NAB';

/** The id an item of a decision has: what `items` of the request and `released` of the decision name. */
export function itemId({ resourceType, id }: Resource): string {
  return `${resourceType}/${id}`;
}

function allowedElements(
  { elements, text, attachments, more }: AllowRow,
  type: string,
  terms: Terms,
): readonly string[] {
  const hasMore = more && (!terms.categories || terms.categories.includes(more.category));
  const all = [
    ...elements,
    ...(hasMore ? more.elements : []),
    ...(terms.free_text ? (text ?? []) : []),
    ...(terms.attachments ? (attachments ?? []) : []),
  ];
  const narrower = terms.elements?.[type];
  return narrower ? all.filter((name) => narrower.includes(name)) : all;
}

/** Patient elements by the terms; `deceased` stands for both its forms. Protected addresses and numbers never leave. */
function allowedIdentity(elements: readonly string[], labels: readonly string[], terms: Terms): readonly string[] {
  const shielded = labels.includes(ADDRESS_PROTECTED) ? ['address', 'telecom'] : [];
  const told = terms.identity_elements;
  return elements.filter((name) => {
    const asked = name.replace(/^deceased(Boolean|DateTime)$/, 'deceased');
    return !shielded.includes(name) && (!told || told.includes(asked) || told.includes(name));
  });
}

function isReference(value: Json): boolean {
  return (
    typeof value.reference === 'string' ||
    (isRecord(value.identifier) && !('resourceType' in value) && isLoneIdentifier(value))
  );
}

function isLoneIdentifier(value: Json): boolean {
  return Object.keys(value).every((name) => ['identifier', 'type', 'display', 'id', 'extension'].includes(name));
}

/** A value without what never leaves: displays and free text by rule, references to what is withheld, unknown extensions. */
function rebuild(value: unknown, name: string, build: Build, depth = 0): unknown {
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map((inner) => rebuild(inner, name, build, depth + 1)).filter((inner) => inner !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (!isRecord(value)) return value;
  if (name === 'extension') return ALLOWED_EXTENSIONS.has(String(value.url)) ? members(value, build, depth) : undefined;
  if (isReference(value))
    return name === 'episodeOfCare'
      ? episode(value, build)
      : build.references.keep(value as Reference, build.contained);
  const made = members(value, build, depth);
  return isHollow(name, value, made) ? undefined : made;
}

/** Elements that must hold a reference (FHIR R4, 1..1), by what it is called: they go with it, as what is left would tell of it. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  location: 'location',
  diagnosis: 'condition',
  performer: 'actor',
  agent: 'who',
  entity: 'what',
  media: 'link',
};

function isHollow(name: string, before: Json, made: unknown): boolean {
  const member = Object.hasOwn(STANDS_FOR, name) ? STANDS_FOR[name]! : undefined;
  return member !== undefined && member in before && !(isRecord(made) && member in made);
}

/** An episode is told by its identifier: receivers thread a stay's messages by it. */
function episode(value: Json, { references, contained }: Build): Reference | undefined {
  const kept = references.keep(value as Reference, contained);
  const { identifier } = value as Reference;
  return identifier ? { ...kept, identifier: { system: identifier.system, value: identifier.value } } : kept;
}

function members(value: Json, build: Build, depth: number): unknown {
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (!mayStay(name, build)) continue;
    const kept = rebuild(inner, name, build, depth + 1);
    if (kept !== undefined) made[name] = kept;
  }
  const { system, code } = made;
  const display =
    typeof system === 'string' && typeof code === 'string' ? build.options.display?.(system, code) : undefined;
  if (display !== undefined) made.display = display;
  return Object.keys(made).length > 0 ? made : undefined;
}

function mayStay(name: string, { text, terms }: Build): boolean {
  if (name === 'display' || name === 'id' || name === 'modifierExtension' || name.startsWith('_')) return false;
  if (ATTACHMENT.has(name)) return terms.attachments;
  return text || !FREE_TEXT.has(name);
}

/** A section whose entries are not all there keeps no text, as text tells what entries hold. */
function sections(list: unknown, build: Build, depth = 0): unknown {
  if (!Array.isArray(list) || depth > DEEPEST) return undefined;
  const kept = list.filter(isRecord).flatMap(({ text, section, entry, ...rest }) => {
    const entries = Array.isArray(entry) ? entry : [];
    const left = entries
      .map((one) => build.references.keep(one as Reference, build.contained))
      .filter((one) => one !== undefined);
    const inner = sections(section, build, depth + 1);
    const mayTell = build.text && left.length === entries.length && text !== undefined;
    if (left.length === 0 && inner === undefined && !mayTell) return [];
    const made = members(rest, build, depth + 1) as Json | undefined;
    return [
      {
        ...made,
        ...(mayTell && { text }),
        ...(left.length > 0 && { entry: left }),
        ...(inner !== undefined && { section: inner }),
      },
    ];
  });
  return kept.length > 0 ? kept : undefined;
}

/** Contained resources stay where they are of their container's own category, or persons and places. */
function containedOf(resource: Resource, terms: Terms): readonly Resource[] {
  const { category } = rowOf(resource);
  const { contained = [] } = resource as { contained?: readonly Resource[] };
  return contained.filter((inner) => {
    const own = rowOf(inner).category;
    return own === 'administrative' || (own === category && (!terms.categories || terms.categories.includes(own)));
  });
}

interface Making {
  readonly terms: Terms;
  readonly references: OutgoingReferences;
  readonly options: MinimiseOptions;
  readonly labels: readonly string[];
}

function elementsOf(resource: Resource, { terms, labels }: Making): readonly string[] | undefined {
  const type = resource.resourceType;
  const row = Object.hasOwn(ALLOW_LIST, type) ? ALLOW_LIST[type] : undefined;
  if (!row) return undefined;
  const elements = allowedElements(row, type, terms);
  return type === 'Patient' ? allowedIdentity(elements, labels, terms) : elements;
}

/** One resource built anew from its allowed elements; undefined for a type no row allows. */
function make(resource: Resource, making: Making): Resource | undefined {
  const elements = elementsOf(resource, making);
  if (!elements) return undefined;
  const inner = containedOf(resource, making.terms).flatMap((one) => make(one, making) ?? []);
  const text = making.terms.free_text || NAMED.has(resource.resourceType);
  const build: Build = { ...making, text, contained: new Set(inner.flatMap(({ id }) => id ?? [])) };
  const made: Record<string, unknown> = {
    resourceType: resource.resourceType,
    ...(resource.id && { id: resource.id }),
  };
  for (const name of [...elements, 'extension']) {
    const told = (resource as unknown as Json)[name];
    const kept = name === 'section' ? sections(told, build) : rebuild(told, name, build);
    if (kept !== undefined) made[name] = kept;
  }
  if (inner.length > 0) made.contained = inner.map(({ meta: _meta, ...one }) => one);
  return made as unknown as Resource;
}

/** Labels of the copy: what says nothing sensitive by itself is judged by what is left of it. */
function outgoingLabels(made: Resource, before: readonly string[]): readonly string[] {
  return rowOf(made).judged === 'plain' ? classify(made, {}).labels : before;
}

function metaOf({ meta }: Resource, labels: readonly string[], terms: Terms): Resource['meta'] {
  const { versionId, lastUpdated } = meta ?? {};
  return {
    ...(versionId && { versionId }),
    ...(lastUpdated && { lastUpdated }),
    security: securityOf(labels, terms.kept_labels),
  };
}

/**
 * What leaves of a set of resources under a decision: built from what is allowed, never cut out of the original, which is left as it was.
 * @param resources everything the decision was about; its items are named `Type/id`
 * @returns the released resources in their order, with narrative, labels and references made anew; empty for a decision that does not send
 */
export function minimise(
  resources: readonly Resource[],
  decision: Decision,
  options: MinimiseOptions = {},
): Resource[] {
  if (decision.decision === 'deny' || decision.disposition !== 'send') return [];
  const allowed = new Set(decision.released);
  const released = resources.filter(
    (resource) => allowed.has(itemId(resource)) && Object.hasOwn(ALLOW_LIST, resource.resourceType),
  );
  const references = new OutgoingReferences(resources, released);
  const { terms } = decision;
  return released.flatMap((resource) => {
    const labels = options.labelsOf?.(itemId(resource)) ?? classify(resource, {}).labels;
    const made = make(resource, { terms, references, options, labels });
    if (!made) return [];
    const meta = metaOf(resource, outgoingLabels(made, labels), terms);
    const { resourceType, id, ...content } = made as unknown as Json;
    return [
      { resourceType, ...(id !== undefined && { id }), meta, text: narrate(made), ...content } as unknown as Resource,
    ];
  });
}
