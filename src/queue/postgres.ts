import { createPostgresBackend } from 'bullmq';
import { openBullQueue } from './bullmq.ts';
import type { LaneQueue } from './queue.ts';

/** Lanes on the hub's own PostgreSQL, in a schema of their own: the embedded size. */
export function openPostgresQueue(url: string, onError: (error: Error) => void): LaneQueue {
  const connection = () => ({
    connectionString: url,
    schema: 'bullmq',
    migrate: true,
    max: 4,
    application_name: 'samspil-lanes',
  });
  return openBullQueue({ kind: 'postgres', connection, factory: createPostgresBackend }, onError);
}
