import { run } from '../../src/cli/main.ts';
import { eventually, type Received } from '../helpers/receiver.ts';
import {
  acknowledging,
  bundleOf,
  headerIdOf,
  isAbout,
  openWorld,
  person,
  QUICK,
  statusOf,
  type World,
} from './delivery-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
beforeEach(() => {
  world.municipality.answer = acknowledging('ok');
});

const about = (index: number) => world.municipality.received.filter(isAbout(person(index)));
/** Answers one person's messages its own way and the others' with ok. */
const only =
  (index: number, answer: (request: Received) => ReturnType<typeof world.municipality.answer>) => (request: Received) =>
    isAbout(person(index))(request) ? answer(request) : acknowledging('ok')(request);

test('down, then up: tried again with back-off, an intermediate state and its correction both delivered in order', async () => {
  const back = await world.away();
  await world.recipient({ retry: { ...QUICK, mostAttempts: 500 } });
  const admitted = await world.tell('A01', person(0));
  const cancelled = await world.tell('A11', person(0));
  const other = await world.tell('A01', person(1));
  await eventually(async () => (await world.story(admitted)).deliveries.some(({ attempts }) => attempts >= 2));
  await back();
  for (const id of [admitted, cancelled, other]) await world.settled(id, 'acknowledged');
  expect(about(0).map(statusOf)).toEqual(['in-progress', 'entered-in-error']);
  expect(about(0).map(headerIdOf)).toEqual([
    (await world.story(admitted)).deliveries[0]!.id,
    (await world.story(cancelled)).deliveries[0]!.id,
  ]);
  const tries = (await world.story(admitted)).deliveries[0]!.tries ?? [];
  expect(tries[0]).toMatchObject({ outcome: 'retry', reason: 'CHANNEL-CONNECT' });
  expect(tries.at(-1)!.outcome).toBe('delivered');
  await world.recipient({ retry: QUICK });
});

test('away for good: parked and visible, later ones of the patient wait, others go on, redriven in order', async () => {
  world.municipality.answer = only(2, () => ({ status: 503 }));
  const first = await world.tell('A01', person(2));
  const later = await world.tell('A03', person(2));
  await world.settled(first, 'parked');
  const other = await world.tell('A01', person(3));
  await world.settled(other, 'acknowledged');
  expect((await world.story(later)).deliveries[0]).toMatchObject({ state: 'waiting', attempts: 0 });
  const listed = await (await world.hub.request('demo-operator', '/admin/dead-letters')).json();
  const id = (await world.story(first)).deliveries[0]!.id;
  expect(listed).toMatchObject({
    deliveries: expect.arrayContaining([expect.objectContaining({ id, state: 'parked', reason: 'DELIVERY-AWAY' })]),
  });
  const told: string[] = [];
  const io = {
    out: (text: string) => told.push(text),
    err: () => {},
    env: { SAMSPIL_DATABASE_URL: world.hub.hub.databaseUrl },
    stdin: async () => Buffer.alloc(0),
  };
  expect(await run(['dead-letter', 'list'], io)).toBe(0);
  expect(JSON.parse(told.join(''))).toEqual(expect.arrayContaining([expect.objectContaining({ id })]));

  world.municipality.answer = acknowledging('ok');
  expect(await redrive(id)).toEqual([id]);
  await world.settled(first, 'acknowledged');
  await world.settled(later, 'acknowledged');
  expect(about(2).map(statusOf).slice(-2)).toEqual(['in-progress', 'finished']);
  expect(new Set(about(2).map(headerIdOf).slice(0, -1))).toEqual(new Set([id]));
});

async function redrive(...ids: string[]): Promise<readonly string[]> {
  const headers = { 'content-type': 'application/json' };
  const response = await world.hub.request('demo-operator', '/admin/dead-letters/redrive', {
    method: 'POST',
    headers,
    body: JSON.stringify({ ids }),
  });
  return ((await response.json()) as { redriven: string[] }).redriven;
}

test('second manual retry of the same event really sends', async () => {
  world.municipality.answer = only(4, () => ({ status: 422 }));
  const message = await world.tell('A01', person(4));
  const id = (await world.settled(message, 'refused'))[0]!.id;
  for (const times of [2, 3]) {
    await redrive(id);
    await eventually(() => about(4).length === times);
    await world.settled(message, 'refused');
  }
  expect(new Set(about(4).map(headerIdOf))).toEqual(new Set([id]));
});

test('refused by the recipient with 4xx: a dead letter, and the next one goes on', async () => {
  world.municipality.answer = only(5, () => ({ status: 400 }));
  const first = await world.tell('A01', person(5));
  expect(await world.settled(first, 'refused')).toMatchObject([{ reason: 'CHANNEL-REFUSED', attempts: 1 }]);
  await world.settled(await world.tell('A01', person(42)), 'acknowledged');
  // a discharge says nothing to a receiver who has not heard of the stay: it waits for somebody, and goes after the one before it
  const next = await world.tell('A03', person(5));
  expect(await world.settled(next, 'parked')).toMatchObject([{ reason: 'DELIVERY-NOT-CONFORMANT' }]);
  world.municipality.answer = acknowledging('ok');
  const redriven = await world.hub.request('demo-operator', '/admin/dead-letters/redrive', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ recipient: 'engby-advis' }),
  });
  expect(redriven.status).toBe(200);
  await world.settled(first, 'acknowledged');
  await world.settled(next, 'acknowledged');
  expect(about(5).map(statusOf).slice(-2)).toEqual(['in-progress', 'finished']);
});

