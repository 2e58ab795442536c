import type { Bundle, Parameters as FhirParameters, ParametersParameter } from '@medplum/fhirtypes';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';
import { openWorld, person, subscribe, type World } from './delivery-world.ts';

let world: World;
let practice: Receiver;
let full: string;
let level: string;
const OWN = '990612';

beforeAll(async () => {
  world = await openWorld();
  practice = await openReceiver();
  const to = { client: 'demo-gp', endpoint: practice.url, topic: 'discharge' } as const;
  full = await subscribe(world, { ...to, content: 'full-resource' });
  level = await subscribe(world, { ...to, content: 'id-only' });
  for (const index of [80, 81, 82]) {
    await world.tell('A01', person(index), { practice: OWN });
    const message = await world.tell('A03', person(index), { practice: OWN, diagnosis: 'DJ189^Pneumoni^SKS' });
    await eventually(async () => {
      const { deliveries } = await world.story(message);
      return deliveries.filter(({ recipient, state }) => recipient.includes('/') && state === 'delivered').length === 2;
    });
  }
});
afterAll(async () => {
  await world?.close();
  await practice?.close();
});

async function events(id: string, query = '', client: 'demo-gp' | 'demo-municipality' = 'demo-gp') {
  const response = await world.hub.request(client, `/fhir/Subscription/${id}/$events${query}`);
  return { status: response.status, bundle: (await response.json()) as Bundle };
}
const statusOf = (bundle: Bundle) => (bundle.entry![0]!.resource as FhirParameters).parameter!;
const part = (event: ParametersParameter, name: string) => event.part?.find((one) => one.name === name);
const eventsIn = (bundle: Bundle) =>
  statusOf(bundle)
    .filter(({ name }) => name === 'notification-event')
    .map((event) => ({
      number: part(event, 'event-number')?.valueString,
      focus: part(event, 'focus')?.valueReference?.reference,
    }));

/** The patient takes back what may be shared, by the door for it. */
async function optOut(index: number): Promise<string> {
  const consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] }],
    patient: { identifier: { system: 'urn:oid:1.2.208.176.1.2', value: person(index).cpr } },
    dateTime: '2026-03-01',
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] },
    provision: { type: 'deny' },
  };
  const response = await world.hub.request('demo-gp', '/fhir/Consent', {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(consent),
  });
  if (response.status !== 201) throw new Error(await response.text());
  return ((await response.json()) as { id: string }).id;
}

test('all events again: a history Bundle of type query-event, each with what was sent', async () => {
  const { status, bundle } = await events(full);
  expect(status).toBe(200);
  expect(bundle.type).toBe('history');
  expect(statusOf(bundle).find(({ name }) => name === 'type')?.valueCode).toBe('query-event');
  expect(eventsIn(bundle).map(({ number }) => number)).toEqual(['1', '2', '3']);
  const types = bundle.entry!.slice(1).map(({ resource }) => resource?.resourceType);
  expect(types.filter((type) => type === 'Encounter')).toHaveLength(3);
  expect(types).toContain('Condition');
});

test('numbers are inclusive on both sides', async () => {
  const { bundle } = await events(full, '?eventsSinceNumber=2&eventsUntilNumber=2');
  expect(eventsIn(bundle).map(({ number }) => number)).toEqual(['2']);
});

test('the content hint may ask for less than the subscription has, never for more', async () => {
  const less = await events(full, '?content=empty');
  expect(less.bundle.entry).toHaveLength(1);
  expect(eventsIn(less.bundle).every(({ focus }) => focus === undefined)).toBe(true);
  const more = await events(level, '?content=full-resource');
  expect(more.bundle.entry!.slice(1).every(({ resource }) => resource === undefined)).toBe(true);
});

test('asked by POST of Parameters', async () => {
  const response = await world.hub.request('demo-gp', `/fhir/Subscription/${full}/$events`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'eventsSinceNumber', valueString: '3' }] }),
  });
  expect(eventsIn((await response.json()) as Bundle).map(({ number }) => number)).toEqual(['3']);
});

test.each([
  '?eventsSinceNumber=first',
  '?eventsUntilNumber=-1',
  '?content=all',
  '?eventsSinceNumber=1&eventsSinceNumber=2',
])('%s is refused', async (query) => {
  const { status, bundle } = await events(full, query);
  expect([status, JSON.stringify(bundle)]).toEqual([400, expect.stringContaining('SUBSCRIPTION-RANGE')]);
});

test('another client’s subscription is not found', async () => {
  expect((await events(full, '', 'demo-municipality')).status).toBe(404);
});

test('each event is decided anew: one revoked since has its number and nothing else; permit, denial and release are on record', async () => {
  const before = await events(full);
  const focus = eventsIn(before.bundle)[1]!.focus!;
  await optOut(81);
  const { bundle } = await events(full);
  expect(eventsIn(bundle).map(({ number, focus: of }) => [number, of !== undefined])).toEqual([
    ['1', true],
    ['2', false],
    ['3', true],
  ]);
  expect(JSON.stringify(bundle)).not.toContain(focus.split('/').at(-1));
  expect(JSON.stringify(bundle)).not.toContain(person(81).cpr);
  expect(bundle.meta?.security).toBeUndefined();
  const recorded = await world.sql<{ outcome: string; released: boolean }>(
    `SELECT d.outcome, EXISTS (SELECT 1 FROM audit a WHERE a.decision_id = d.id AND a.kind = 'released') AS released
     FROM decision d WHERE d.phase = 'query' ORDER BY d.at DESC, d.outcome LIMIT 3`,
  );
  expect(recorded.map(({ outcome, released }) => [outcome === 'deny', released])).toEqual([
    [true, false],
    [false, true],
    [false, true],
  ]);
});

test('none and withheld look the same; a recipient that is not answered neutrally is told that something is left out, not what', async () => {
  await world.sql('DELETE FROM attempt WHERE delivery_id IN (SELECT id FROM delivery WHERE event_number = 3)');
  await world.sql(
    `UPDATE delivery SET content = jsonb_set(content::jsonb, '{resources}', '[]')::json WHERE event_number = 3`,
  );
  const { bundle } = await events(full);
  const shapes = statusOf(bundle)
    .filter(({ name }) => name === 'notification-event')
    .map((event) => event.part?.map(({ name }) => name));
  expect(shapes[1]).toEqual(shapes[2]);
  const { region } = await world.hub.hub.parts.region.current(world.hub.hub.parts.db);
  const organisation = region.organisations.get('laegehuset-aadalen')!;
  await world.hub.change({
    kind: 'organisation',
    id: organisation.id,
    content: { ...organisation, neutral_answers: false },
  });
  const told = await events(full);
  expect(told.bundle.meta?.security?.map(({ code }) => code)).toEqual(['REDACTED']);
  expect(eventsIn(told.bundle)).toEqual(eventsIn(bundle));
});
