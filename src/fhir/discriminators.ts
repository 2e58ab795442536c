import type { ElementDefinitionSlicingDiscriminator, ElementDefinitionType } from '@medplum/fhirtypes';
import { compileFhirPath } from './fhirpath.ts';
import { isObject } from './fhirpath-collections.ts';
import { same } from './fhirpath-operators.ts';
import { capitalised, withoutVersion } from './model.ts';
import type { Constraint } from './profile-tree.ts';
import type { Visit } from './visit.ts';

/** One value of a sliced element; `type` is known where it was chosen (`valueQuantity`). */
export interface Item {
  readonly value: unknown;
  readonly type?: string | undefined;
  /** Where it stands in a list. */
  readonly index?: number;
}

export type Matcher = (item: Item, visit: Visit) => boolean;

/** What a matcher needs from the validator around it. */
export interface Judge {
  tree(profile: string): Constraint | undefined;
  conforms(value: unknown, profile: string, visit: Visit): boolean;
  isMember(valueSet: string, value: unknown): boolean | undefined;
  /** Does the value meet a constraint and all below it? */
  meets(value: unknown, constraint: Constraint, visit: Visit): boolean;
}

type Step = { readonly name: string } | { readonly extension: string } | 'resolve' | 'type';

const STEP = /resolve\(\)|extension\('([^']*)'\)|ofType\(\w+\)|\$this|[A-Za-z_]\w*/g;

function stepsOf(path: string): Step[] {
  return [...path.matchAll(STEP)]
    .filter(([text]) => text !== '$this')
    .map(([text, url]): Step => {
      if (text === 'resolve()') return 'resolve';
      if (text.startsWith('ofType(')) return 'type';
      return url === undefined ? { name: text } : { extension: url };
    });
}

/**
 * Compiles what tells a slice from its sisters (https://hl7.org/fhir/R4/profiling.html#discriminator): for each discriminator the value at its
 * path is held against what the slice says of that path, be it in the slice itself or in the profile of its type.
 */
export function matcherOf(
  discriminators: readonly ElementDefinitionSlicingDiscriminator[],
  slice: Constraint,
  judge: Judge,
): Matcher {
  const matchers = discriminators.map((discriminator) => single(discriminator, slice, judge));
  return (item, visit) => matchers.every((matches) => matches(item, visit));
}

function single({ type, path }: ElementDefinitionSlicingDiscriminator, slice: Constraint, judge: Judge): Matcher {
  const steps = stepsOf(path);
  const expected = steps.reduce<readonly Constraint[]>(
    (nodes, step) => nodes.flatMap((node) => below(node, step, judge)),
    [slice],
  );
  if (type === 'type') return byType(path, steps, typesOf(expected, steps));
  const values = valuesAt(path);
  if (type === 'exists') {
    const wanted = !expected.some((node) => node.max === 0);
    return (item, visit) => values(item, visit).length > 0 === wanted;
  }
  if (type === 'profile') {
    const profiles = profilesOf(expected, steps);
    const tests = profiles.map((profile) => belongsTo(profile, judge));
    return (item, visit) => values(item, visit).some((value) => tests.some((test) => test(value, visit)));
  }
  const holds = byValue(expected, { slice, steps }, judge);
  return (item, visit) => values(item, visit).some((value) => holds(value, visit));
}

function valuesAt(path: string): (item: Item, visit: Visit) => readonly unknown[] {
  if (path === '$this') return (item) => [item.value];
  const expression = parsed(path);
  return (item, visit) => expression?.evaluate(item.value, visit.around) ?? [];
}

