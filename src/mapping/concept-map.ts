import { parse } from 'csv-parse/sync';
import type { Issue, Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';
import type { ConceptMapBlock, Relation } from './ast.ts';

/** What a code of one system is in another. */
export interface TargetCode {
  readonly system: string | undefined;
  readonly code: string;
  readonly display: string | undefined;
  /** R4 equivalence: `equivalent`, `wider` ... */
  readonly equivalence: string;
  /** Where it says so: `hl7v2/gender.csv:4`, `hl7v2/gender.json#group[0].element[3]`. */
  readonly row: string;
}

export interface ConceptGroup {
  readonly source: string | undefined;
  readonly target: string | undefined;
  /** By source code; an empty list: known to have no counterpart. */
  readonly rows: ReadonlyMap<string, readonly TargetCode[]>;
  readonly unmapped: Unmapped | undefined;
}

/** What a code without a row becomes (http://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.unmapped). */
export type Unmapped =
  | { readonly mode: 'provided' }
  | { readonly mode: 'fixed'; readonly code: string; readonly display: string | undefined }
  | { readonly mode: 'other-map'; readonly url: string };

export interface CodeMap {
  /** File, or map and block: `hl7v2/gender.csv`. */
  readonly file: string;
  readonly url: string;
  /** What happens to a message with a code that has no row: it waits for one, or goes on with its local code. */
  readonly policy: 'wait' | 'continue';
  readonly groups: readonly ConceptGroup[];
}

/** Extension of a ConceptMap: `wait` or `continue`; a CSV map says it as `#when-unmapped,wait`. */
export const WHEN_UNMAPPED = 'https://samspil.dk/fhir/StructureDefinition/when-unmapped';

/** R4 equivalence and R5 relationship of each operator of a `conceptmap` block. */
export const RELATIONS: Readonly<Record<Relation, { equivalence: string; relationship: string }>> = {
  '-': { equivalence: 'relatedto', relationship: 'related-to' },
  '=': { equivalence: 'equal', relationship: 'equivalent' },
  '==': { equivalence: 'equivalent', relationship: 'equivalent' },
  '!=': { equivalence: 'disjoint', relationship: 'not-related-to' },
  '<=': { equivalence: 'wider', relationship: 'source-is-narrower-than-target' },
  '>=': { equivalence: 'narrower', relationship: 'source-is-broader-than-target' },
  '<-': { equivalence: 'subsumes', relationship: 'source-is-narrower-than-target' },
  '>-': { equivalence: 'specializes', relationship: 'source-is-broader-than-target' },
  '~': { equivalence: 'inexact', relationship: 'related-to' },
};

const R5_TO_R4: Readonly<Record<string, string>> = {
  'related-to': 'relatedto',
  equivalent: 'equivalent',
  'source-is-narrower-than-target': 'wider',
  'source-is-broader-than-target': 'narrower',
  'not-related-to': 'disjoint',
};
const NO_COUNTERPART: ReadonlySet<string> = new Set(['unmatched', 'disjoint']);

/** Reads a ConceptMap file: `.csv`, else JSON (R4 or R5 form). Never throws. */
export function readConceptMap(file: string, text: string): Result<CodeMap> {
  return file.endsWith('.csv') ? readCsv(file, text) : readJson(file, text);
}

function add(rows: Map<string, TargetCode[]>, code: string, target: TargetCode | undefined): void {
  const list = rows.get(code) ?? [];
  rows.set(code, list);
  if (target && !NO_COUNTERPART.has(target.equivalence)) list.push(target);
}

// --- CSV -------------------------------------------------------------------------------------------------------------

const COLUMNS = ['source-system', 'source-code', 'equivalence', 'target-system', 'target-code', 'target-display'];

/**
 * Lines `#url,<canonical>`, `#when-unmapped,wait|continue` and `#unmapped,provided` or `#unmapped,fixed,<code>`, then a header row with at least
 * `source-code` and `target-code`, then one row a code.
 */
function readCsv(file: string, text: string): Result<CodeMap> {
  let records: string[][];
  try {
    records = parse(text, { relax_column_count: true, skip_empty_lines: true, bom: true, trim: true });
  } catch (thrown) {
    const { lines } = thrown as { lines?: number };
    return refused(issue('MAP-CODES', `${file}:${lines ?? 1}`, { expected: 'CSV with quotes that close' }));
  }
  const settings = new Map(records.filter(([first]) => first?.startsWith('#')).map(([key, ...rest]) => [key!, rest]));
  const table = records.filter(([first]) => !first?.startsWith('#'));
  const header = table[0]?.map((name) => name.toLowerCase().replace(/[_ ]/g, '-')) ?? [];
  if (!header.includes('source-code') || !header.includes('target-code'))
    return refused(issue('MAP-CODES', `${file}:1`, { expected: `a header row of ${COLUMNS.join(', ')}` }));
  return done(csvMap(file, settings, { header, records: table.slice(1), skipped: records.length - table.length + 1 }));
}

interface CsvTable {
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
  readonly skipped: number;
}

function csvMap(file: string, settings: ReadonlyMap<string, string[]>, table: CsvTable): CodeMap {
  const groups = new Map<string, { source?: string; target?: string; rows: Map<string, TargetCode[]> }>();
  for (const [index, record] of table.records.entries()) {
    const cell = (name: string) => record[table.header.indexOf(name)] || undefined;
    const [source, target, code] = [cell('source-system'), cell('target-system'), cell('source-code')];
    if (code === undefined) continue;
    const key = `${source}|${target}`;
    const group = groups.get(key) ?? { ...(source && { source }), ...(target && { target }), rows: new Map() };
    groups.set(key, group);
    const targetCode = cell('target-code');
    const made = targetCode && {
      system: target,
      code: targetCode,
      display: cell('target-display'),
      equivalence: cell('equivalence') ?? 'equivalent',
      row: `${file}:${index + 1 + table.skipped}`,
    };
    add(group.rows, code, made || undefined);
  }
  const unmapped = csvUnmapped(settings.get('#unmapped'));
  return {
    file,
    url: settings.get('#url')?.[0] ?? '',
    policy: settings.get('#when-unmapped')?.[0] === 'wait' ? 'wait' : 'continue',
    groups: [...groups.values()].map(({ source, target, rows }) => ({ source, target, rows, unmapped })),
  };
}

function csvUnmapped([mode, code, display]: readonly string[] = []): Unmapped | undefined {
  if (mode === 'provided') return { mode };
  if (mode === 'fixed' && code) return { mode, code, display: display || undefined };
  return mode === 'other-map' && code ? { mode, url: code } : undefined;
}

// --- JSON ------------------------------------------------------------------------------------------------------------

type Loose = { readonly [key: string]: unknown };
const object = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
const list = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(object) : []);
const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function readJson(file: string, text: string): Result<CodeMap> {
  let resource: Loose;
  try {
    resource = object(JSON.parse(text));
  } catch {
    return refused(issue('MAP-CODES', file, { expected: 'JSON' }));
  }
  if (resource.resourceType !== 'ConceptMap')
    return refused(issue('MAP-CODES', file, { expected: 'a resource of type ConceptMap' }));
  return done(jsonMap(file, resource));
}

