import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ERRORS } from '../../../src/errors.ts';
import { ppj } from '../../../src/formats/ppj/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const guide = readFileSync(resolve(root, 'docs/guides/ppj.md'), 'utf8');
const schema = JSON.parse(readFileSync(resolve(root, 'profiles/ppj/ppj.schema.json'), 'utf8')) as {
  properties: object;
};

test('the guide’s example is taken', () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(guide)!;
  expect(ppj.read(Buffer.from(example!)).messages).toMatchObject([{ ok: true, issues: [] }]);
});

test('the guide tells of every field, and of none besides', () => {
  const told = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
  expect(told).toEqual(Object.keys(schema.properties));
});

test('the guide tells of every code', () => {
  expect(Object.keys(ERRORS).filter((code) => code.startsWith('PPJ-') && !guide.includes(code))).toEqual([]);
});
