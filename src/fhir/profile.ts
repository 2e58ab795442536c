import type { ElementDefinitionType } from '@medplum/fhirtypes';
import { bindingCheck } from './bindings.ts';
import type { Item, Judge } from './discriminators.ts';
import { fits } from './discriminators.ts';
import { referencedType } from './element-checks.ts';
import { isObject } from './fhirpath-collections.ts';
import { compare, same } from './fhirpath-operators.ts';
import type { ElementModel, Model } from './model.ts';
import { capitalised } from './model.ts';
import type { Constraint } from './profile-tree.ts';
import { rulesOf } from './rules.ts';
import { slicingCheck } from './slicing.ts';
import type { Terminology } from './terminology.ts';
import type { Check, JsonObject, Visit } from './visit.ts';

/** What compiling a profile needs to know beyond its tree: the set it belongs to. */
export interface ProfileSet extends Judge {
  readonly model: Model;
  readonly terminology: Terminology;
  /** Keys of the invariants of base R4, which the base check has held already. */
  readonly baseRules: ReadonlySet<string>;
  /** Checks the value against another profile and reports, once. */
  apply(value: unknown, profile: string, visit: Visit): void;
  /** Is the profile at hand, or a type of base R4? */
  knows(profile: string): boolean;
  /** The type a profile constrains: `Patient`. */
  typeOf(profile: string): string | undefined;
}

/** One profile of a set, being compiled. */
export interface ProfileContext {
  /** Canonical, for issues. */
  readonly profile: string;
  readonly set: ProfileSet;
}

/** A value of an element with the companion of a primitive (`_name`), which holds its extensions. */
interface Occurrence extends Item {
  readonly companion?: unknown;
}

/**
 * Compiles what a profile says beyond base R4: cardinalities, types, fixed values and patterns, bindings, invariants, slices. `type` is the
 * FHIR type (or backbone path) of the values the constraint is about.
 */
export function compileConstraint(node: Constraint, type: string, context: ProfileContext): Check {
  const checks = [...valueChecks(node, context), ...rulesOf(ownRules(node, context.set), node.path)];
  for (const child of node.children.values()) {
    const base = context.set.model.element(type, child.name);
    if (base) checks.push(childCheck(child, base, context));
  }
  if (checks.length === 1) return checks[0]!;
  return (value, visit) => {
    for (const check of checks) check(value, visit);
  };
}

const ownRules = (node: Constraint, { baseRules }: ProfileSet) => node.rules.filter(({ key }) => !baseRules.has(key!));

function valueChecks(node: Constraint, { profile, set }: ProfileContext): Check[] {
  const { fixed, pattern, binding, maxLength, minValue, maxValue } = node;
  const checks: Check[] = [];
  const must = (holds: (value: unknown) => boolean, report: (visit: Visit) => void) =>
    checks.push((value, visit) => {
      if (!holds(value)) report(visit);
    });
  if (fixed !== undefined)
    must(
      (value) => same(value, fixed),
      (visit) => visit.report('FHIR-FIXED', { profile }),
    );
  if (pattern !== undefined)
    must(
      (value) => fits(value, pattern),
      (visit) => visit.report('FHIR-PATTERN', { profile }),
    );
  if (maxLength !== undefined)
    must(
      (value) => typeof value !== 'string' || value.length <= maxLength,
      (visit) => visit.report('FHIR-LENGTH', { max: maxLength }),
    );
  if (minValue !== undefined)
    must(
      (value) => compare('>=', [value], [minValue]) === true,
      (visit) => visit.report('FHIR-RANGE', { rule: 'minValue' }),
    );
  if (maxValue !== undefined)
    must(
      (value) => compare('<=', [value], [maxValue]) === true,
      (visit) => visit.report('FHIR-RANGE', { rule: 'maxValue' }),
    );
  if (binding?.strength === 'required') {
    const check = bindingCheck(set.terminology, binding.valueSet!);
    if (check) checks.push(check);
  }
  checks.push(...typeChecks(node.types ?? [], set));
  return checks;
}

/** Profiles that the types of an element name: on the value itself, and on what a reference leads to. */
function typeChecks(types: readonly ElementDefinitionType[], set: ProfileSet): Check[] {
  const profiles = types.flatMap((type) => type.profile ?? []);
  const targets = types.flatMap((type) => (type.code === 'Reference' ? (type.targetProfile ?? []) : []));
  const places = types.flatMap((type) => type.aggregation ?? []);
  const checks: Check[] = [];
  if (profiles.length > 0 && types.every((type) => type.profile)) checks.push(profilesCheck(profiles, set));
  if (targets.length > 0) checks.push(targetCheck(targets, set));
  if (places.length > 0 && !places.includes('referenced')) checks.push(placeCheck(places));
  return checks;
}

function profilesCheck(profiles: readonly string[], set: ProfileSet): Check {
  const [only] = profiles;
  if (profiles.length === 1) return (value, visit) => set.apply(value, only!, visit);
  const names = profiles.join(', ');
  return (value, visit) => {
    if (!profiles.some((profile) => set.conforms(value, profile, visit)))
      visit.report('FHIR-PROFILE-NONE', { profiles: names });
  };
}

/** What is referred to has one of the types, and conforms to one of the profiles where it is at hand. */
function targetCheck(targets: readonly string[], set: ProfileSet): Check {
  const types = new Set(targets.map((target) => set.typeOf(target)));
  if (types.has(undefined) || types.has('Resource')) return () => {};
  const allowed = [...types].join(', ');
  const profiles = targets.join(', ');
  return (value, visit) => {
    if (!isObject(value)) return;
    const type = referencedType(value, visit);
    if (type === undefined) return;
    const target = typeof value.reference === 'string' ? visit.references.resolve(value.reference) : undefined;
    if (!types.has(type)) visit.report('FHIR-REFERENCE-TYPE', { allowed });
    else if (target && !targets.some((profile) => set.typeOf(profile) === type && set.conforms(target, profile, visit)))
      visit.report('FHIR-PROFILE-NONE', { profiles });
  };
}