/** A ConceptMap resource (R4 or R5 form), as of a file or contained in a StructureMap. */
export function jsonMap(file: string, resource: Readonly<Record<string, unknown>>): CodeMap {
  const policy = list(resource.extension).find((extension) => extension.url === WHEN_UNMAPPED)?.valueCode;
  return {
    file,
    url: string(resource.url) ?? '',
    policy: policy === 'wait' ? 'wait' : 'continue',
    groups: list(resource.group).map((group, index) => jsonGroup(group, `${file}#group[${index}]`)),
  };
}

function jsonGroup(group: Loose, place: string): ConceptGroup {
  const rows = new Map<string, TargetCode[]>();
  const target = string(group.target);
  for (const [index, element] of list(group.element).entries()) {
    const code = string(element.code);
    if (code === undefined) continue;
    add(rows, code, undefined);
    for (const item of list(element.target)) {
      const relation = string(item.equivalence) ?? R5_TO_R4[string(item.relationship) ?? ''] ?? 'equivalent';
      const [itemCode, display, row] = [string(item.code), string(item.display), `${place}.element[${index}]`];
      if (itemCode) add(rows, code, { system: target, code: itemCode, display, equivalence: relation, row });
    }
  }
  return { source: string(group.source), target, rows, unmapped: jsonUnmapped(object(group.unmapped)) };
}

