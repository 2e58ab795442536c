import type { AcknowledgementCode } from '../../src/formats/fhir/acknowledgement.ts';
import type { DemoClientId } from '../../src/gateway/sign-in/demo-clients.ts';
import { eventually, type Received } from '../helpers/receiver.ts';
import {
  acknowledgementOf,
  acknowledging,
  bundleOf,
  headerIdOf,
  isAbout,
  openWorld,
  person,
  statusOf,
  type World,
} from './delivery-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // the municipality's system speaks for its units by their SOR numbers, as MedCom messages name them
  await world.client('demo-municipality', {
    senders: { '880041000016001': 'engby-visitation', '5790009900351': 'engby-visitation' },
  });
  // somebody who may name that unit, but belongs to another legal entity
  await world.client('demo-gp', {
    senders: { '880041000016001': 'engby-visitation', '5790009900351': 'engby-visitation' },
  });
});
afterAll(() => world?.close());

const about = (index: number) => world.municipality.received.filter(isAbout(person(index)));
const silent = () => ({ status: 200 });

/** Hands an acknowledgement in as a message of its own, and waits until the hub has worked it; gives what the record says of it. */
async function acknowledge(
  received: Received,
  code: AcknowledgementCode,
  client: DemoClientId = 'demo-municipality',
): Promise<string> {
  const body = JSON.stringify(acknowledgementOf(bundleOf(received), code));
  const headers = { 'content-type': 'application/fhir+json' };
  const response = await world.hub.request(client, '/fhir/$process-message', { method: 'POST', headers, body });
  expect(response.status).toBe(202);
  const id = response.headers.get('location')!.split('/').at(-1)!;
  await eventually(async () => (await world.story(id)).state === 'done');
  const [row] = await world.sql<{ detail: { outcome: string } }>(
    `SELECT detail FROM audit WHERE kind = 'acknowledged' AND message_id = $1`,
    [id],
  );
  return row!.detail.outcome;
}

/** A message that is sent and waits for its acknowledgement. */
async function sent(index: number): Promise<{ message: string; id: string; received: Received }> {
  world.municipality.answer = silent;
  const message = await world.tell('A01', person(index));
  const id = (await world.settled(message, 'sent'))[0]!.id;
  return { message, id, received: about(index).at(-1)! };
}

const makeDue = (message: string) =>
  world.sql(`UPDATE delivery SET due_at = now() - interval '1 second' WHERE message_id = $1`, [message]);

test('in the answer: a fatal one is a dead letter, and the next goes on', async () => {
  world.municipality.answer = (request) =>
    acknowledging(statusOf(request) === 'finished' ? 'ok' : 'fatal-error')(request);
  const first = await world.tell('A01', person(0));
  const next = await world.tell('A03', person(0));
  expect(await world.settled(first, 'refused')).toMatchObject([{ reason: 'DELIVERY-REFUSED' }]);
  await world.settled(next, 'acknowledged');
});

test('in the answer: a transient one is sent again a minute later with the same id, in a new Bundle; later ones wait', async () => {
  world.municipality.answer = acknowledging('transient-error');
  const first = await world.tell('A01', person(1));
  const next = await world.tell('A03', person(1));
  await eventually(async () => (await world.story(first)).deliveries[0]?.reason === 'DELIVERY-REFUSED');
  const [row] = await world.sql<{ seconds: number }>(
    `SELECT extract(epoch FROM due_at - now())::int AS seconds FROM delivery WHERE message_id = $1`,
    [first],
  );
  expect(row!.seconds).toBeGreaterThan(50);
  await new Promise((wait) => setTimeout(wait, 300));
  expect(about(1)).toHaveLength(1);
  world.municipality.answer = acknowledging('ok');
  await makeDue(first);
  await world.settled(next, 'acknowledged');
  const [one, two, three] = about(1);
  expect(headerIdOf(two!)).toBe(headerIdOf(one!));
  expect(bundleOf(two!).id).not.toBe(bundleOf(one!).id);
  expect(statusOf(three!)).toBe('finished');
});

