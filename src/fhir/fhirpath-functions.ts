import type { Atom } from '@medplum/core';
import { LiteralAtom } from '@medplum/core';
import type { Collection, Frame, Run } from './fhirpath-collections.ts';
import {
  answer,
  areWithin,
  distinct,
  EMPTY,
  isObject,
  keyOf,
  keysOf,
  NotCompiled,
  negated,
  spend,
  step,
  truth,
} from './fhirpath-collections.ts';
import { narrativeFault } from './narrative.ts';

/** FHIRPath's functions as far as they are compiled: one row each (http://hl7.org/fhirpath/#functions, https://hl7.org/fhir/R4/fhirpath.html#functions). */
type Make = (args: readonly Run[], atoms: readonly Atom[]) => Run;

/** Runs the argument once for each item, with that item as `$this`. */
function each(argument: Run | undefined, focus: Collection, frame: Frame): readonly Collection[] {
  if (!argument) return [];
  const { self, index } = frame;
  const results = focus.map((item, at) => {
    frame.self = [item];
    frame.index = at;
    return argument(frame.self, frame);
  });
  frame.self = self;
  frame.index = index;
  return results;
}

const where = (argument: Run | undefined, focus: Collection, frame: Frame): Collection => {
  if (!argument) return focus;
  const kept = each(argument, focus, frame);
  return focus.filter((_, at) => truth(kept[at]!) === true);
};

/** Of the whole collection. */
const whole =
  (give: (focus: Collection, frame: Frame) => Collection): Make =>
  () =>
    give;
/** Of one string; anything else gives the empty collection. The first argument is worked out beside the call. */
const ofText =
  (give: (text: string, argument: unknown, second: unknown) => unknown): Make =>
  (args) =>
  (focus, frame) => {
    if (focus.length !== 1 || typeof focus[0] !== 'string') return EMPTY;
    const [first, second] = args.map((argument) => argument(frame.self, frame)[0]);
    if (args.length > 0 && first === undefined) return EMPTY;
    const value = give(focus[0], first, second);
    return value === undefined ? EMPTY : [value];
  };

const slice = (from: number, to?: number): Make => whole((focus) => focus.slice(from, to));

/** A pattern is compiled once; one that JavaScript cannot read is left to the library. */
const matches =
  (wrap: (pattern: string) => string): Make =>
  (_, atoms) => {
    const [literal] = atoms;
    if (!(literal instanceof LiteralAtom)) throw new NotCompiled();
    const pattern = regularExpression(wrap(String(literal.value.value)));
    return (focus) => (focus.length === 1 && typeof focus[0] === 'string' ? answer(pattern.test(focus[0])) : EMPTY);
  };

function regularExpression(source: string): RegExp {
  try {
    return new RegExp(source, 's');
  } catch {
    throw new NotCompiled();
  }
}

const allAre = (wanted: boolean) => whole((focus) => answer(focus.every((item) => item === wanted)));
const anyIs = (wanted: boolean) => whole((focus) => answer(focus.some((item) => item === wanted)));
const combined =
  (give: (focus: Collection, other: Collection) => Collection): Make =>
  ([other]) =>
  (focus, frame) =>
    give(focus, other ? other(frame.self, frame) : EMPTY);

function children(item: unknown): unknown[] {
  return isObject(item)
    ? Object.values(item)
        .flat()
        .filter((child) => child !== null && child !== item.resourceType)
    : [];
}

function descendants(focus: Collection, frame: Frame): Collection {
  const found: unknown[] = [];
  const waiting = [...focus];
  while (waiting.length > 0) {
    const below = children(waiting.pop());
    spend(frame, below.length);
    for (const child of below) {
      found.push(child);
      waiting.push(child);
    }
  }
  return found;
}

function toInteger(value: unknown): Collection {
  if (typeof value === 'boolean') return [value ? 1 : 0];
  if (typeof value === 'number') return Number.isInteger(value) ? [value] : EMPTY;
  return typeof value === 'string' && /^[+-]?\d{1,15}$/.test(value) ? [Number(value)] : EMPTY;
}

const referenceOf = (item: unknown) => (isObject(item) ? item.reference : item);

