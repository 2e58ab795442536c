import type { Cell } from '../cell.ts';
import { isObject, shapeOfResource } from '../cell.ts';
import type { Shape, Shapes } from '../shape.ts';

/** FHIRPath's System types and the FHIR primitives that are one. */
const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  String: ['string', 'code', 'id', 'markdown', 'uri', 'url', 'canonical', 'oid', 'uuid', 'base64Binary', 'xhtml'],
  Boolean: ['boolean'],
  Integer: ['integer', 'positiveInt', 'unsignedInt', 'integer64'],
  Decimal: ['decimal'],
  Date: ['date'],
  DateTime: ['dateTime', 'instant'],
  Time: ['time'],
  Quantity: ['Quantity'],
};

/** The name of the type of a value: of its shape, its resourceType, or the FHIR primitive its JSON form is. */
export function typeName(cell: Cell, shapes: Shapes): string | undefined {
  if (cell.shape) return cell.shape.name;
  const { value } = cell;
  if (isObject(value)) return shapeOfResource(value, shapes)?.name;
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  return typeof value === 'undefined' ? undefined : typeof value;
}

/** Whether a value is of a type or of one derived from it. `type` may carry `FHIR.` or `System.`. */
export function isOfType(cell: Cell, type: string, shapes: Shapes): boolean {
  const own = typeName(cell, shapes);
  if (own === undefined) return false;
  const wanted = type.replace(/^(FHIR|System)\./, '');
  if (Object.hasOwn(SYSTEM, wanted) && SYSTEM[wanted]!.includes(own)) return true;
  return isKindOf(own, wanted, shapes);
}

/** Whether type `own` is `wanted` or derived from it. */
export function isKindOf(own: string, wanted: string, shapes: Shapes): boolean {
  let name: string | undefined = own;
  for (let depth = 0; name !== undefined && depth < 20; depth++) {
    if (name === wanted) return true;
    name = shapes.model.type(name)?.base;
  }
  return shapes.model.type(wanted)?.name === own;
}

const DATE_TYPES: ReadonlySet<string> = new Set(['date', 'dateTime', 'instant', 'time']);

export const isDateShape = (shape: Shape | undefined) => shape !== undefined && DATE_TYPES.has(shape.name);
