import type { TraceRow } from '../../mapping/library.ts';

/** One place where two results differ; a side that has nothing there is undefined. */
export interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Compares two JSON values. A subtree only one side has is one difference.
 * @param ignore paths to leave out; `[*]` stands for any position
 */
export function differences(expected: unknown, actual: unknown, ignore: readonly string[]): Difference[] {
  const found: Difference[] = [];
  const isIgnored = ignoring(ignore);
  const compare = (left: unknown, right: unknown, path: string): void => {
    if (isIgnored(path) || Object.is(left, right)) return;
    if (isObject(left) && isObject(right)) {
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)]))
        compare(left[key], right[key], path === '' ? key : `${path}.${key}`);
    } else if (Array.isArray(left) && Array.isArray(right)) {
      for (let index = 0; index < Math.max(left.length, right.length); index++)
        compare(left[index], right[index], `${path}[${index}]`);
    } else found.push({ path, expected: left, actual: right });
  };
  compare(expected, actual, rootOf(actual) ?? rootOf(expected) ?? '');
  return found;
}

function rootOf(value: unknown): string | undefined {
  return isObject(value) && typeof value.resourceType === 'string' ? value.resourceType : undefined;
}

function ignoring(patterns: readonly string[]): (path: string) => boolean {
  const exact = new Set(patterns);
  const any = new Set(patterns.filter((pattern) => pattern.includes('[*]')));
  return (path) => exact.has(path) || (any.size > 0 && any.has(path.replace(/\[\d+\]/g, '[*]')));
}

/** Lines for people; each element that differs names the rule that made it. */
export function showDifferences(found: readonly Difference[], trace: readonly TraceRow[]): string {
  const shown = found.slice(0, MOST_SHOWN).map((difference) => showOne(difference, trace));
  const rest = found.length > MOST_SHOWN ? `    ... and ${found.length - MOST_SHOWN} more\n` : '';
  return shown.join('') + rest;
}

const MOST_SHOWN = 40;
const WIDEST = 200;

function showOne({ path, expected, actual }: Difference, trace: readonly TraceRow[]): string {
  const made = actual === undefined ? undefined : madeBy(path, trace);
  const rule = made
    ? `      made by ${made.map}:${made.line} ${made.group} "${made.rule}"${made.source ? ` from ${made.source}` : ''}\n`
    : '';
  return [
    `    ${path}\n`,
    expected === undefined ? '' : `    - ${short(expected)}\n`,
    actual === undefined ? '' : `    + ${short(actual)}\n`,
    rule,
  ].join('');
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > WIDEST ? `${text.slice(0, WIDEST)} ...` : text;
}

/** The row of the path itself, else of what stands above or below it. */
function madeBy(path: string, trace: readonly TraceRow[]): TraceRow | undefined {
  return (
    trace.findLast(({ target }) => target === path) ??
    trace.findLast(({ target }) => target !== '' && (path.startsWith(`${target}.`) || path.startsWith(`${target}[`))) ??
    trace.find(({ target }) => target.startsWith(`${path}.`) || target.startsWith(`${path}[`))
  );
}
