import type { Coding, Resource } from '@medplum/fhirtypes';
import { rowOf } from './categories.ts';
import { isRecord } from './flow.ts';
import { isConfidentiality, labelsOfCode } from './labels.ts';

export interface ClassifyContext {
  /** Key of the unit the content comes from. */
  readonly sourceUnit?: string;
  /** Labels all content of a unit carries (`PSY` of a psychiatric ward): `labelsOfUnit` of the rule set. */
  readonly labelsOfUnit?: (unit: string) => readonly string[];
}

export interface Classification {
  readonly category: string;
  /** Confidentiality first, then sensitivity; empty = not classified, which is not the same as N. */
  readonly labels: string[];
}

const DEEPEST = 32;

/** Every coding in a resource, contained ones included; `meta` is left out, as its codings are labels. */
function codingsIn(value: unknown, depth = 0): Coding[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((inner) => codingsIn(inner, depth + 1));
  if (!isRecord(value)) return [];
  const own = typeof value.code === 'string' && typeof value.system === 'string' ? [value as Coding] : [];
  const inner = Object.entries(value).filter(([name]) => name !== 'meta');
  return [...own, ...inner.flatMap(([, child]) => codingsIn(child, depth + 1))];
}

/** Labels content already carries from its sender; they are never taken away here. */
function labelsBefore(resource: Resource): string[] {
  return (resource.meta?.security ?? []).flatMap(({ code }) => code ?? []);
}

/**
 * Category and security labels of a resource as it is converted. The source department speaks first, then codes (value sets in `profiles/policy/`), then
 * labels the sender set; labels only add up. What none of them can judge stays without labels and does not leave.
 */
export function classify(resource: Resource, { sourceUnit, labelsOfUnit }: ClassifyContext): Classification {
  const { category, judged } = rowOf(resource);
  const bySource = sourceUnit === undefined ? [] : (labelsOfUnit?.(sourceUnit) ?? []);
  const byCode = codingsIn(resource).flatMap((coding) => labelsOfCode(coding) ?? []);
  const before = labelsBefore(resource);
  const told = [...bySource, ...byCode, ...before];
  const isKnown = judged === 'plain' || sourceUnit !== undefined || before.length > 0;
  if (!isKnown && !(judged === 'coded' && codingsIn(resource).some((coding) => labelsOfCode(coding)))) {
    return { category, labels: byCode.length > 0 ? sorted(byCode) : [] };
  }
  return { category, labels: sorted(told) };
}

function sorted(told: readonly string[]): string[] {
  const sensitive = [...new Set(told.filter((label) => !isConfidentiality(label)))].sort();
  const level = told.includes('V') ? 'V' : told.includes('R') || sensitive.length > 0 ? 'R' : 'N';
  return [level, ...sensitive];
}
