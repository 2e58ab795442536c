import type { Coverage, MapLibrary, TraceRow } from '../../mapping/library.ts';
import { type Difference, showDifferences } from './diff.ts';

export interface Verdict {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'new' | 'updated';
  readonly milliseconds: number;
  readonly differences: readonly Difference[];
  readonly trace: readonly TraceRow[];
  /** What else there is to say, a line each. */
  readonly notes: readonly string[];
}

/** What is printed of cases that did not simply pass. */
export function showVerdict({ name, state, differences, trace, notes }: Verdict): string {
  if (state === 'passed') return '';
  const words = { failed: 'FAILED', new: 'NO expected.json', updated: 'UPDATED' }[state];
  return `${words}  ${name}\n${showDifferences(differences, trace)}${notes.map((note) => `    ${note}\n`).join('')}`;
}

const escapeXml = (text: string) =>
  text
    .replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '&quot;')
    .replace(/[\0-\x08\x0B\x0C\x0E-\x1F]/g, '');

/** JUnit XML, as CI servers read it. */
export function junit(verdicts: readonly Verdict[]): string {
  const isBad = ({ state }: Verdict) => state === 'failed' || state === 'new';
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
  const total = verdicts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cases = verdicts.map((verdict) => {
    const slash = verdict.name.indexOf('/');
    const head = `  <testcase classname="${escapeXml(verdict.name.slice(0, slash))}" name="${escapeXml(verdict.name.slice(slash + 1))}" time="${seconds(verdict.milliseconds)}"`;
    if (!isBad(verdict)) return `${head}/>`;
    return `${head}>\n    <failure message="${verdict.differences.length} differences">${escapeXml(showVerdict(verdict))}</failure>\n  </testcase>`;
  });
  const counts = `tests="${verdicts.length}" failures="${verdicts.filter(isBad).length}" errors="0" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="samspil map test" ${counts} time="${seconds(total)}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

export interface CoverageTable {
  /** By map: elements present in some case and read in none, with the number of cases they are in. */
  readonly unread: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Rules of the maps that ran which no case made run. */
  readonly neverRun: readonly { readonly place: string; readonly group: string; readonly rule: string }[];
}

/** Adds up what the cases read and ran. Positions in lists are left out: `PID.PID_3[1].CX_1` counts as `PID.PID_3.CX_1`. */
export function coverageTable(
  runs: readonly { readonly map: string; readonly coverage: Coverage }[],
  library: MapLibrary,
): CoverageTable {
  const read = new Map<string, Set<string>>();
  const present = new Map<string, Map<string, number>>();
  const ran = new Set<string>();
  const bare = (path: string) => path.replace(/\[\d+\]/g, '');
  for (const { map, coverage } of runs) {
    const own = getOr(read, map, () => new Set());
    const counts = getOr(present, map, () => new Map<string, number>());
    for (const path of coverage.read) own.add(bare(path));
    for (const path of new Set(coverage.unread.map(bare))) counts.set(path, (counts.get(path) ?? 0) + 1);
    for (const place of coverage.rules) ran.add(place);
  }
  const files = new Set([...ran].map((place) => place.slice(0, place.indexOf(':'))));
  return {
    unread: Object.fromEntries(
      [...present].map(([map, counts]) => [
        map,
        Object.fromEntries([...counts].filter(([path]) => !read.get(map)!.has(path)).toSorted()),
      ]),
    ),
    neverRun: library.rules
      .filter(({ map, place }) => files.has(map) && !ran.has(place))
      .map(({ place, group, rule }) => ({ place, group, rule })),
  };
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

export function showCoverage({ unread, neverRun }: CoverageTable): string {
  const maps = Object.entries(unread).map(([map, paths]) => {
    const rows = Object.entries(paths).map(([path, cases]) => `  ${path.padEnd(40)} ${String(cases).padStart(5)}\n`);
    return rows.length === 0
      ? `${map}: every source element of the cases is read\n`
      : `${map}: source elements never read, and in how many cases they stand\n${rows.join('')}`;
  });
  const rules = neverRun.map(({ place, group, rule }) => `  ${place}  ${group} "${rule}"\n`);
  return `${maps.join('')}${rules.length === 0 ? 'every rule ran\n' : `rules that never ran\n${rules.join('')}`}`;
}
