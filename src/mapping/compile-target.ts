import { issue } from '../errors.ts';
import type { Parameter, Rule, Target } from './ast.ts';
import { Cell, isObject } from './cell.ts';
import { compileExpression, literalCells } from './expression/compile.ts';
import type { Frame } from './expression/evaluation.ts';
import type { RuleSite, Run } from './run.ts';
import type { GroupContext, Scope } from './scope.ts';
import type { Shape } from './shape.ts';
import { copyOf, descend, emptyOf, putElement, setPrimitive, type TargetSite, targetSite, wayTo } from './target.ts';
import type { Get } from './transforms.ts';
import { TRANSFORM_ROWS } from './transforms.ts';
import { translate, translateOutput } from './translate.ts';

/** Does one target of a rule for the items at hand. */
export type TargetCode = (run: Run, frame: Frame) => void;

export interface RuleSurroundings {
  readonly scope: Scope;
  readonly context: GroupContext;
  readonly site: RuleSite;
  readonly rule: Rule;
}

/** What a transform gives: several values only of `evaluate`. */
type MakeAll = (run: Run, frame: Frame) => readonly Cell[];

export function compileTarget(target: Target, around: RuleSurroundings): TargetCode {
  const { scope, context, site: rule } = around;
  const into = target.context === undefined ? undefined : scope.find(target.context, 'target');
  if (target.context !== undefined && into === undefined)
    context.report(issue('MAP-VARIABLE-UNKNOWN', rule.place, { name: target.context }));
  const make = compileTransform(target, around);
  const slot = target.variable === undefined ? undefined : scope.addTarget(target.variable);
  const { listMode, listRuleId } = target;
  const site = targetSite(rule, { listMode, listRuleId, creates: created(target, around) });
  const keep = (frame: Frame, cell: Cell | undefined) => {
    if (slot !== undefined) frame[slot] = cell;
  };
  const steps = target.element?.split('.');
  if (target.context === undefined) return (run, frame) => keep(frame, standing(make, site)(run, frame));
  if (into === undefined) return () => undefined;
  if (!steps) return compileAlias(into, make, { site, keep });
  const way = wayTo(steps, rule);
  const name = steps.at(-1)!;
  return (run, frame) => {
    keep(frame, undefined);
    const parent = descend(run, frame[into], way);
    if (!parent) return;
    if (!make) return keep(frame, putElement(run, parent, name, undefined, site));
    for (const made of make(run, frame)) keep(frame, putElement(run, parent, name, made, site));
  };
}

type Keep = (frame: Frame, cell: Cell | undefined) => void;

/** A transform that stands alone, for its variable. */
function standing(make: MakeAll | undefined, { creates }: TargetSite): (run: Run, frame: Frame) => Cell | undefined {
  return (run, frame) => (make ? make(run, frame)[0] : new Cell(emptyOf(creates), creates));
}

/** `tgt as x`, or `tgt = value` for a primitive (or to merge an object into what is there). */
function compileAlias(
  into: number,
  make: MakeAll | undefined,
  { site, keep }: { site: TargetSite; keep: Keep },
): TargetCode {
  return (run, frame) => {
    const cell = frame[into];
    keep(frame, cell);
    if (!make || !cell) return;
    for (const made of make(run, frame)) {
      if (!isObject(cell.value)) setPrimitive(run, cell, made, site);
      else if (isObject(made.value)) Object.assign(cell.value, copyOf(made.value));
      else run.report(issue('MAP-VALUE', site.rule.place, { element: 'target', type: cell.shape?.name ?? 'object' }));
    }
  };
}

/** The type of `create('Type')`; without one, what the group the variable is handed to takes. */
function created(target: Target, { context, rule, site }: RuleSurroundings): Shape | undefined {
  const [type] = target.parameters;
  if (target.transform === 'create' && type) {
    const name = String(type.value);
    const shape = context.type(name);
    if (!shape) context.report(issue('MAP-TYPE-UNKNOWN', site.place, { name, hint: '' }));
    return shape;
  }
  if (target.variable === undefined || (target.transform && target.transform !== 'create')) return undefined;
  for (const { name, parameters } of rule.dependents) {
    const at = parameters.findIndex(({ kind, value }) => kind === 'id' && value === target.variable);
    const unit = at < 0 ? undefined : context.group(name);
    if (unit?.definition.inputs[at]?.mode === 'target' && unit.inputs[at]) return unit.inputs[at];
  }
  return undefined;
}

