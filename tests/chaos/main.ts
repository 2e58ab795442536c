import { parseArgs } from 'node:util';
import { hasRedis } from './processes.ts';
import { type ChaosRun, runChaos, tell } from './run.ts';

/** The full form: 2,000 messages on each queue. `npm run chaos -- --seed 7 --queue redis` runs one again. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    queue: { type: 'string' },
    patients: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Date.now() % 100_000);
const queues = (['postgres', 'redis'] as const).filter((queue) => !values.queue || values.queue === queue);
for (const queue of queues) {
  if (queue === 'redis' && !hasRedis) {
    console.log('chaos on redis: skipped, there is no redis-server and no SAMSPIL_REDIS_URL');
    continue;
  }
  const run: ChaosRun = {
    queue,
    patients: Number(values.patients ?? 50),
    messagesEach: 40,
    rounds: Number(values.rounds ?? 5),
    faultEveryMs: 2_000,
    betweenMs: 700,
    seed,
  };
  const result = await runChaos(run);
  console.log(tell(result));
  for (const fault of result.faults.slice(0, 40)) console.log(`  ${fault}`);
  if (result.faults.length > 0) process.exitCode = 1;
}
