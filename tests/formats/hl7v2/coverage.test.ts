import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cases, coverageOf } from './conversion.ts';

const project = resolve(import.meta.dirname, '../../..');
const list = readFileSync(resolve(project, 'mappings/hl7v2/ignored.tsv'), 'utf8')
  .trim()
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .map((line) => line.split('\t') as [string, string]);

/** `PATIENT.PID.PID_3[0].CX_1` is `PID_3.CX_1`. */
const elementOf = (path: string) => path.replace(/\[\d+\]/g, '').replace(/^.*?([A-Z][A-Z0-9]{2})\.(?=\1_)/, '');
const isBelow = (element: string, row: string) =>
  element === row || element.startsWith(`${row}.`) || (row.endsWith('_') && element.startsWith(row));
const isForeign = (element: string) => element.startsWith('Z');

test('every row has a reason', () => {
  expect(list.filter(([element, reason]) => !/^[A-Z0-9]{3}_/.test(element) || !reason)).toEqual([]);
});

test('what a map does not read of the fixtures is on the list, with a reason', () => {
  const lost = cases.flatMap((name) =>
    coverageOf(name)
      .unread.map(elementOf)
      .filter((element) => !isForeign(element) && !list.some(([row]) => isBelow(element, row)))
      .map((element) => `${name}: ${element}`),
  );
  expect(lost).toEqual([]);
});
