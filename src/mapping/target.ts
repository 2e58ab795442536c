import { issue } from '../errors.ts';
import { Cell, isList, isObject, type Json } from './cell.ts';
import { hint } from './did-you-mean.ts';
import { isKindOf } from './expression/type-test.ts';
import { toPrimitive } from './primitive.ts';
import type { RuleSite, Run } from './run.ts';
import { type Option, openElement, type Shape, type ShapeElement } from './shape.ts';

/** One target of a rule, with what is known of it before a run. */
export interface TargetSite {
  readonly rule: RuleSite;
  readonly listMode: 'first' | 'share' | 'last' | 'single' | undefined;
  readonly listRuleId: string | undefined;
  /** Type to make where the element leaves a choice: of `create`, or of the group the variable is handed to. */
  readonly creates: Shape | undefined;
  /** The element last put through here: a site nearly always meets one type. */
  readonly last: { shape: Shape | undefined; name: string; element: ShapeElement | undefined };
}

export function targetSite(rule: RuleSite, rest: Partial<Omit<TargetSite, 'rule' | 'last'>> = {}): TargetSite {
  const { listMode, listRuleId, creates } = rest;
  return { rule, listMode, listRuleId, creates, last: { shape: undefined, name: '', element: undefined } };
}

function elementAt({ last }: TargetSite, shape: Shape | undefined, name: string): ShapeElement | undefined {
  if (last.shape !== shape || last.name !== name) {
    // below a type no model knows, everything is open
    last.element = shape ? shape.element(name) : openElement(name);
    last.shape = shape;
    last.name = name;
  }
  return last.element;
}

/** A new value of a type, as an object map rules fill. */
export function emptyOf(shape: Shape | undefined): Json {
  return shape?.kind === 'resource' ? { resourceType: shape.name } : {};
}

/**
 * The busiest function of a run, so its five things come one by one and not in an object.
 * Puts `made` (or, if undefined, a new empty element) into an element of `parent`, at the place its list mode asks for.
 * @returns the cell of what now stands there; undefined where it could not be put, which is reported
 */
export function putElement(
  run: Run,
  parent: Cell,
  name: string,
  made: Cell | undefined,
  site: TargetSite,
): Cell | undefined {
  if (!isObject(parent.value)) return putIntoPrimitive(run, parent, name, made, site);
  const element = elementAt(site, parent.shape, name);
  if (!element) {
    const names = parent.shape?.names ?? [];
    run.report(
      issue('MAP-ELEMENT-UNKNOWN', site.rule.place, { type: parent.shape?.name ?? '', name, hint: hint(name, names) }),
    );
    return undefined;
  }
  const { options } = element;
  const option =
    options.length === 1 ? options[0] : chooseOption(run, element, made ? typeOfMade(made) : site.creates?.name);
  if (!option) {
    run.report(issue('MAP-CHOICE', site.rule.place, { element: `${parent.shape?.name}.${name}` }));
    return undefined;
  }
  const cell = made
    ? putValue(run, { owner: parent.value, element, option, parent: parent.shape }, made, site)
    : putEmpty(run, { owner: parent.value, element, option, parent: parent.shape }, site);
  if (cell && made && run.isTracked) traceOf(run, cell, made, site);
  return cell;
}

interface Place {
  readonly owner: Json;
  readonly parent: Shape | undefined;
  readonly element: ShapeElement;
  readonly option: Option;
}

function traceOf(run: Run, { owner, key, value }: Cell, made: Cell, { rule }: TargetSite): void {
  // an object is copied whole, so all below it is read
  if (made.path && isObject(made.value)) run.reads?.add(made.path);
  if (run.trace && owner)
    run.trace.push({ owner, key, value, rule, source: made.path ?? run.item?.path, codeRow: run.codeRow });
}

function typeOfMade({ shape, value }: Cell): string | undefined {
  if (shape) return shape.name;
  if (isObject(value)) return typeof value.resourceType === 'string' ? value.resourceType : undefined;
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  return typeof value;
}

