import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AssertionMemory,
  assertionsInDatabase,
  assertionsInMemory,
} from '../../src/gateway/sign-in/assertion-memory.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../helpers/database.ts';

let drop: () => Promise<void>;
let databases: Database[];
beforeAll(async () => {
  const fresh = await freshDatabase();
  drop = fresh.drop;
  databases = [openDatabase(fresh.url, 4, () => {}), openDatabase(fresh.url, 4, () => {})];
});
afterAll(async () => {
  await Promise.all(databases.map((db) => db.close()));
  await drop();
});

let now = Date.parse('2026-03-01T10:00:00Z');
const clock = () => new Date(now);
const after = (seconds: number) => new Date(now + seconds * 1000);

/** Two views of one memory: for the database, two gateways. */
const MEMORIES: [string, () => [AssertionMemory, AssertionMemory]][] = [
  [
    'in memory',
    () => {
      const memory = assertionsInMemory(clock);
      return [memory, memory];
    },
  ],
  [
    'in the database, seen from two gateways',
    () => [assertionsInDatabase(databases[0]!, clock), assertionsInDatabase(databases[1]!, clock)],
  ],
];

describe.each(MEMORIES)('%s', (_name, open) => {
  test('the first use of many at once is one', async () => {
    const [one, two] = open();
    const until = after(60);
    const uses = Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).firstUse('epj', 'together', until));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
  });

  test('used is used on either side; another client’s jti is another one', async () => {
    const [one, two] = open();
    expect(await one.firstUse('epj', 'j1', after(60))).toBe(true);
    expect(await two.firstUse('epj', 'j1', after(60))).toBe(false);
    expect(await two.firstUse('gp', 'j1', after(60))).toBe(true);
    expect(await two.firstUse('epj', 'j2', after(60))).toBe(true);
  });

  test('forgotten when it could not be used any more, and not before', async () => {
    const [one, two] = open();
    await one.firstUse('epj', 'brief', after(60));
    now += 59_000;
    expect(await two.firstUse('epj', 'brief', after(60))).toBe(false);
    now += 2_000;
    expect(await two.firstUse('epj', 'brief', after(60))).toBe(true);
  });
});