function jsonUnmapped(unmapped: Loose): Unmapped | undefined {
  const code = string(unmapped.code);
  const url = string(unmapped.url) ?? string(unmapped.otherMap);
  if (unmapped.mode === 'provided' || unmapped.mode === 'use-source-code') return { mode: 'provided' };
  if (unmapped.mode === 'fixed' && code) return { mode: 'fixed', code, display: string(unmapped.display) };
  return unmapped.mode === 'other-map' && url ? { mode: 'other-map', url } : undefined;
}

/** A `conceptmap` block of a map. */
export function blockMap(file: string, block: ConceptMapBlock): CodeMap {
  const urlOf = (prefix: string) => block.prefixes.find(({ name }) => name === prefix)?.url;
  const groups = new Map<string, { source: string; target: string; rows: Map<string, TargetCode[]> }>();
  for (const [index, { source, target, relation }] of block.rows.entries()) {
    const key = `${source.prefix}|${target.prefix}`;
    const group = groups.get(key) ?? { source: source.prefix, target: target.prefix, rows: new Map() };
    groups.set(key, group);
    const { equivalence } = RELATIONS[relation];
    const row = `${file}#${block.id}[${index}]`;
    add(group.rows, source.code, {
      system: urlOf(target.prefix),
      code: target.code,
      display: undefined,
      equivalence,
      row,
    });
  }
  return {
    file: `${file}#${block.id}`,
    url: `#${block.id}`,
    policy: 'continue',
    groups: [...groups.values()].map(({ source, target, rows }) => ({
      source: urlOf(source),
      target: urlOf(target),
      rows,
      unmapped: block.provided.includes(source) ? { mode: 'provided' as const } : undefined,
    })),
  };
}

// --- looking up ------------------------------------------------------------------------------------------------------

/** The ConceptMaps of a library, by canonical, file name without ending, or `#id`; a sender's own rows come before the common ones. */
export class CodeMaps {
  readonly #maps = new Map<string, CodeMap>();

  add(map: CodeMap): Issue | undefined {
    const names = [map.url, map.file.replace(/\.(json|csv)$/, '')].filter((name) => name !== '');
    const taken = names.find((name) => this.#maps.has(name));
    for (const name of names) this.#maps.set(name, map);
    return taken === undefined ? undefined : issue('MAP-DUPLICATE', map.file, { name: taken });
  }

  get all(): readonly CodeMap[] {
    return [...new Set(this.#maps.values())];
  }

  find(name: string): CodeMap | undefined {
    return this.#maps.get(name) ?? this.#maps.get(name.split('|', 1)[0]!);
  }

  /** `hl7v2/gender` of sender `x` is `hl7v2/senders/x/gender`. */
  ofSender(map: CodeMap, sender: string): CodeMap | undefined {
    const at = map.file.lastIndexOf('/') + 1;
    const own = `${map.file.slice(0, at)}senders/${sender}/${map.file.slice(at)}`.replace(/\.(json|csv)$/, '');
    return this.#maps.get(own);
  }
}

export type Lookup = { readonly found: true; readonly targets: readonly TargetCode[] } | { readonly found: false };

/** The rows of a code in one map; `system` undefined: in whichever group has it. */
export function lookUp(map: CodeMap, code: string, system: string | undefined): Lookup {
  const groups = map.groups.filter((group) => !system || !group.source || group.source === system);
  const rows = groups.map((group) => group.rows.get(code)).filter((found) => found !== undefined);
  return rows.length > 0 ? { found: true, targets: rows.flat() } : { found: false };
}

/** What the map's `unmapped` rule makes of a code without a row; undefined: it has none. */
export function lookUpUnmapped(
  map: CodeMap,
  code: string,
  system: string | undefined,
): TargetCode | Unmapped | undefined {
  const group = map.groups.find(({ source, unmapped }) => unmapped && (!system || !source || source === system));
  if (!group?.unmapped) return undefined;
  const { unmapped } = group;
  const row = `${map.file}#unmapped`;
  if (unmapped.mode === 'provided')
    return { system: group.target ?? system, code, display: undefined, equivalence: 'equivalent', row };
  if (unmapped.mode === 'fixed')
    return { system: group.target, code: unmapped.code, display: unmapped.display, equivalence: 'wider', row };
  return unmapped;
}
