import { issue } from '../errors.ts';
import type { TransformName } from './ast.ts';
import { Cell, isObject } from './cell.ts';
import { shiftDate, toPrecision } from './date-operation.ts';
import type { Frame } from './expression/evaluation.ts';
import type { RuleSite, Run } from './run.ts';
import { escapeAs, isEscapeFormat, unescapeFrom } from './text-escape.ts';
import { uuidOf } from './uuid.ts';

/** A parameter, ready to be had. */
export type Get = (run: Run, frame: Frame) => Cell | undefined;

/** What a transform makes; undefined: nothing. */
export type Make = (run: Run, args: readonly (Cell | undefined)[], rule: RuleSite) => Cell | undefined;

export interface TransformRow {
  /** Least and most parameters. */
  readonly args: readonly [number, number];
  readonly make: Make;
}

const textOf = (cell: Cell | undefined) =>
  cell === undefined || cell.value === undefined || isObject(cell.value) ? undefined : String(cell.value);

function typed(run: Run, value: unknown, type: string): Cell {
  return new Cell(value, run.shapes.known(type));
}

/** An object of the entries that have a value, or undefined when `needed` has none. */
function objectOf(run: Run, type: string, entries: Record<string, unknown>, needed: string): Cell | undefined {
  if (entries[needed] === undefined) return undefined;
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined && value !== '');
  return typed(run, Object.fromEntries(kept), type);
}

const copy: Make = (_run, [source]) => source;

const truncate: Make = (run, [source, length]) => {
  const text = textOf(source);
  // by characters, so that no surrogate pair is cut in two
  return text === undefined ? undefined : typed(run, [...text].slice(0, Number(length?.value)).join(''), 'string');
};

const reEscape: Make = (run, [source, from, to], rule) => {
  const [text, read, write] = [textOf(source), textOf(from) ?? 'none', textOf(to)];
  if (text === undefined) return undefined;
  const formats = write === undefined ? ['none', read] : [read, write];
  if (!formats.every(isEscapeFormat)) {
    run.report(issue('MAP-FHIRPATH', rule.place, { expected: 'one of the formats of escape' }));
    return undefined;
  }
  const plain = unescapeFrom(text, formats[0]!);
  return plain === undefined ? lost(run, rule, 'escape') : typed(run, escapeAs(plain, formats[1]!), 'string');
};

function lost(run: Run, rule: RuleSite, name: string): undefined {
  run.report(issue('MAP-VALUE-LOST', rule.place, { name }, 'warning'));
}

const cast: Make = (run, [source, type], rule) => {
  const [value, name] = [source?.value, textOf(type) ?? 'string'];
  if (value === undefined) return undefined;
  const shape = run.shapes.known(name);
  const made = shape?.read?.(value);
  if (made !== undefined) return new Cell(made, shape, undefined, '', -1, source!.path);
  run.report(issue('MAP-VALUE', rule.place, { element: 'cast', type: shape?.name ?? 'primitive type' }));
  return undefined;
};

const append: Make = (run, args) => {
  const texts = args.map(textOf).filter((text) => text !== undefined);
  return texts.length > 0 ? typed(run, texts.join(''), 'string') : undefined;
};

/** `Type/id`; a resource that stands in a Bundle entry with a `urn:` fullUrl is only found by that. */
const reference: Make = (run, [source], rule) => {
  const { value, owner } = source ?? {};
  if (!isObject(value)) return undefined;
  if (typeof owner?.fullUrl === 'string' && owner.fullUrl.startsWith('urn:'))
    return typed(run, owner.fullUrl, 'string');
  const { resourceType, id } = value;
  return typeof resourceType === 'string' && typeof id === 'string'
    ? typed(run, `${resourceType}/${id}`, 'string')
    : lost(run, rule, 'reference');
};

const pointer: Make = (run, [source], rule) => {
  const { value, owner } = source ?? {};
  if (!isObject(value)) return undefined;
  if (typeof owner?.fullUrl === 'string') return typed(run, owner.fullUrl, 'uri');
  return typeof value.id === 'string' ? typed(run, `urn:uuid:${value.id}`, 'uri') : lost(run, rule, 'pointer');
};

