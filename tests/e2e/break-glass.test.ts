import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import type { Person } from '../helpers/messages.ts';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';
import { eventsOf, openWorld, person, subscribe, type World } from './delivery-world.ts';

let world: World;
let practice: Receiver;
let other: Receiver;
let subscription: string;
const OWN = '990612';
const JSON_BODY = { 'content-type': 'application/json' };

beforeAll(async () => {
  world = await openWorld();
  [practice, other] = [await openReceiver(), await openReceiver()];
  subscription = await subscribe(world, {
    client: 'demo-gp',
    endpoint: practice.url,
    topic: 'discharge',
    content: 'full-resource',
  });
  await subscribe(world, {
    client: 'demo-municipality',
    endpoint: other.url,
    topic: 'discharge',
    content: 'full-resource',
  });
});
afterAll(async () => {
  await world?.close();
  for (const receiver of [practice, other]) await receiver?.close();
});

async function optOut(who: Person): Promise<void> {
  const v3 = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  const consent = {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: v3, code: 'IDSCL' }] }],
    patient: { identifier: { system: 'urn:oid:1.2.208.176.1.2', value: who.cpr } },
    dateTime: '2026-03-01',
    policyRule: { coding: [{ system: v3, code: 'OPTOUT' }] },
    provision: { type: 'deny' },
  };
  const headers = { 'content-type': 'application/fhir+json' };
  await world.hub.request('demo-gp', '/fhir/Consent', { method: 'POST', headers, body: JSON.stringify(consent) });
}

async function discharge(who: Person, visit = `V-${who.cpr}`): Promise<string> {
  await world.tell('A01', who, { practice: OWN, visit });
  return world.tell('A03', who, { practice: OWN, visit, diagnosis: 'DJ189^Pneumoni^SKS' });
}
const mine = async (message: string, recipient = `Subscription/${subscription}`) =>
  (await world.story(message)).deliveries.find((one) => one.recipient === recipient);
const until = (message: string, state: string) =>
  eventually(
    async () => (await mine(message))?.state === state,
    10_000,
    () => `it did not become ${state}`,
  );

const declaration = (who: Person, more: object = {}) => ({
  patient: { value: who.cpr },
  recipient: 'laegehuset-aadalen',
  kind: 'patient-unreachable',
  reason: 'Bevidstløs ved ankomst, ingen pårørende',
  person: 'user-17',
  role: 'doctor',
  ...more,
});
const declare = (body: object, client: Parameters<World['hub']['request']>[0]) =>
  world.hub.request(client, '/admin/break-glass', { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) });

const who = person(100);
let declared: { id: string; validUntil: string; followUpDue: string };
let withheld: string;

test('withheld because of an opt-out; after an override it is decided anew and sent, on § 41 stk. 2 nr. 4', async () => {
  await optOut(who);
  withheld = await discharge(who);
  await until(withheld, 'withheld');
  const response = await declare(declaration(who), 'demo-epj');
  expect(response.status).toBe(201);
  declared = (await response.json()) as typeof declared;
  await until(withheld, 'delivered');
  const { decisions = [] } = await world.story(withheld);
  const { id } = (await mine(withheld))!;
  const last = decisions.filter(({ deliveryId }) => deliveryId === id).at(-1)!;
  expect(last.codes).toEqual(expect.arrayContaining(['EMG-OVERRIDE', 'SL41-2-4']));
  const [kept] = await world.sql<{ obligations: string[] }>(
    `SELECT content -> 'decision' -> 'obligations' AS obligations FROM decision WHERE delivery_id = $1 ORDER BY at DESC LIMIT 1`,
    [id],
  );
  expect(kept!.obligations).toEqual(expect.arrayContaining(['audit', 'inform-patient', 'follow-up-review']));
});

test('the event has a number of its own in the subscriber’s count', async () => {
  const [row] = await world.sql<{ number: string; events: string }>(
    `SELECT d.event_number AS number, s.events FROM delivery d JOIN subscription s ON d.recipient = 'Subscription/' || s.id WHERE d.id = $1`,
    [(await mine(withheld))!.id],
  );
  expect(row).toEqual({ number: '1', events: '1' });
  expect(String(eventsOf(practice)[0]!.body)).toContain('"event-number","valueString":"1"');
});

test('other recipients are not affected', async () => {
  const others = (await world.story(withheld)).deliveries.filter(
    ({ recipient }) => recipient !== `Subscription/${subscription}`,
  );
  expect(
    others.filter(({ recipient }) => recipient.startsWith('Subscription/')).every(({ state }) => state === 'withheld'),
  ).toBe(true);
  expect(eventsOf(other)).toEqual([]);
});

