import { Redis } from 'ioredis';
import { openWorld, person, subscribe, type World } from '../e2e/delivery-world.ts';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';

/**
 * Secrets seeded into messages, and looked for wherever somebody not entitled to them could see them: one test for each row of leaks that
 * the hub has a channel for. Words are made up, so that finding one means it came from the message.
 */
const SECRETS = {
  family: 'Hemmelund',
  given: 'Lønlia',
  street: 'Skjulestien',
  ward: 'PSYLUKKET7',
  diagnosisText: 'Tavshedslidelse',
  freeText: 'fortrolignotat',
} as const;
const SENSITIVE = { code: 'DF200', label: 'PSY' };
const who = { ...person(110), family: SECRETS.family, given: SECRETS.given };
const plain = { ...person(111), family: SECRETS.family, given: SECRETS.given };
const OWN = '990612';

let world: World;
let receivers: Record<'full' | 'practiceId' | 'stays' | 'ids' | 'empty' | 'outsider', Receiver>;
let sensitive: string;
let clinical: string;
let subscription: string;

async function stay(patient: typeof who, diagnosis: string): Promise<string> {
  const more = { practice: OWN, unit: SECRETS.ward };
  await world.tell('A01', patient, more);
  const segment = `${diagnosis}\rNTE|1||${SECRETS.freeText}`;
  return world.tell('A03', patient, { ...more, diagnosis: segment });
}

/** Anything still on its way. */
const WORK = `SELECT 1 FROM inbound UNION ALL SELECT 1 FROM message WHERE state = 'received'
  UNION ALL SELECT 1 FROM delivery WHERE state IN ('waiting', 'sent')`;

beforeAll(async () => {
  world = await openWorld();
  const open = async () => [await openReceiver(), await openReceiver(), await openReceiver()] as const;
  const [[full, practiceId, stays], [ids, empty, outsider]] = [await open(), await open()];
  receivers = { full, practiceId, stays, ids, empty, outsider };
  const discharges = { client: 'demo-gp', topic: 'discharge' } as const;
  const notices = { client: 'demo-municipality', topic: 'hospital-stay' } as const;
  subscription = await subscribe(world, { ...discharges, endpoint: full.url, content: 'full-resource' });
  await subscribe(world, { ...discharges, endpoint: practiceId.url, content: 'id-only' });
  await subscribe(world, { ...notices, endpoint: stays.url, content: 'full-resource' });
  await subscribe(world, { ...notices, endpoint: ids.url, content: 'id-only' });
  await subscribe(world, { ...notices, endpoint: empty.url, content: 'empty' });
  // the municipality's nurses have no agreement on discharges: nothing of them may arrive here
  await subscribe(world, {
    client: 'demo-municipality',
    topic: 'discharge',
    endpoint: outsider.url,
    content: 'full-resource',
  });
  sensitive = await stay(who, `${SENSITIVE.code}^${SECRETS.diagnosisText}^SKS`);
  clinical = await stay(plain, `DJ189^${SECRETS.diagnosisText}^SKS`);
  await eventually(async () => (await world.sql(WORK)).length === 0, 20_000);
});
afterAll(async () => {
  await world?.close();
  for (const receiver of Object.values(receivers ?? {})) await receiver.close();
});

const bodies = ({ received }: Pick<Receiver, 'received'>) => received.map(({ body }) => String(body)).join('\n');
const everything = [who.cpr, plain.cpr, ...Object.values(SECRETS)];
function hasNone(text: string, secrets: readonly string[]): void {
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
}

test('the seeds are there: what is entitled to them has them', async () => {
  expect(bodies(receivers.full)).toContain(plain.cpr);
  expect(bodies(receivers.full)).toContain('DJ189');
  const [stored] = await world.sql<{ text: string }>('SELECT string_agg(content::text, chr(10)) AS text FROM resource');
  for (const secret of [who.cpr, SECRETS.family, SECRETS.ward, SECRETS.diagnosisText, SENSITIVE.code])
    expect(stored!.text).toContain(secret);
});

test('subscription payloads: empty and id-only carry nothing of a person', () => {
  for (const receiver of [receivers.empty, receivers.ids, receivers.practiceId]) {
    expect(receiver.received.length).toBeGreaterThan(1);
    hasNone(bodies(receiver), [...everything, SENSITIVE.code, 'DJ189']);
  }
  expect(bodies(receivers.empty)).not.toMatch(/Encounter|Patient|SubscriptionTopic/);
});

