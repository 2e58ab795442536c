import { issue } from '../errors.ts';
import type { Dependent, Group, Rule } from './ast.ts';
import { SIMPLE_VARIABLE } from './ast.ts';
import { Cell, isObject } from './cell.ts';
import { compileSource } from './compile-source.ts';
import { compileParameter, compileTarget, type RuleSurroundings } from './compile-target.ts';
import { hint } from './did-you-mean.ts';
import type { Frame } from './expression/evaluation.ts';
import { EvaluationFault } from './expression/evaluation.ts';
import { isKindOf, typeName } from './expression/type-test.ts';
import { siteOf } from './rule-sites.ts';
import type { RuleSite, Run } from './run.ts';
import type { GroupContext, GroupUnit } from './scope.ts';
import { Scope, SlotCounter } from './scope.ts';
import { descend, putElement, type TargetSite, targetSite, wayTo } from './target.ts';
import type { Get } from './transforms.ts';

type Code = (run: Run, frame: Frame) => void;

/** Compiles the rules of a group to one function over its parameters; those of the group it extends run first. */
export function compileGroup(
  group: Group,
  file: string,
  context: GroupContext,
): (run: Run, args: readonly (Cell | undefined)[]) => void {
  const slots = new SlotCounter();
  const scope = new Scope(slots);
  const inputs = group.inputs.map(({ name, mode, type }) => ({
    slot: mode === 'source' ? scope.addSource(name) : scope.addTarget(name),
    shape: type === undefined || mode === 'target' ? undefined : context.type(type),
  }));
  const place = `${file}:${group.at.line}:${group.at.column}`;
  const parent = group.extends === undefined ? undefined : parentOf(group, place, context);
  const rules = compileRules(group.rules, { file, group: group.name, names: '' }, { scope, context });
  return (run, args) => {
    run.enter(place);
    parent?.call(run, args);
    const frame: Frame = new Array(slots.count);
    for (let index = 0; index < inputs.length; index++) {
      const { slot, shape } = inputs[index]!;
      const cell = args[index];
      frame[slot] = cell && shape && !cell.shape ? typed(cell, shape) : cell;
    }
    for (let index = 0; index < rules.length; index++) rules[index]!(run, frame);
    run.leave();
  };
}

function typed({ value, owner, key, index, path }: Cell, shape: Cell['shape']): Cell {
  return new Cell(value, shape, owner, key, index, path);
}

function parentOf(group: Group, place: string, context: GroupContext): GroupUnit | undefined {
  const parent = context.group(group.extends!);
  if (!parent) context.report(unknownGroup(group.extends!, place, context));
  return parent;
}

function unknownGroup(name: string, place: string, context: GroupContext) {
  return issue('MAP-GROUP-UNKNOWN', place, { name, hint: hint(name, context.groupNames()) });
}

interface Naming {
  readonly file: string;
  readonly group: string;
  readonly names: string;
}

type Around = Pick<RuleSurroundings, 'scope' | 'context'>;

function compileRules(rules: readonly Rule[], naming: Naming, around: Around): Code[] {
  return rules.map((rule, index) => {
    const site = siteOf(rule, index, naming);
    return compileRule(rule, site, { naming: { ...naming, names: `${site.rule}/` }, around });
  });
}

function compileRule(rule: Rule, site: RuleSite, { naming, around }: { naming: Naming; around: Around }): Code {
  const scope = around.scope.inner();
  const surroundings: RuleSurroundings = { scope, context: around.context, site, rule };
  const sources = rule.sources.map((source) => compileSource(source, scope, around.context, site));
  const body = compileBody(rule, surroundings, { naming, slot: sources[0]!.slot });
  let each: Code = body;
  for (const { slot, items } of sources.toReversed()) {
    const then = each;
    each = (run, frame) => {
      const found = items(run, frame);
      for (let index = 0; index < found.length; index++) {
        frame[slot] = found[index];
        then(run, frame);
      }
    };
  }
  return (run, frame) => {
    try {
      each(run, frame);
    } catch (fault) {
      if (!(fault instanceof EvaluationFault)) throw fault;
      run.report(issue('MAP-FHIRPATH', site.place, { expected: fault.reason }));
    }
  };
}

