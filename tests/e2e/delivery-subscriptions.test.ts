import { type Directives, writeDirective } from '../../src/store/directives.ts';
import type { Person } from '../helpers/messages.ts';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';
import {
  acknowledging,
  eventsOf,
  openWorld,
  person,
  statusOfSubscription,
  subscribe,
  type World,
} from './delivery-world.ts';

let world: World;
let practice: Receiver;
let office: Receiver;
let other: Receiver;
let discharges: string;

const OWN = '990612';

beforeAll(async () => {
  world = await openWorld();
  [practice, office, other] = [await openReceiver(), await openReceiver(), await openReceiver()];
  discharges = await subscribe(world, {
    client: 'demo-gp',
    endpoint: practice.url,
    topic: 'discharge',
    content: 'full-resource',
  });
});
afterAll(async () => {
  await world?.close();
  for (const receiver of [practice, office, other]) await receiver?.close();
});
beforeEach(() => {
  world.municipality.answer = acknowledging('ok');
  practice.answer = () => ({ status: 200 });
});

/** A stay that ends, of a patient of the practice; gives the discharge's message. */
async function discharge(who: Person, own = OWN): Promise<string> {
  await world.tell('A01', who, { practice: own });
  return world.tell('A03', who, { practice: own, diagnosis: 'DJ189^Pneumoni^SKS' });
}

const forPractice = async (message: string) =>
  (await world.story(message)).deliveries.find(({ recipient }) => recipient === `Subscription/${discharges}`);

async function untilPractice(message: string, state: string) {
  await eventually(
    async () => (await forPractice(message))?.state === state,
    10_000,
    () => `${state} did not come`,
  );
  return (await forPractice(message))!;
}

test('subscription set active must fire within five seconds', async () => {
  const before = Date.now();
  const message = await discharge(person(0));
  await untilPractice(message, 'delivered');
  expect(Date.now() - before).toBeLessThan(5_000);
  expect(eventsOf(practice)).toHaveLength(1);
});

test('author of a rest-hook subscription lacks access: nothing leaves', async () => {
  const before = practice.received.length;
  const message = await discharge(person(1), '990699');
  await eventually(async () => (await world.story(message)).state === 'done');
  expect((await forPractice(message))?.state ?? 'withheld').toBe('withheld');
  await new Promise((wait) => setTimeout(wait, 300));
  expect(practice.received).toHaveLength(before);
});

test('consent revoked after enqueue, before send: withheld, with the decision on record', async () => {
  practice.answer = () => ({ status: 503, headers: { 'retry-after': '1' } });
  const message = await discharge(person(2));
  await eventually(async () => ((await forPractice(message))?.attempts ?? 0) >= 1);
  const attempts = (await forPractice(message))!.attempts;
  await optOut(message);
  practice.answer = () => ({ status: 200 });
  const before = practice.received.length;
  const { id } = await untilPractice(message, 'withheld');
  expect(practice.received).toHaveLength(before);
  const { decisions = [] } = await world.story(message);
  const mine = decisions.filter(({ deliveryId }) => deliveryId === id);
  expect(mine[0]).toMatchObject({ phase: 'acceptance', outcome: expect.stringContaining('permit') });
  expect(mine.at(-1)).toMatchObject({
    phase: 'delivery',
    outcome: 'deny',
    codes: expect.arrayContaining([expect.stringMatching(/^DIR-/)]),
  });
  expect(attempts).toBeGreaterThan(0);
});

/** The patient says no to everybody, to everything: a row as the door for Consents writes it. */
async function optOut(message: string): Promise<void> {
  const [row] = await world.sql<{ patient: string }>('SELECT patient_id AS patient FROM message WHERE id = $1', [
    message,
  ]);
  const id = crypto.randomUUID();
  const flat: Directives['flat'] = [
    {
      id,
      kind: 'opt-out',
      status: 'active',
      grantor: 'patient',
      given: '2026-03-01',
      scope: { purpose: ['treatment'] },
    },
  ];
  const at = new Date().toISOString();
  const content = { resourceType: 'Consent' } as never;
  const directive = { id, patientId: row!.patient, version: 1, recordedBy: 'demo-gp', content, flat };
  await world.hub.hub.parts.db.transaction((db) => writeDirective(db, directive, at));
}

