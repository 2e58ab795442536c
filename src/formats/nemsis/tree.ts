import type { SourceTree } from '../format.ts';
import type { XmlElement } from '../xml/parse.ts';
import { elementsOf, textOf } from '../xml/parse.ts';

/** Why a value is not there: NOT value (`NV`), pertinent negative (`PN`), or `xsi:nil` alone. */
const ABSENCE = ['NV', 'PN', 'nil'] as const;

type Node = string | Branch;
interface Branch {
  [name: string]: Node | Node[] | undefined;
}

/** Names in trees have no dots: `eVitals.06` is `eVitals_06`. */
export const treeName = (name: string) => name.replace(/[^A-Za-z0-9]/g, '_');

/** Leaves that mean nothing without their attributes: objects `{ value, PN, CodeType … }`, whether they have any or not. */
const WITH_ATTRIBUTES = new Set([
  'eMedications.03',
  'eMedications.05',
  'eProcedures.03',
  'eVitals.16',
  'ePatient.05',
  'ePatient.18',
  'eSituation.11',
  'eSituation.12',
]);

/** What may stand twice and say the same: their position among their like is their only name. */
const POSITIONED = new Set([
  'eVitals.VitalGroup',
  'eMedications.MedicationGroup',
  'eProcedures.ProcedureGroup',
  'eSituation.11',
  'eSituation.12',
]);

/**
 * An element of a patient care report as plain objects. A leaf is its text, absent where it is nil; its attributes stand beside it
 * (`eVitals_12_PN` for a pertinent negative, `eTimes_14_NV` for a NOT value), but for those in {@link WITH_ATTRIBUTES}. Elements that repeat
 * become lists; those of {@link POSITIONED} say their `position`.
 */
export function branchOf(element: XmlElement): SourceTree {
  const out: Branch = withoutNil(element);
  const seen = new Map<string, number>();
  for (const child of elementsOf(element)) {
    const position = (seen.get(child.name) ?? 0) + 1;
    seen.set(child.name, position);
    const place: Branch = POSITIONED.has(child.name) ? { position: String(position) } : {};
    if (elementsOf(child).length > 0) append(out, treeName(child.name), { ...(branchOf(child) as Branch), ...place });
    else if (WITH_ATTRIBUTES.has(child.name)) addLeaf(out, child, place);
    else addText(out, child);
  }
  return out;
}

function withoutNil(element: XmlElement): Record<string, string> {
  const { nil: _, ...attributes } = element.attributes;
  return attributes;
}

function addLeaf(out: Branch, element: XmlElement, place: Branch): void {
  const value = textOf(element).trim();
  const attributes = withoutNil(element);
  if (!value && Object.keys(attributes).length === 0) return;
  append(out, treeName(element.name), { ...attributes, ...(value && { value }), ...place });
}

function addText(out: Branch, element: XmlElement): void {
  const name = treeName(element.name);
  const text = textOf(element).trim();
  if (text) append(out, name, text);
  for (const [attribute, value] of Object.entries(withoutNil(element))) append(out, `${name}_${attribute}`, value);
}

function append(out: Branch, name: string, node: Node): void {
  const before = out[name];
  if (before === undefined) out[name] = node;
  else if (Array.isArray(before)) before.push(node);
  else out[name] = [before, node];
}

export function isAbsent(element: XmlElement): boolean {
  return ABSENCE.some((name) => element.attributes[name] !== undefined);
}