test('it is for eight hours: what comes in them goes, what comes after them does not', async () => {
  const hours = (Date.parse(declared.validUntil) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(7.9);
  expect(hours).toBeLessThanOrEqual(8);
  await until(await discharge(who, 'within'), 'delivered');
  await world.sql(`UPDATE emergency SET declared_at = declared_at - interval '8 hours 1 minute' WHERE id = $1`, [
    declared.id,
  ]);
  await until(await discharge(who, 'after'), 'withheld');
});

test('audited, without the reason’s text: on record and as an AuditEvent', async () => {
  const [{ patient }] = (await world.sql<{ patient: string }>(
    'SELECT patient_id AS patient FROM emergency WHERE id = $1',
    [declared.id],
  )) as [{ patient: string }];
  const response = await world.hub.request('demo-operator', `/fhir/AuditEvent?patient=${patient}&_count=200`);
  const events = ((await response.json()) as Bundle).entry!.map(({ resource }) => resource as AuditEvent);
  const started = events.filter(({ subtype }) => subtype?.[0]?.code === '110127');
  expect(started).toHaveLength(1);
  expect(JSON.stringify(started)).toContain('user-17');
  expect(events.some(({ purposeOfEvent }) => JSON.stringify(purposeOfEvent ?? []).includes('BTG'))).toBe(true);
  expect(JSON.stringify(events) + world.hub.logged()).not.toContain('Bevidstløs');
});

test('it stands in the queue of what is to be followed up until a person has', async () => {
  const open = async () =>
    (
      (await (await world.hub.request('demo-operator', '/admin/break-glass')).json()) as {
        open: { id: string; dueAt: string }[];
      }
    ).open;
  expect((await open()).map(({ id }) => id)).toContain(declared.id);
  expect(Date.parse(declared.followUpDue) - Date.now()).toBeGreaterThan(2 * 24 * 3_600_000);
  const review = (client: 'demo-operator' | 'demo-epj', body: object) =>
    world.hub.request(client, `/admin/break-glass/${declared.id}/review`, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify(body),
    });
  expect((await review('demo-operator', { person: 'officer-2' })).status).toBe(422);
  expect((await review('demo-epj', { person: 'officer-2', finding: 'i orden' })).status).toBe(403);
  expect((await review('demo-operator', { person: 'officer-2', finding: 'i orden', informed: true })).status).toBe(200);
  expect((await open()).map(({ id }) => id)).not.toContain(declared.id);
  expect((await review('demo-operator', { person: 'officer-3', finding: 'igen' })).status).toBe(404);
});

test.each([
  ['a reason too short', { reason: 'fald' }, 'EMERGENCY-REASON'],
  ['no person', { person: ' ' }, 'EMERGENCY-ELEMENT'],
  ['a kind that is none', { kind: 'curious' }, 'EMERGENCY-ELEMENT'],
  ['a number that is none', { patient: { value: '3113489996' } }, 'EMERGENCY-PATIENT'],
  ['a patient nobody has told of', { patient: { value: person(119).cpr } }, 'EMERGENCY-PATIENT'],
  ['a unit that is none', { recipient: 'nowhere' }, 'EMERGENCY-RECIPIENT'],
])('%s is refused, and nothing is written', async (_name, more, code) => {
  const before = await world.sql('SELECT 1 FROM emergency');
  const response = await declare(declaration(who, more), 'demo-epj');
  const text = await response.text();
  expect([response.status, text]).toEqual([422, expect.stringContaining(code)]);
  expect(text).not.toContain(who.cpr);
  expect(await world.sql('SELECT 1 FROM emergency')).toHaveLength(before.length);
});

test('without the scope: refused', async () => {
  for (const client of ['demo-gp', 'demo-municipality', 'demo-operator'] as const)
    expect((await declare(declaration(who), client)).status).toBe(403);
  expect((await declare(declaration(who), undefined)).status).toBe(401);
});

test('where the law lets it be no override: for a recipient that is no health professional it stays withheld', async () => {
  const another = person(101);
  await optOut(another);
  const message = await discharge(another);
  await until(message, 'withheld');
  const response = await declare(declaration(another, { recipient: 'engby-sygepleje', person: 'user-18' }), 'demo-epj');
  expect(response.status).toBe(201);
  await new Promise((wait) => setTimeout(wait, 500));
  expect((await mine(message))?.state).toBe('withheld');
});

test('one person who declares often raises an alarm, without the person’s or the patient’s number in the log', async () => {
  for (let times = 0; times < 4; times++) await declare(declaration(who, { person: 'user-99' }), 'demo-epj');
  const alarms = await world.sql<{ detail: { person: string; count: number } }>(
    `SELECT detail FROM audit WHERE kind = 'alarm'`,
  );
  expect(alarms.map(({ detail }) => [detail.person, detail.count])).toEqual([['user-99', 4]]);
  expect(world.hub.logged()).toContain('many emergency overrides');
  expect(world.hub.logged()).not.toContain(who.cpr);
});
