import type { Bundle, Encounter, MessageHeader, Parameters } from '@medplum/fhirtypes';
import { writeAcknowledgement } from '../../src/formats/fhir/acknowledgement.ts';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, BRUNO, NANCY } from '../helpers/messages.ts';
import { type Answer, eventually, openReceiver, type Received, type Receiver } from '../helpers/receiver.ts';

let test1: TestHub;
let municipality: Receiver;
let subscriber: Receiver;

const HL7 = { 'content-type': 'application/hl7-v2' };

beforeAll(async () => {
  municipality = await openReceiver(acknowledge('ok'));
  subscriber = await openReceiver();
  test1 = await openTestHub();
  const { recipients } = (await test1.hub.parts.region.current(test1.hub.parts.db)).region;
  await test1.change(
    ...['engby-advis', 'strandby-advis'].map((id) => ({
      kind: 'recipient' as const,
      id,
      content: { ...recipients.get(id)!, settings: { url: municipality.url } },
    })),
  );
});
afterAll(async () => {
  await test1?.close();
  await municipality?.close();
  await subscriber?.close();
});

function acknowledge(code: 'ok' | 'fatal-error' | 'transient-error') {
  return ({ body }: Received): Answer => {
    const issues = code === 'ok' ? [] : [{ code: 'DOOR-JSON' as const, severity: 'error' as const }];
    const answer = writeAcknowledgement({
      original: JSON.parse(String(body)) as Bundle,
      code,
      issues,
      ids: { bundle: crypto.randomUUID(), message: crypto.randomUUID() },
      now: new Date().toISOString(),
    });
    return { status: 200, body: JSON.stringify(answer), contentType: 'application/fhir+json' };
  };
}

async function post(message: string, client: Parameters_<typeof test1.request>[0] = 'demo-epj') {
  const response = await test1.request(client, '/messages', { method: 'POST', headers: HL7, body: message });
  return {
    status: response.status,
    ack: await response.text(),
    id: response.headers.get('location')?.split('/').at(-1) ?? '',
  };
}
type Parameters_<F extends (...args: never[]) => unknown> = globalThis.Parameters<F>;

async function story(id: string, client: 'demo-operator' | 'demo-epj' = 'demo-operator') {
  return (await (await test1.request(client, `/messages/${id}`)).json()) as {
    state: string;
    steps: { step: string; issues?: { code: string }[] }[];
    decisions?: { outcome: string; codes: string[]; phase: string }[];
    deliveries: { recipient: string; state: string; messageHeaderId?: string; attempts: number }[];
  };
}

async function settled(id: string, state: string) {
  await eventually(
    async () => {
      const told = await story(id);
      return told.deliveries.length > 0 && told.deliveries.every((delivery) => delivery.state === state);
    },
    10_000,
    () => `deliveries of the message are not ${state}; log: ${test1.logged().slice(-2000)}`,
  );
  return story(id);
}

const codesOf = (received: readonly Received[]) =>
  received.map(({ body }) => {
    const bundle = JSON.parse(String(body)) as Bundle;
    const encounter = bundle.entry?.find(({ resource }) => resource?.resourceType === 'Encounter')
      ?.resource as Encounter;
    return `${encounter.class.code} ${encounter.status}`;
  });

test('a stay from admission to discharge reaches the home municipality, is acknowledged, and its story is told', async () => {
  const visit = 'V-100';
  const admitted = '202603100635';
  const first = await post(adt({ event: 'A01', id: 'E2E-1', person: NANCY, at: '202603100640', visit, admitted }));
  expect(first.status).toBe(202);
  expect(first.ack).toContain('MSA|AA|E2E-1');
  await settled(first.id, 'acknowledged');
  const moved = await post(
    adt({ event: 'A02', id: 'E2E-2', person: NANCY, at: '202603100900', visit, admitted, unit: 'MED2' }),
  );
  const last = await post(
    adt({ event: 'A03', id: 'E2E-3', person: NANCY, at: '202603101400', visit, admitted, discharged: '202603101355' }),
  );
  const told = await settled(last.id, 'acknowledged');
  expect((await story(moved.id)).deliveries).toEqual([]);
  expect(codesOf(municipality.received)).toEqual(['IMP in-progress', 'IMP finished']);
  expect(told.state).toBe('done');
  expect(told.steps.map(({ step }) => step)).toEqual([
    'receive',
    'parse',
    'map',
    'validate',
    'store',
    'decide',
    'route',
  ]);
  expect(told.decisions?.map(({ phase, codes }) => [phase, codes])).toEqual([
    ['acceptance', ['RSL12C', 'AGR-NOT-NEEDED', 'DIR-NOT-APPLICABLE']],
    ['delivery', ['RSL12C', 'AGR-NOT-NEEDED', 'DIR-NOT-APPLICABLE']],
  ]);
});

