import type { HubProcess, Killable, Postgres, RedisServer } from './processes.ts';
import { pause } from './processes.ts';

/** Numbers in [0, 1) from a seed (mulberry32): the same seed, the same run of faults. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Struck {
  readonly postgres: Postgres;
  readonly gateway: HubProcess;
  readonly worker: HubProcess;
  readonly redis?: RedisServer | undefined;
}

export interface Fault {
  readonly name: string;
  strike(): Promise<void>;
}

async function killAndReturn(part: Killable, gapMs: number): Promise<void> {
  await part.kill();
  await pause(gapMs);
  await part.start();
}

/** Every kind of fault there is here, `rounds` times each, in a random order. */
export function plan(
  { postgres, gateway, worker, redis }: Struck,
  rounds: number,
  random: () => number,
): readonly Fault[] {
  const kinds: readonly Fault[] = [
    { name: 'SIGKILL worker', strike: () => killAndReturn(worker, random() * 500) },
    { name: 'SIGKILL gateway', strike: () => killAndReturn(gateway, random() * 500) },
    { name: 'PostgreSQL restarted', strike: () => killAndReturn(postgres, random() * 500) },
    ...(redis
      ? [
          { name: 'FLUSHALL', strike: () => redis.flush() },
          { name: 'Redis restarted empty', strike: () => killAndReturn(redis, random() * 500) },
        ]
      : []),
  ];
  const all = Array.from({ length: rounds }, () => kinds).flat();
  return all
    .map((fault) => ({ fault, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ fault }) => fault);
}

/** Lets the faults happen one after the other, with random waits between; gives how often each did. */
export async function strikeAll(
  faults: readonly Fault[],
  wait: () => number,
): Promise<Readonly<Record<string, number>>> {
  const struck: Record<string, number> = {};
  for (const fault of faults) {
    await pause(wait());
    await fault.strike();
    struck[fault.name] = (struck[fault.name] ?? 0) + 1;
  }
  return struck;
}