/** What a value of a type may be put as where a choice has no place for the type itself. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  instant: ['dateTime'],
  date: ['dateTime'],
  integer: ['decimal', 'positiveInt', 'unsignedInt'],
  positiveInt: ['integer', 'decimal'],
  unsignedInt: ['integer', 'decimal'],
  string: ['code', 'uri', 'markdown', 'id', 'canonical', 'url'],
};

function chooseOption(run: Run, { options }: ShapeElement, type: string | undefined): Option | undefined {
  if (type === undefined) return undefined;
  const exact = options.find((option) => option.type === type);
  if (exact) return exact;
  const others = INSTEAD[type] ?? ['string'];
  return (
    options.find((option) => isKindOf(type, option.type, run.shapes)) ??
    options.find((option) => others.includes(option.type))
  );
}

function putValue(run: Run, place: Place, made: Cell, site: TargetSite): Cell | undefined {
  const { option, element } = place;
  const value = fit(run, made, option);
  if (value === undefined) {
    const detail = {
      element: `${place.parent?.name ?? ''}.${element.name}`,
      type: option.type || 'value of this place',
    };
    if (made.value !== undefined && made.value !== '') run.report(issue('MAP-VALUE', site.rule.place, detail));
    return undefined;
  }
  const own = option.shape;
  const shape = own?.read ? own : (made.shape ?? own);
  const index = isListHere(place) ? insert(run, place, value, site) : replace(place, value);
  return new Cell(value, shape, place.owner, option.key, index);
}

/** The value in the form its place takes; undefined where it has none. */
function fit(run: Run, made: Cell, option: Option): unknown {
  const { value, shape } = made;
  if (value === undefined || value === null || value === '') return undefined;
  const wanted = option.shape;
  if (wanted?.read) return wanted.read(value);
  if (!wanted || wanted.kind === 'open') return isObject(value) ? copyOf(value) : value;
  if (!isObject(value)) return undefined;
  const type = typeOfMade(made);
  const fits = type !== undefined && (shape?.kind === 'open' || isKindOf(type, wanted.name, run.shapes));
  return fits || shape === wanted ? copyOf(value) : undefined;
}

/** Sources are never shared with targets: what is put into the copy later must not show in the source. */
export function copyOf<T>(value: T): T {
  if (isList(value)) return value.map(copyOf) as T;
  if (!isObject(value)) return value;
  const copy: Json = {};
  for (const key in value) if (key !== '__proto__' && Object.hasOwn(value, key)) copy[key] = copyOf(value[key]);
  return copy as T;
}

/** A type no model knows lists what is given twice. */
function isListHere({ owner, element, option, parent }: Place): boolean {
  if (element.isList) return true;
  if ((parent && parent.kind !== 'open') || owner[option.key] === undefined) return false;
  if (!isList(owner[option.key])) owner[option.key] = [owner[option.key]];
  return true;
}

function replace({ owner, option }: Place, value: unknown): number {
  owner[option.key] = value;
  return -1;
}

function insert(run: Run, { owner, option, element }: Place, value: unknown, site: TargetSite): number {
  owner[option.key] ??= [];
  const list = owner[option.key] as unknown[];
  if (site.listMode === 'first') {
    run.firsts ??= new Set();
    if (run.firsts.has(list))
      run.report(issue('MAP-CARDINALITY', site.rule.place, { element: `first ${element.name}` }));
    run.firsts.add(list);
    list.unshift(value);
    return 0;
  }
  if (site.listMode === 'single' && list.length > 0) {
    list[0] = value;
    return 0;
  }
  if (site.listMode === 'last') {
    run.lasts ??= new Map();
    if (run.lasts.has(list)) run.report(issue('MAP-CARDINALITY', site.rule.place, { element: `last ${element.name}` }));
    run.lasts.set(list, value);
  }
  return list.push(value) - 1;
}

