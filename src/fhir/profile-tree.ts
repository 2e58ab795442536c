import type {
  ElementDefinition,
  ElementDefinitionBinding,
  ElementDefinitionConstraint,
  ElementDefinitionSlicing,
  ElementDefinitionType,
  StructureDefinition,
} from '@medplum/fhirtypes';
import type { Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';
import { choiceType, type ElementModel, type Model, withoutVersion } from './model.ts';

/**
 * What a profile says about one element, and below it about its children and slices. The tree is a snapshot without the parts that are
 * as in base R4: those are checked by the base itself.
 */
export interface Constraint {
  /** Without `[x]`. */
  readonly name: string;
  /** `Patient.identifier`, without slices. */
  readonly path: string;
  readonly choice: boolean;
  min?: number;
  max?: number;
  types?: readonly ElementDefinitionType[];
  fixed?: unknown;
  pattern?: unknown;
  binding?: ElementDefinitionBinding;
  maxLength?: number;
  minValue?: unknown;
  maxValue?: unknown;
  slicing?: ElementDefinitionSlicing;
  readonly rules: ElementDefinitionConstraint[];
  readonly slices: Map<string, Constraint>;
  readonly children: Map<string, Constraint>;
}

/** A chain of profiles is never this long; one that is goes in a circle. */
const LONGEST_CHAIN = 32;

/**
 * The constraints of a profile. From its snapshot where it has one; else its differential is laid over the tree of the profile it derives
 * from, back to a type of base R4 (https://hl7.org/fhir/R4/profiling.html#snapshot). `find` gives definitions by canonical.
 * Refused with FHIR-PROFILE-BROKEN: base unknown, circle, element that is not one of the type.
 */
export function profileTree(
  definition: StructureDefinition,
  find: (canonical: string) => StructureDefinition | undefined,
  model: Model,
): Result<Constraint> {
  const layers: (readonly ElementDefinition[])[] = [];
  let at: StructureDefinition | undefined = definition;
  while (at && at.derivation === 'constraint') {
    layers.unshift(at.snapshot?.element ?? at.differential?.element ?? []);
    if (at.snapshot) break;
    if (layers.length > LONGEST_CHAIN) return broken(definition, 'its bases go in a circle');
    at = at.baseDefinition ? (find(at.baseDefinition) ?? baseType(at.baseDefinition, model)) : undefined;
  }
  if (!at) return broken(definition, 'a base of it is not known');
  const root = constraint(definition.type, definition.type);
  for (const layer of layers) {
    const fault = lay(layer, root, model);
    if (fault) return broken(definition, fault);
  }
  return done(root);
}

function baseType(canonical: string, model: Model): StructureDefinition | undefined {
  const url = withoutVersion(canonical);
  return model.definitions.find((definition) => definition.url === url);
}

const broken = ({ url }: StructureDefinition, reason: string) =>
  refused(issue('FHIR-PROFILE-BROKEN', undefined, { profile: url, reason }));

function constraint(name: string, path: string): Constraint {
  const choice = name.endsWith('[x]');
  return {
    name: choice ? name.slice(0, -3) : name,
    path,
    choice,
    rules: [],
    slices: new Map(),
    children: new Map(),
  };
}

/** Lays the elements of one differential or snapshot over the tree; gives what is wrong with them. */
function lay(elements: readonly ElementDefinition[], root: Constraint, model: Model): string | undefined {
  const open = new Map<string, string>();
  for (const element of elements) {
    const segments = (element.id ?? identified(element, open)).split('.').slice(1);
    if (segments.length > LONGEST_CHAIN) return 'an element of it is nested too deep';
    let node = root;
    for (const segment of segments) node = descend(node, segment, model);
    merge(node, element);
  }
  return undefined;
}

/** The id of an element that has none: its path with the slices opened by the elements before it. */
function identified({ path, sliceName }: ElementDefinition, open: Map<string, string>): string {
  for (const known of [...open.keys()]) if (known === path || known.startsWith(`${path}.`)) open.delete(known);
  if (sliceName) open.set(path, sliceName);
  const parts = path.split('.');
  return parts
    .map((part, at) => {
      const slice = open.get(parts.slice(0, at + 1).join('.'));
      return slice ? `${part}:${slice}` : part;
    })
    .join('.');
}

/** One segment of an element id: `identifier`, `identifier:cpr`, `value[x]`, or the short form `valueQuantity`. */
function descend(parent: Constraint, segment: string, model: Model): Constraint {
  const [name, slice] = split(segment);
  const element = model.element(parent.path, name);
  if (element?.isChoice && element.name !== name.replace('[x]', '')) {
    const typed = ofType(child(parent, `${element.name}[x]`), name, element);
    return slice === undefined ? typed : sliced(typed, slice);
  }
  const node = child(parent, name);
  if (slice === undefined) return node;
  return element?.isChoice ? ofType(node, slice, element) : slice.split('/').reduce(sliced, node);
}

/** The slice of a choice that is named for its type: `valueQuantity`. */
function ofType(choice: Constraint, name: string, element: ElementModel): Constraint {
  const slice = sliced(choice, name);
  const type = choiceType(element, name);
  if (type) slice.types ??= [{ code: type }];
  return slice;
}

function split(segment: string): [string, string | undefined] {
  const colon = segment.indexOf(':');
  return colon < 0 ? [segment, undefined] : [segment.slice(0, colon), segment.slice(colon + 1)];
}

function child(parent: Constraint, name: string): Constraint {
  const key = name.replace('[x]', '');
  const known = parent.children.get(key);
  if (known) return known;
  const made = constraint(name, `${parent.path}.${key}`);
  parent.children.set(key, made);
  return made;
}

function sliced(parent: Constraint, name: string): Constraint {
  const known = parent.slices.get(name);
  if (known) return known;
  const made = constraint(parent.choice ? `${parent.name}[x]` : parent.name, parent.path);
  parent.slices.set(name, made);
  return made;
}

function merge(node: Constraint, element: ElementDefinition): void {
  if (element.min !== undefined) node.min = element.min;
  if (element.max !== undefined) node.max = element.max === '*' ? Infinity : Number(element.max);
  if (element.type) node.types = element.type;
  if (element.binding?.valueSet) node.binding = element.binding;
  if (element.slicing) node.slicing = element.slicing;
  if (element.maxLength !== undefined) node.maxLength = element.maxLength;
  node.fixed = chosenOf(element, 'fixed') ?? node.fixed;
  node.pattern = chosenOf(element, 'pattern') ?? node.pattern;
  node.minValue = chosenOf(element, 'minValue') ?? node.minValue;
  node.maxValue = chosenOf(element, 'maxValue') ?? node.maxValue;
  const known = new Set(node.rules.map((rule) => rule.key));
  node.rules.push(...(element.constraint ?? []).filter((rule) => !known.has(rule.key)));
}

/** The value of a choice of ElementDefinition: `fixedUri`, `patternCodeableConcept`. */
function chosenOf(element: ElementDefinition, prefix: string): unknown {
  for (const key in element)
    if (key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length)))
      return element[key as keyof ElementDefinition];
  return undefined;
}
