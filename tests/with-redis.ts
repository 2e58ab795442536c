import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { REDIS_SERVER } from './queue/backends.ts';

/**
 * `npm run test:redis`: the whole suite with lanes on Redis: the one SAMSPIL_REDIS_URL names, or one started for the occasion.
 * What follows `--` goes to jest.
 */
const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)];

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

async function main(): Promise<number> {
  const given = process.env.SAMSPIL_REDIS_URL;
  if (!given && !REDIS_SERVER) {
    console.error('test:redis skipped: there is no redis-server here and no SAMSPIL_REDIS_URL');
    return 0;
  }
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = given ? undefined : spawn(REDIS_SERVER!, flags, { stdio: 'ignore' });
  const env = { ...process.env, SAMSPIL_REDIS_URL: given ?? `redis://127.0.0.1:${port}` };
  const jest = spawn(process.execPath, JEST, { stdio: 'inherit', env, cwd: resolve(import.meta.dirname, '..') });
  const code = await new Promise<number>((done) => jest.once('exit', (status) => done(status ?? 1)));
  server?.kill('SIGTERM');
  return code;
}

process.exitCode = await main();
