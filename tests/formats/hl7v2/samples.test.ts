import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isFault } from '../../../src/errors.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';

const project = resolve(import.meta.dirname, '../../..');
const samples = resolve(process.env.SAMSPIL_SHARED ?? resolve(project, '../shared'), 'samples/hl7v2');
const isThere = existsSync(samples);
if (!isThere) console.warn('../shared is not there: its HL7 v2 samples were not read');

const files = isThere
  ? readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(hl7|txt)$/.test(file))
  : [];
const read = (file: string) => hl7v2.read(new Uint8Array(readFileSync(resolve(samples, file))));
const faultsOf = (file: string) => {
  const reading = read(file);
  return [...reading.issues, ...reading.messages.flatMap((message) => message.issues)]
    .filter(isFault)
    .map((issue) => `${issue.code} ${issue.place}`);
};
const good = files.filter((file) => !file.includes('bad-inputs'));

(isThere ? describe : describe.skip)('samples of other projects', () => {
  test('good ones are taken', () => {
    expect(good.length).toBeGreaterThan(10);
    expect(good.filter((file) => faultsOf(file).length > 0)).toEqual([]);
  });

  test('bad ones are refused', () => {
    const bad = files.filter((file) => file.includes('bad-inputs'));
    expect(bad).toHaveLength(10);
    expect(bad.filter((file) => faultsOf(file).length === 0)).toEqual([]);
  });
});
