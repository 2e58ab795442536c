import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isFault } from '../../../src/errors.ts';
import { edifact } from '../../../src/formats/edifact/edifact.ts';
import { oioxml } from '../../../src/formats/oioxml/oioxml.ts';
import { context } from './notice.ts';

const shared = process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const samples = resolve(shared, 'samples');
const isThere = existsSync(samples);
if (!isThere) console.warn('../shared is not there: its MedCom letters were not read');
const files = (folder: string) =>
  isThere
    ? readdirSync(resolve(samples, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(edi|xml)$/.test(file))
        .map((file) => resolve(samples, folder, file))
    : [];
const read = (format: typeof edifact, file: string) => format.read(new Uint8Array(readFileSync(file)));
const faults = ({ issues, messages }: ReturnType<typeof edifact.read>) =>
  [...issues, ...messages.flatMap((message) => message.issues)].filter(isFault);

/** Only its twin tells that consent was given; in EDIFACT that is what silence means, which is no fact to invent. */
const ONLY_XML = new Set(['Patient.Consent.Given']);

function leaves(node: unknown, path = ''): [string, unknown][] {
  if (Array.isArray(node)) return node.flatMap((one, index) => leaves(one, `${path}[${index}]`));
  if (typeof node !== 'object' || node === null) return [[path, node]];
  return Object.entries(node).flatMap(([name, one]) => leaves(one, path ? `${path}.${name}` : name));
}
const facts = (reading: ReturnType<typeof edifact.read>) =>
  reading.messages
    .flatMap((message) => (message.ok ? leaves(message.message.tree) : []))
    .filter(([path]) => !ONLY_XML.has(path))
    .sort();

(isThere ? describe : describe.skip)('public letters', () => {
  test('good ones are taken', () => {
    const pairs = files('edifact/medcom-pairs');
    expect(pairs.length).toBeGreaterThanOrEqual(18);
    for (const file of pairs) expect([file, ...faults(read(edifact, file))]).toEqual([file]);
    const letters = files('oioxml');
    expect(letters.length).toBeGreaterThanOrEqual(21);
    for (const file of letters) expect([file, ...faults(read(oioxml, file))]).toEqual([file]);
  });

  test('twins are one letter in two syntaxes', () => {
    for (const file of files('edifact/medcom-pairs')) {
      const twin = file.replace('/edifact/', '/oioxml/').replace(/\.edi$/, '.xml');
      if (existsSync(twin)) expect([file, facts(read(edifact, file))]).toEqual([file, facts(read(oioxml, twin))]);
    }
  });

  test('bad ones are refused with a place and a receipt of rejection', () => {
    const bad = files('edifact/medcom-errors');
    expect(bad).toHaveLength(10);
    for (const file of bad) {
      const bytes = new Uint8Array(readFileSync(file));
      const reading = edifact.read(bytes);
      expect(faults(reading).length).toBeGreaterThan(0);
      expect(faults(reading)[0]!.place).toMatch(/^line \d+, column \d+/);
      const verdicts = reading.messages.map((message) => ({ accepted: false, issues: message.issues }));
      const answer = edifact.acknowledge(bytes, reading, verdicts, context);
      if (!file.endsWith('UNB1.edi')) expect(Buffer.from(answer!.body).toString('latin1')).toMatch(/UCI\+[^\n]*\+4'/);
    }
  });
});