function putEmpty(run: Run, place: Place, site: TargetSite): Cell | undefined {
  const { owner, element, option } = place;
  const existing = reused(run, place, site);
  if (existing) return existing;
  const shape = site.creates ?? option.shape;
  const isPrimitive = shape?.kind === 'primitive';
  const value = isPrimitive ? null : emptyOf(shape);
  const isInList = isListHere(place);
  if (isPrimitive && isInList) run.hasNulls = true;
  const index = isInList ? insert(run, place, value, site) : isPrimitive ? -1 : replace(place, value);
  const cell = new Cell(isPrimitive ? undefined : value, shape, owner, option.key, index);
  if (!isPrimitive) run.made.push({ value: value as Json, shape, owner, key: option.key, rule: site.rule });
  if (site.listMode === 'share') sharedOf(run, owner).set(`${element.name} ${site.listRuleId}`, cell);
  return cell;
}

/** What an earlier rule put there and this one goes on with: the shared one, the single one, or the only one there can be. */
function reused(run: Run, { owner, element, option }: Place, site: TargetSite): Cell | undefined {
  if (site.listMode === 'share') return sharedOf(run, owner).get(`${element.name} ${site.listRuleId}`);
  const there = owner[option.key];
  if (there === undefined) return undefined;
  if (isList(there))
    return site.listMode === 'single'
      ? new Cell(there[0], site.creates ?? option.shape, owner, option.key, 0)
      : undefined;
  return element.isList || option.shape === undefined
    ? undefined
    : new Cell(there, site.creates ?? option.shape, owner, option.key);
}

function sharedOf(run: Run, owner: Json): Map<string, Cell> {
  run.shared ??= new Map();
  let shared = run.shared.get(owner);
  if (!shared) {
    shared = new Map();
    run.shared.set(owner, shared);
  }
  return shared;
}

/** `.value`, `.extension` and `.id` of a primitive that stands (or will stand) in the target. */
function putIntoPrimitive(
  run: Run,
  parent: Cell,
  name: string,
  made: Cell | undefined,
  site: TargetSite,
): Cell | undefined {
  if (name === 'value' && made) return setPrimitive(run, parent, made, site);
  const { owner, key, index } = parent;
  if (owner === undefined || (name !== 'extension' && name !== 'id')) {
    const type = parent.shape?.name ?? 'value';
    run.report(issue('MAP-ELEMENT-UNKNOWN', site.rule.place, { type, name, hint: '' }));
    return undefined;
  }
  const sibling = siblingObject(owner, `_${key}`, index);
  run.hasNulls ||= index >= 0;
  const element = run.shapes.known('Element');
  return putElement(run, new Cell(sibling, element, owner, `_${key}`, index), name, made, site);
}

function siblingObject(owner: Json, key: string, index: number): Json {
  if (index < 0) {
    owner[key] ??= {};
    return owner[key] as Json;
  }
  owner[key] ??= [];
  const list = owner[key] as unknown[];
  while (list.length <= index) list.push(null);
  list[index] ??= {};
  return list[index] as Json;
}

/** Sets the value of a primitive already placed (`tgt = v` in a group for a primitive type). */
export function setPrimitive(run: Run, cell: Cell, made: Cell, site: TargetSite): Cell | undefined {
  const { owner, key, index, shape } = cell;
  const value = toPrimitive(made.value, shape?.name ?? 'string');
  if (value === undefined || owner === undefined) {
    if (made.value !== undefined)
      run.report(issue('MAP-VALUE', site.rule.place, { element: key, type: shape?.name ?? 'value' }));
    return undefined;
  }
  cell.value = value;
  if (index < 0) owner[key] = value;
  else (owner[key] as unknown[])[index] = value;
  if (run.isTracked) traceOf(run, cell, made, site);
  return cell;
}

/** One element on the way down to a target's parent. */
export interface Step {
  readonly step: string;
  readonly site: TargetSite;
}

export function wayTo(steps: readonly string[], rule: RuleSite): readonly Step[] {
  return steps.slice(0, -1).map((step) => ({ step, site: targetSite(rule, { listMode: 'single' }) }));
}

/** Goes down to the parent of the last step, making what is not there. */
export function descend(run: Run, start: Cell | undefined, way: readonly Step[]): Cell | undefined {
  let cell = start;
  for (let index = 0; cell && index < way.length; index++)
    cell = putElement(run, cell, way[index]!.step, undefined, way[index]!.site);
  return cell;
}