const dateOp: Make = (run, [source, operation, argument], rule) => {
  const [text, word, by] = [textOf(source), textOf(operation), textOf(argument)];
  if (text === undefined || word === undefined) return undefined;
  const made =
    word === 'precision' ? toPrecision(text, by ?? 'day') : shiftDate(text, word === 'add' ? (by ?? '') : word);
  return made === undefined ? lost(run, rule, 'dateOp') : typed(run, made, made.includes('T') ? 'dateTime' : 'date');
};

const uuid: Make = (run) => typed(run, uuidOf(run.seed, ['uuid()', run.nextUuid()]), 'uuid');

const coding: Make = (run, args) => {
  const [system, code, display] = args.map(textOf);
  return objectOf(run, 'Coding', { system, code, display }, 'code');
};

const codeableConcept: Make = (run, args) => {
  const [system, code, display] = args.map(textOf);
  if (args.length === 1) return objectOf(run, 'CodeableConcept', { text: system }, 'text');
  if (code === undefined) return undefined;
  const only = coding(run, args, undefined as never)!.value;
  return typed(run, { coding: [only], ...(display !== undefined && { text: display }) }, 'CodeableConcept');
};

const QUANTITY = /^\s*(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)\s*(\S.*?)?\s*$/;

/** `qty('>=5 mg')`, `qty(value, unit)` or `qty(value, unit, system, code)`. */
const quantity: Make = (run, args, rule) => {
  const [text, unit, system, code] = args.map(textOf);
  if (text === undefined) return undefined;
  const [, comparator, number, written] = QUANTITY.exec(text) ?? [];
  if (number === undefined || (written !== undefined && args.length > 1)) return lost(run, rule, 'qty');
  const parts = { value: Number(number), comparator, unit: unit ?? written, system, code };
  return objectOf(run, 'Quantity', parts, 'value');
};

const IDENTIFIER_TYPES = 'http://terminology.hl7.org/CodeSystem/v2-0203';

const identifier: Make = (run, args) => {
  const [system, value, type] = args.map(textOf);
  const typeConcept = type === undefined ? undefined : { coding: [{ system: IDENTIFIER_TYPES, code: type }] };
  return objectOf(run, 'Identifier', { type: typeConcept, system, value }, 'value');
};

/** `cp(value)` tells the system from the value; `cp(system, value)` is told it. */
const contactPoint: Make = (run, args) => {
  const [first, second] = args.map(textOf);
  if (args.length === 2) return objectOf(run, 'ContactPoint', { system: first, value: second }, 'value');
  const system = first?.includes('@') ? 'email' : /^https?:/.test(first ?? '') ? 'url' : 'phone';
  return objectOf(run, 'ContactPoint', { system, value: first }, 'value');
};

/**
 * The transforms of the specification (http://hl7.org/fhir/R5/mapping-language.html#7.7.0.9). `create`, `evaluate` and `translate` need more than
 * their arguments and are compiled in compile-target.ts.
 */
export const TRANSFORM_ROWS: Readonly<
  Record<Exclude<TransformName, 'create' | 'evaluate' | 'translate'>, TransformRow>
> = {
  copy: { args: [1, 1], make: copy },
  truncate: { args: [2, 2], make: truncate },
  escape: { args: [2, 3], make: reEscape },
  cast: { args: [1, 2], make: cast },
  append: { args: [1, Infinity], make: append },
  reference: { args: [1, 1], make: reference },
  dateOp: { args: [2, 3], make: dateOp },
  uuid: { args: [0, 0], make: uuid },
  pointer: { args: [1, 1], make: pointer },
  cc: { args: [1, 3], make: codeableConcept },
  c: { args: [2, 3], make: coding },
  qty: { args: [1, 4], make: quantity },
  id: { args: [2, 3], make: identifier },
  cp: { args: [1, 2], make: contactPoint },
};
