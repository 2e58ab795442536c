import { type Issue, issue } from '../../errors.ts';
import { type Line, splitFields } from './segments.ts';

/** Lines of one message, from its MSH to the next one. */
export interface Block {
  readonly lines: readonly Line[];
}

/** A file cut into its messages. */
export interface Cut {
  readonly blocks: readonly Block[];
  /** Header lines FHS and BHS as they stand. */
  readonly headers: readonly string[];
  /** Faults of the envelope: a count that does not hold, lines that belong to no message. */
  readonly issues: readonly Issue[];
}

const countOf = (line: Line): number | undefined => {
  const text = splitFields(line.text, line.text[3] ?? '|')[1]?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
};

/** Cuts lines into messages and checks the counts of BTS-1 (messages) and FTS-1 (batches); 2.8.2 section 2.10.3. */
export function cutMessages(lines: readonly Line[]): Cut {
  const blocks: { lines: Line[] }[] = [];
  const headers: string[] = [];
  const issues: Issue[] = [];
  let open: { lines: Line[] } | undefined;
  let inBatch = 0;
  let batches = 0;
  const check = (line: Line, found: number) => {
    const told = countOf(line);
    const segment = line.text.slice(0, 3);
    if (told !== undefined && told !== found) issues.push(issue('HL7-BATCH-COUNT', `${segment}-1`, { found }));
  };
  for (const line of lines) {
    const name = /^(MSH|FHS|BHS|BTS|FTS)([^A-Za-z0-9]|$)/.exec(line.text)?.[1];
    if (name === 'MSH') {
      open = { lines: [line] };
      blocks.push(open);
      inBatch += 1;
    } else if (name === undefined) {
      if (open) open.lines.push(line);
      else if (line.text.trim() !== '') issues.push(issue('HL7-NO-MSH', `line ${line.number}`));
    } else {
      open = undefined;
      if (name === 'FHS' || name === 'BHS') headers.push(line.text);
      if (name === 'BHS') {
        inBatch = 0;
        batches += 1;
      }
      if (name === 'BTS') check(line, inBatch);
      if (name === 'FTS') check(line, Math.max(batches, 1));
    }
  }
  return { blocks, headers, issues: issues.slice(0, 20) };
}
