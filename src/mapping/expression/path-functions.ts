import { Cell, children, isObject, NOTHING } from '../cell.ts';
import type { Shapes } from '../shape.ts';
import type { Evaluate, EvaluationRun, Frame } from './evaluation.ts';
import { EvaluationFault, single, truth } from './evaluation.ts';
import { asCells, distinct, holds } from './operators.ts';
import { isOfType } from './type-test.ts';

/** What a function gets: what stands before its dot, its arguments uncomputed, and what they are computed on. */
export interface Invocation {
  readonly input: readonly Cell[];
  readonly args: readonly Evaluate[];
  /** Arguments as type names, where they can be read as one. */
  readonly types: readonly (string | undefined)[];
  readonly run: EvaluationRun;
  readonly frame: Frame;
  readonly focus: readonly Cell[];
}

export interface PathFunction {
  /** Least and most arguments. */
  readonly args: readonly [number, number];
  readonly invoke: (invocation: Invocation) => readonly Cell[];
  /** The same for one without arguments, as most calls are. */
  readonly direct?: (input: readonly Cell[], run: EvaluationRun) => readonly Cell[];
}

const one = (value: string | number | boolean): readonly Cell[] => [new Cell(value)];

function argument({ args, run, frame, focus }: Invocation, index: number): Cell | undefined {
  const evaluate = args[index];
  return evaluate && single(evaluate(run, frame, focus));
}

function textOf(cell: Cell | undefined): string | undefined {
  if (cell === undefined || cell.value === undefined) return undefined;
  if (typeof cell.value !== 'string') throw new EvaluationFault('text');
  return cell.value;
}

function numberOf(cell: Cell | undefined): number | undefined {
  if (cell === undefined) return undefined;
  if (!Number.isSafeInteger(cell.value)) throw new EvaluationFault('a whole number');
  return cell.value as number;
}

function plainArgument(invocation: Invocation, index: number): string | number | undefined {
  const value = argument(invocation, index)?.value;
  if (isObject(value)) throw new EvaluationFault('text');
  return value as string | number | undefined;
}

/** Computes an argument on each item of the input. */
function onEach(invocation: Invocation, see: (cells: readonly Cell[], item: Cell) => boolean): void {
  const { input, args, run, frame } = invocation;
  const outer = run.index;
  for (let index = 0; index < input.length; index++) {
    run.index = index;
    if (!see(args[0]!(run, frame, [input[index]!]), input[index]!)) break;
  }
  run.index = outer;
}

function where(invocation: Invocation): readonly Cell[] {
  const kept: Cell[] = [];
  onEach(invocation, (cells, item) => {
    if (truth(cells)) kept.push(item);
    return true;
  });
  return kept;
}

function select(invocation: Invocation): readonly Cell[] {
  const all: Cell[] = [];
  onEach(invocation, (cells) => all.push(...cells) > -1);
  return all;
}

/** A function of a text and its text or number arguments; nothing in, nothing out. */
function onText(
  least: number,
  most: number,
  make: (text: string, ...args: (string | number)[]) => unknown,
): PathFunction {
  return {
    args: [least, most],
    invoke(invocation) {
      const text = textOf(single(invocation.input));
      const args = invocation.args.map((_arg, index) => plainArgument(invocation, index));
      if (text === undefined || args.includes(undefined)) return NOTHING;
      const made = make(text, ...(args as (string | number)[]));
      return made === undefined ? NOTHING : one(made as string);
    },
  };
}

const patterns = { su: new Map<string, RegExp>(), gsu: new Map<string, RegExp>() };

/** Patterns come from maps; one made from a message's text would fill the table, so it is kept small. */
function pattern(source: string, flags: 'su' | 'gsu'): RegExp {
  let found = patterns[flags].get(source);
  if (!found) {
    try {
      found = new RegExp(source, flags);
    } catch {
      throw new EvaluationFault('a regular expression');
    }
    if (patterns[flags].size > 500) patterns[flags].clear();
    patterns[flags].set(source, found);
  }
  return found;
}

function substring(text: string, start: string | number, length?: string | number): string | undefined {
  const from = Number(start);
  if (from < 0 || from >= text.length) return undefined;
  return length === undefined ? text.slice(from) : text.slice(from, from + Math.max(0, Number(length)));
}

function toText(cell: Cell): string | undefined {
  return typeof cell.value === 'object' || cell.value === undefined ? undefined : String(cell.value);
}

