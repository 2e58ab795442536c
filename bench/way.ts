/**
 * The way of a message, measured: accept and end to end against a bare Express and one INSERT in the same run, on the machine it runs on,
 * load and receiver included. Prints JSON lines; `SAMSPIL_BENCH_MESSAGES` sets the size (default 4000). Fails only on collapse.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { signIn } from '../src/gateway/sign-in/client-side.ts';
import { openDemoKeys, readDemoKey } from '../src/gateway/sign-in/demo-clients.ts';
import { readRegionFolder } from '../src/hub.ts';
import { migrate, openDatabase } from '../src/store/database.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { applyRegistry } from '../src/store/registry.ts';

const MESSAGES = Number(process.env.SAMSPIL_BENCH_MESSAGES ?? 4000);
const CONNECTIONS = 16;
const HERE = import.meta.dirname;
const SAMSPIL = resolve(HERE, '../bin/samspil.js');
const children: ChildProcess[] = [];

const folder = await mkdtemp(join(tmpdir(), 'samspil-bench-'));
await chmod(folder, 0o755);
const server = await startEmbedded(folder);
async function main(): Promise<void> {
  const bare = await measureBare();
  tell({ bench: 'bare Express and one INSERT', perSecond: bare });
  const receiver = await start(process.execPath, [join(HERE, 'way/receiver.ts')]);
  await prepareRegion(receiver.line);
  const accept = await measureAccept();
  tell({ bench: 'accept, durable, HL7 v2 over HTTP', ...accept, ofBare: ratio(accept.perSecond, bare) });
  await measureSize('embedded: one process, BullMQ on PostgreSQL', {}, { receiver: receiver.line, bare });
  const redis = process.env.SAMSPIL_REDIS_URL;
  if (redis)
    await measureSize(
      'scaled: gateway and worker, BullMQ on Redis',
      { SAMSPIL_REDIS_URL: redis },
      { receiver: receiver.line, bare },
    );
  else tell({ bench: 'scaled', skipped: 'SAMSPIL_REDIS_URL is not set' });
}

function tell(line: object): void {
  console.log(JSON.stringify(line));
}

const ratio = (one: number, other: number) => Math.round((one / other) * 100) / 100;

/** Starts a child and waits for its first line (a port) or, for a hub, for its `hub.json`. */
async function start(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(command, ['--no-warnings', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const line = await new Promise<string>((done, fail) => {
    child.stdout?.once('data', (chunk: Buffer) => done(chunk.toString().trim()));
    child.once('exit', (code) => fail(new Error(`${args[0]} ended with ${code}`)));
  });
  return { child, line };
}

interface Load {
  readonly accepted: number;
  readonly seconds: number;
  readonly ack: { readonly p50: number; readonly p99: number };
  readonly sent: readonly [string, number][];
}

let used = 0;

async function load(
  url: string,
  how: { token?: string; messages: number; rate?: number; connections?: number },
): Promise<Load> {
  const { token = '-', messages, rate = 0, connections = CONNECTIONS } = how;
  const child = spawn(
    process.execPath,
    ['--no-warnings', join(HERE, 'way/load.ts'), url, token, ...[messages, connections, rate, used].map(String)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  used += messages;
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk));
  await new Promise<void>((done, fail) =>
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error('the load failed')))),
  );
  return JSON.parse(text) as Load;
}

async function measureBare(): Promise<number> {
  const { child, line } = await start(process.execPath, [join(HERE, 'way/bare.ts'), server.url]);
  const url = `http://127.0.0.1:${line}/messages`;
  await load(url, { messages: 500 });
  const { accepted, seconds } = await load(url, { messages: MESSAGES });
  child.kill();
  return Math.round(accepted / seconds);
}

async function prepareRegion(receiverPort: string): Promise<void> {
  const db = openDatabase(server.url, 1, () => {});
  await migrate(db);
  const entries = await readRegionFolder(resolve(HERE, '../region'));
  const pointed = entries.map((entry) =>
    entry.kind === 'recipient'
      ? { ...entry, content: { ...entry.content, settings: { url: `http://127.0.0.1:${receiverPort}/` } } }
      : entry,
  );
  await applyRegistry(db, pointed, new Date().toISOString());
  await db.close();
  await openDemoKeys(folder);
}

interface RunningHub {
  readonly url: string;
  readonly token: string;
  readonly children: readonly ChildProcess[];
  stop(): Promise<void>;
}

