import { capitalised, r4Definitions } from './model.ts';

export type Collection = readonly unknown[];

/** What an expression may ask of its surroundings. */
export interface Surroundings {
  /** `%resource` and `%rootResource`: the resource the value is in, and that one's container if it is contained. */
  readonly resource: unknown;
  readonly rootResource: unknown;
  /** The resource a literal reference means, if it is at hand. */
  readonly resolve?: (reference: string) => unknown;
  readonly conformsTo?: (resource: unknown, profile: string) => boolean;
  readonly memberOf?: (value: unknown, valueSet: string) => boolean | undefined;
  /** Steps that may still be taken; shared by all expressions of one validation, so that none can make it hang. */
  readonly budget?: { left: number };
}

export interface Frame {
  readonly around: Surroundings;
  readonly context: Collection;
  self: Collection;
  index: number;
}

export type Run = (focus: Collection, frame: Frame) => Collection;

export const EMPTY: Collection = [];
export const TRUE: Collection = [true];
export const FALSE: Collection = [false];

/** Thrown while compiling, and caught there: this expression is one for the library. */
export class NotCompiled extends Error {
  override readonly name = 'NotCompiled';
}

/** Thrown when the budget is spent, and caught where the expression was called. */
export class Exhausted extends Error {
  override readonly name = 'Exhausted';
}

export function spend(frame: Frame, steps: number): void {
  const { budget } = frame.around;
  if (!budget) return;
  budget.left -= steps;
  if (budget.left < 0) throw new Exhausted();
}

export function truth(collection: Collection): boolean | undefined {
  if (collection.length !== 1) return undefined;
  return typeof collection[0] === 'boolean' ? collection[0] : true;
}

export const answer = (value: boolean | undefined): Collection => (value === undefined ? EMPTY : value ? TRUE : FALSE);

export const negated = (value: boolean | undefined) => (value === undefined ? undefined : !value);

/** Deeper than this, values are not looked into: no valid resource is, and no recursion may follow an invalid one without end. */
export const DEEPEST = 64;

/** Two items are the same if their keys are; a key is made in time linear in the item. */
export function keyOf(item: unknown): string {
  return isObject(item) ? JSON.stringify(sorted(item, DEEPEST)) : `${typeof item} ${String(item)}`;
}

function sorted(value: unknown, levels: number): unknown {
  if (!isObject(value)) return value;
  if (levels === 0) return null;
  if (Array.isArray(value)) return value.map((each) => sorted(each, levels - 1));
  return Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key], levels - 1)]);
}

export const keysOf = (collection: Collection): ReadonlySet<string> => new Set(collection.map(keyOf));

/** Are all items of one collection in the other? Linear in both. */
export function areWithin(part: Collection, whole: Collection): boolean {
  if (part.length === 1 && !isObject(part[0])) return whole.includes(part[0]);
  const keys = keysOf(whole);
  return part.every((item) => keys.has(keyOf(item)));
}

export function distinct(collection: Collection): unknown[] {
  return [...new Map(collection.map((item) => [keyOf(item), item])).values()];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Property name → type, for every choice element of R4: `value` → `valueQuantity` → `Quantity`. */
const choices = new Map<string, Map<string, string>>();

export function choiceProperties(name: string): ReadonlyMap<string, string> | undefined {
  if (choices.size === 0) {
    for (const definition of r4Definitions())
      for (const { path, type } of definition.differential?.element ?? []) {
        if (!path.endsWith('[x]')) continue;
        const choice = path.slice(path.lastIndexOf('.') + 1, -3);
        const properties = choices.get(choice) ?? new Map<string, string>();
        for (const { code } of type ?? []) properties.set(choice + capitalised(code), code);
        choices.set(choice, properties);
      }
  }
  return choices.get(name);
}

/** One step along an element name; a choice (its `properties` given) is found under its typed name, a primitive without value by its extensions. */
export function step(focus: Collection, name: string, properties?: ReadonlyMap<string, string>): Collection {
  let found: unknown[] | undefined;
  for (const item of focus) {
    const value = below(item, name, properties);
    if (value === undefined || value === null) continue;
    found ??= [];
    if (!Array.isArray(value)) found.push(value);
    else for (const element of value) if (element !== null) found.push(element);
  }
  return found ?? EMPTY;
}

/** Is there anything one step along? As `step`, without collecting it. */
export function isThere(focus: Collection, name: string, properties: ReadonlyMap<string, string> | undefined): boolean {
  return focus.some((item) => {
    const value = below(item, name, properties);
    return Array.isArray(value) ? value.some((each) => each !== null) : value !== undefined && value !== null;
  });
}

function below(item: unknown, name: string, properties: ReadonlyMap<string, string> | undefined): unknown {
  // a primitive is its own `value`, as in FHIR's model
  if (!isObject(item)) return name === 'value' ? item : undefined;
  return item[name] ?? item[`_${name}`] ?? (properties && choiceValue(item, properties));
}

function choiceValue(item: Record<string, unknown>, properties: ReadonlyMap<string, string>): unknown {
  for (const key in item) if (properties.has(key) || (key[0] === '_' && properties.has(key.slice(1)))) return item[key];
  return undefined;
}
