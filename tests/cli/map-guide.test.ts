import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FUNCTIONS } from '../../src/mapping/functions.ts';

const root = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/guides/mapping.md'), 'utf8');
const BLOCK = /^```(\w+)(?: (\w+)=(\S+))?\n([\s\S]*?)^```$/gm;

/** Does what the guide says, block by block: writes its files, runs its commands, and looks for the lines it shows in what they print. */
test('the guide’s commands do what it says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'samspil-guide-'));
  let printed = '';
  let replaced = '';
  let commands = 0;
  for (const [, kind, verb, file, text] of guide.matchAll(BLOCK)) {
    const path = file === undefined ? '' : join(folder, file);
    if (verb === 'file') {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, kind === 'hl7' ? text!.replaceAll('\n', '\r') : text!);
    } else if (verb === 'replace') replaced = text!;
    else if (verb === 'with') {
      const before = readFileSync(path, 'utf8');
      expect(before).toContain(replaced);
      writeFileSync(path, before.replace(replaced, text!));
    } else if (kind === 'sh') {
      printed = '';
      for (const line of text!.trim().split('\n')) {
        const [npx, samspil, ...args] = line.split(' ');
        expect([npx, samspil]).toEqual(['npx', 'samspil']);
        const ended = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), ...args], {
          cwd: folder,
          encoding: 'utf8',
        });
        expect({ line, status: ended.status, err: ended.status === 0 ? '' : ended.stderr }).toEqual({
          line,
          status: 0,
          err: '',
        });
        printed += ended.stdout + ended.stderr;
        commands++;
      }
    } else if (kind === 'text') for (const line of text!.trim().split('\n')) expect(printed).toContain(line);
  }
  expect(commands).toBeGreaterThanOrEqual(9);
  expect(JSON.parse(readFileSync(join(folder, 'fixtures/hl7v2/first-steps/expected.json'), 'utf8')).gender).toBe(
    'female',
  );
  rmSync(folder, { recursive: true });
}, 120_000);

test('the guide’s table of functions is the one of the engine', () => {
  const rows = Object.entries(FUNCTIONS).map(
    ([name, { does, parameters }]) => `| \`${name}(${parameters.join(', ')})\` | ${does} |`,
  );
  for (const row of rows) expect(guide).toContain(row);
});
