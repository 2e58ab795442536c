import type { LaneQueue } from '../queue/queue.ts';
import type { Log } from './parts.ts';

export interface Outbox {
  /** Notes lanes with new work, after their commit. Never waits and never throws. */
  offer(lanes: readonly string[]): void;
  /** Sends what is noted and stops. */
  close(): Promise<void>;
}

/** Feeds the queue: offers that come close together go as one call, and one that fails is left to the sweeper. */
export function openOutbox(queue: LaneQueue, log: Log, gatherMs = 2): Outbox {
  let noted = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    timer = undefined;
    const lanes = [...noted];
    noted = new Set();
    try {
      await queue.offer(lanes);
    } catch (thrown) {
      log.warn({ lanes: lanes.length, error: (thrown as Error).name }, 'lanes could not be offered; the sweeper will');
    }
  }

  return {
    offer(lanes) {
      for (const lane of lanes) noted.add(lane);
      if (lanes.length > 0 && !timer) timer = setTimeout(() => (sending = sending.then(flush)), gatherMs);
    },
    async close() {
      if (timer) clearTimeout(timer);
      await sending;
      if (noted.size > 0) await flush();
    },
  };
}
