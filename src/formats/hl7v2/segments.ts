/**
 * A message as lines: what stands between two segment ends. Nothing is thrown away, so that writing gives the same text again.
 * HL7 ends a segment with CR; files and careless senders use LF or CRLF.
 */
export interface Line {
  /** Number in the file, from 1. */
  readonly number: number;
  /** The segment as it stands, without its end. */
  readonly text: string;
  /** What ended it: `\r`, `\n`, `\r\n`, or nothing at the end of the file. */
  readonly end: string;
}

const SEGMENT_START = /^[A-Z][A-Z0-9]{2}(?:[^A-Za-z0-9\s]|$)/;

/** The name of the segment on a line, or undefined where it begins with none. */
export function segmentName(text: string): string | undefined {
  return SEGMENT_START.test(text) ? text.slice(0, 3) : undefined;
}

/**
 * Cuts text into lines. Where CR ends segments, a lone LF inside one is text (a note typed in two lines), unless a segment begins after it.
 */
export function splitLines(text: string): Line[] {
  const hasReturn = text.includes('\r');
  const lines: Line[] = [];
  let start = 0;
  let number = 1;
  const ends = /\r\n?|\n/g;
  for (let found = ends.exec(text); found; found = ends.exec(text)) {
    const [end] = found;
    const after = found.index + end.length;
    if (hasReturn && end === '\n' && !isSegmentAt(text, after)) continue;
    lines.push({ number: number++, text: text.slice(start, found.index), end });
    start = after;
  }
  if (start < text.length) lines.push({ number, text: text.slice(start), end: '' });
  return lines;
}

function isSegmentAt(text: string, at: number): boolean {
  return at >= text.length || SEGMENT_START.test(text.slice(at, at + 4));
}

/** The text of the lines, as it was. */
export function joinLines(lines: readonly Line[]): string {
  return lines.map((line) => line.text + line.end).join('');
}

/** One segment with its place. */
export interface Segment {
  readonly name: string;
  readonly line: number;
  /** How many segments of this name came before it in the message, plus 1. */
  readonly occurrence: number;
  /** Raw fields by HL7's numbers: `fields[3]` is PID-3, `fields[0]` the name; in headers `fields[1]` is the separator itself. */
  readonly fields: readonly string[];
}

/** The place of a field, repetition or part as the hub writes it: `PID-3[2].1`, `OBX[4]-5`. */
export function placeOf(segment: Pick<Segment, 'name' | 'occurrence'>, field?: number, repetition = 0): string {
  const name = segment.occurrence > 1 ? `${segment.name}[${segment.occurrence}]` : segment.name;
  if (field === undefined) return name;
  return repetition > 0 ? `${name}-${field}[${repetition + 1}]` : `${name}-${field}`;
}

/** Cuts a line into raw fields; of a header segment (MSH, FHS, BHS) the separator is its first field. */
export function splitFields(text: string, separator: string): string[] {
  const fields = text.split(separator);
  return /^(MSH|FHS|BHS)/.test(text) ? [fields[0]!, separator, ...fields.slice(1)] : fields;
}

/** A segment's text from its raw fields: the reverse of {@link splitFields}. */
export function joinFields(fields: readonly string[], separator: string): string {
  const isHeader = /^(MSH|FHS|BHS)$/.test(fields[0] ?? '');
  return isHeader ? [fields[0], ...fields.slice(2)].join(separator) : fields.join(separator);
}