test('an answer that acknowledges another message acknowledges nothing', async () => {
  const other = await sent(2);
  world.municipality.answer = () => acknowledging('ok')(other.received);
  const message = await world.tell('A01', person(3));
  await world.settled(message, 'sent');
  expect((await world.story(other.message)).deliveries[0]!.state).toBe('sent');
});

test('as a message of its own; a duplicate and a late one change nothing', async () => {
  const { message, received } = await sent(4);
  expect(await acknowledge(received, 'ok')).toBe('settled');
  expect(await world.settled(message, 'acknowledged')).toMatchObject([{ attempts: 1 }]);
  expect(await acknowledge(received, 'ok')).toBe('late');
  expect(await acknowledge(received, 'fatal-error')).toBe('late');
  await world.settled(message, 'acknowledged');
});

test('a transient one is replaced by the real verdict', async () => {
  const { message, received } = await sent(5);
  expect(await acknowledge(received, 'transient-error')).toBe('settled');
  expect((await world.story(message)).deliveries[0]!.state).toBe('waiting');
  expect(await acknowledge(received, 'fatal-error')).toBe('settled');
  await world.settled(message, 'refused');
});

test('from somebody who does not belong to the recipient it does not count', async () => {
  const { message, received } = await sent(6);
  expect(await acknowledge(received, 'ok', 'demo-gp')).toBe('foreign');
  expect((await world.story(message)).deliveries[0]!.state).toBe('sent');
  expect(await acknowledge(received, 'ok')).toBe('settled');
});

test('of something the hub never sent: on record, and nothing else', async () => {
  const { received } = await sent(7);
  const header = bundleOf(received).entry![0]!.resource!;
  const unknown = { ...received, body: Buffer.from(String(received.body).replaceAll(header.id!, crypto.randomUUID())) };
  expect(await acknowledge(unknown, 'ok')).toBe('unmatched');
});

test('one that is quicker than the answer to the request it acknowledges stands', async () => {
  world.municipality.answer = async (request) => {
    await acknowledge(request, 'ok');
    return { status: 200 };
  };
  const message = await world.tell('A01', person(8));
  await world.settled(message, 'acknowledged');
  await eventually(async () => (await world.story(message)).deliveries[0]?.tries?.[0]?.outcome === 'delivered');
  await world.settled(message, 'acknowledged');
});

test('unanswered for half an hour: sent again with the same MessageHeader.id and a new Bundle.id, three times in all', async () => {
  const { message, id } = await sent(9);
  const [row] = await world.sql<{ minutes: number }>(
    `SELECT round(extract(epoch FROM due_at - now()) / 60)::int AS minutes FROM delivery WHERE id = $1`,
    [id],
  );
  expect(row!.minutes).toBe(30);
  for (const times of [2, 3]) {
    await makeDue(message);
    await eventually(() => about(9).length === times);
    await world.settled(message, 'sent');
  }
  await makeDue(message);
  expect(await world.settled(message, 'refused')).toMatchObject([{ reason: 'DELIVERY-UNANSWERED', attempts: 3 }]);
  expect(new Set(about(9).map(headerIdOf))).toEqual(new Set([id]));
  expect(new Set(about(9).map((request) => bundleOf(request).id)).size).toBe(3);
});

test('tries that nobody took do not count among the three sendings', async () => {
  let busy = 3;
  world.municipality.answer = () => ({ status: busy-- > 0 ? 503 : 200 });
  const message = await world.tell('A01', person(10));
  await world.settled(message, 'sent');
  await makeDue(message);
  await eventually(() => about(10).length === 5);
  await world.settled(message, 'sent');
});

test('messages of a stay that waited together still carry their history', async () => {
  world.municipality.answer = acknowledging('ok');
  await world.recipient({ paused: true });
  await world.tell('A01', person(11));
  const last = await world.tell('A03', person(11));
  await eventually(async () => (await world.story(last)).deliveries.length === 1);
  await world.recipient({ paused: false });
  await world.settled(last, 'acknowledged');
  const [one, two] = about(11);
  const history = JSON.stringify(
    bundleOf(two!).entry!.filter(({ resource }) => resource?.resourceType === 'Provenance'),
  );
  expect(history).toContain(headerIdOf(one!));
});
