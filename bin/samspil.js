#!/usr/bin/env node
// The source is TypeScript run as it is, which needs the Node 24 that `npm ci` puts into node_modules; an older Node hands over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
const [major] = process.versions.node.split('.').map(Number);

if (major >= 24) {
  const { runCommandLine } = await import(main);
  await runCommandLine(process.argv.slice(2));
} else if (existsSync(pinned)) {
  const child = spawn(pinned, ['--no-warnings', main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
} else {
  console.error('samspil needs Node 24; run `npm ci` first, which brings it.');
  process.exit(1);
}