function compileTransform(target: Target, around: RuleSurroundings): MakeAll | undefined {
  const { transform, parameters } = target;
  const { context, site } = around;
  if (transform === undefined || transform === 'create') return undefined;
  if (transform === 'evaluate') return compileEvaluate(parameters, around);
  if (transform === 'translate') return compileTranslate(parameters, around);
  const { args: arity, make } = TRANSFORM_ROWS[transform];
  if (parameters.length < arity[0] || parameters.length > arity[1]) {
    context.report(issue('MAP-ARGUMENTS', site.place, { name: transform, least: arity[0], most: arity[1] }));
    return () => [];
  }
  const gets = parameters.map((parameter) => compileParameter(parameter, around));
  return (run, frame) => {
    run.codeRow = undefined;
    const made = make(
      run,
      gets.map((get) => get(run, frame)),
      site,
    );
    return made ? [made] : [];
  };
}

/** A variable or a literal. */
export function compileParameter(
  parameter: Parameter,
  { scope, context, site }: RuleSurroundings,
  mode: 'source' | 'target' = 'source',
): Get {
  if (parameter.kind === 'id') {
    const slot = scope.find(parameter.value, mode);
    if (slot !== undefined) return (_run, frame) => frame[slot];
    const constant = context.constant(parameter.value);
    if (constant) return (run, frame) => constant(run, frame, [])[0];
    context.report(issue('MAP-VARIABLE-UNKNOWN', site.place, { name: parameter.value }));
    return () => undefined;
  }
  if (parameter.kind === 'expression') {
    const evaluate = compileExpression(parameter.value, scope.forExpressions(context, site));
    return (run, frame) => evaluate(run, frame, [])[0];
  }
  const [cell] = literalCells(
    { kind: 'literal', type: parameter.kind, value: String(parameter.value), offset: 0 },
    context.shapes,
  );
  return () => cell;
}

/** Without a variable the focus is the rule's first source item. */
function compileEvaluate(parameters: readonly Parameter[], around: RuleSurroundings): MakeAll {
  const { scope, context, site } = around;
  const [first] = parameters;
  const last = parameters.at(-1);
  if (last?.kind !== 'expression') {
    context.report(issue('MAP-ARGUMENTS', site.place, { name: 'evaluate', least: 1, most: 2 }));
    return () => [];
  }
  const evaluate = compileExpression(last.value, scope.forExpressions(context, site));
  const focus = parameters.length > 1 ? compileParameter(first!, around) : undefined;
  return (run, frame) => {
    run.codeRow = undefined;
    const cell = focus?.(run, frame);
    return evaluate(run, frame, cell ? [cell] : []);
  };
}

function compileTranslate(parameters: readonly Parameter[], around: RuleSurroundings): MakeAll {
  const { context, site } = around;
  const [code, name, output] = parameters;
  const wanted = translateOutput(String(output?.value ?? 'code'));
  if (!code || !name || name.kind !== 'string' || parameters.length > 3 || !wanted) {
    context.report(issue('MAP-ARGUMENTS', site.place, { name: 'translate', least: 2, most: 3 }));
    return () => [];
  }
  const map = context.codeMap(name.value);
  if (!map) {
    context.report(issue('MAP-CONCEPTMAP-UNKNOWN', site.place, { name: name.value }));
    return () => [];
  }
  const get = compileParameter(code, around);
  const translation = { maps: context.codes, map, output: wanted, rule: site };
  return (run, frame) => {
    const cell = get(run, frame);
    if (!cell || cell.value === undefined) return [];
    const made = translate(run, cell, translation);
    if (!made) return [];
    return [new Cell(made.value, made.shape, undefined, '', -1, cell.path)];
  };
}
