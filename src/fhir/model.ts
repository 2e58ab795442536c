import { createRequire } from 'node:module';
import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';

/** One element of a type, as its StructureDefinition gives it. */
export interface ElementModel {
  /** Without `[x]`: `value` for `Observation.value[x]`. */
  readonly name: string;
  readonly path: string;
  /** Type codes (`string`, `CodeableConcept`, `BackboneElement`); empty for a content reference. */
  readonly types: readonly string[];
  readonly isList: boolean;
  readonly isChoice: boolean;
  readonly min: number;
  /** `Infinity` for `*`. */
  readonly max: number;
  /** Path of the element whose content is meant: `Questionnaire.item`. */
  readonly contentReference?: string;
  readonly binding?: { readonly strength: string; readonly valueSet: string };
  /** The definition as written, for rules a model does not name. */
  readonly definition: ElementDefinition;
}

export interface TypeModel {
  /** Name of the FHIR type: for a profile that of the type it constrains, for a backbone element its path (`Patient.contact`). */
  readonly name: string;
  readonly kind: 'primitive' | 'complex' | 'resource' | 'logical' | 'backbone';
  /** Name of the type this one specialises, or for a profile the canonical it constrains. */
  readonly base?: string;
  /** Canonical of the definition. */
  readonly url: string;
  readonly abstract: boolean;
  /** By name, inherited ones first, in the order of the definition. */
  readonly elements: ReadonlyMap<string, ElementModel>;
}

export interface Model {
  /** By type name (`Patient`), canonical (with or without `|version`), or backbone path (`Patient.contact`). */
  type(nameOrCanonical: string): TypeModel | undefined;
  /** An element of a type or backbone path, inherited or own; a choice answers to `value`, `value[x]` and `valueString`. */
  element(typeOrPath: string, name: string): ElementModel | undefined;
  /** Every definition this model was built from. */
  readonly definitions: readonly StructureDefinition[];
}

const KINDS = {
  'primitive-type': 'primitive',
  'complex-type': 'complex',
  resource: 'resource',
  logical: 'logical',
} as const;

export function withoutVersion(canonical: string): string {
  const bar = canonical.indexOf('|');
  return bar < 0 ? canonical : canonical.slice(0, bar);
}

const lastSegment = (url: string) => url.slice(url.lastIndexOf('/') + 1);
/** Paths as deep as any definition goes; a longer one is a mistake or an attack. */
const DEEPEST_PATH = 24;

/**
 * A model over StructureDefinitions (snapshot or differential form); later definitions win over earlier ones of the same canonical.
 * A definition whose base is not among them keeps its own elements. Types are worked out when first asked for.
 */
export function buildModel(definitions: readonly StructureDefinition[]): Model {
  const byUrl = new Map<string, StructureDefinition>();
  const byName = new Map<string, StructureDefinition>();
  for (const definition of definitions) {
    byUrl.set(definition.url, definition);
    if (definition.derivation !== 'constraint') byName.set(rootOf(definition), definition);
  }
  for (const definition of definitions)
    if (definition.derivation === 'constraint' && !byName.has(definition.name)) byName.set(definition.name, definition);

  const types = new Map<string, TypeModel | undefined>();
  const model: Model = { type, element, definitions };

  function type(nameOrCanonical: string): TypeModel | undefined {
    const key = withoutVersion(nameOrCanonical);
    if (types.has(key)) return types.get(key);
    const definition = byUrl.get(key) ?? byName.get(key);
    types.set(key, undefined); // a definition that is its own ancestor ends here
    const found = definition ? typeOf(definition) : backbone(key);
    if (found || key.length < 200) types.set(key, found);
    return found;
  }

  function typeOf(definition: StructureDefinition): TypeModel {
    const parent = definition.baseDefinition ? type(definition.baseDefinition) : undefined;
    return {
      name: definition.derivation === 'constraint' ? definition.type : rootOf(definition),
      kind: KINDS[definition.kind],
      url: definition.url,
      abstract: definition.abstract,
      elements: childrenOf(definition, rootOf(definition), parent?.elements),
      ...(definition.baseDefinition && {
        base:
          definition.derivation === 'constraint' ? definition.baseDefinition : lastSegment(definition.baseDefinition),
      }),
    };
  }

  function backbone(path: string): TypeModel | undefined {
    const [root, ...names] = path.split('.');
    if (names.length === 0 || names.length > DEEPEST_PATH) return undefined;
    const own = element([root, ...names.slice(0, -1)].join('.'), names.at(-1)!);
    if (!own) return undefined;
    if (own.contentReference) return type(own.contentReference);
    if (own.path !== path) return type(own.path);
    const code = own.types[0];
    const definition = byUrl.get(root!) ?? byName.get(root!);
    if (!definition || own.types.length !== 1 || !code) return undefined;
    const inherited = type(code);
    const elements = childrenOf(definition, path, inherited?.elements);
    if (elements.size === (inherited?.elements.size ?? 0)) return inherited;
    return { name: path, kind: 'backbone', base: code, url: `${definition.url}#${path}`, abstract: false, elements };
  }

  function element(typeOrPath: string, name: string): ElementModel | undefined {
    const elements = type(typeOrPath)?.elements;
    return elements && (elements.get(name.replace('[x]', '')) ?? choiceOf(elements, name));
  }

  return model;
}