test('two subscriptions sharing a queue keep their own endpoints', async () => {
  const first = await subscribe(world, {
    client: 'demo-municipality',
    endpoint: `${office.url}/first`,
    topic: 'hospital-stay',
  });
  const second = await subscribe(world, {
    client: 'demo-municipality',
    endpoint: `${other.url}/second`,
    topic: 'hospital-stay',
  });
  const message = await world.tell('A01', person(3));
  await world.settled(message, 'acknowledged', 'delivered');
  const told = (receiver: Receiver) =>
    eventsOf(receiver).map(({ url, body }) => [url, /Subscription\/([0-9a-f-]{36})/.exec(String(body))?.[1]]);
  expect(told(office)).toEqual([['/first', first]]);
  expect(told(other)).toEqual([['/second', second]]);
});

test('endpoint deleted with jobs queued: they end with a reason', async () => {
  const [{ id }] = (await listOwn()) as [{ id: string }];
  office.answer = () => ({ status: 503 });
  other.answer = () => ({ status: 200 });
  const message = await world.tell('A21', person(3));
  await eventually(async () => (await world.story(message)).deliveries.length === 3);
  expect((await world.hub.request('demo-municipality', `/fhir/Subscription/${id}`, { method: 'DELETE' })).status).toBe(
    204,
  );
  await eventually(async () => {
    const mine = (await world.story(message)).deliveries.find(({ recipient }) => recipient === `Subscription/${id}`);
    return mine?.state === 'refused' && mine.reason === 'DELIVERY-RECIPIENT-GONE';
  }, 15_000);
});

const listOwn = () =>
  world.sql<{ id: string }>(
    `SELECT id FROM subscription WHERE client = 'demo-municipality' AND request ->> 'endpoint' LIKE '%/first'`,
  );

test('an address that says 410 switches its subscription off, and what waited for it ends with a reason', async () => {
  const [{ id }] = (await world.sql<{ id: string }>(
    `SELECT id FROM subscription WHERE request ->> 'endpoint' LIKE '%/second'`,
  )) as [{ id: string }];
  // answers late enough for the second to be in line by then
  other.answer = async () => {
    await new Promise((wait) => setTimeout(wait, 1_000));
    return { status: 410 };
  };
  const messages = [await world.tell('A22', person(3)), await world.tell('A03', person(3))];
  await eventually(async () => (await statusOfSubscription(world.hub, 'demo-municipality', id)) === 'off');
  for (const message of messages)
    await eventually(async () => {
      const mine = (await world.story(message)).deliveries.find(({ recipient }) => recipient === `Subscription/${id}`);
      return mine?.state === 'refused';
    });
  const seen = eventsOf(other).length;
  await world.tell('A01', person(4));
  await new Promise((wait) => setTimeout(wait, 300));
  expect(eventsOf(other)).toHaveLength(seen);
});

test('a resource bigger than any queue’s message: five megabytes go the whole way', async () => {
  const filling = `ZZZ|${'x'.repeat(5 * 1024 * 1024)}\r`;
  const message = await world
    .tell('A01', person(5), { unit: `MED1\r${filling.slice(0, -1)}` })
    .catch((thrown: Error) => thrown.message);
  expect(message).toMatch(/^[0-9a-f-]{36}$/);
  await world.settled(message, 'acknowledged', 'delivered');
  expect(
    await world.sql(`SELECT 1 FROM message_body WHERE id = $1 AND octet_length(bytes) > 5000000`, [message]),
  ).toHaveLength(1);
});
