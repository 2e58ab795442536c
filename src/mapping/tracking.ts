import { isList, isObject, type Json } from './cell.ts';
import type { RuleSite, Run } from './run.ts';
import type { SourcePath } from './source-path.ts';

/** Which leaves of the source a run looked at. Paths only, no values. */
export interface Coverage {
  readonly read: readonly string[];
  readonly unread: readonly string[];
  /** `file:line:column` of each rule that ran. */
  readonly rules: readonly string[];
}

/** Where one element of the target came from. */
export interface TraceRow {
  /** FHIRPath-like: `Bundle.entry[0].resource.birthDate`. */
  readonly target: string;
  readonly map: string;
  readonly group: string;
  readonly rule: string;
  readonly line: number;
  /** Path of the value in the source, or (of a constant or a calculated value) of the item the rule ran for; absent where that is the whole source. */
  readonly source?: string;
  /** Row of the ConceptMap that gave the code. */
  readonly codeRow?: string;
  /** Text of a `log` clause; may hold what the message says. */
  readonly log?: string;
}

export function coverageOf(run: Run, source: unknown, root: SourcePath): Coverage {
  const read: string[] = [];
  const unread: string[] = [];
  const reads = run.reads ?? new Set();
  walkLeaves(source, root, (path, isRead) => (isRead ? read : unread).push(path.text), reads);
  return { read, unread, rules: [...(run.rulesRun ?? [])].map((rule) => rule.place) };
}

interface Waiting {
  readonly node: unknown;
  readonly path: SourcePath;
  /** What it stands in was copied as a whole. */
  readonly isRead: boolean;
}

/** Visits the path of every leaf, with a stack of its own: sources may be deep. */
function walkLeaves(
  source: unknown,
  root: SourcePath,
  visit: (path: SourcePath, isRead: boolean) => void,
  reads: ReadonlySet<SourcePath>,
): void {
  const waiting: Waiting[] = [{ node: source, path: root, isRead: false }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, path } = next;
    const isRead = next.isRead || reads.has(path);
    if (!isObject(node)) {
      visit(path, isRead);
      continue;
    }
    const inner: Waiting[] = [];
    for (const key of Object.keys(node)) {
      const value = node[key];
      if (value === undefined || value === null) continue;
      if (isList(value))
        value.forEach((item, index) => {
          inner.push({ node: item, path: path.child(key, index), isRead });
        });
      else inner.push({ node: value, path: path.child(key, -1), isRead });
    }
    while (inner.length > 0) waiting.push(inner.pop()!);
  }
}

export function traceRows(run: Run, resource: Json): readonly TraceRow[] {
  const places = placesOf(resource);
  const rows: TraceRow[] = [];
  for (const { owner, key, value, rule, source, codeRow } of run.trace ?? []) {
    const place = places.get(owner);
    if (place === undefined || !Object.hasOwn(owner, key)) continue;
    const there = owner[key];
    const index = isList(there) ? there.indexOf(value) : -1;
    rows.push({
      target: `${place}.${key}${index < 0 ? '' : `[${index}]`}`,
      ...ruleOf(rule),
      ...(source && source.text !== '' && { source: source.text }),
      ...(codeRow !== undefined && { codeRow }),
    });
  }
  for (const { rule, text } of run.logs) rows.push({ target: '', ...ruleOf(rule), log: text });
  return rows;
}

function ruleOf({ map, group, rule, line }: RuleSite): Pick<TraceRow, 'map' | 'group' | 'rule' | 'line'> {
  return { map, group, rule, line };
}

/** The path of each object of the result. */
function placesOf(resource: Json): ReadonlyMap<unknown, string> {
  const places = new Map<unknown, string>();
  const waiting: { node: Json; path: string }[] = [{ node: resource, path: String(resource.resourceType ?? '') }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    places.set(next.node, next.path);
    for (const key in next.node) {
      const value = next.node[key];
      if (isList(value)) {
        value.forEach((item, index) => {
          if (isObject(item)) waiting.push({ node: item, path: `${next!.path}.${key}[${index}]` });
        });
      } else if (isObject(value)) waiting.push({ node: value, path: `${next.path}.${key}` });
    }
  }
  return places;
}
