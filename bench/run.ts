/** Runs every benchmark of this folder in turn, each in a process of its own; names after the script choose some: `npm run bench -- way policy`. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const chosen = process.argv.slice(2);
const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));
let failed = 0;
for (const name of all.filter((one) => chosen.length === 0 || chosen.includes(one))) {
  console.log(`# ${name}`);
  const { status } = spawnSync(
    process.execPath,
    ['--no-warnings', '--expose-gc', join(import.meta.dirname, `${name}.ts`)],
    { stdio: 'inherit' },
  );
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
