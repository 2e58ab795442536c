import { type Collection, DEEPEST, keyOf } from './fhirpath-collections.ts';

/** FHIRPath's operators on plain JSON (http://hl7.org/fhirpath/#operations); undefined stands for the empty collection. */
type Truth = boolean | undefined;

export function and(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

export function or(left: Truth, right: Truth): Truth {
  if (left === true || right === true) return true;
  return left === undefined || right === undefined ? undefined : false;
}

export function xor(left: Truth, right: Truth): Truth {
  return left === undefined || right === undefined ? undefined : left !== right;
}

export function implies(left: Truth, right: Truth): Truth {
  if (left === false) return true;
  if (left === true) return right;
  return right === true ? true : undefined;
}

export function equal(left: Collection, right: Collection): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  return left.length === right.length && left.every((item, index) => same(item, right[index]));
}

/** Empty is equivalent to empty; order and letter case do not matter. */
export function equivalent(left: Collection, right: Collection): boolean {
  const keys = (collection: Collection) => collection.map((item) => keyOf(folded(item))).sort();
  return left.length === right.length && same(keys(left), keys(right));
}

const folded = (item: unknown) => (typeof item === 'string' ? item.trim().toLowerCase().replace(/\s+/g, ' ') : item);

/** Deep equality of JSON values, as deep as values are looked into. */
export function same(left: unknown, right: unknown, levels = DEEPEST): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right || levels === 0) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) =>
      same((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key], levels - 1),
    )
  );
}

const DATE = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/**
 * `<`, `<=`, `>`, `>=` on numbers, strings, times and quantities. Where precision or unit leaves the order open the comparison counts as met:
 * an invariant refuses what is known to be wrong, not what cannot be known.
 */
export function compare(operator: string, left: Collection, right: Collection): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  const sign = order(left[0], right[0]);
  if (sign === undefined) return true;
  if (sign === 0) return operator.endsWith('=');
  return operator.startsWith('<') ? sign < 0 : sign > 0;
}

function order(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return Math.sign(left - right);
  if (typeof left === 'string' && typeof right === 'string') return orderOfTexts(left, right);
  return orderOfQuantities(left, right);
}

function orderOfTexts(left: string, right: string): number | undefined {
  if (!DATE.test(left) || !DATE.test(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (left.length > 19 && right.length > 19) return Math.sign(Date.parse(left) - Date.parse(right));
  const precision = Math.min(left.length, right.length, 10);
  const [first, second] = [left.slice(0, precision), right.slice(0, precision)];
  if (first === second) return left.length === right.length ? 0 : undefined;
  return first < second ? -1 : 1;
}

interface Quantity {
  readonly value?: unknown;
  readonly unit?: unknown;
  readonly code?: unknown;
}

function orderOfQuantities(left: unknown, right: unknown): number | undefined {
  const [first, second] = [left, right] as [Quantity | undefined, Quantity | undefined];
  if (typeof first?.value !== 'number' || typeof second?.value !== 'number') return undefined;
  const comparable = (first.code ?? first.unit) === (second.code ?? second.unit);
  return comparable ? Math.sign(first.value - second.value) : undefined;
}

export function arithmetic(operator: string, left: Collection, right: Collection): Collection {
  const [first, second] = [left[0], right[0]];
  if (first === undefined || second === undefined) return [];
  if (operator === '+' && typeof first === 'string') return [first + String(second)];
  if (typeof first !== 'number' || typeof second !== 'number') return [];
  const value = ARITHMETIC[operator]?.(first, second);
  return value !== undefined && Number.isFinite(value) ? [value] : [];
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  div: (left, right) => Math.trunc(left / right),
  mod: (left, right) => left % right,
};
