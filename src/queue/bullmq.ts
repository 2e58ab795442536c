import type { BackendFactory, ConnectionOptions, JobsOptions } from 'bullmq';
import { Queue, Worker } from 'bullmq';
import type { LaneQueue } from './queue.ts';

const NAME = 'samspil-lanes';

/** What differs between the two backends. */
export interface Backend {
  readonly kind: LaneQueue['kind'];
  readonly connection: () => unknown;
  readonly factory: unknown;
  /** Beginning of all keys; PostgreSQL has a schema instead. */
  readonly prefix?: string;
}

/**
 * A killed worker's lanes are free again after this long. One that only paused may find its lane running elsewhere: the lock of
 * the lane in PostgreSQL, not this one, keeps two from working in it.
 */
const TAKE_OVER = { lockDuration: 6_000, stalledInterval: 2_000, maxStalledCount: 1_000 };

/** `lane` as deduplication id: at most one job of a lane waits and one runs (docs/decisions/0003). */
function options(lane: string, delay: number): JobsOptions {
  return {
    deduplication: { id: lane, keepLastIfActive: true, reschedule: true },
    removeOnComplete: true,
    removeOnFail: true,
    ...(delay > 0 && { delay }),
  };
}

/** A LaneQueue on BullMQ. `onError` hears of a broken connection; BullMQ reconnects by itself. */
export function openBullQueue(backend: Backend, onError: (error: Error) => void): LaneQueue {
  const base = () => ({
    connection: backend.connection() as ConnectionOptions,
    ...(backend.prefix && { prefix: backend.prefix }),
  });
  const factory = backend.factory as BackendFactory;
  const queue = new Queue(NAME, base(), factory as never);
  queue.on('error', onError);
  let worker: Worker | undefined;
  return {
    kind: backend.kind,
    async offer(lanes, delay = 0) {
      if (lanes.length === 0) return;
      await queue.addBulk(lanes.map((lane) => ({ name: lane, data: {}, opts: options(lane, delay) })));
    },
    async work(drain, concurrency) {
      worker = new Worker(NAME, (job) => drain(job.name), { ...base(), concurrency, ...TAKE_OVER }, factory as never);
      worker.on('error', onError);
      await worker.waitUntilReady();
    },
    async close() {
      await worker?.close();
      await queue.close();
    },
  };
}
