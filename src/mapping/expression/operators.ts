import { Cell, isObject, NOTHING } from '../cell.ts';
import type { Shapes } from '../shape.ts';
import type { BinaryOperator } from './ast.ts';
import { EvaluationFault, single, truth } from './evaluation.ts';
import { askLibrary } from './fhirpath-library.ts';
import { isDateShape } from './type-test.ts';

/** What an operator makes of two collections. */
export type Operate = (left: readonly Cell[], right: readonly Cell[], shapes: Shapes) => readonly Cell[];

export const TRUE: readonly Cell[] = [new Cell(true)];
export const FALSE: readonly Cell[] = [new Cell(false)];
export const asCells = (value: boolean | undefined) => (value === undefined ? NOTHING : value ? TRUE : FALSE);

/** Text, whole numbers and booleans, which JavaScript compares as FHIRPath does; dates, decimals and objects are the library's. */
function plain(cell: Cell | undefined): string | number | boolean | undefined {
  const value = cell?.value;
  if (isObject(value) || value === undefined || value === null || isDateShape(cell!.shape)) return undefined;
  return typeof value === 'number' && !Number.isSafeInteger(value) ? undefined : (value as string);
}

function byLibrary(op: string): Operate {
  return (left, right, shapes) =>
    askLibrary({ text: `%left ${op} %right`, input: NOTHING, variables: { left, right } }, shapes);
}

function equality(op: '=' | '!=', empty: readonly Cell[]): Operate {
  const library = byLibrary(op);
  return (left, right, shapes) => {
    if (left.length === 0 || right.length === 0) return empty;
    if (left.length > 1 || right.length > 1) return library(left, right, shapes);
    const [a, b] = [plain(left[0]), plain(right[0])];
    if (a === undefined || b === undefined || typeof a !== typeof b) return library(left, right, shapes);
    return asCells((a === b) === (op === '='));
  };
}

type Comparison = (a: string | number, b: string | number) => boolean;

function comparing(op: string, compare: Comparison): Operate {
  const library = byLibrary(op);
  return (left, right, shapes) => {
    if (left.length === 0 || right.length === 0) return NOTHING;
    const [a, b] = [plain(single(left)), plain(single(right))];
    if (a === undefined || typeof a === 'boolean' || typeof a !== typeof b) return library(left, right, shapes);
    return asCells(compare(a, b as typeof a));
  };
}

function arithmetic(op: string, calculate: (a: number, b: number) => number | undefined): Operate {
  const library = byLibrary(op);
  return (left, right, shapes) => {
    if (left.length === 0 || right.length === 0) return NOTHING;
    const [a, b] = [plain(single(left)), plain(single(right))];
    if (op === '+' && typeof a === 'string' && typeof b === 'string') return [new Cell(a + b)];
    const made = typeof a === 'number' && typeof b === 'number' ? calculate(a, b) : undefined;
    if (made === undefined || !Number.isSafeInteger(made)) return library(left, right, shapes);
    return [new Cell(made)];
  };
}

function logic(decide: (a: boolean | undefined, b: boolean | undefined) => boolean | undefined): Operate {
  return (left, right) => asCells(decide(truth(left), truth(right)));
}

const joined: Operate = (left, right) => {
  const text = (cells: readonly Cell[]) => {
    const value = single(cells)?.value ?? '';
    if (typeof value !== 'string') throw new EvaluationFault('text');
    return value;
  };
  return [new Cell(text(left) + text(right))];
};

/** Whether `cells` holds `item`, by `=`. */
export function holds(cells: readonly Cell[], item: Cell, shapes: Shapes): boolean {
  const wanted = plain(item);
  for (const cell of cells) {
    const value = plain(cell);
    if (value === undefined || wanted === undefined) {
      if (truth(OPERATORS['=']([cell], [item], shapes)) === true) return true;
    } else if (value === wanted) return true;
  }
  return false;
}

export function distinct(cells: readonly Cell[], shapes: Shapes): readonly Cell[] {
  if (cells.length < 2) return cells;
  const kept: Cell[] = [];
  for (const cell of cells) if (!holds(kept, cell, shapes)) kept.push(cell);
  return kept;
}

const member: Operate = (left, right, shapes) => {
  if (right.length === 0) return left.length === 0 ? NOTHING : FALSE;
  const item = single(left);
  return item ? asCells(holds(right, item, shapes)) : NOTHING;
};

/** Every binary operator of FHIRPath (http://hl7.org/fhirpath/N1/#operations). */
export const OPERATORS: Readonly<Record<BinaryOperator, Operate>> = {
  '=': equality('=', NOTHING),
  '!=': equality('!=', NOTHING),
  '~': byLibrary('~'),
  '!~': byLibrary('!~'),
  '>': comparing('>', (a, b) => a > b),
  '<': comparing('<', (a, b) => a < b),
  '>=': comparing('>=', (a, b) => a >= b),
  '<=': comparing('<=', (a, b) => a <= b),
  '+': arithmetic('+', (a, b) => a + b),
  '-': arithmetic('-', (a, b) => a - b),
  '*': arithmetic('*', (a, b) => a * b),
  '/': byLibrary('/'),
  div: arithmetic('div', (a, b) => (b === 0 ? undefined : Math.trunc(a / b))),
  mod: arithmetic('mod', (a, b) => (b === 0 ? undefined : a % b)),
  '&': joined,
  '|': (left, right, shapes) =>
    distinct(left.length === 0 ? right : right.length === 0 ? left : [...left, ...right], shapes),
  in: member,
  contains: (left, right, shapes) => member(right, left, shapes),
  and: logic((a, b) => (a === false || b === false ? false : a && b)),
  or: logic((a, b) => (a || b ? true : a === undefined || b === undefined ? undefined : false)),
  xor: logic((a, b) => (a === undefined || b === undefined ? undefined : a !== b)),
  implies: logic((a, b) => (a === false || b === true ? true : a === undefined || b === undefined ? undefined : b)),
};
