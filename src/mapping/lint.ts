import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import type { Group, Input, Rule, Source, Target } from './ast.ts';
import { SIMPLE_VARIABLE } from './ast.ts';
import { hint } from './did-you-mean.ts';
import type { Linker, MapUnit } from './link.ts';
import { type ExpressionSight, lintExpression, type Typed } from './lint-expression.ts';
import type { GroupUnit } from './scope.ts';
import type { ShapeElement } from './shape.ts';

/**
 * What is odd in maps, found without running them, as warnings with `file:line:column`: elements no type has (MAP-ELEMENT-UNKNOWN, with the nearest
 * name), values lost where a list goes into a single element (MAP-CARDINALITY), groups never called (MAP-UNUSED), rules that can never run
 * (MAP-UNREACHABLE). Types are followed from the entry group through calls; where a source has no model, nothing is said about it.
 */
export function lintMaps(linker: Linker): readonly Issue[] {
  const linter = new Linter();
  for (const unit of linker.units) linter.map(unit);
  return [...linter.issues, ...unusedGroups(linker)];
}

/** The variables in sight, by name; sources and targets apart as in scope.ts. */
interface Sight {
  readonly sources: ReadonlyMap<string, Typed | undefined>;
  readonly targets: ReadonlyMap<string, Typed | undefined>;
}

/** List modes that leave one item. */
const ONE: ReadonlySet<string> = new Set(['first', 'last', 'only_one']);

/** So many different typings of one group are followed; more would say the same again. */
const MOST_TYPINGS = 20;

class Linter {
  readonly issues: Issue[] = [];
  readonly #seen = new Map<Group, Set<string>>();
  readonly #told = new Set<string>();

  map(unit: MapUnit): void {
    for (const group of unit.groups)
      this.group(
        group,
        unit,
        group.inputs.map((shape) => shape && { shape, isList: false }),
      );
  }

  #tell(found: Issue): void {
    const key = JSON.stringify([found.code, found.place, found.detail]);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.issues.push(found);
  }

  group({ definition }: GroupUnit, unit: MapUnit, types: readonly (Typed | undefined)[]): void {
    const key = types.map((type) => type?.shape.name ?? '').join();
    const seen = this.#seen.get(definition) ?? new Set();
    this.#seen.set(definition, seen);
    if (seen.has(key) || seen.size >= MOST_TYPINGS) return;
    seen.add(key);
    const ofMode = (wanted: Input['mode']) =>
      new Map(definition.inputs.flatMap(({ name, mode }, index) => (mode === wanted ? [[name, types[index]]] : [])));
    this.#rules(definition.rules, unit, { sources: ofMode('source'), targets: ofMode('target') });
  }

  #rules(rules: readonly Rule[], unit: MapUnit, sight: Sight): void {
    for (const rule of rules) this.#rule(rule, unit, sight);
  }

  #rule(rule: Rule, unit: MapUnit, sight: Sight): void {
    const { file } = unit.definition;
    const place = `${file}:${rule.at.line}:${rule.at.column}`;
    const sources = new Map(sight.sources);
    const targets = new Map(sight.targets);
    let repeats = false;
    for (const source of rule.sources) {
      const typed = this.#source(source, { place, sources, targets, unit });
      // a condition most often picks the one that is meant
      repeats ||= Boolean(typed?.isList) && !source.condition && !ONE.has(source.listMode ?? '');
      if (source.variable !== undefined) sources.set(source.variable, typed && { shape: typed.shape, isList: false });
    }
    const outer = new Set(sight.targets.keys());
    for (const target of rule.targets) {
      const made = this.#target(target, { place, sources, targets, unit });
      const isLost =
        repeats &&
        made.element &&
        !made.element.isList &&
        outer.has(target.context ?? '') &&
        !target.element?.includes('.');
      if (isLost && !targetsOf(rule).has(target.context ?? ''))
        this.#tell(issue('MAP-CARDINALITY', place, { element: made.element!.name }, 'warning'));
      if (target.variable !== undefined) targets.set(target.variable, made.type);
    }
    const inner = { sources, targets };
    for (const { name, parameters } of rule.dependents) {
      const called = unit.group(name);
      if (!called) continue;
      const types = called.definition.inputs.map(({ mode }, index) => {
        const parameter = parameters[index];
        if (parameter?.kind !== 'id') return undefined;
        const [first, second] = mode === 'source' ? [sources, targets] : [targets, sources];
        return called.inputs[index]
          ? { shape: called.inputs[index], isList: false }
          : (first.get(parameter.value) ?? second.get(parameter.value));
      });
      this.group(called, unit.reach.find((other) => other.groups.includes(called)) ?? unit, types);
    }
    this.#rules(rule.rules, unit, inner);
  }

  #source(
    source: Source,
    { place, sources, targets, unit }: Sight & { place: string; unit: MapUnit },
  ): Typed | undefined {
    this.#neverRuns(source, place);
    const tell = (found: Issue) => this.#tell(found);
    let typed = sources.get(source.context) ?? targets.get(source.context);
    for (const step of source.element?.split('.') ?? []) typed = typed && elementType(typed, step, { place, tell });
    if (source.max === '0')
      this.#tell(issue('MAP-UNREACHABLE', place, { why: 'its source may come 0 times' }, 'warning'));
    if (typed && source.min !== undefined && source.min > 1 && !typed.isList)
      this.#tell(issue('MAP-CARDINALITY', place, { element: source.element ?? source.context }, 'warning'));
    if (source.type !== undefined) {
      const shape = unit.type(source.type);
      typed = shape && { shape, isList: Boolean(typed?.isList) };
    }
    const own = new Map(sources);
    if (source.variable !== undefined) own.set(source.variable, typed && { shape: typed.shape, isList: false });
    for (const expression of [source.condition, source.check, source.log])
      if (expression)
        lintExpression(expression, {
          focus: typed,
          variable: (name) => own.get(name) ?? targets.get(name),
          hides: (name) => own.has(name) || targets.has(name),
          place,
          tell,
        });
    return typed;
  }

  #neverRuns({ condition, min, max }: Source, place: string): void {
    if (condition?.kind === 'literal' && condition.type === 'boolean' && condition.value === 'false')
      this.#tell(issue('MAP-UNREACHABLE', place, { why: 'its condition is false' }, 'warning'));
    if (min !== undefined && max !== undefined && max !== '*' && min > Number(max))
      this.#tell(issue('MAP-UNREACHABLE', place, { why: `no count is from ${min} to ${max}` }, 'warning'));
  }

  #target(
    target: Target,
    { place, sources, targets, unit }: Sight & { place: string; unit: MapUnit },
  ): { type?: Typed; element?: ShapeElement } {
    const tell = (found: Issue) => this.#tell(found);
    for (const parameter of target.parameters)
      if (parameter.kind === 'expression')
        lintExpression(parameter.value, {
          focus: undefined,
          variable: (name) => sources.get(name) ?? targets.get(name),
          hides: (name) => sources.has(name) || targets.has(name),
          place,
          tell,
        });
    const created =
      target.transform === 'create' && target.parameters[0] ? unit.type(String(target.parameters[0].value)) : undefined;
    let parent = target.context === undefined ? undefined : targets.get(target.context);
    const steps = target.element?.split('.') ?? [];
    let element: ShapeElement | undefined;
    for (const step of steps) {
      element = parent?.shape.element(step);
      parent = parent && elementType(parent, step, { place, tell });
    }
    if (created) return { type: { shape: created, isList: false }, ...(element && { element }) };
    return { ...(parent && { type: { shape: parent.shape, isList: false } }), ...(element && { element }) };
  }
}

