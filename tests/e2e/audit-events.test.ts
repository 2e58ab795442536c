import type { AuditEvent, Bundle } from '@medplum/fhirtypes';
import { isFault } from '../../src/errors.ts';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';
import { openWorld, person, subscribe, type World } from './delivery-world.ts';

let world: World;
let practice: Receiver;
let patient: string;
let messages: string[];
const who = person(90);
const OWN = '990612';

beforeAll(async () => {
  world = await openWorld();
  practice = await openReceiver();
  await subscribe(world, {
    client: 'demo-gp',
    endpoint: `${practice.url}/hook?key=hidden`,
    topic: 'discharge',
    content: 'full-resource',
  });
  messages = [
    await world.tell('A01', who, { practice: OWN }),
    await world.tell('A03', who, { practice: OWN, diagnosis: 'DJ189^Pneumoni^SKS' }),
  ];
  for (const message of messages)
    await eventually(async () => {
      const { deliveries } = await world.story(message);
      return deliveries.length > 0 && deliveries.every(({ state }) => ['acknowledged', 'delivered'].includes(state));
    });
  await optOut();
  await world.tell('A01', { ...who }, { practice: OWN, visit: 'second' });
  const last = await world.tell('A03', who, { practice: OWN, visit: 'second', diagnosis: 'DJ189^Pneumoni^SKS' });
  await eventually(async () => (await world.story(last)).deliveries.some(({ state }) => state === 'withheld'));
  await eventually(
    async () => (await world.sql(`SELECT 1 FROM delivery WHERE state IN ('waiting', 'sent')`)).length === 0,
  );
  [{ patient }] = (await world.sql<{ patient: string }>('SELECT patient_id AS patient FROM message WHERE id = $1', [
    last,
  ])) as [{ patient: string }];
});
afterAll(async () => {
  await world?.close();
  await practice?.close();
});

