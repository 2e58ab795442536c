import { hasRedis } from './processes.ts';
import { type ChaosRun, runChaos, tell } from './run.ts';

/** The short form of `npm run chaos`. */
const SHORT = { patients: 24, messagesEach: 8, rounds: 1, faultEveryMs: 700, betweenMs: 350, seed: 20260310 } as const;

const QUEUES: readonly ChaosRun['queue'][] = hasRedis ? ['postgres', 'redis'] : ['postgres'];
if (!hasRedis) process.stderr.write('chaos on redis: skipped, there is no redis-server and no SAMSPIL_REDIS_URL\n');

test.each(QUEUES)(
  'killed at random moments, the hub loses nothing, repeats recognisably and keeps the order: lanes on %s',
  async (queue) => {
    const result = await runChaos({ ...SHORT, queue });
    process.stderr.write(`${tell(result)}\n`);
    expect(result.faults).toEqual([]);
    expect(result.acknowledged).toBe(SHORT.patients * SHORT.messagesEach);
    expect(result.deliveries).toBe(2 * result.acknowledged);
    expect(Object.values(result.struck).every((times) => times === SHORT.rounds)).toBe(true);
  },
  180_000,
);