test('a notice carries nothing clinical, and its history names the one before', () => {
  const [stin, slhj] = municipality.received.map(({ body }) => JSON.parse(String(body)) as Bundle);
  expect(JSON.stringify(slhj)).not.toMatch(/MED1|MED2|Prøvevej/);
  const header = stin!.entry![0]!.resource as MessageHeader;
  const provenances = slhj!.entry!.filter(({ resource }) => resource?.resourceType === 'Provenance');
  expect(provenances).toHaveLength(2);
  expect(JSON.stringify(provenances)).toContain(`MessageHeader/${header.id}`);
});

test('a repeat gets the first receipt again; the same id with other bytes is refused', async () => {
  const message = adt({
    event: 'A01',
    id: 'E2E-4',
    person: BRUNO,
    at: '202603110640',
    visit: 'V-200',
    admitted: '202603110630',
  });
  const first = await post(message);
  const again = await post(message);
  expect(again.ack).toBe(first.ack);
  expect(again.id).toBe(first.id);
  const reused = await post(message.replace('Bruno', 'Brune'));
  expect(reused.status).toBe(409);
  expect(reused.ack).toContain('DOOR-CONTROL-ID-REUSED');
  expect(reused.ack).not.toContain(BRUNO.cpr);
});

test('a subscriber shakes hands and gets id-only notices of the stays of its own citizens', async () => {
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Discharge notices',
    criteria: 'http://samspil.dk/fhir/SubscriptionTopic/hospital-stay',
    channel: {
      type: 'rest-hook',
      endpoint: `${subscriber.url}/hook`,
      payload: 'application/fhir+json',
      _payload: {
        extension: [
          {
            url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
            valueCode: 'id-only',
          },
        ],
      },
    },
  };
  const created = await test1.request('demo-municipality', '/fhir/Subscription', {
    method: 'POST',
    body: JSON.stringify(subscription),
    headers: { 'content-type': 'application/fhir+json' },
  });
  expect([created.status, await created.clone().json()]).toEqual([
    201,
    expect.objectContaining({ status: 'requested' }),
  ]);
  const { id } = (await created.json()) as { id: string };
  await subscriber.until(1);
  await eventually(
    async () =>
      ((await (await test1.request('demo-municipality', `/fhir/Subscription/${id}`)).json()) as { status: string })
        .status === 'active',
  );
  const theirs = await post(
    adt({ event: 'A01', id: 'E2E-5', person: NANCY, at: '202603120640', visit: 'V-101', admitted: '202603120635' }),
  );
  const others = await post(
    adt({ event: 'A03', id: 'E2E-6', person: BRUNO, at: '202603121200', visit: 'V-200', discharged: '202603121155' }),
  );
  await settled(others.id, 'acknowledged');
  await eventually(async () =>
    (await story(theirs.id)).deliveries.every(({ state }) => ['acknowledged', 'delivered'].includes(state)),
  );
  expect(subscriber.received).toHaveLength(2);
  const bundle = JSON.parse(String(subscriber.received[1]!.body)) as Bundle;
  const status = bundle.entry![0]!.resource as Parameters;
  expect(status.parameter?.find(({ name }) => name === 'type')?.valueCode).toBe('event-notification');
  expect(bundle.entry!.slice(1).map(({ resource }) => resource)).toEqual(bundle.entry!.slice(1).map(() => undefined));
  expect(String(subscriber.received[1]!.body)).not.toContain(NANCY.cpr);
});

test('another client’s subscription is not found, not forbidden', async () => {
  const { entry } = (await (await test1.request('demo-municipality', '/fhir/Subscription')).json()) as {
    entry: { resource: { id: string } }[];
  };
  const response = await test1.request('demo-gp', `/fhir/Subscription/${entry[0]!.resource.id}`);
  expect(response.status).toBe(404);
});

test('what a sender is told leaves out decisions', async () => {
  const posted = await post(
    adt({ event: 'A01', id: 'E2E-7', person: BRUNO, at: '202603130640', visit: 'V-201', admitted: '202603130630' }),
  );
  await settled(posted.id, 'acknowledged');
  const told = await story(posted.id, 'demo-epj');
  expect(told.decisions).toBeUndefined();
  expect(told.steps.map(({ step }) => step)).not.toContain('decide');
});

test('no person’s number or name is in the log', () => {
  expect(test1.logged()).not.toMatch(new RegExp([NANCY.cpr, BRUNO.cpr, NANCY.family, BRUNO.family].join('|')));
});
