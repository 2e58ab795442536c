import { createRequire } from 'node:module';
import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';
import { withoutVersion } from './model.ts';

/** Value sets as far as they can be expanded from known code systems. */
export interface Terminology {
  /** Is the code in the value set? Without a system, in any of its systems. Undefined: cannot be told from what is known here. */
  contains(valueSet: string, system: string | undefined, code: string): boolean | undefined;
  /** Every code by system; undefined if the value set is not known or not expandable. */
  expansion(valueSet: string): Expansion | undefined;
}

/** Codes by system; `open` means more codes than those listed belong to it, of the systems in `openSystems` ('' = any). */
export interface Expansion {
  readonly codes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly openSystems: ReadonlySet<string>;
}

/** What a code system that is not complete does not list may still be one of its codes. */
const INCOMPLETE: ReadonlySet<string | undefined> = new Set(['fragment', 'example', 'not-present', 'supplement']);

/** A value set may include others; this deep at most, so that a circle ends. */
const DEEPEST_INCLUDE = 16;

export function buildTerminology(valueSets: readonly ValueSet[], codeSystems: readonly CodeSystem[]): Terminology {
  const systems = new Map(codeSystems.map((system) => [system.url!, system]));
  const sets = new Map(valueSets.map((set) => [set.url!, set]));
  const expansions = new Map<string, Expansion | undefined>();

  function expansion(canonical: string, depth = 0): Expansion | undefined {
    const url = withoutVersion(canonical);
    if (expansions.has(url)) return expansions.get(url);
    const set = sets.get(url);
    const made = set && depth < DEEPEST_INCLUDE ? expand(set, depth) : undefined;
    expansions.set(url, made);
    return made;
  }

  function expand(set: ValueSet, depth: number): Expansion {
    const total = new Growing();
    if (!set.compose && set.expansion) listExpansion(set, total);
    for (const include of set.compose?.include ?? []) total.add(partOf(include, depth));
    for (const exclude of set.compose?.exclude ?? []) total.remove(partOf(exclude, depth));
    return total;
  }

  function partOf(include: ValueSetComposeInclude, depth: number): Expansion {
    const parts = (include.valueSet ?? []).map((url) => expansion(url, depth + 1) ?? open(include.system ?? ''));
    if (include.system) parts.push(ofSystem(include, include.system));
    return parts.reduce(intersection);
  }

  function ofSystem(include: ValueSetComposeInclude, system: string): Expansion {
    if (include.concept)
      return listed(
        system,
        include.concept.map((concept) => concept.code!),
      );
    const known = systems.get(system);
    const concepts = known?.concept;
    if (!concepts || INCOMPLETE.has(known.content)) return open(system);
    let codes: CodeSystemConcept[] | undefined = flat(concepts);
    for (const filter of include.filter ?? []) codes = codes && filtered(codes, concepts, filter);
    return codes
      ? listed(
          system,
          codes.map((concept) => concept.code!),
        )
      : open(system);
  }

  return {
    expansion: (valueSet) => expansion(valueSet),
    contains(valueSet, system, code) {
      const known = expansion(valueSet);
      if (!known) return undefined;
      if (
        system !== undefined
          ? known.codes.get(system)?.has(code)
          : [...known.codes.values()].some((codes) => codes.has(code))
      )
        return true;
      const isOpen =
        known.openSystems.has('') ||
        (system === undefined ? known.openSystems.size > 0 : known.openSystems.has(system));
      return isOpen ? undefined : false;
    },
  };
}

class Growing implements Expansion {
  readonly codes = new Map<string, Set<string>>();
  readonly openSystems = new Set<string>();

  add(part: Expansion): void {
    for (const [system, codes] of part.codes) {
      const known = this.codes.get(system) ?? new Set();
      for (const code of codes) known.add(code);
      this.codes.set(system, known);
    }
    for (const system of part.openSystems) this.openSystems.add(system);
  }

  remove(part: Expansion): void {
    for (const [system, codes] of part.codes) for (const code of codes) this.codes.get(system)?.delete(code);
  }
}

const open = (system: string): Expansion => ({ codes: new Map(), openSystems: new Set([system]) });
const listed = (system: string, codes: readonly string[]): Expansion => ({
  codes: new Map([[system, new Set(codes)]]),
  openSystems: new Set(),
});

/** `include` with several sources means codes in all of them. */
function intersection(left: Expansion, right: Expansion): Expansion {
  if (left.openSystems.size > 0) return right;
  if (right.openSystems.size > 0) return left;
  const codes = [...left.codes].map(
    ([system, own]) => [system, new Set([...own].filter((code) => right.codes.get(system)?.has(code)))] as const,
  );
  return { codes: new Map(codes), openSystems: new Set() };
}

function flat(concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] {
  return concepts.flatMap((concept) => [concept, ...flat(concept.concept ?? [])]);
}

/** The filters that can be answered from the hierarchy alone; undefined for any other. */
function filtered(
  codes: CodeSystemConcept[],
  tree: readonly CodeSystemConcept[],
  { property, op, value }: { property?: string; op?: string; value?: string },
): CodeSystemConcept[] | undefined {
  const root = flat(tree).find((concept) => concept.code === value);
  if (property !== 'concept' || !root) return undefined;
  const below = new Set(flat(root.concept ?? []));
  if (op === 'is-a') return codes.filter((concept) => concept === root || below.has(concept));
  if (op === 'descendent-of') return codes.filter((concept) => below.has(concept));
  if (op === 'is-not-a') return codes.filter((concept) => concept !== root && !below.has(concept));
  return undefined;
}

function listExpansion(set: ValueSet, total: Growing): void {
  if (!set.expansion?.contains) total.add(open(''));
  for (const { system, code } of set.expansion?.contains ?? []) if (system && code) total.add(listed(system, [code]));
}

/** The code systems and value sets of FHIR R4 itself that can be expanded (`r4/terminology.json`, made by `npm run make:r4`). */
export function r4Terminology(): {
  readonly valueSets: readonly ValueSet[];
  readonly codeSystems: readonly CodeSystem[];
} {
  const all = createRequire(import.meta.url)('./r4/terminology.json') as readonly (ValueSet | CodeSystem)[];
  return {
    valueSets: all.filter((resource) => resource.resourceType === 'ValueSet'),
    codeSystems: all.filter((resource) => resource.resourceType === 'CodeSystem'),
  };
}