/** A path that is no FHIRPath finds nothing, so that its slice matches nothing. */
function parsed(path: string) {
  try {
    return compileFhirPath(path);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** The constraints one step below; where the tree says nothing there, the profiles of its types are asked. */
function below(node: Constraint, step: Step, judge: Judge): readonly Constraint[] {
  if (step === 'resolve' || step === 'type') return [node];
  const own = 'name' in step ? named(node, step.name) : extended(node, step.extension);
  if (own.length > 0) return own;
  const trees = (node.types ?? []).flatMap(({ profile = [] }) => profile.map((url) => judge.tree(url)));
  return trees.flatMap((tree) => (tree ? below({ ...tree, types: [] }, step, judge) : []));
}

function named(node: Constraint, name: string): readonly Constraint[] {
  const child = node.children.get(name);
  if (!child) return [];
  return [child, ...child.slices.values()];
}

function extended(node: Constraint, url: string): readonly Constraint[] {
  const slices = [...(node.children.get('extension')?.slices.values() ?? [])];
  return slices.filter(
    (slice) => slice.children.get('url')?.fixed === url || slice.types?.some(({ profile }) => profile?.includes(url)),
  );
}

function byValue(
  expected: readonly Constraint[],
  { slice, steps }: { slice: Constraint; steps: readonly Step[] },
  judge: Judge,
) {
  const tests = expected.map((node) => valueTest(node, judge)).filter((test) => test !== undefined);
  const [last] = steps.slice(-1);
  // an extension slice whose definition is not at hand is told by the canonical of that definition
  if (tests.length === 0 && isObject(last) && 'name' in last && last.name === 'url') {
    const urls = new Set((slice.types ?? []).flatMap(({ profile = [] }) => profile));
    return (value: unknown) => urls.has(String(value));
  }
  return (value: unknown, visit: Visit) => tests.some((test) => test(value, visit));
}

function valueTest(node: Constraint, judge: Judge): ((value: unknown, visit: Visit) => boolean) | undefined {
  const { fixed, pattern, binding } = node;
  if (fixed !== undefined) return (value) => same(value, fixed);
  if (pattern !== undefined) return (value) => fits(value, pattern);
  if (binding?.strength === 'required') return (value) => judge.isMember(binding.valueSet!, value) !== false;
  if (node.children.size > 0) return (value, visit) => judge.meets(value, node, visit);
  return undefined;
}

/** Does the value hold at least what the pattern holds (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_)? */
export function fits(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every((wanted) => value.some((item) => fits(item, wanted)));
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.entries(pattern).every(([key, wanted]) => fits(value[key], wanted));
}

const lastOfUrl = (url: string) => url.slice(url.lastIndexOf('/') + 1);

function typesOf(expected: readonly Constraint[], steps: readonly Step[]): ReadonlySet<string> {
  const types = expected.flatMap((node) => node.types ?? []);
  const codes = steps.includes('resolve')
    ? types.flatMap(({ targetProfile = [] }) => targetProfile.map(lastOfUrl))
    : types.map((type) => type.code);
  return new Set(codes);
}

function byType(path: string, steps: readonly Step[], types: ReadonlySet<string>): Matcher {
  const [last] = steps.slice(-1);
  if (steps.length === 0)
    return ({ value, type }) => types.has(type ?? (isObject(value) ? String(value.resourceType) : typeof value));
  if (last === 'resolve' || last === undefined || last === 'type' || 'extension' in last) {
    const values = valuesAt(path);
    return (item, visit) =>
      values(item, visit).some((value) => isObject(value) && types.has(String(value.resourceType)));
  }
  const properties = [...types].map((type) => last.name + capitalised(type));
  const parents = valuesAt(path.slice(0, -last.name.length - 1) || '$this');
  return (item, visit) =>
    parents(item, visit).some((parent) => {
      if (!isObject(parent)) return false;
      const value = parent[last.name];
      return (
        properties.some((property) => property in parent) || (isObject(value) && types.has(String(value.resourceType)))
      );
    });
}

function profilesOf(expected: readonly Constraint[], steps: readonly Step[]): readonly string[] {
  const types: readonly ElementDefinitionType[] = expected.flatMap((node) => node.types ?? []);
  return types.flatMap((type) => (steps.includes('resolve') ? type.targetProfile : type.profile) ?? []);
}

/** A resource that claims the profile belongs to the slice even if it breaks the profile: then its faults are told, not its absence. */
function belongsTo(profile: string, judge: Judge) {
  const url = withoutVersion(profile);
  return (value: unknown, visit: Visit): boolean => {
    const claims: unknown = isObject(value) && isObject(value.meta) ? value.meta.profile : undefined;
    const claimed =
      Array.isArray(claims) && claims.some((claim) => typeof claim === 'string' && withoutVersion(claim) === url);
    return claimed || judge.conforms(value, profile, visit);
  };
}
