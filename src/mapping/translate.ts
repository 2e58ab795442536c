import { Cell, isObject } from './cell.ts';
import type { CodeMap, CodeMaps, TargetCode } from './concept-map.ts';
import { lookUp, lookUpUnmapped } from './concept-map.ts';
import type { RuleSite, Run } from './run.ts';

/** A code as it came, with its system where that is known. */
interface LocalCode {
  readonly system: string | undefined;
  readonly code: string;
  readonly display: string | undefined;
}

/** What `translate` is asked for: the code alone, its system, its display, a Coding or a CodeableConcept. */
export type TranslateOutput = 'code' | 'system' | 'display' | 'Coding' | 'CodeableConcept';

const OUTPUTS: Readonly<Record<string, TranslateOutput>> = {
  code: 'code',
  system: 'system',
  display: 'display',
  coding: 'Coding',
  codeableconcept: 'CodeableConcept',
};

export function translateOutput(word: string): TranslateOutput | undefined {
  return OUTPUTS[word.toLowerCase()];
}

/** How far `other-map` may lead on. */
const MOST_MAPS = 8;

export interface Translation {
  readonly maps: CodeMaps;
  readonly map: CodeMap;
  readonly output: TranslateOutput;
  readonly rule: RuleSite;
}

/**
 * Translates a code by a ConceptMap; the sender's own rows win over the common ones. A code without a row is reported once a run
 * (`Transformed.unmapped`), and keeps its local coding where a Coding or CodeableConcept was asked for.
 * @param cell a code, a Coding or a CodeableConcept
 */
export function translate(run: Run, cell: Cell, { maps, map, output, rule }: Translation): Cell | undefined {
  run.codeRow = undefined;
  const codes = codesOf(cell.value);
  for (const local of codes) {
    const targets = search(run, local, { maps, map });
    if (targets) return answer(run, { targets, local: withSystem(local, map), output });
  }
  const [first] = codes;
  if (!first) return undefined;
  const local = withSystem(first, map);
  reportUnmapped(run, local, map, rule);
  return answer(run, { targets: [], local, output });
}

function codesOf(value: unknown): LocalCode[] {
  if (typeof value === 'string' || typeof value === 'number')
    return [{ system: undefined, code: String(value), display: undefined }];
  if (!isObject(value)) return [];
  if (Array.isArray(value.coding)) return value.coding.slice(0, 20).flatMap(codesOf);
  if (typeof value.code !== 'string') return [];
  const text = (item: unknown) => (typeof item === 'string' ? item : undefined);
  return [{ system: text(value.system), code: value.code, display: text(value.display) }];
}

/** A bare code is of the one source system its map has. */
function withSystem(local: LocalCode, map: CodeMap): LocalCode {
  const systems = new Set(map.groups.map((group) => group.source).filter((system) => system !== undefined));
  return local.system === undefined && systems.size === 1 ? { ...local, system: [...systems][0]! } : local;
}

/** The target codes; an empty list: known to have none; undefined: no row anywhere. */
function search(
  run: Run,
  { code, system }: LocalCode,
  { maps, map }: Pick<Translation, 'maps' | 'map'>,
): readonly TargetCode[] | undefined {
  let current: CodeMap | undefined = map;
  for (let hops = 0; current && hops < MOST_MAPS; hops++) {
    const own = run.sender === undefined ? undefined : maps.ofSender(current, run.sender);
    for (const candidate of own ? [own, current] : [current]) {
      const found = lookUp(candidate, code, system);
      if (found.found) return found.targets;
    }
    const instead = lookUpUnmapped(current, code, system);
    if (!instead) return undefined;
    if (!('mode' in instead)) return [instead];
    current = instead.mode === 'other-map' ? maps.find(instead.url) : undefined;
  }
  return undefined;
}

function reportUnmapped(run: Run, { code, system, display }: LocalCode, map: CodeMap, rule: RuleSite): void {
  const conceptMap = map.url || map.file;
  if (run.unmapped.some((other) => other.conceptMap === conceptMap && other.code === code && other.system === system))
    return;
  run.unmapped.push({
    conceptMap,
    ...(system !== undefined && { system }),
    code,
    ...(display !== undefined && { display }),
    policy: map.policy,
    place: rule.place,
  });
}

interface Answer {
  readonly targets: readonly TargetCode[];
  readonly local: LocalCode;
  readonly output: TranslateOutput;
}

function answer(run: Run, { targets, local, output }: Answer): Cell | undefined {
  const [best] = targets;
  run.codeRow = best?.row;
  const shape = (name: string) => run.shapes.known(name);
  if (output === 'CodeableConcept') return new Cell(concept(targets, local), shape('CodeableConcept'));
  if (output === 'Coding') return new Cell(best ? coding(best) : coding(local), shape('Coding'));
  if (!best) return undefined;
  const value = best[output];
  return value === undefined
    ? undefined
    : new Cell(value, shape(output === 'system' ? 'uri' : output === 'code' ? 'code' : 'string'));
}

function coding({ system, code, display }: LocalCode): Record<string, string> {
  return { ...(system !== undefined && { system }), code, ...(display !== undefined && { display }) };
}

/** Mapped codings first, the local one beside them; a local code without a system is kept as text. */
function concept(targets: readonly TargetCode[], local: LocalCode): Record<string, unknown> {
  const codings = targets.map(coding);
  const isNew = !targets.some(({ code, system }) => code === local.code && system === local.system);
  if (local.system !== undefined && isNew) codings.push(coding(local));
  const text = local.display ?? (codings.length === 0 ? local.code : undefined);
  return { ...(codings.length > 0 && { coding: codings }), ...(text !== undefined && { text }) };
}