test('a notice to the municipality carries nothing clinical, at full-resource and as a MedCom message', () => {
  for (const receiver of [receivers.stays, world.municipality]) {
    const text = bodies(receiver);
    expect(text).toContain(who.cpr);
    hasNone(text, [
      SENSITIVE.code,
      'DJ189',
      SECRETS.diagnosisText,
      SECRETS.freeText,
      SECRETS.ward,
      '"Condition"',
      'reasonCode',
    ]);
  }
});

test('who has no agreement gets nothing but the handshake', () => {
  expect(receivers.outsider.received).toHaveLength(1);
  hasNone(bodies(receivers.outsider), everything);
});

describe('Bundle entries, references, labels and texts of a redacted delivery', () => {
  test('the withheld item, its code, its text and its id are not there, nor anything that points at it', async () => {
    const [condition] = await world.sql<{ id: string }>(
      `SELECT r.id FROM resource r JOIN message m ON m.patient_id = r.patient_id WHERE r.type = 'Condition' AND m.id = $1`,
      [sensitive],
    );
    const text = bodies(receivers.full);
    hasNone(text, [SENSITIVE.code, condition!.id]);
    expect(text).not.toMatch(/"code":"(PSY|SDV|HIV)"/);
  });
  test('displays, free text and narrative of the source stay behind, with what is released too', () => {
    hasNone(bodies(receivers.full), [SECRETS.diagnosisText, SECRETS.freeText, SECRETS.ward]);
  });
});