async function optOut() {
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

async function trail(query: string): Promise<{ events: AuditEvent[]; bundle: Bundle; text: string }> {
  const response = await world.hub.request('demo-operator', `/fhir/AuditEvent?patient=${patient}${query}`);
  const text = await response.text();
  const bundle = JSON.parse(text) as Bundle;
  return { events: (bundle.entry ?? []).map(({ resource }) => resource as AuditEvent), bundle, text };
}
const kindOf = ({ type, subtype }: AuditEvent) => `${type!.code} ${subtype?.[0]?.code}`;

test('one event for each decision, permit and deny, and each release; the directive’s change too; newest first', async () => {
  const { events } = await trail('&_count=200');
  const [{ decisions, releases }] = (await world.sql<{ decisions: number; releases: number }>(
    `SELECT (SELECT count(*)::int FROM decision WHERE patient_id = $1) AS decisions,
       (SELECT count(*)::int FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.patient_id = $1 AND a.outcome = 'delivered') AS releases`,
    [patient],
  )) as [{ decisions: number; releases: number }];
  const count = (kind: string) => events.filter((event) => kindOf(event) === kind).length;
  expect(count('110113 AuthZ-Consent')).toBe(decisions);
  expect(count('110106 disclose')).toBe(releases);
  expect(count('rest create')).toBe(1);
  expect(events.filter(({ outcome }) => outcome === '8').length).toBeGreaterThan(0);
  const times = events.map(({ recorded }) => recorded!);
  // in the order of the record; two lanes at work in the same moment may write it some milliseconds apart
  const ms = times.map((time) => Date.parse(time));
  expect(ms.slice(1).every((time, index) => time <= ms[index]! + 1_000)).toBe(true);
  expect(ms[0]).toBeGreaterThan(ms.at(-1)!);
});

test('they are AuditEvents of R4', async () => {
  const { events } = await trail('&_count=200');
  const faults = events.flatMap((event) => world.hub.hub.parts.library.validate(event).filter(isFault));
  expect(faults).toEqual([]);
  const citizen = await trail('&view=citizen');
  expect(citizen.events.flatMap((event) => world.hub.hub.parts.library.validate(event).filter(isFault))).toEqual([]);
});

test('a release is proven by hashes of what was sent, and names the address without its query', async () => {
  const { createHash } = await import('node:crypto');
  const { events, text } = await trail('&_count=200');
  const sent = practice.received.map(({ body }) => createHash('sha256').update(body).digest('hex'));
  const told = events.flatMap(({ entity }) => entity ?? []).flatMap(({ detail }) => detail ?? []);
  const after = told.filter(({ type }) => type === 'sha256-after').map(({ valueString }) => valueString);
  expect(after.some((hash) => sent.includes(hash!))).toBe(true);
  expect(
    told.filter(({ type }) => type === 'sha256-before').every(({ valueString }) => /^[0-9a-f]{64}$/.test(valueString!)),
  ).toBe(true);
  expect(text).toContain(`${practice.url}/hook"`);
  expect(text).not.toContain('hidden');
});

test('no name, number or content in any', async () => {
  for (const view of ['', '&view=citizen']) {
    const { text } = await trail(`&_count=200${view}`);
    for (const secret of [who.cpr, who.family, who.given, 'Pneumoni', 'DJ189', 'Prøvevej'])
      expect(text).not.toContain(secret);
  }
});

test('the citizen reads Danish sentences, refused attempts too, with the organisations’ names', async () => {
  const { events, text } = await trail('&view=citizen&_count=200');
  const sentences = events.map(({ outcomeDesc }) => outcomeDesc);
  expect(sentences.every((sentence) => sentence && /[a-zæøå]+\.$/.test(sentence))).toBe(true);
  expect(sentences).toContain('Dine oplysninger er sendt.');
  expect(sentences.some((sentence) => sentence!.startsWith('Dine oplysninger deles ikke.'))).toBe(true);
  expect(text).toContain('Lægehuset Ådalen');
  expect(text).not.toMatch(/rule-set|SL41|sha256/);
});

test('page by page, nothing lost and nothing twice', async () => {
  const all = (await trail('&_count=200')).events.map(({ id }) => id);
  const seen: (string | undefined)[] = [];
  for (let query = '&_count=3'; query; ) {
    const { events, bundle } = await trail(query);
    seen.push(...events.map(({ id }) => id));
    const next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    query = next ? next.slice(next.indexOf('&')) : '';
    expect(bundle.total).toBeUndefined();
  }
  expect(seen).toEqual(all);
});

test('by a person’s number in the body alone', async () => {
  const body = new URLSearchParams({ 'patient.identifier': `urn:oid:1.2.208.176.1.2|${who.cpr}`, _count: '200' });
  const search = (form: URLSearchParams) =>
    world.hub.request('demo-operator', '/fhir/AuditEvent/_search', { method: 'POST', body: form });
  expect(((await (await search(body)).json()) as Bundle).entry!.length).toBe(
    (await trail('&_count=200')).events.length,
  );
  const nobody = await search(new URLSearchParams({ 'patient.identifier': 'urn:oid:1.2.208.176.1.2|0101019990' }));
  expect([nobody.status, ((await nobody.json()) as Bundle).entry]).toEqual([200, undefined]);
  expect((await search(new URLSearchParams())).status).toBe(400);
  expect((await world.hub.request('demo-operator', '/fhir/AuditEvent')).status).toBe(400);
});

test('others have no access, and a client of a citizen’s log gets the citizen’s view whatever it asks for', async () => {
  for (const client of ['demo-epj', 'demo-gp', 'demo-municipality'] as const)
    expect((await world.hub.request(client, `/fhir/AuditEvent?patient=${patient}`)).status).toBe(403);
  await world.client('demo-municipality', { scopes: ['system/AuditEvent.rs'] });
  const fresh = await freshToken('system/AuditEvent.rs');
  const response = await fetch(`${world.hub.hub.baseUrl}/fhir/AuditEvent?patient=${patient}&view=officer`, {
    headers: { authorization: `Bearer ${fresh}` },
  });
  expect(response.status).toBe(200);
  expect(await response.text()).not.toContain('rule-set');
});

async function freshToken(scope: string): Promise<string> {
  const { signIn } = await import('../../src/gateway/sign-in/client-side.ts');
  const { readDemoKey } = await import('../../src/gateway/sign-in/demo-clients.ts');
  const key = (await readDemoKey(world.hub.dataDir, 'demo-municipality'))!;
  const signed = await signIn({ baseUrl: world.hub.hub.baseUrl, clientId: 'demo-municipality', key, scope });
  if (!signed.ok) throw new Error('no token');
  return signed.value.accessToken;
}
