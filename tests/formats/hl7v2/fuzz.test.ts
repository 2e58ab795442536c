import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { type Issue, isFault } from '../../../src/errors.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { cases, fixtures, library, validator } from './conversion.ts';

/** The suite runs the same 400 messages each time; with SAMSPIL_FUZZ_RUNS the fuzzer goes looking for new ones. */
const wanted = process.env.SAMSPIL_FUZZ_RUNS;
const runs = wanted === undefined ? { numRuns: 400, seed: 20260301 } : { numRuns: Number(wanted) };
const texts = cases.map((name) => readFileSync(resolve(fixtures, name, 'message.hl7'), 'latin1'));

const piece = fc.constantFrom(
  ...[
    '',
    '^',
    '~',
    '&',
    '|',
    '""',
    'A',
    '^^^^',
    '20260101',
    '202613',
    '\\E\\',
    '^x^LN',
    '-1',
    '>5',
    'x y',
    '~~',
    '&a&b',
    'CPR',
    ' ',
    'æ',
  ],
);
const change = fc.record({
  line: fc.nat(30),
  field: fc.nat(50),
  text: fc.tuple(piece, piece).map((pair) => pair.join('')),
  how: fc.constantFrom('replace', 'append', 'drop field', 'double line', 'drop line'),
});

function changed(text: string, changes: readonly { line: number; field: number; text: string; how: string }[]): string {
  const lines = text.split(/\r\n?|\n/).filter((line) => line !== '');
  for (const { line, field, text: other, how } of changes) {
    const at = line % lines.length;
    const fields = lines[at]!.split('|');
    const index = 1 + (field % (fields.length + 2));
    if (how === 'replace') fields[index] = other;
    if (how === 'append') fields[index] = (fields[index] ?? '') + other;
    if (how === 'drop field') fields.splice(index, 1);
    lines[at] = Array.from(fields, (one) => one ?? '').join('|');
    if (how === 'double line') lines.splice(at, 0, lines[at]!);
    if (how === 'drop line' && lines.length > 1) lines.splice(at, 1);
  }
  return lines.map((line) => `${line}\r`).join('');
}

/** What is wrong in the message itself: a document that says it is Base64 and is not, a time that ends before it begins, a booking without a time. */
const isOfTheMessage = ({ place, detail }: Issue) =>
  /^(per-1|app-[23])$/.test(String(detail?.rule)) || /(attachment|presentedForm\[\d+\])\.data$/.test(place ?? '');
const isOurs = (issue: Issue) => isFault(issue) && !isOfTheMessage(issue);

test('a message with anything in any field is refused with a place, or becomes a valid Bundle', () => {
  const sample = fc.tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 5 }));
  const judge = ([text, changes]: [string, Parameters<typeof changed>[1]]) => {
    const bytes = Uint8Array.from(changed(text, changes), (character) => character.charCodeAt(0));
    for (const message of hl7v2.read(bytes).messages) {
      if (!message.ok) {
        expect(message.issues.filter(isFault).every((issue) => issue.place !== undefined)).toBe(true);
        continue;
      }
      const { structure, tree } = message.message;
      const run = library.transform(`hl7v2/${structure}`, tree, { clock: '2026-03-01T12:00:00Z', seed: 'fuzz' });
      // a booking of nobody and nothing is the one thing the reader lets through and a map cannot make
      if (run.ok) expect(validator.validate(run.value.resource).filter(isOurs)).toEqual([]);
      else expect(run.issues.filter(isFault).map(({ code }) => code)).toEqual(['MAP-REQUIRED']);
    }
  };
  fc.assert(fc.property(sample, judge), runs);
}, 120_000);