test('narrative, contained resources and notes of a FHIR sender do not go along', async () => {
  const secret = 'Kildetekst9';
  const { cpr } = plain;
  const encounter = {
    resourceType: 'Encounter',
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${secret}</div>` },
    contained: [{ resourceType: 'Condition', id: 'c', subject: { display: secret }, note: [{ text: secret }] }],
    identifier: [{ system: 'https://epj.example/kontakt', value: 'LEAK-1' }],
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP', display: secret },
    subject: { reference: `Patient?identifier=urn:oid:1.2.208.176.1.2|${cpr}`, display: secret },
    reasonCode: [{ text: secret }],
    diagnosis: [{ condition: { reference: '#c', display: secret } }],
    period: { start: '2026-03-12T08:00:00+01:00' },
    serviceProvider: { identifier: { system: 'urn:oid:1.2.208.176.1.1', value: '880011000016001' }, display: secret },
  };
  const before = receivers.stays.received.length;
  const response = await world.hub.request('demo-epj', '/fhir/Encounter', {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(encounter),
  });
  expect([response.status, response.status === 201 ? '' : await response.text()]).toEqual([201, '']);
  await receivers.stays.until(before + 1);
  hasNone(bodies(receivers.stays) + bodies(world.municipality), [secret]);
});

test('acknowledgements and stories to the sender say the same, whatever was withheld', async () => {
  const told = async (id: string) => (await world.hub.request('demo-epj', `/messages/${id}`)).text();
  const [one, other] = [await told(sensitive), await told(clinical)];
  for (const text of [one, other]) {
    hasNone(text, [...everything, 'withheld', 'DIR-', 'AGR-', SENSITIVE.code, SENSITIVE.label, 'decision']);
    hasNone(text, ['redaction']);
  }
  const shape = (text: string) =>
    (JSON.parse(text) as { deliveries: { recipient: string; state: string }[] }).deliveries.map(
      ({ recipient, state }) => [recipient, state],
    );
  expect(shape(one)).toEqual(shape(other));
});

test('read by id and search: nobody finds what it has not posted, and the answer is the same as for nothing', async () => {
  const [{ id }] = (await world.sql<{ id: string }>(`SELECT id FROM resource WHERE type = 'Encounter' LIMIT 1`)) as [
    { id: string },
  ];
  await world.client('demo-gp', { scopes: ['system/Encounter.rs', 'system/Patient.rs', 'system/Subscription.cruds'] });
  const ask = async (path: string) => {
    const response = await world.hub.request('demo-gp', path);
    return [response.status, (await response.text()).replace(/[0-9a-f-]{36}/g, 'id')];
  };
  const nothing = `/fhir/Encounter/${crypto.randomUUID()}`;
  expect(await ask(`/fhir/Encounter/${id}`)).toEqual(await ask(nothing));
  for (const path of [
    '/fhir/Encounter',
    `/fhir/Encounter?_include=Encounter:subject`,
    `/fhir/Patient?_has:Condition:patient:code=${SENSITIVE.code}`,
    '/fhir/$export',
  ])
    expect((await ask(path))[0]).toBeGreaterThanOrEqual(403);
});

test('error texts repeat nothing of what was sent', async () => {
  const headers = { 'content-type': 'application/fhir+json' };
  const bad = { resourceType: 'Encounter', [SECRETS.family]: who.cpr, status: SECRETS.diagnosisText };
  const answers = [
    await world.hub.request('demo-epj', '/fhir/Encounter', {
      method: 'POST',
      headers,
      body: JSON.stringify({ ...bad, class: { code: 'IMP' } }),
    }),
    await world.hub.request('demo-epj', '/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/hl7-v2' },
      body: `MSH|^~\\&|NORDLUND|NORDLUND|||202603100640||ADT^A01|LEAK-9|P|2.5\rPID|1||${who.cpr}9^^^CPR||${SECRETS.family}\r`,
    }),
    await world.hub.request('demo-epj', `/messages/${who.cpr}`),
    await world.hub.request('demo-gp', '/fhir/Consent', {
      method: 'POST',
      headers,
      body: JSON.stringify({ resourceType: 'Consent', patient: { display: who.cpr } }),
    }),
  ];
  for (const answer of answers) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    hasNone(await answer.text(), [who.cpr, SECRETS.diagnosisText, SENSITIVE.label]);
  }
});

test('logs and metrics hold no number, name, text or code of a diagnosis', async () => {
  expect(world.hub.logged().length).toBeGreaterThan(100);
  hasNone(world.hub.logged(), [...everything, SENSITIVE.code]);
  hasNone(await (await world.hub.request(undefined, '/metrics')).text(), [
    ...everything,
    SENSITIVE.code,
    SENSITIVE.label,
  ]);
});

test('addresses the hub called hold nothing of a person', () => {
  const called = Object.values(receivers).flatMap(({ received }) =>
    received.map(({ url, headers }) => url + JSON.stringify(headers)),
  );
  hasNone(called.join('\n'), everything);
});

test('queue data: lanes and nothing else', async () => {
  const text = process.env.SAMSPIL_REDIS_URL ? await redisText() : await queueTables();
  expect(text).toContain('out:');
  hasNone(text, [...everything, SENSITIVE.code, SENSITIVE.label]);
});

async function queueTables(): Promise<string> {
  const tables = await world.sql<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'bullmq'`,
  );
  const texts = await Promise.all(
    tables.map(({ name }) =>
      world.sql<{ text: string | null }>(`SELECT string_agg(t::text, chr(10)) AS text FROM bullmq."${name}" t`),
    ),
  );
  return texts
    .flat()
    .map(({ text }) => text ?? '')
    .join('\n');
}

async function redisText(): Promise<string> {
  const redis = new Redis(process.env.SAMSPIL_REDIS_URL!);
  const read: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    hash: (key) => redis.hgetall(key),
    list: (key) => redis.lrange(key, 0, -1),
    set: (key) => redis.smembers(key),
    zset: (key) => redis.zrange(key, '0', '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
    string: (key) => redis.get(key),
  };
  const keys = await redis.keys('*');
  const values = await Promise.all(
    keys.map(async (key) => `${key} ${JSON.stringify(await read[await redis.type(key)]?.(key))}`),
  );
  redis.disconnect();
  return values.join('\n');
}

test('dead letters and stories to the operator hold ids and codes, no content', async () => {
  receivers.full.answer = () => ({ status: 422, body: who.cpr });
  const message = await stay(
    { ...person(112), family: SECRETS.family, given: SECRETS.given },
    `DJ189^${SECRETS.diagnosisText}^SKS`,
  );
  await eventually(async () =>
    (await world.story(message)).deliveries.some(
      ({ recipient, state }) => recipient === `Subscription/${subscription}` && state === 'refused',
    ),
  );
  const letters = await (await world.hub.request('demo-operator', '/admin/dead-letters')).text();
  expect(letters).toContain(subscription);
  hasNone(letters + JSON.stringify(await world.story(message)) + world.hub.logged(), [...everything, person(112).cpr]);
});

test('AuditEvents and the audit record hold no name, number, text, or id of what was withheld', async () => {
  const [{ patient }] = (await world.sql<{ patient: string }>(
    'SELECT patient_id AS patient FROM message WHERE id = $1',
    [sensitive],
  )) as [{ patient: string }];
  const [condition] = await world.sql<{ id: string }>(
    `SELECT id FROM resource WHERE type = 'Condition' AND patient_id = $1`,
    [patient],
  );
  const events = await (
    await world.hub.request('demo-operator', `/fhir/AuditEvent?patient=${patient}&_count=200`)
  ).text();
  expect(events).toContain('withheld:');
  hasNone(events, [...everything, condition!.id, SENSITIVE.code]);
  const [record] = await world.sql<{ text: string }>(`SELECT string_agg(detail::text, chr(10)) AS text FROM audit`);
  hasNone(record!.text, [...everything, SENSITIVE.code]);
});
