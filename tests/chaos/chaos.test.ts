import { type ChaosRun, runChaos, tell } from './run.ts';

/** The short form of `npm run chaos`. */
const SHORT = { patients: 24, messagesEach: 8, rounds: 1, faultEveryMs: 700, betweenMs: 350, seed: 20260310 } as const;

/** The full form and `npm run test:redis` do it on Redis as well. */
const queue: ChaosRun['queue'] = process.env.SAMSPIL_REDIS_URL ? 'redis' : 'postgres';

test(`killed at random moments, the hub loses nothing, repeats recognisably and keeps the order: lanes on ${queue}`, async () => {
  const result = await runChaos({ ...SHORT, queue });
  process.stderr.write(`${tell(result)}\n`);
  expect(result.faults).toEqual([]);
  expect(result.acknowledged).toBe(SHORT.patients * SHORT.messagesEach);
  expect(result.deliveries).toBe(2 * result.acknowledged);
  expect(Object.values(result.struck).every((times) => times === SHORT.rounds)).toBe(true);
}, 180_000);
