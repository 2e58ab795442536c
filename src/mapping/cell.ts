import type { Shape, ShapeElement, Shapes } from './shape.ts';
import type { SourcePath } from './source-path.ts';

export type Json = Record<string, unknown>;

/**
 * A value at hand while a map runs, with its type where one is known, the place it stands in (so that a primitive's `_name` sibling can be reached
 * and a target primitive can be set later), and its path in the source when coverage or trace ask for it.
 */
export class Cell {
  value: unknown;
  readonly shape: Shape | undefined;
  readonly owner: Json | undefined;
  readonly key: string;
  /** Position in the list it stands in; -1: not in a list. */
  readonly index: number;
  readonly path: SourcePath | undefined;

  constructor(value: unknown, shape?: Shape, owner?: Json, key = '', index = -1, path?: SourcePath) {
    this.value = value;
    this.shape = shape;
    this.owner = owner;
    this.key = key;
    this.index = index;
    this.path = path;
  }
}

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
export const isList = Array.isArray as (value: unknown) => value is readonly unknown[];

export const NOTHING: readonly Cell[] = [];

/** Hears which leaves of the source were looked at. */
export interface Reads {
  add(path: SourcePath): unknown;
}

/** What navigation needs to know of a run. */
export interface Navigation {
  readonly shapes: Shapes;
  readonly reads: Reads | undefined;
}

/**
 * The children of `cell` named `name`, whatever the source: FHIR JSON (choices answer to their plain name, `.value` of a primitive is itself,
 * `extension` and `id` of a primitive come from its `_name` sibling) or a message tree.
 */
export function children(cell: Cell, name: string, navigation: Navigation): readonly Cell[] {
  const { value } = cell;
  if (!isObject(value))
    return value === undefined || value === null
      ? siblingOf(cell, name, navigation)
      : ofPrimitive(cell, name, navigation);
  const shape = cell.shape ?? shapeOfResource(value, navigation.shapes);
  const element = shape?.element(name);
  if (!element || (element.options.length === 1 && element.options[0]!.key === name))
    return read(cell, name, element?.options[0]?.shape, navigation);
  return ofChoice(cell, element, navigation);
}

/** The children of each of several cells. */
export function childrenOf(cells: readonly Cell[], name: string, navigation: Navigation): readonly Cell[] {
  if (cells.length === 1) return children(cells[0]!, name, navigation);
  if (cells.length === 0) return NOTHING;
  const all: Cell[] = [];
  for (const cell of cells) for (const child of children(cell, name, navigation)) all.push(child);
  return all;
}

export function shapeOfResource(value: Json, shapes: Shapes): Shape | undefined {
  const { resourceType } = value;
  return typeof resourceType === 'string' ? shapes.resource(resourceType) : undefined;
}

function ofChoice(cell: Cell, element: ShapeElement, navigation: Navigation): readonly Cell[] {
  const value = cell.value as Json;
  for (const { key, sibling, shape } of element.options)
    if (value[key] !== undefined || value[sibling] !== undefined) return read(cell, key, shape, navigation);
  return NOTHING;
}

function ofPrimitive(cell: Cell, name: string, navigation: Navigation): readonly Cell[] {
  return name === 'value' ? [cell] : siblingOf(cell, name, navigation);
}

function siblingOf({ owner, key, index }: Cell, name: string, { shapes }: Navigation): readonly Cell[] {
  const beside = owner?.[`_${key}`];
  const sibling = isList(beside) ? beside[index] : beside;
  if (!isObject(sibling) || !Object.hasOwn(sibling, name)) return NOTHING;
  const found = sibling[name];
  const shape = shapes.known(name === 'extension' ? 'Extension' : 'string');
  return (isList(found) ? found : [found]).map((item, at) => new Cell(item, shape, sibling, name, at));
}

/** Names come from maps, so an inherited one (`constructor`) is a slip there, not an attack; its value is a function and counts as nothing. */
function read(cell: Cell, key: string, shape: Shape | undefined, navigation: Navigation): readonly Cell[] {
  const owner = cell.value as Json;
  const found = owner[key];
  if (found === undefined || found === null || typeof found === 'function') {
    // a FHIR primitive may have extensions and no value
    const isBare = shape?.kind === 'primitive' && isObject(owner[`_${key}`]) && !isList(owner[`_${key}`]);
    return isBare ? [new Cell(undefined, shape, owner, key, -1, cell.path?.child(key, -1))] : NOTHING;
  }
  const place = { owner, key, shape, path: cell.path };
  if (!isList(found)) return [one(found, -1, place, navigation)];
  const cells: Cell[] = [];
  for (let index = 0; index < found.length; index++) {
    const item = found[index];
    if (item !== null && item !== undefined) cells.push(one(item, index, place, navigation));
  }
  return cells;
}

interface Place {
  readonly owner: Json;
  readonly key: string;
  readonly shape: Shape | undefined;
  readonly path: SourcePath | undefined;
}

function one(value: unknown, index: number, { owner, key, shape, path }: Place, navigation: Navigation): Cell {
  if (!isObject(value)) {
    if (!path) return new Cell(value, shape, owner, key, index);
    const own = path.child(key, index);
    navigation.reads?.add(own);
    return new Cell(value, shape, owner, key, index, own);
  }
  const own = shape ? (shapeOfResource(value, navigation.shapes) ?? shape) : undefined;
  return new Cell(value, own, owner, key, index, path?.child(key, index));
}
