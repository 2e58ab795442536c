import { issue } from '../errors.ts';
import { isList, type Json } from './cell.ts';
import type { Run } from './run.ts';
import type { ShapeElement } from './shape.ts';

/**
 * When all rules have run: items meant to go last do, what was made and never filled is taken away (FHIR has no empty elements), and what is left
 * is checked for its required elements, each missing one an issue at the rule that made its parent.
 */
export function finish(run: Run, root: Json): void {
  for (const [list, item] of run.lasts ?? []) {
    const at = list.indexOf(item);
    if (at >= 0) list.push(...list.splice(at, 1));
  }
  for (let index = run.made.length - 1; index >= 0; index--) {
    const { owner, key, value } = run.made[index]!;
    if (isEmpty(value) && owner) drop(owner, key, value);
  }
  if (run.hasNulls) dropNulls(root);
  for (const { value, shape, rule } of run.made) {
    if (!shape || isEmpty(value)) continue;
    for (const element of shape.required)
      if (!isThere(value, element))
        run.report(issue('MAP-REQUIRED', rule.place, { type: shape.name, element: element.name }));
  }
}

function isEmpty(value: Json): boolean {
  for (const _key in value) return false;
  return true;
}

function isThere(value: Json, { options }: ShapeElement): boolean {
  for (const { key, sibling } of options) if (value[key] !== undefined || value[sibling] !== undefined) return true;
  return false;
}

function drop(owner: Json, key: string, value: unknown): void {
  const there = owner[key];
  if (!isList(there)) {
    if (there === value) delete owner[key];
    return;
  }
  const rest = there.filter((item) => item !== value);
  if (rest.length > 0) owner[key] = rest;
  else delete owner[key];
}

/** A list of primitives keeps a null only where an extension stands beside it (http://hl7.org/fhir/R4/json.html#null). */
function dropNulls(node: unknown): void {
  if (isList(node)) {
    for (const item of node) dropNulls(item);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const object = node as Json;
  for (const key in object) {
    const value = object[key];
    if (isList(value) && value.includes(null) && !key.startsWith('_')) dropNullsOf(object, key, value);
    else if (typeof value === 'object') dropNulls(value);
  }
}

function dropNullsOf(object: Json, key: string, values: readonly unknown[]): void {
  const beside = object[`_${key}`];
  const siblings = isList(beside) ? beside : [];
  const kept = values.map((_value, index) => index).filter((index) => values[index] !== null || siblings[index]);
  if (kept.length > 0) object[key] = kept.map((index) => values[index]);
  else delete object[key];
  if (siblings.length > 0) object[`_${key}`] = kept.map((index) => siblings[index] ?? null);
}