/** The name its own element paths begin with; the type code of a logical model may be a URL. */
function rootOf(definition: StructureDefinition): string {
  const first = elementsOf(definition)[0]?.path ?? lastSegment(definition.type);
  return first.split('.', 1)[0]!;
}

export function elementsOf(definition: StructureDefinition): readonly ElementDefinition[] {
  return definition.snapshot?.element ?? definition.differential?.element ?? [];
}

function childrenOf(
  definition: StructureDefinition,
  parentPath: string,
  inherited: ReadonlyMap<string, ElementModel> | undefined,
): ReadonlyMap<string, ElementModel> {
  const elements = new Map(inherited);
  for (const element of elementsOf(definition)) {
    if (!element.path.startsWith(`${parentPath}.`) || element.path.indexOf('.', parentPath.length + 1) >= 0) continue;
    if (element.sliceName) continue;
    const name = element.path.slice(parentPath.length + 1).replace('[x]', '');
    elements.set(name, elementModel(element, name, inherited?.get(name)));
  }
  return elements;
}

/** What a differential leaves out is as in the base. */
function elementModel(element: ElementDefinition, name: string, base: ElementModel | undefined): ElementModel {
  const max = element.max === undefined ? (base?.max ?? 1) : element.max === '*' ? Infinity : Number(element.max);
  const baseMax = element.base?.max ?? (base && (base.isList ? '*' : '1')) ?? element.max ?? '1';
  const contentReference = element.contentReference?.replace(/^.*#/, '') ?? base?.contentReference;
  const binding = element.binding?.valueSet
    ? { strength: element.binding.strength, valueSet: element.binding.valueSet }
    : base?.binding;
  return {
    name,
    path: element.path,
    types: element.type?.map((type) => type.code.replace('http://hl7.org/fhirpath/', '')) ?? base?.types ?? [],
    isList: baseMax === '*' || Number(baseMax) > 1,
    isChoice: element.path.endsWith('[x]'),
    min: element.min ?? base?.min ?? 0,
    max,
    definition: element,
    ...(contentReference && { contentReference }),
    ...(binding && { binding }),
  };
}

function choiceOf(elements: ReadonlyMap<string, ElementModel>, name: string): ElementModel | undefined {
  for (const element of elements.values())
    if (element.isChoice && name.startsWith(element.name) && choiceType(element, name)) return element;
  return undefined;
}

/** The type a JSON property name chooses: `valueQuantity` → `Quantity`; undefined if the choice has no such type. */
export function choiceType(element: ElementModel, property: string): string | undefined {
  const suffix = property.slice(element.name.length);
  return element.types.find((code) => capitalised(code) === suffix);
}

export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

let r4: Model | undefined;

/** The base of FHIR R4 (4.0.1): every primitive, data type and resource, from `r4/definitions.json` (made by `npm run make:r4`). */
export function r4Model(): Model {
  r4 ??= buildModel(r4Definitions());
  return r4;
}

export function r4Definitions(): readonly StructureDefinition[] {
  return createRequire(import.meta.url)('./r4/definitions.json') as readonly StructureDefinition[];
}
