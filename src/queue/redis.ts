import { createRedisBackend } from 'bullmq';
import { openBullQueue } from './bullmq.ts';
import type { LaneQueue } from './queue.ts';

/** Lanes on Redis: the scaled size. `url` as of SAMSPIL_REDIS_URL; `?prefix=` keeps several hubs apart on one Redis. */
export function openRedisQueue(url: string, onError: (error: Error) => void): LaneQueue {
  const { hostname, port, username, password, pathname, protocol, searchParams } = new URL(url);
  const connection = () => ({
    host: hostname,
    port: Number(port || 6379),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 && { db: Number(pathname.slice(1)) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    maxRetriesPerRequest: null,
  });
  return openBullQueue(
    { kind: 'redis', connection, factory: createRedisBackend, prefix: searchParams.get('prefix') ?? 'samspil' },
    onError,
  );
}