function typeArgument({ types }: Invocation): string {
  const [type] = types;
  if (type === undefined) throw new EvaluationFault('the name of a type');
  return type;
}

function part(invocation: Invocation, cut: (count: number) => readonly Cell[]): readonly Cell[] {
  const count = numberOf(argument(invocation, 0));
  return count === undefined ? NOTHING : cut(Math.max(0, count));
}

function ofType(cells: readonly Cell[], type: string, shapes: Shapes): readonly Cell[] {
  return cells.filter((cell) => isOfType(cell, type, shapes));
}

function allChildren(cell: Cell, run: EvaluationRun): Cell[] {
  if (!isObject(cell.value)) return [];
  const names = Object.keys(cell.value).filter((key) => key !== 'resourceType' && !key.startsWith('_'));
  return names.flatMap((name) => children(cell, name, run) as Cell[]);
}

const plain = (direct: NonNullable<PathFunction['direct']>): PathFunction => ({
  args: [0, 0],
  direct,
  invoke: ({ input, run }) => direct(input, run),
});

/**
 * The functions of FHIRPath (http://hl7.org/fhirpath/N1/#functions) and FHIR (http://hl7.org/fhir/R4/fhirpath.html#functions) that run as closures;
 * the rest ({@link LIBRARY_FUNCTIONS}) is run by the fhirpath package.
 */
