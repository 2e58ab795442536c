import { issue } from '../errors.ts';
import type { Source } from './ast.ts';
import { type Cell, children, childrenOf, isObject, NOTHING } from './cell.ts';
import { compileExpression } from './expression/compile.ts';
import type { Evaluate, Frame } from './expression/evaluation.ts';
import { truth } from './expression/evaluation.ts';
import { isOfType } from './expression/type-test.ts';
import type { RuleSite, Run } from './run.ts';
import type { GroupContext, Scope } from './scope.ts';

/** Finds the items of one source; each is put into `slot` before what follows runs. */
export interface SourceCode {
  readonly slot: number;
  items(run: Run, frame: Frame): readonly Cell[];
}

type Sieve = (cells: readonly Cell[], run: Run, frame: Frame) => readonly Cell[];

/**
 * Compiles a source: elements, type, cardinality, default, `where`, `check`, `log`, list mode, in the order the specification gives them effect.
 * Its variable is added to the scope before its conditions are compiled, as they may use it.
 */
export function compileSource(source: Source, scope: Scope, context: GroupContext, rule: RuleSite): SourceCode {
  const from = scope.find(source.context);
  if (from === undefined) context.report(issue('MAP-VARIABLE-UNKNOWN', rule.place, { name: source.context }));
  const slot = source.variable === undefined ? scope.slots.next() : scope.addSource(source.variable);
  const steps = source.element?.split('.') ?? [];
  const sieves = sievesOf(source, { scope, context, rule, slot });
  return {
    slot,
    items(run, frame) {
      const start = from === undefined ? undefined : frame[from];
      let cells = start ? walk(start, steps, run) : NOTHING;
      for (const sieve of sieves) cells = sieve(cells, run, frame);
      return cells;
    },
  };
}

function walk(start: Cell, steps: readonly string[], run: Run): readonly Cell[] {
  if (steps.length === 0) return [start];
  let cells = children(start, steps[0]!, run);
  for (let index = 1; index < steps.length && cells.length > 0; index++) cells = childrenOf(cells, steps[index]!, run);
  return cells;
}

interface Surroundings {
  readonly scope: Scope;
  readonly context: GroupContext;
  readonly rule: RuleSite;
  readonly slot: number;
}

function sievesOf(source: Source, surroundings: Surroundings): Sieve[] {
  const { scope, context, rule, slot } = surroundings;
  const compile = (expression: Source['condition']) =>
    expression && compileExpression(expression, scope.forExpressions(context, rule));
  const [fallback, condition, check, log] = [
    compile(source.defaultValue),
    compile(source.condition),
    compile(source.check),
    compile(source.log),
  ];
  const sieves: Sieve[] = [];
  if (source.type !== undefined) sieves.push(ofType(context.type(source.type)?.name ?? source.type));
  if (source.min !== undefined || source.max !== undefined) sieves.push(counted(source, rule));
  if (fallback) sieves.push((cells, run, frame) => (cells.length > 0 ? cells : fallback(run, frame, NOTHING)));
  if (condition) sieves.push(where(condition, slot));
  if (check) sieves.push(checked(check, slot, rule));
  if (log) sieves.push(logged(log, slot, rule));
  if (source.listMode) sieves.push(LIST_MODES[source.listMode] ?? onlyOne(source, rule));
  return sieves;
}

function ofType(type: string): Sieve {
  return (cells, run) => cells.filter((cell) => isOfType(cell, type, run.shapes));
}

function counted({ min = 0, max = '*', context, element }: Source, rule: RuleSite): Sieve {
  const most = max === '*' ? Infinity : Number(max);
  return (cells, run) => {
    if (cells.length >= min && cells.length <= most) return cells;
    const detail = { element: element ?? context, found: cells.length, expected: `${min}..${max}` };
    run.report(issue('MAP-SOURCE-COUNT', rule.place, detail));
    return NOTHING;
  };
}

function where(condition: Evaluate, slot: number): Sieve {
  return (cells, run, frame) =>
    cells.filter((cell) => {
      frame[slot] = cell;
      return truth(condition(run, frame, [cell])) === true;
    });
}

function checked(check: Evaluate, slot: number, rule: RuleSite): Sieve {
  return (cells, run, frame) =>
    cells.filter((cell) => {
      frame[slot] = cell;
      const passes = truth(check(run, frame, [cell])) === true;
      if (!passes) run.report(issue('MAP-CHECK', rule.place));
      return passes;
    });
}

/** Log texts are kept only where a trace is asked for: they may hold what the message says. */
function logged(log: Evaluate, slot: number, rule: RuleSite): Sieve {
  return (cells, run, frame) => {
    if (!run.trace) return cells;
    for (const cell of cells) {
      frame[slot] = cell;
      const text = log(run, frame, [cell]).map(({ value }) => (isObject(value) ? '{...}' : String(value)));
      run.logs.push({ rule, text: text.join(', ') });
    }
    return cells;
  };
}

const LIST_MODES: Readonly<Partial<Record<string, Sieve>>> = {
  first: (cells) => cells.slice(0, 1),
  not_first: (cells) => cells.slice(1),
  last: (cells) => cells.slice(-1),
  not_last: (cells) => cells.slice(0, -1),
};

function onlyOne(source: Source, rule: RuleSite): Sieve {
  return counted({ ...source, min: 0, max: '1' }, rule);
}