/** `aggregation`: contained in the resource, or bundled with it; held only where there is a Bundle to look into. */
function placeCheck(places: readonly string[]): Check {
  return (value, visit) => {
    if (!isObject(value) || typeof value.reference !== 'string') return;
    const where = value.reference.startsWith('#') ? 'contained' : 'bundled';
    if (where === 'bundled' && !visit.references.inBundle) return;
    const found = places.includes(where) && visit.references.resolve(value.reference) !== undefined;
    if (!found) visit.report('FHIR-REFERENCE-UNRESOLVED', { where: where === 'bundled' ? 'Bundle' : 'resource' });
  };
}

function childCheck(child: Constraint, base: ElementModel, context: ProfileContext): Check {
  const own = itemCheck(child, base, context);
  const sliced = slicingCheck(child, context, (slice) => itemCheck(slice, base, context));
  const min = (child.min ?? 0) > base.min ? child.min! : 0;
  const max = child.max !== undefined && child.max < base.max ? child.max : Infinity;
  const codes = child.types && child.types.length > 0 ? new Set(child.types.map((type) => type.code)) : undefined;
  const narrowed =
    codes && (base.isChoice || base.types.includes('Resource')) ? typeNarrowing(codes, context.profile) : undefined;
  const element = `${child.path}${base.isChoice ? '[x]' : ''}`;
  return (owner, visit) => {
    if (!isObject(owner)) return;
    const items = occurrences(owner, base);
    const count = items.length;
    const place = { owner, contained: base.name === 'contained', visit };
    visit.path.push(base.name);
    if (count < min) visit.report('FHIR-MIN', { element, min, count });
    if (count > max) visit.report('FHIR-MAX', { element, max, count });
    items.forEach((item) => {
      if (base.isList) visit.path.push(item.index ?? 0);
      narrowed?.(item, visit);
      inside(item, place, () => own(item, visit));
      if (base.isList) visit.path.pop();
    });
    sliced?.(items, { visit, isList: base.isList, inside: (item, run) => inside(item, place, run) });
    visit.path.pop();
  };
}

/** A resource within (an entry's, a contained one) is a place of its own for references and expressions. */
function inside(item: Item, place: { owner: JsonObject; contained: boolean; visit: Visit }, run: () => void): void {
  const { value } = item;
  const { owner, contained, visit } = place;
  if (!isObject(value) || typeof value.resourceType !== 'string') run();
  else visit.within(value, { contained, fullUrl: typeof owner.fullUrl === 'string' ? owner.fullUrl : undefined }, run);
}

/** The constraint on one occurrence; a primitive's children are those of its companion. */
function itemCheck(node: Constraint, base: ElementModel, context: ProfileContext) {
  const onValue = compileConstraint({ ...node, children: new Map() }, '', context);
  const onChildren = new Map<string, Check>();
  const childrenOf = (type: string) => {
    const known = onChildren.get(type);
    if (known) return known;
    const made = compileConstraint(childrenOnly(node), type, context);
    onChildren.set(type, made);
    return made;
  };
  const hasChildren = node.children.size > 0;
  return (item: Occurrence, visit: Visit): void => {
    const { value, companion } = item;
    if (value !== undefined) onValue(value, visit);
    if (!hasChildren) return;
    const of = isObject(value) ? value : (companion ?? {});
    const name = typeName(base, item, context.set.model);
    if (name) childrenOf(name)(of, visit);
  };
}

const childrenOnly = ({ name, path, choice, children }: Constraint): Constraint => ({
  name,
  path,
  choice,
  children,
  rules: [],
  slices: new Map(),
});

/** The type, or backbone path, that the children of an occurrence are elements of. */
function typeName(base: ElementModel, { value, type }: Item, model: Model): string | undefined {
  if (isObject(value) && typeof value.resourceType === 'string') return value.resourceType;
  if (base.contentReference) return base.contentReference;
  if (model.type(base.path)?.kind === 'backbone') return base.path;
  return type ?? base.types[0];
}

function typeNarrowing(codes: ReadonlySet<string>, profile: string) {
  const allowed = [...codes].join(', ');
  const any = codes.has('Resource') || codes.has('DomainResource');
  return ({ value, type }: Item, visit: Visit): void => {
    const actual = type ?? (isObject(value) ? String(value.resourceType) : undefined);
    if (!any && actual !== undefined && !codes.has(actual)) visit.report('FHIR-TYPE', { profile, allowed });
  };
}

/** The occurrences of an element in its owner, with the type where it was chosen. */
function occurrences(owner: JsonObject, base: ElementModel): readonly Occurrence[] {
  if (!base.isChoice) return listed(owner[base.name], owner[`_${base.name}`], undefined);
  for (const type of base.types) {
    const property = base.name + capitalised(type);
    if (property in owner || `_${property}` in owner) return listed(owner[property], owner[`_${property}`], type);
  }
  return [];
}

function listed(value: unknown, companion: unknown, type: string | undefined): readonly Occurrence[] {
  if (value === undefined && companion === undefined) return [];
  if (!Array.isArray(value) && !Array.isArray(companion)) return [{ value, companion, type }];
  const values = Array.isArray(value) ? value : [];
  const companions = Array.isArray(companion) ? companion : [];
  return Array.from({ length: Math.max(values.length, companions.length) }, (_, at) => ({
    index: at,
    value: values[at] ?? undefined,
    companion: companions[at] ?? undefined,
    type,
  }));
}