export const PATH_FUNCTIONS: Readonly<Record<string, PathFunction>> = {
  empty: plain((input) => asCells(input.length === 0)),
  exists: { args: [0, 1], invoke: (call) => asCells((call.args.length > 0 ? where(call) : call.input).length > 0) },
  not: plain((input) => {
    const value = truth(input);
    return asCells(value === undefined ? undefined : !value);
  }),
  all: {
    args: [1, 1],
    invoke(call) {
      let holdsForAll = true;
      onEach(call, (cells) => {
        holdsForAll = truth(cells) === true;
        return holdsForAll;
      });
      return asCells(holdsForAll);
    },
  },
  count: plain((input) => one(input.length)),
  distinct: plain((input, run) => distinct(input, run.shapes)),
  isDistinct: plain((input, run) => asCells(distinct(input, run.shapes).length === input.length)),
  hasValue: plain((input) => asCells(input.length === 1 && toText(input[0]!) !== undefined)),
  getValue: plain((input) => (input.length === 1 && toText(input[0]!) !== undefined ? input : NOTHING)),

  where: { args: [1, 1], invoke: where },
  select: { args: [1, 1], invoke: select },
  ofType: { args: [1, 1], invoke: (call) => ofType(call.input, typeArgument(call), call.run.shapes) },
  as: { args: [1, 1], invoke: (call) => ofType(call.input, typeArgument(call), call.run.shapes) },
  is: {
    args: [1, 1],
    invoke(call) {
      const cell = single(call.input);
      return cell ? asCells(isOfType(cell, typeArgument(call), call.run.shapes)) : NOTHING;
    },
  },
  first: plain((input) => input.slice(0, 1)),
  last: plain((input) => input.slice(-1)),
  tail: plain((input) => input.slice(1)),
  single: plain((input) => (single(input) ? input : NOTHING)),
  skip: { args: [1, 1], invoke: (call) => part(call, (count) => call.input.slice(count)) },
  take: { args: [1, 1], invoke: (call) => part(call, (count) => call.input.slice(0, count)) },
  union: {
    args: [1, 1],
    invoke: ({ input, args, run, frame, focus }) => distinct([...input, ...args[0]!(run, frame, focus)], run.shapes),
  },
  combine: { args: [1, 1], invoke: ({ input, args, run, frame, focus }) => [...input, ...args[0]!(run, frame, focus)] },
  intersect: {
    args: [1, 1],
    invoke({ input, args, run, frame, focus }) {
      const other = args[0]!(run, frame, focus);
      return distinct(input, run.shapes).filter((cell) => holds(other, cell, run.shapes));
    },
  },
  exclude: {
    args: [1, 1],
    invoke({ input, args, run, frame, focus }) {
      const other = args[0]!(run, frame, focus);
      return input.filter((cell) => !holds(other, cell, run.shapes));
    },
  },

  iif: {
    args: [2, 3],
    invoke({ args, run, frame, focus, input }) {
      const on = input.length > 0 ? input : focus;
      return (truth(args[0]!(run, frame, on)) ? args[1]! : (args[2] ?? nothing))(run, frame, on);
    },
  },
  toString: plain((input) => {
    const text = input.length === 0 ? undefined : toText(single(input)!);
    return text === undefined ? NOTHING : one(text);
  }),
  toInteger: plain((input) => {
    const value = single(input)?.value;
    if (typeof value === 'boolean') return one(value ? 1 : 0);
    const isWhole = !isObject(value) && /^[+-]?\d{1,15}$/.test(String(value));
    return isWhole ? one(Number(value)) : NOTHING;
  }),

  length: onText(0, 0, (text) => text.length),
  lower: onText(0, 0, (text) => text.toLowerCase()),
  upper: onText(0, 0, (text) => text.toUpperCase()),
  trim: onText(0, 0, (text) => text.trim()),
  indexOf: onText(1, 1, (text, part) => text.indexOf(String(part))),
  startsWith: onText(1, 1, (text, part) => text.startsWith(String(part))),
  endsWith: onText(1, 1, (text, part) => text.endsWith(String(part))),
  contains: onText(1, 1, (text, part) => text.includes(String(part))),
  substring: onText(1, 2, substring),
  replace: onText(2, 2, (text, from, to) => text.replaceAll(String(from), String(to))),
  matches: onText(1, 1, (text, source) => pattern(String(source), 'su').test(text)),
  replaceMatches: onText(2, 2, (text, source, to) => text.replace(pattern(String(source), 'gsu'), String(to))),
  split: {
    args: [1, 1],
    invoke(call) {
      const [text, by] = [textOf(single(call.input)), textOf(argument(call, 0))];
      return text === undefined || by === undefined ? NOTHING : text.split(by).map((item) => new Cell(item));
    },
  },
  join: {
    args: [0, 1],
    invoke(call) {
      const by = textOf(argument(call, 0)) ?? '';
      return call.input.length === 0 ? NOTHING : one(call.input.map((cell) => textOf(cell)).join(by));
    },
  },

  children: plain((input, run) => input.flatMap((cell) => allChildren(cell, run))),
  descendants: plain((input, run) => {
    const all: Cell[] = [];
    const waiting = input.flatMap((cell) => allChildren(cell, run)).toReversed();
    for (let cell = waiting.pop(); cell; cell = waiting.pop()) {
      all.push(cell);
      waiting.push(...allChildren(cell, run).toReversed());
    }
    return all;
  }),

  now: plain((_input, run) => [new Cell(run.clock, run.shapes.known('dateTime'))]),
  today: plain((_input, run) => [new Cell(run.clock.slice(0, 10), run.shapes.known('date'))]),
  extension: {
    args: [1, 1],
    invoke(call) {
      const url = textOf(argument(call, 0));
      const all = call.input.flatMap((cell) => children(cell, 'extension', call.run));
      return all.filter((cell) => children(cell, 'url', call.run)[0]?.value === url);
    },
  },
  /** True for the base type of that canonical; a profile is the validator's business, so any other canonical is no match. */
  conformsTo: {
    args: [1, 1],
    invoke(call) {
      const cell = single(call.input);
      const type = call.run.shapes.model.type(textOf(argument(call, 0)) ?? '');
      return cell ? asCells(type !== undefined && isOfType(cell, type.name, call.run.shapes)) : NOTHING;
    },
  },
};

const nothing: Evaluate = () => NOTHING;

/** FHIRPath functions the fhirpath package runs for us. */
export const LIBRARY_FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'aggregate',
  'allFalse',
  'allTrue',
  'anyFalse',
  'anyTrue',
  'avg',
  'ceiling',
  'comparable',
  'convertsToBoolean',
  'convertsToDate',
  'convertsToDateTime',
  'convertsToDecimal',
  'convertsToInteger',
  'convertsToQuantity',
  'convertsToString',
  'convertsToTime',
  'decode',
  'encode',
  'escape',
  'exp',
  'floor',
  'highBoundary',
  'htmlChecks',
  'lastIndexOf',
  'ln',
  'log',
  'lowBoundary',
  'matchesFull',
  'max',
  'min',
  'power',
  'precision',
  'repeat',
  'round',
  'sqrt',
  'subsetOf',
  'sum',
  'supersetOf',
  'toBoolean',
  'toChars',
  'toDate',
  'toDateTime',
  'toDecimal',
  'toQuantity',
  'toTime',
  'truncate',
  'type',
  'unescape',
]);
