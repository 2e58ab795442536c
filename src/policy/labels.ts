import { createRequire } from 'node:module';
import type { Coding, ValueSet } from '@medplum/fhirtypes';

/** Confidentiality of HL7 v3, from open to very restricted; every other label is about sensitivity. */
export const CONFIDENTIALITY = ['N', 'R', 'V'] as const;
export const CONFIDENTIALITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
export const SENSITIVITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** The value sets in `profiles/policy/`: codes that make content sensitive. */
const SETS = [
  'psychiatry',
  'substance-use',
  'violence',
  'hiv',
  'sexual-health',
  'sexually-transmitted',
  'genetic',
] as const;

interface Pattern {
  readonly label: string;
  readonly matches: RegExp;
}

/** Code systems a value set speaks about. A code of another system says nothing on sensitivity. */
function patternsOf(sets: readonly ValueSet[]): Map<string, Pattern[]> {
  const found = new Map<string, Pattern[]>();
  for (const set of sets) {
    const label = set.identifier?.find(({ system }) => system === SENSITIVITY_SYSTEM)?.value;
    for (const { system, filter } of set.compose?.include ?? []) {
      const patterns = (filter ?? []).map(({ value }) => ({ label: label!, matches: new RegExp(`^(${value})$`, 'i') }));
      found.set(system!, [...(found.get(system!) ?? []), ...patterns]);
    }
  }
  return found;
}

const load = createRequire(import.meta.url);
const PATTERNS = patternsOf(SETS.map((name) => load(`../../profiles/policy/ValueSet-sensitivity-${name}.json`)));
/** Systems whose codes are not sensitive by themselves, so that content coded in them is classified. */
const PLAIN = new Set(['http://loinc.org', 'urn:oid:1.2.208.176.2.1', 'urn:iso:std:iso:11073:10101']);

/** Sensitivity labels of one code; undefined where its system says nothing on sensitivity. */
export function labelsOfCode({ system = '', code }: Coding): readonly string[] | undefined {
  if (PLAIN.has(system)) return [];
  const patterns = PATTERNS.get(system);
  if (!patterns || code === undefined) return undefined;
  return patterns.filter(({ matches }) => matches.test(code)).map(({ label }) => label);
}

/** Every label the hub knows: confidentiality, sensitivity by code, and those only senders and places give. */
export const LABELS: ReadonlySet<string> = new Set([
  ...CONFIDENTIALITY,
  ...[...PATTERNS.values()].flat().map(({ label }) => label),
  'ETHUD',
  'OPIOIDUD',
  'SUD',
  'MH',
  'NAB',
]);

export function isConfidentiality(label: string): boolean {
  return (CONFIDENTIALITY as readonly string[]).includes(label);
}

/** The most restricted confidentiality among labels; sensitive content is at least R, content without labels N. */
export function highest(labels: Iterable<string>): string {
  const all = [...labels];
  const level = Math.max(
    ...all.map((label) => (isConfidentiality(label) ? CONFIDENTIALITY.indexOf(label as 'N') : 1)),
    0,
  );
  return CONFIDENTIALITY[level]!;
}

/** Labels as `meta.security`: the confidentiality, then those sensitivity labels that are kept. */
export function securityOf(labels: readonly string[], kept: readonly string[]): Coding[] {
  const sensitive = labels.filter((label) => !isConfidentiality(label) && kept.includes(label)).sort();
  return [
    { system: CONFIDENTIALITY_SYSTEM, code: highest(labels) },
    ...sensitive.map((code) => ({ system: SENSITIVITY_SYSTEM, code })),
  ];
}
