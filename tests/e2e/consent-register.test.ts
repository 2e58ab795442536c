import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';
import { eventsOf, openWorld, person, subscribe, type World } from './delivery-world.ts';

let world: World;
let service: Receiver;
let practice: Receiver;
let subscription: string;
const OWN = '990612';
const says = (registrations: object[]) => {
  service.answer = () => ({ status: 200, body: JSON.stringify({ registrations }) });
};

beforeAll(async () => {
  [service, practice] = [await openReceiver(), await openReceiver()];
  says([]);
  world = await openWorld({
    SAMSPIL_CONSENT_SERVICE_URL: `${service.url}/search`,
    SAMSPIL_CONSENT_SERVICE_TOKEN: 'secret-of-the-hub',
  });
  subscription = await subscribe(world, {
    client: 'demo-gp',
    endpoint: practice.url,
    topic: 'discharge',
    content: 'full-resource',
  });
});
afterAll(async () => {
  await world?.close();
  await service?.close();
  await practice?.close();
});

async function discharge(index: number) {
  await world.tell('A01', person(index), { practice: OWN });
  return world.tell('A03', person(index), { practice: OWN, diagnosis: 'DJ189^Pneumoni^SKS' });
}
const mine = async (message: string) =>
  (await world.story(message)).deliveries.find(({ recipient }) => recipient === `Subscription/${subscription}`);
const until = (message: string, state: string, reason?: string) =>
  eventually(
    async () => {
      const found = await mine(message);
      return found?.state === state && (reason === undefined || found.reason === reason);
    },
    10_000,
    () => `it did not become ${state}`,
  );

test('nothing registered: sent, after the register was asked with the number in the body', async () => {
  const message = await discharge(70);
  await until(message, 'delivered');
  expect(service.received.map(({ url }) => url)).toContain('/search');
  expect(service.received.some(({ body }) => String(body) === JSON.stringify({ person: person(70).cpr }))).toBe(true);
  expect(service.received[0]!.headers.authorization).toBe('Bearer secret-of-the-hub');
  expect(world.hub.logged()).not.toContain('secret-of-the-hub');
});

test('a negative registration withholds, and the decision names it', async () => {
  says([{ id: 'r-7', kind: 'negative', registered: '2026-02-01' }]);
  const before = eventsOf(practice).length;
  const message = await discharge(71);
  await until(message, 'withheld');
  expect(eventsOf(practice)).toHaveLength(before);
  const [row] = await world.sql<{ used: string[] }>(
    `SELECT content -> 'decision' -> 'directives' -> 'used' AS used FROM decision WHERE message_id = $1 AND phase = 'delivery' AND outcome = 'deny'`,
    [message],
  );
  expect(row!.used).toEqual(['register/r-7']);
});

test('what cannot be declined goes all the same', async () => {
  says([{ id: 'r-7', kind: 'negative', registered: '2026-02-01' }]);
  const message = await world.tell('A01', person(72));
  await world.settled(message, 'acknowledged');
});

test('the register is away: what may be declined waits and is not sent; when it answers again, it goes', async () => {
  service.answer = () => ({ status: 503 });
  const before = eventsOf(practice).length;
  const message = await discharge(73);
  await until(message, 'waiting', 'SYS-CONSENT-SOURCE-DOWN');
  const statutory = await world.tell('A01', person(74));
  await world.settled(statutory, 'acknowledged');
  expect(eventsOf(practice)).toHaveLength(before);
  says([]);
  await new Promise((rested) => setTimeout(rested, 5_100));
  await world.sql(`UPDATE delivery SET due_at = now() WHERE id = $1`, [(await mine(message))!.id]);
  await until(message, 'delivered');
});
