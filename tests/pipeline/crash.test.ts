import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { startHub } from '../../src/hub.ts';
import { acknowledging, headerIdOf, isAbout, openWorld, person, type World } from '../e2e/delivery-world.ts';
import { eventually } from '../helpers/receiver.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const about = (index: number) => world.municipality.received.filter(isAbout(person(index)));

test('kill after ACK, before queue insert: message still delivered once', async () => {
  const { parts } = world.hub.hub;
  const offer = parts.queue.offer;
  let lost = 0;
  parts.queue.offer = async (lanes) => {
    lost += lanes.length;
  };
  const message = await world.tell('A01', person(0));
  await new Promise((wait) => setTimeout(wait, 100));
  parts.queue.offer = offer;
  expect(lost).toBeGreaterThan(0);
  await world.settled(message, 'acknowledged');
  expect(about(0)).toHaveLength(1);
});

test('completion report lost, and a kill between taking a retry and making the next: settled by the same id', async () => {
  let isCut = false;
  world.municipality.answer = async (request) => {
    if (!isCut) {
      isCut = true;
      // the worker's connections die with the recipient's answer on its way: the lane's lock is gone, and nothing is on record
      await world.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'samspil'`,
      );
    }
    return acknowledging('ok')(request);
  };
  const message = await world.tell('A01', person(1));
  const later = await world.tell('A03', person(1));
  await world.settled(message, 'acknowledged');
  await world.settled(later, 'acknowledged');
  expect(isCut).toBe(true);
  const ids = [...new Set(about(1).map(headerIdOf))];
  expect(ids).toEqual([(await world.story(message)).deliveries[0]!.id, (await world.story(later)).deliveries[0]!.id]);
});

test('transaction in flight at crash is resolved on restart without operator', async () => {
  const { parts } = world.hub.hub;
  const work = parts.library.validate;
  // every inbound transaction dies in its middle, as if the power went
  Object.assign(parts.library, {
    validate: () => {
      throw Object.assign(new Error('gone'), { code: '57P01' });
    },
  });
  const message = await world.tell('A01', person(2));
  await new Promise((wait) => setTimeout(wait, 300));
  expect((await world.story(message)).state).toBe('received');
  Object.assign(parts.library, { validate: work });
  await world.settled(message, 'acknowledged');
  expect(about(2)).toHaveLength(1);
});

test('a second worker on the same database takes its share, and nothing goes twice', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'samspil-second-'));
  const config = readConfig({
    SAMSPIL_DATABASE_URL: world.hub.hub.databaseUrl,
    SAMSPIL_REDIS_URL:
      process.env.SAMSPIL_REDIS_URL &&
      `${process.env.SAMSPIL_REDIS_URL}?prefix=${world.hub.hub.databaseUrl.split('/').at(-1)}`,
    SAMSPIL_DATA_DIR: dataDir,
    SAMSPIL_ROLE: 'worker',
    SAMSPIL_EGRESS_ALLOW: 'loopback',
    SAMSPIL_LOG_LEVEL: 'silent',
  });
  const second = await startHub(config);
  try {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => world.tell('A01', person(10 + index))));
    for (const id of ids) await world.settled(id, 'acknowledged');
    for (let index = 10; index < 40; index++) expect(about(index)).toHaveLength(1);
  } finally {
    await second.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('an idle hub has nothing to offer', async () => {
  await eventually(async () => {
    const rows = await world.sql(`SELECT 1 FROM inbound UNION ALL SELECT 1 FROM delivery WHERE state = 'waiting'`);
    return rows.length === 0;
  });
});
