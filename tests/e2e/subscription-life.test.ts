import type { Bundle, Parameters as FhirParameters } from '@medplum/fhirtypes';
import { eventually, openReceiver, type Received, type Receiver } from '../helpers/receiver.ts';
import { bundleOf, eventsOf, openWorld, person, statusOfSubscription, type World } from './delivery-world.ts';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/';
const SECRET = `whsec_${Buffer.from('a signing secret of a test, 32 b.').toString('base64')}`;
const FHIR = { 'content-type': 'application/fhir+json' };

let world: World;
let receivers: Receiver[] = [];
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.close();
});
afterEach(async () => {
  await world.sql(`UPDATE subscription SET status = 'off'`);
  for (const receiver of receivers) await receiver.close();
  receivers = [];
});

async function receiver(): Promise<Receiver> {
  const opened = await openReceiver();
  receivers.push(opened);
  return opened;
}

interface Wanted {
  readonly endpoint: string;
  readonly filters?: readonly string[];
  readonly channel?: readonly object[];
  readonly header?: readonly string[];
  readonly end?: string;
}

function subscription({ endpoint, filters = [], channel = [], header, end }: Wanted) {
  const criteria = filters.map((valueString) => ({ url: `${BACKPORT}backport-filter-criteria`, valueString }));
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'A test',
    ...(end && { end }),
    criteria: 'http://samspil.dk/fhir/SubscriptionTopic/hospital-stay',
    ...(criteria.length > 0 && { _criteria: { extension: criteria } }),
    channel: {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      _payload: { extension: [{ url: `${BACKPORT}backport-payload-content`, valueCode: 'id-only' }] },
      ...(header && { header }),
      ...(channel.length > 0 && { extension: channel }),
    },
  };
}

