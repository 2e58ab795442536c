import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorsPage, readme } from '../docs/make.ts';

const ROOT = resolve(import.meta.dirname, '..');
const page = readFileSync(resolve(ROOT, 'README.md'), 'utf8');
const scripts = (JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

test('the tables of README and docs/errors.md are those of the code (npm run docs)', () => {
  expect(page).toBe(readme(page));
  expect(readFileSync(resolve(ROOT, 'docs/errors.md'), 'utf8')).toBe(errorsPage());
});

test('every room of the house is on the page, and none that is not there', () => {
  const named = [...page.matchAll(/^\| `(src\/[\w.]+\/?)`/gm)].map((match) => match[1]!);
  expect(named.filter((room) => !existsSync(resolve(ROOT, room)))).toEqual([]);
  const rooms = readdirSync(resolve(ROOT, 'src'), { withFileTypes: true }).map(
    (entry) => `src/${entry.name}${entry.isDirectory() ? '/' : ''}`,
  );
  expect(rooms.filter((room) => !page.includes(`\`${room}\``))).toEqual([]);
});

test('every script and file the page names is there', () => {
  const run = [...page.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1]!);
  expect(run.filter((script) => !(script in scripts))).toEqual([]);
  const files = [...page.matchAll(/\]\(([\w./-]+)\)|@(fixtures\/[\w./-]+)/g)].map((match) => match[1] ?? match[2]!);
  expect(files.filter((file) => !existsSync(resolve(ROOT, file)))).toEqual([]);
});