/** Variables a rule's own targets make: what is put into those is not lost when the rule repeats. */
function targetsOf(rule: Rule): ReadonlySet<string> {
  return new Set(
    rule.targets.flatMap(({ variable }) => (variable === undefined || variable === SIMPLE_VARIABLE ? [] : [variable])),
  );
}

/** The type of an element; one the type does not have is told. */
function elementType(
  typed: Typed,
  name: string,
  { place, tell }: Pick<ExpressionSight, 'place' | 'tell'>,
): Typed | undefined {
  const { shape } = typed;
  if (shape.kind === 'open' || (shape.kind === 'primitive' && name === 'value'))
    return shape.kind === 'open' ? undefined : typed;
  const element = shape.element(name);
  if (!element) {
    const detail = { type: shape.name, name, hint: hint(name, shape.names) };
    tell(issue('MAP-ELEMENT-UNKNOWN', place, detail, 'warning'));
    return undefined;
  }
  const [option] = element.options;
  return element.options.length === 1 && option?.shape && !option.shape.isAbstract
    ? { shape: option.shape, isList: element.isList || typed.isList }
    : undefined;
}

/** Groups nobody calls: neither the first of their map, nor a default for types, nor named by any rule or group. */
function unusedGroups(linker: Linker): Issue[] {
  const called = new Set<GroupUnit>();
  for (const unit of linker.units) {
    for (const group of unit.groups) {
      for (const name of [...callsOf(group.definition.rules), group.definition.extends]) {
        const found = name === undefined ? undefined : unit.group(name);
        if (found) called.add(found);
      }
    }
  }
  return linker.units.flatMap((unit) => {
    const isImported = linker.units.some((other) => other !== unit && other.reach.includes(unit));
    return unit.groups
      .filter((group, index) => (index > 0 || isImported) && !called.has(group) && !group.definition.typeMode)
      .map(({ definition: { name, at } }) =>
        issue('MAP-UNUSED', `${unit.definition.file}:${at.line}:${at.column}`, { what: 'The group', name }, 'warning'),
      );
  });
}

function callsOf(rules: readonly Rule[]): string[] {
  return rules.flatMap((rule) => [...rule.dependents.map(({ name }) => name), ...callsOf(rule.rules)]);
}
