import { parse } from 'csv-parse/sync';
import type { Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';
import type { UnmappedCode } from './run.ts';

/** A code some sender uses and no ConceptMap has a row for, waiting for somebody to say what it means. */
export interface WorklistRow {
  readonly conceptMap: string;
  readonly sender: string;
  readonly system?: string;
  readonly code: string;
  readonly display?: string;
  readonly policy: UnmappedCode['policy'];
  /** ISO 8601 instants. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly count: number;
  /** Ids of messages that wait for a row (policy `wait`), oldest first; they are run again from `map` once there is one. */
  readonly waiting: readonly string[];
}

/** The message a run's unmapped codes came from. */
export interface Sighting {
  readonly sender: string;
  readonly messageId: string;
  readonly at: string;
}

/** One row per ConceptMap, sender, system and code. */
export function worklistKey({
  conceptMap,
  sender,
  system,
  code,
}: Pick<WorklistRow, 'conceptMap' | 'sender' | 'system' | 'code'>): string {
  return JSON.stringify([conceptMap, sender, system ?? null, code]);
}

/** Enters a run's unmapped codes; seeing a message again changes nothing but the time. */
export function enterUnmapped(
  rows: ReadonlyMap<string, WorklistRow>,
  unmapped: readonly UnmappedCode[],
  { sender, messageId, at }: Sighting,
): ReadonlyMap<string, WorklistRow> {
  const next = new Map(rows);
  for (const { place: _place, ...found } of unmapped) {
    const key = worklistKey({ ...found, sender });
    const known = next.get(key);
    const isWaiting = found.policy === 'wait' && !known?.waiting.includes(messageId);
    next.set(key, {
      ...found,
      sender,
      firstSeen: known?.firstSeen ?? at,
      lastSeen: at,
      count: (known?.count ?? 0) + 1,
      waiting: [...(known?.waiting ?? []), ...(isWaiting ? [messageId] : [])],
    });
  }
  return next;
}

/** What a code was found to mean. */
export interface Resolution {
  readonly sourceSystem?: string;
  readonly sourceCode: string;
  readonly equivalence: 'equivalent' | 'wider' | 'narrower' | 'inexact' | 'unmatched';
  readonly targetSystem?: string;
  /** Absent with `unmatched`: the code has no counterpart. */
  readonly targetCode?: string;
  readonly targetDisplay?: string;
}

const COLUMNS = ['source-system', 'source-code', 'equivalence', 'target-system', 'target-code', 'target-display'];

/** Where a sender's own rows of a ConceptMap lie: `hl7v2/gender.csv` of `epj` is `hl7v2/senders/epj/gender.csv`. */
export function senderFile(conceptMapFile: string, sender: string): string {
  const at = conceptMapFile.lastIndexOf('/') + 1;
  const name = conceptMapFile.slice(at).replace(/\.(json|csv)$/, '.csv');
  return `${conceptMapFile.slice(0, at)}senders/${sender}/${name}`;
}

/**
 * Adds a row to a CSV ConceptMap, or replaces the one its code has there; everything else stays as it was written.
 * @param text the file as it is; empty for a new one
 * @returns the whole new text; refused (MAP-CODES) where the file has other columns or is no CSV
 */
export function resolveCode(text: string, resolution: Resolution): Result<string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const header = lines.findIndex((line) => !line.startsWith('#'));
  if (header < 0) return done(`${[...lines, COLUMNS.join(','), writeRow(COLUMNS, resolution)].join('\n')}\n`);
  const columns = readLine(lines[header]!)?.map((name) => name.toLowerCase().replace(/[_ ]/g, '-'));
  if (!columns?.includes('source-code') || !columns.includes('target-code'))
    return refused(issue('MAP-CODES', `line ${header + 1}`, { expected: `a header row of ${COLUMNS.join(', ')}` }));
  const isOther = (line: string) => {
    const cells = readLine(line);
    const cell = (name: string) => cells?.[columns.indexOf(name)] || undefined;
    return cell('source-code') !== resolution.sourceCode || cell('source-system') !== resolution.sourceSystem;
  };
  const kept = lines.filter((line, index) => index <= header || isOther(line));
  return done(`${[...kept, writeRow(columns, resolution)].join('\n')}\n`);
}

function readLine(line: string): string[] | undefined {
  try {
    return (parse(line, { trim: true }) as string[][])[0];
  } catch {
    return undefined;
  }
}

function writeRow(columns: readonly string[], resolution: Resolution): string {
  const values: Readonly<Record<string, string | undefined>> = {
    'source-system': resolution.sourceSystem,
    'source-code': resolution.sourceCode,
    equivalence: resolution.equivalence,
    'target-system': resolution.targetSystem,
    'target-code': resolution.targetCode,
    'target-display': resolution.targetDisplay,
  };
  return columns.map((name) => quoteCell(values[name] ?? '')).join(',');
}

function quoteCell(text: string): string {
  return /[",\r\n]|^#|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, ' ')}"` : text;
}
