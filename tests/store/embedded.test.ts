import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/store/embedded.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let folder: string;
const taken: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samspil-embedded-'));
  // the ports others like to have; one that is taken already is taken as well as we could
  for (const port of [5432, 6379, 8080]) {
    const server = createServer().on('error', () => {});
    server.listen(port, '127.0.0.1');
    taken.push(server);
  }
});
afterAll(async () => {
  for (const server of taken) server.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows ?? [];
  } finally {
    await client.end();
  }
}

/** A process that starts the server, says where it is, and is killed: the server is left an orphan. */
async function startAndDie(): Promise<string> {
  const code = `const { startEmbedded } = await import('./src/store/embedded.ts');
    const { url } = await startEmbedded(process.argv[1]);
    console.log(url);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code, folder], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return String(said).trim();
}

test('ports taken by others do not matter; a server that outlived its killed hub is used on; what was written stays', async () => {
  const url = await startAndDie();
  expect([5432, 6379, 8080]).not.toContain(Number(new URL(url).port));
  await ask(url, 'CREATE TABLE kept AS SELECT 7 AS number');
  const adopted = await startEmbedded(folder);
  expect([adopted.url, adopted.isOurs]).toEqual([url, false]);
  process.kill(adopted.pid, 'SIGQUIT');
  await gone(adopted.pid);
  const again = await startEmbedded(folder, [], adopted.port);
  try {
    expect([again.port, again.isOurs]).toEqual([adopted.port, true]);
    expect(await ask(again.url, 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
  } finally {
    await again.stop();
  }
  await gone(again.pid);
}, 60_000);

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((wait) => setTimeout(wait, 20));
  }
}
