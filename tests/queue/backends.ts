import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { openPostgresQueue } from '../../src/queue/postgres.ts';
import type { LaneQueue } from '../../src/queue/queue.ts';
import { openRedisQueue } from '../../src/queue/redis.ts';
import { freshDatabase } from '../helpers/database.ts';

/** A scheduler to try: as many queues on it as wanted, and a way to make it forget everything. */
export interface Backend {
  readonly name: LaneQueue['kind'];
  open(): LaneQueue;
  forget(): Promise<void>;
  close(): Promise<void>;
}

export const REDIS_SERVER = [
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
].find(existsSync);
export const hasRedis = Boolean(process.env.SAMSPIL_REDIS_URL ?? REDIS_SERVER);

export async function postgresBackend(): Promise<Backend> {
  const database = await freshDatabase();
  const opened: LaneQueue[] = [];
  return {
    name: 'postgres',
    open: () =>
      kept(
        opened,
        openPostgresQueue(database.url, () => {}),
      ),
    async forget() {
      const { default: pg } = await import('pg');
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename ~ 'job|dedup'`,
      );
      await client.query(`TRUNCATE ${rows.map(({ name }) => name).join(', ')} CASCADE`);
      await client.end();
    },
    async close() {
      for (const queue of opened) await queue.close();
      await database.drop();
    },
  };
}

/** On SAMSPIL_REDIS_URL under a prefix of its own, or on a server started for the occasion. */
export async function redisBackend(): Promise<Backend> {
  const opened: LaneQueue[] = [];
  const prefix = `queue-test-${process.pid}-${Date.now()}`;
  const { url, server } = await redisServer();
  return {
    name: 'redis',
    open: () =>
      kept(
        opened,
        openRedisQueue(`${url}?prefix=${prefix}`, () => {}),
      ),
    async forget() {
      const client = new Redis(url);
      for (const key of await client.keys(`${prefix}:*`)) await client.del(key);
      client.disconnect();
    },
    async close() {
      for (const queue of opened) await queue.close();
      server?.kill('SIGTERM');
    },
  };
}

function kept(opened: LaneQueue[], queue: LaneQueue): LaneQueue {
  opened.push(queue);
  return queue;
}

async function redisServer(): Promise<{ url: string; server?: ChildProcess }> {
  if (process.env.SAMSPIL_REDIS_URL) return { url: process.env.SAMSPIL_REDIS_URL };
  const port = await new Promise<number>((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const at = (probe.address() as { port: number }).port;
      probe.close(() => done(at));
    });
  });
  const server = spawn(REDIS_SERVER!, ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
    stdio: 'ignore',
  });
  return { url: `redis://127.0.0.1:${port}`, server };
}