export const FUNCTIONS: Readonly<Record<string, Make>> = {
  // existence
  empty: whole((focus) => answer(focus.length === 0)),
  exists:
    ([criteria]) =>
    (focus, frame) =>
      answer(where(criteria, focus, frame).length > 0),
  all:
    ([criteria]) =>
    (focus, frame) =>
      answer(each(criteria, focus, frame).every((result) => truth(result) === true)),
  allTrue: allAre(true),
  allFalse: allAre(false),
  anyTrue: anyIs(true),
  anyFalse: anyIs(false),
  count: whole((focus) => [focus.length]),
  distinct: whole(distinct),
  isDistinct: whole((focus) => answer(distinct(focus).length === focus.length)),
  subsetOf: combined((focus, other) => answer(areWithin(focus, other))),
  supersetOf: combined((focus, other) => answer(areWithin(other, focus))),
  not: whole((focus) => answer(negated(truth(focus)))),
  hasValue: whole((focus) => answer(focus.length === 1 && !isObject(focus[0]))),
  getValue: whole((focus) => (focus.length === 1 && !isObject(focus[0]) ? focus : EMPTY)),
  // filtering and projection
  where:
    ([criteria]) =>
    (focus, frame) =>
      where(criteria, focus, frame),
  select:
    ([projection]) =>
    (focus, frame) =>
      each(projection, focus, frame).flat(),
  iif:
    ([criterion, then, otherwise]) =>
    (focus, frame) =>
      (truth(criterion!(focus, frame)) === true ? then : otherwise)?.(focus, frame) ?? EMPTY,
  trace: whole((focus) => focus),
  // subsetting and combining
  first: slice(0, 1),
  last: slice(-1),
  tail: slice(1),
  single: whole((focus) => (focus.length === 1 ? focus : EMPTY)),
  skip:
    ([number]) =>
    (focus, frame) =>
      focus.slice(Number(number!(frame.self, frame)[0] ?? 0)),
  take:
    ([number]) =>
    (focus, frame) =>
      focus.slice(0, Number(number!(frame.self, frame)[0] ?? 0)),
  union: combined((focus, other) => distinct([...focus, ...other])),
  combine: combined((focus, other) => [...focus, ...other]),
  intersect: combined((focus, other) => {
    const keys = keysOf(other);
    return distinct(focus.filter((item) => keys.has(keyOf(item))));
  }),
  exclude: combined((focus, other) => {
    const keys = keysOf(other);
    return focus.filter((item) => !keys.has(keyOf(item)));
  }),
  // strings
  startsWith: ofText((text, prefix) => text.startsWith(String(prefix))),
  endsWith: ofText((text, suffix) => text.endsWith(String(suffix))),
  contains: ofText((text, part) => text.includes(String(part))),
  indexOf: ofText((text, part) => text.indexOf(String(part))),
  substring: ofText((text, from, length) => {
    const start = Number(from);
    if (start < 0 || start >= text.length) return undefined;
    return text.slice(start, length === undefined ? undefined : start + Number(length));
  }),
  replace: ofText((text, pattern, by) => text.replaceAll(String(pattern), String(by))),
  length: ofText((text) => text.length),
  upper: ofText((text) => text.toUpperCase()),
  lower: ofText((text) => text.toLowerCase()),
  trim: ofText((text) => text.trim()),
  matches: matches((pattern) => pattern),
  matchesFull: matches((pattern) => `^(?:${pattern})$`),
  toString: whole((focus) => (focus.length === 1 && !isObject(focus[0]) ? [String(focus[0])] : EMPTY)),
  toInteger: whole((focus) => (focus.length === 1 ? toInteger(focus[0]) : EMPTY)),
  // the tree
  children: whole((focus) => focus.flatMap(children)),
  descendants: whole(descendants),
  extension:
    ([url]) =>
    (focus, frame) => {
      const [wanted] = url!(frame.self, frame);
      return step(focus, 'extension').filter((extension) => isObject(extension) && extension.url === wanted);
    },
  // FHIR's own
  resolve: () => (focus, frame) =>
    focus.flatMap((item) => {
      const reference = referenceOf(item);
      const found = typeof reference === 'string' ? frame.around.resolve?.(reference) : undefined;
      return found === undefined ? [] : [found];
    }),
  conformsTo:
    ([profile]) =>
    (focus, frame) => {
      const [url] = profile!(frame.self, frame);
      if (focus.length !== 1 || typeof url !== 'string' || !frame.around.conformsTo) return EMPTY;
      return answer(frame.around.conformsTo(focus[0], url));
    },
  memberOf:
    ([valueSet]) =>
    (focus, frame) => {
      const [url] = valueSet!(frame.self, frame);
      if (focus.length !== 1 || typeof url !== 'string') return EMPTY;
      return answer(frame.around.memberOf?.(focus[0], url));
    },
  htmlChecks: whole((focus) => answer(focus.every((item) => typeof item !== 'string' || !narrativeFault(item)))),
};
