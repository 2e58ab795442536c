import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export const pause = (ms: number) => new Promise<void>((wait) => setTimeout(wait, ms));

/** Something that can be killed at any moment and brought back as it was. */
export interface Killable {
  readonly name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

/** One process of the hub, its log in `<folder>/<role>.log`; it is not waited for, as a sender would not. */
export class HubProcess implements Killable {
  readonly name: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(role: 'gateway' | 'worker', folder: string, env: Readonly<Record<string, string>>) {
    this.name = role;
    this.#folder = folder;
    this.#env = env;
  }

  async start(): Promise<void> {
    const log = await open(join(this.#folder, `${this.name}.log`), 'a');
    this.#child = spawn(
      process.execPath,
      ['--no-warnings', join(ROOT, 'bin/samspil.js'), 'serve', '--role', this.name],
      {
        cwd: ROOT,
        env: { ...process.env, ...this.#env },
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await log.close();
  }

  async kill(): Promise<void> {
    await ended(this.#child, 'SIGKILL');
  }

  async stop(): Promise<void> {
    await ended(this.#child, 'SIGTERM');
  }

  /** True where the process ended by itself: a hub must outlive whatever happens around it. */
  get hasFallen(): boolean {
    return this.#child !== undefined && this.#child.exitCode !== null;
  }
}

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill(signal);
  await gone;
}

/** PostgreSQL in a folder of its own; killed by an immediate shutdown (no checkpoint, every connection cut), back on the same port. */
export class Postgres implements Killable {
  readonly name = 'postgres';
  readonly #folder: string;
  #server: EmbeddedServer | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get url(): string {
    return this.#server!.url;
  }

  async start(): Promise<void> {
    this.#server = await startEmbedded(this.#folder, ['max_connections=200'], this.#server?.port);
  }

  async kill(): Promise<void> {
    const { pid } = this.#server!;
    process.kill(pid, 'SIGQUIT');
    while (isAlive(pid)) await pause(10);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const REDIS_SERVER = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'].find(
  existsSync,
);

/** True where there is a Redis to try: one named by SAMSPIL_REDIS_URL, or a program to start one of our own. */
export const hasRedis = Boolean(process.env.SAMSPIL_REDIS_URL ?? REDIS_SERVER);

/** Redis with nothing on disk; `kill` empties it, or, where it is our own, ends it. */
export class RedisServer implements Killable {
  readonly name = 'redis';
  #url = process.env.SAMSPIL_REDIS_URL;
  #child: ChildProcess | undefined;
  #port: number | undefined;

  /** With a prefix of its own, where the server is shared with others. */
  get url(): string {
    return `${this.#url}?prefix=chaos-${process.pid}`;
  }

  async start(): Promise<void> {
    if (process.env.SAMSPIL_REDIS_URL) return;
    this.#port ??= await freePort();
    this.#url = `redis://127.0.0.1:${this.#port}`;
    this.#child = spawn(
      REDIS_SERVER!,
      ['--port', String(this.#port), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'],
      {
        stdio: 'ignore',
      },
    );
  }

  async kill(): Promise<void> {
    if (process.env.SAMSPIL_REDIS_URL) return this.flush();
    await ended(this.#child, 'SIGKILL');
  }

  /** Everything the scheduler knows is gone, with the connections still up. On a shared server: everything of ours. */
  async flush(): Promise<void> {
    const client = new Redis(this.#url!, { maxRetriesPerRequest: 3 });
    client.on('error', () => {});
    try {
      if (!process.env.SAMSPIL_REDIS_URL) await client.flushall();
      else for (const key of await client.keys(`chaos-${process.pid}:*`)) await client.del(key);
    } finally {
      client.disconnect();
    }
  }

  async stop(): Promise<void> {
    await ended(this.#child, 'SIGTERM');
  }
}