async function startHub(roles: readonly string[], env: Record<string, string>): Promise<RunningHub> {
  const base = {
    SAMSPIL_DATABASE_URL: server.url,
    SAMSPIL_DATA_DIR: folder,
    SAMSPIL_PORT: '0',
    SAMSPIL_MLLP_PORT: '0',
    SAMSPIL_LOG_LEVEL: 'error',
    SAMSPIL_EGRESS_ALLOW: 'loopback',
    ...env,
  };
  await rm(join(folder, 'hub.json'), { force: true });
  const running = roles.map((role) =>
    spawn(process.execPath, ['--no-warnings', SAMSPIL, 'serve', '--role', role], {
      env: { ...process.env, ...base, ...(role === 'worker' && { SAMSPIL_BASE_URL: 'http://127.0.0.1' }) },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  children.push(...running);
  const { baseUrl } = await eventually(
    async () => JSON.parse(await readFile(join(folder, 'hub.json'), 'utf8')) as { baseUrl: string },
  );
  const key = await readDemoKey(folder, 'demo-epj');
  const signed = await eventually(async () => {
    const token = await signIn({ baseUrl, clientId: 'demo-epj', key: key!, scope: 'samspil/messages.write' });
    if (!token.ok) throw new Error('not yet');
    return token.value.accessToken;
  });
  return {
    url: `${baseUrl}/messages`,
    token: signed,
    children: running,
    async stop() {
      await Promise.all(
        running.map((child) => {
          const exited = new Promise((done) => child.once('exit', done));
          child.kill('SIGTERM');
          return exited;
        }),
      );
    },
  };
}

async function eventually<T>(make: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await make();
    } catch (thrown) {
      if (tries > 300) throw thrown;
      await new Promise((wait) => setTimeout(wait, 50));
    }
  }
}

async function measureAccept(): Promise<{ perSecond: number; ack: Load['ack'] }> {
  const hub = await startHub(['gateway'], {});
  await load(hub.url, { token: hub.token, messages: 500 });
  const { accepted, seconds, ack } = await load(hub.url, { token: hub.token, messages: MESSAGES });
  await hub.stop();
  const db = openDatabase(server.url, 1, () => {});
  await db.query('TRUNCATE inbound');
  await db.close();
  return { perSecond: Math.round(accepted / seconds), ack };
}

interface Arrivals {
  readonly count: number;
  readonly repeats: number;
  readonly arrivals: readonly [string, number][];
}

const countOf = async (port: string) => (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Arrivals;

/** Waits until everything sent has arrived; gives the moment of the last arrival. */
async function arrived(port: string, sent: Load['sent']): Promise<Map<string, number>> {
  for (let tries = 0; tries < 1200; tries++) {
    const { arrivals } = await countOf(port);
    const at = new Map(arrivals.map(([start, time]) => [new Date(start).toISOString(), time]));
    // the load writes the start as Danish winter time, an hour before the same figures in UTC
    if (sent.every(([start]) => at.has(shifted(start)))) return at;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error('not everything arrived within two minutes');
}

const shifted = (start: string) => new Date(Date.parse(start) - 3_600_000).toISOString();

function latencies(sent: Load['sent'], at: Map<string, number>) {
  const ms = sent.map(([start, time]) => at.get(shifted(start))! - time).sort((a, b) => a - b);
  const share = (part: number) => ms[Math.min(ms.length - 1, Math.floor(ms.length * part))];
  return { p50: share(0.5), p99: share(0.99) };
}

/** CPU milliseconds a process has used so far (user and system; clock ticks of 10 ms). */
async function cpuOf(child: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function memoryOf(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

async function measureSize(
  name: string,
  env: Record<string, string>,
  { receiver, bare }: { receiver: string; bare: number },
): Promise<void> {
  const hub = await startHub('SAMSPIL_REDIS_URL' in env ? ['gateway', 'worker'] : ['all'], env);
  const warm = await load(hub.url, { token: hub.token, messages: 500 });
  await arrived(receiver, warm.sent);
  const cpuBefore = (await Promise.all(hub.children.map(cpuOf))).reduce((a, b) => a + b, 0);
  const full = await load(hub.url, { token: hub.token, messages: MESSAGES });
  const at = await arrived(receiver, full.sent);
  const last = Math.max(...full.sent.map(([start]) => at.get(shifted(start))!));
  const seconds = (last - full.sent[0]![1]) / 1000;
  const cpu = (await Promise.all(hub.children.map(cpuOf))).reduce((a, b) => a + b, 0) - cpuBefore;
  const perSecond = Math.round(full.accepted / seconds);
  const half = await load(hub.url, {
    token: hub.token,
    messages: Math.min(MESSAGES, perSecond * 5),
    rate: Math.max(1, Math.floor(perSecond / 2)),
  });
  const halfAt = await arrived(receiver, half.sent);
  const alone = await load(hub.url, { token: hub.token, messages: 100, rate: 10, connections: 1 });
  const aloneAt = await arrived(receiver, alone.sent);
  tell({
    bench: `end to end, ${name}`,
    perSecond,
    ofBare: ratio(perSecond, bare),
    acceptedPerSecond: Math.round(full.accepted / full.seconds),
    cpuMsPerMessage: Math.round((cpu / full.accepted) * 100) / 100,
    atHalfRate: { ack: half.ack, delivered: latencies(half.sent, halfAt) },
    alone: { ack: alone.ack, delivered: latencies(alone.sent, aloneAt) },
    memoryMb: await Promise.all(hub.children.map(memoryOf)),
    repeats: (await countOf(receiver)).repeats,
  });
  await hub.stop();
  if (perSecond < 20) throw new Error('collapsed: fewer than 20 messages a second');
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