test('receiver 4xx storms do not hide hub faults in the dead letter', async () => {
  world.municipality.answer = only(40, () => ({ status: 400 }));
  const storm = await world.tell('A01', person(40));
  await world.settled(storm, 'refused');
  const fault = await world.tell('A01', person(41));
  await world.settled(fault, 'acknowledged');
  await world.sql(`UPDATE delivery SET state = 'parked', reason = 'DELIVERY-NOT-CONFORMANT' WHERE message_id = $1`, [
    fault,
  ]);
  const listed = await (await world.hub.request('demo-operator', '/admin/dead-letters?limit=1')).json();
  expect(listed).toMatchObject({ deliveries: [{ messageId: fault }] });
  await world.sql(`UPDATE delivery SET state = 'acknowledged' WHERE message_id = $1`, [fault]);
});

test('503 with Retry-After is left alone for as long as it asks, and the order is kept', async () => {
  let busy = true;
  world.municipality.answer = only(6, (request) => {
    if (!busy) return acknowledging('ok')(request);
    busy = false;
    return { status: 503, headers: { 'retry-after': '2' } };
  });
  const first = await world.tell('A01', person(6));
  const next = await world.tell('A03', person(6));
  await world.settled(first, 'acknowledged');
  await world.settled(next, 'acknowledged');
  const [one, two] = about(6);
  expect(two!.at - one!.at).toBeGreaterThanOrEqual(1_950);
  expect(about(6).map(statusOf)).toEqual(['in-progress', 'in-progress', 'finished']);
});

test('retry after an answer that came too late carries the same id and is recognised', async () => {
  await world.recipient({ settings: { url: world.municipality.url, timeoutSeconds: 1 } });
  let slow = true;
  world.municipality.answer = only(7, async (request) => {
    if (slow) {
      slow = false;
      await new Promise((wait) => setTimeout(wait, 1_500));
    }
    return acknowledging('ok')(request);
  });
  const first = await world.tell('A01', person(7));
  const next = await world.tell('A03', person(7));
  await world.settled(next, 'acknowledged');
  const [delivery] = await world.settled(first, 'acknowledged');
  expect(delivery!.tries!.map(({ outcome }) => outcome)).toEqual(['unknown', 'delivered']);
  const [one, two, three] = about(7);
  expect(headerIdOf(one!)).toBe(headerIdOf(two!));
  expect(bundleOf(one!).id).not.toBe(bundleOf(two!).id);
  expect(statusOf(three!)).toBe('finished');
});

test('DNS failure counts as retryable', async () => {
  await world.recipient({ settings: { url: 'https://nobody.invalid/medcom' }, retry: { ...QUICK, mostAttempts: 500 } });
  const message = await world.tell('A01', person(8));
  await eventually(async () => (await world.story(message)).deliveries.some(({ attempts }) => attempts >= 2), 15_000);
  const [delivery] = (await world.story(message)).deliveries;
  expect(delivery).toMatchObject({ state: 'waiting', reason: 'CHANNEL-DNS' });
  await world.recipient({ settings: { url: world.municipality.url }, retry: QUICK });
  await world.settled(message, 'acknowledged');
});

test('pause receiver for a day, resume, order and count right', async () => {
  await world.recipient({ paused: true });
  const ids = [];
  for (const event of ['A01', 'A21', 'A22', 'A03']) ids.push(await world.tell(event, person(9)));
  await world.sql(`UPDATE delivery SET created_at = created_at - interval '1 day' WHERE message_id = ANY ($1)`, [ids]);
  await new Promise((wait) => setTimeout(wait, 500));
  expect(about(9)).toEqual([]);
  await world.recipient({ paused: false });
  for (const id of ids) await world.settled(id, 'acknowledged');
  expect(about(9).map(statusOf)).toEqual(['in-progress', 'onleave', 'in-progress', 'finished']);
});

test('what was parked while the recipient was away goes when it answers again', async () => {
  world.municipality.answer = () => ({ status: 503 });
  const parked = await world.tell('A01', person(10));
  await world.settled(parked, 'parked');
  await world.sql(`UPDATE delivery SET finished_at = finished_at - interval '1 hour' WHERE message_id = $1`, [parked]);
  world.municipality.answer = acknowledging('ok');
  await world.tell('A01', person(11));
  await world.settled(parked, 'acknowledged');
});

test('one message its recipient cannot digest does not stop the others', async () => {
  await world.recipient({ retry: { ...QUICK, mostAttempts: 500 } });
  world.municipality.answer = only(12, () => ({ status: 500 }));
  const stuck = await world.tell('A01', person(12));
  const others = [];
  for (let index = 13; index < 33; index++) others.push(await world.tell('A01', person(index)));
  for (const id of others) await world.settled(id, 'acknowledged');
  expect((await world.story(stuck)).deliveries).toMatchObject([{ state: 'waiting' }]);
  world.municipality.answer = acknowledging('ok');
  await world.settled(stuck, 'acknowledged');
  await world.recipient({ retry: QUICK });
});

test('recipient removed with deliveries waiting: refused with a reason, and nothing is sent', async () => {
  await world.recipient({ paused: true });
  const message = await world.tell('A01', person(34));
  await eventually(async () => (await world.story(message)).deliveries.length === 1);
  await world.sql(`DELETE FROM registry WHERE kind = 'recipient' AND id = 'engby-advis'`);
  await world.sql('UPDATE registry_revision SET revision = revision + 1');
  expect(await world.settled(message, 'refused')).toMatchObject([{ reason: 'DELIVERY-RECIPIENT-GONE', attempts: 0 }]);
  expect(about(34)).toEqual([]);
});

test('no person’s number or name is in the log', () => {
  expect(world.hub.logged()).not.toMatch(/\d{6}999\d|Afprøvning/);
});