/** What a rule does for one combination of its source items. */
function compileBody(rule: Rule, around: RuleSurroundings, { naming, slot }: { naming: Naming; slot: number }): Code {
  const { site } = around;
  const implicit = compileImplicit(rule, around);
  if (implicit) {
    return (run, frame) => {
      run.step(site);
      if (run.trace) run.item = frame[slot];
      implicit(run, frame);
    };
  }
  const targets = rule.targets.map((target) => compileTarget(target, around));
  const calls = rule.dependents.map((dependent) => compileCall(dependent, around));
  const rules = compileRules(rule.rules, naming, around);
  const steps: Code[] = [...targets, ...calls, ...rules];
  return (run, frame) => {
    run.step(site);
    if (run.trace) run.item = frame[slot];
    for (let index = 0; index < steps.length; index++) steps[index]!(run, frame);
  };
}

function compileCall({ name, parameters }: Dependent, around: RuleSurroundings): Code {
  const { context, site } = around;
  const unit = context.group(name);
  if (!unit) {
    context.report(unknownGroup(name, site.place, context));
    return () => undefined;
  }
  const { inputs } = unit.definition;
  if (inputs.length !== parameters.length)
    context.report(issue('MAP-ARGUMENTS', site.place, { name, least: inputs.length, most: inputs.length }));
  const gets: Get[] = parameters.map((parameter, index) => compileParameter(parameter, around, inputs[index]?.mode));
  return (run, frame) =>
    unit.call(
      run,
      gets.map((get) => get(run, frame)),
    );
}

/**
 * A rule from one source to one target with variables on both and nothing that fills the target: the default group for the two types does
 * (simple form `a.x -> b.y` is such a rule), or the value is copied where the types allow it.
 */
function compileImplicit(rule: Rule, around: RuleSurroundings): Code | undefined {
  const [source, target] = [rule.sources[0], rule.targets[0]];
  const fills = rule.rules.length + rule.dependents.length > 0 || (rule.closing?.length ?? 0) > 0;
  const isImplicit =
    !fills &&
    rule.sources.length === 1 &&
    rule.targets.length === 1 &&
    source?.variable !== undefined &&
    target?.variable !== undefined &&
    target.element !== undefined &&
    (target.transform === undefined || (target.transform === 'create' && target.parameters.length === 0));
  if (!isImplicit) return undefined;
  const { scope, context, site } = around;
  const from = scope.sources.get(source.variable!)!;
  const into = scope.find(target.context ?? '', 'target');
  if (into === undefined) return undefined;
  if (target.variable !== SIMPLE_VARIABLE) scope.addTarget(target.variable!);
  const { listMode, listRuleId } = target;
  const where = targetSite(site, { listMode, listRuleId });
  const steps = target.element!.split('.');
  const way = wayTo(steps, site);
  const fill = implicitFill(steps.at(-1)!, where, context);
  return (run, frame) => {
    const [item, parent] = [frame[from], descend(run, frame[into], way)];
    if (item && parent) fill(run, item, parent);
  };
}

function implicitFill(name: string, site: TargetSite, context: GroupContext) {
  return (run: Run, item: Cell, parent: Cell): void => {
    const source = typeName(item, run.shapes) ?? '';
    const options = parent.shape?.element(name)?.options ?? [];
    const only = options.length === 1 ? options[0]!.shape?.name : undefined;
    const unit = context.defaultGroup(source, only);
    if (unit) {
      const cell = putElement(run, parent, name, undefined, { ...site, creates: unit.inputs[1] });
      if (cell) unit.call(run, [item, cell]);
    } else if (isObject(item.value) && source !== '' && only !== undefined && !isKindOf(source, only, run.shapes))
      run.report(issue('MAP-NO-DEFAULT-GROUP', site.rule.place, { source, target: only }));
    else putElement(run, parent, name, item, site);
  };
}