async function create(wanted: Wanted) {
  const body = JSON.stringify(subscription(wanted));
  const response = await world.hub.request('demo-municipality', '/fhir/Subscription', {
    method: 'POST',
    headers: FHIR,
    body,
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(text);
  const { id } = JSON.parse(text) as { id: string };
  await becomes(id, 'active');
  return { id, text };
}

const becomes = (id: string, status: string) =>
  eventually(
    async () => (await statusOfSubscription(world.hub, 'demo-municipality', id)) === status,
    10_000,
    () => `the subscription did not become ${status}`,
  );

const typeOf = (request: Received) =>
  (bundleOf(request).entry![0]!.resource as FhirParameters).parameter?.find(({ name }) => name === 'type')?.valueCode;
const heartbeats = ({ received }: Receiver) => received.filter((request) => typeOf(request) === 'heartbeat');

test('filters are applied: what does not meet all of them is neither sent nor counted', async () => {
  const [inpatients, outpatients] = [await receiver(), await receiver()];
  const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  await create({ endpoint: inpatients.url, filters: [`Encounter?class=${system}|IMP`] });
  const none = await create({
    endpoint: outpatients.url,
    filters: ['Encounter?class=AMB', 'Encounter?status=in-progress'],
  });
  const message = await world.tell('A01', person(60));
  await world.settled(message, 'acknowledged', 'delivered');
  expect(eventsOf(inpatients)).toHaveLength(1);
  expect(eventsOf(outpatients)).toHaveLength(0);
  expect(
    (await world.sql<{ events: string }>('SELECT events FROM subscription WHERE id = $1', [none.id]))[0]!.events,
  ).toBe('0');
});

test('notifications are signed with the secret, handshake included; secret and headers are never shown again', async () => {
  const office = await receiver();
  const channel = [{ url: 'http://samspil.dk/fhir/StructureDefinition/webhook-secret', valueString: SECRET }];
  const { id, text } = await create({ endpoint: office.url, channel, header: ['X-Key: of-the-office'] });
  const message = await world.tell('A01', person(61));
  await world.settled(message, 'acknowledged', 'delivered');
  expect(office.received.map(typeOf)).toEqual(['handshake', 'event-notification']);
  for (const { headers } of office.received) {
    expect(headers['webhook-signature']).toMatch(/^v1,/);
    expect(headers['x-key']).toBe('of-the-office');
  }
  const read = await (await world.hub.request('demo-municipality', `/fhir/Subscription/${id}`)).text();
  const list = await (await world.hub.request('demo-municipality', '/fhir/Subscription')).text();
  for (const shown of [text, read, list, world.hub.logged()]) {
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('of-the-office');
  }
});

test('heartbeats only where asked for, as often as asked, and not counted', async () => {
  const [asked, silent] = [await receiver(), await receiver()];
  const channel = [{ url: `${BACKPORT}backport-heartbeat-period`, valueUnsignedInt: 10 }];
  const { id } = await create({ endpoint: asked.url, channel });
  await create({ endpoint: silent.url });
  const long = new Date(Date.now() - 11_000).toISOString();
  await world.sql('UPDATE subscription SET last_sent_at = $1, changed_at = $1', [long]);
  await eventually(() => heartbeats(asked).length === 1);
  await new Promise((wait) => setTimeout(wait, 1_500));
  expect(heartbeats(asked)).toHaveLength(1);
  expect(heartbeats(silent)).toHaveLength(0);
  await world.sql(`UPDATE subscription SET last_sent_at = $1, status = 'error' WHERE id = $2`, [long, id]);
  await eventually(() => heartbeats(asked).length === 2);
  const status = bundleOf(heartbeats(asked)[1]!).entry![0]!.resource as FhirParameters;
  const told = Object.fromEntries(
    status.parameter!.map(({ name, valueCode, valueString }) => [name, valueCode ?? valueString]),
  );
  expect(told).toMatchObject({ status: 'error', 'events-since-subscription-start': '0' });
});

test('a subscription ends when its end has come', async () => {
  const office = await receiver();
  const { id } = await create({ endpoint: office.url, end: new Date(Date.now() + 1_500).toISOString() });
  await becomes(id, 'off');
  await world.tell('A01', person(62));
  await new Promise((wait) => setTimeout(wait, 300));
  expect(eventsOf(office)).toHaveLength(0);
});

test('an address that shuts out puts the subscription in error; events wait, and go when its owner asks again', async () => {
  const office = await receiver();
  const { id } = await create({ endpoint: office.url });
  office.answer = () => ({ status: 401 });
  await world.tell('A01', person(63));
  await becomes(id, 'error');
  office.answer = () => ({ status: 200 });
  const second = await world.tell('A01', person(64));
  await new Promise((wait) => setTimeout(wait, 500));
  expect(eventsOf(office)).toHaveLength(1);
  const status = (await (
    await world.hub.request('demo-municipality', `/fhir/Subscription/${id}/$status`)
  ).json()) as Bundle;
  expect(JSON.stringify(status)).toContain('DELIVERY-REFUSED');
  const body = JSON.stringify({ ...subscription({ endpoint: office.url }), id });
  await world.hub.request('demo-municipality', `/fhir/Subscription/${id}`, { method: 'PUT', headers: FHIR, body });
  await becomes(id, 'active');
  await world.settled(second, 'acknowledged', 'delivered');
  expect(eventsOf(office)).toHaveLength(2);
});

test('one message the subscriber cannot digest does not put the others at rest', async () => {
  const office = await receiver();
  const { id } = await create({ endpoint: office.url });
  office.answer = () => ({ status: 422 });
  const first = await world.tell('A01', person(65));
  await eventually(async () => (await world.story(first)).deliveries.some(({ state }) => state === 'refused'));
  office.answer = () => ({ status: 200 });
  const second = await world.tell('A01', person(66));
  await world.settled(second, 'acknowledged', 'delivered');
  expect(await statusOfSubscription(world.hub, 'demo-municipality', id)).toBe('active');
});

test('what was given up while the subscriber was away puts it in error, and goes when its owner asks again', async () => {
  const office = await receiver();
  const { id } = await create({ endpoint: office.url });
  office.answer = () => ({ status: 503 });
  const message = await world.tell('A01', person(67));
  const mine = async () =>
    (await world.story(message)).deliveries.find(({ recipient }) => recipient === `Subscription/${id}`);
  await eventually(async () => ((await mine())?.attempts ?? 0) > 0);
  const old = new Date(Date.now() - 8 * 24 * 3_600_000).toISOString();
  await world.sql('UPDATE delivery SET created_at = $2 WHERE id = $1', [(await mine())!.id, old]);
  await eventually(async () => (await mine())?.state === 'parked', 20_000);
  await becomes(id, 'error');
  office.answer = () => ({ status: 200 });
  const body = JSON.stringify({ ...subscription({ endpoint: office.url }), id });
  await world.hub.request('demo-municipality', `/fhir/Subscription/${id}`, { method: 'PUT', headers: FHIR, body });
  await eventually(async () => (await mine())?.state === 'delivered');
});
