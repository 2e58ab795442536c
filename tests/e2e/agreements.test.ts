import type { AgreementDocument } from '../../src/policy/agreement.ts';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, NANCY } from '../helpers/messages.ts';
import { eventually, openReceiver, type Receiver } from '../helpers/receiver.ts';

let test1: TestHub;
let practice: Receiver;
const ID = 'udskrivning-til-egen-laege';

beforeAll(async () => {
  practice = await openReceiver();
  test1 = await openTestHub();
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Discharges',
    criteria: 'http://samspil.dk/fhir/SubscriptionTopic/discharge',
    channel: {
      type: 'rest-hook',
      endpoint: `${practice.url}/hook`,
      payload: 'application/fhir+json',
      _payload: {
        extension: [
          {
            url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
            valueCode: 'full-resource',
          },
        ],
      },
    },
  };
  const created = await test1.request('demo-gp', '/fhir/Subscription', {
    method: 'POST',
    body: JSON.stringify(subscription),
  });
  expect(created.status).toBe(201);
  await practice.until(1);
});
afterAll(async () => {
  await test1?.close();
  await practice?.close();
});

async function admin(path: string, body?: object) {
  const response = await test1.request(
    'demo-operator',
    `/admin/agreements${path}`,
    body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {},
  );
  return {
    status: response.status,
    body: (await response.json()) as {
      agreement?: AgreementDocument;
      result?: AgreementDocument;
      issue?: { details: { coding: { code: string }[] } }[];
    } & Record<string, unknown>,
  };
}

const codeOf = (answer: Awaited<ReturnType<typeof admin>>) => answer.body.issue?.[0]?.details.coding[0]?.code;

let visits = 0;
async function discharge() {
  const visit = `AG-${++visits}`;
  const common = { person: NANCY, visit, admitted: '202603100635', practice: '990612' };
  const send = async (event: string, more: object = {}) => {
    const response = await test1.request('demo-epj', '/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/hl7-v2' },
      body: adt({ ...common, event, id: `${visit}-${event}`, at: '202603101400', ...more }),
    });
    return response.headers.get('location')!.split('/').at(-1)!;
  };
  await send('A01');
  const id = await send('A03', { discharged: '202603101355', diagnosis: 'DJ189^Pneumoni UNS^ICD10DK' });
  interface Told {
    decisions: { recipient: string; phase: string; outcome: string; codes: string[] }[];
  }
  const told = async () => (await (await test1.request('demo-operator', `/messages/${id}`)).json()) as Told;
  const ofPractice = (story: Told) => story.decisions.filter(({ codes }) => !codes.includes('RSL12C')).at(-1);
  await eventually(async () => ofPractice(await told()) !== undefined);
  return ofPractice(await told())!;
}

test('an agreement in force lets the diagnosis through; suspended, at once nothing leaves', async () => {
  expect((await discharge()).codes).toContain('AGR-OK');
  const suspended = await admin(`/${ID}/1/status`, { status: 'suspended', person: 'Ida' });
  expect([suspended.status, suspended.body.result?.status]).toEqual([200, 'suspended']);
  expect(await discharge()).toMatchObject({ outcome: 'deny', codes: expect.arrayContaining(['AGR-SUSPENDED']) });
  await admin(`/${ID}/1/status`, { status: 'in-force', person: 'Ida' });
  expect((await discharge()).codes).toContain('AGR-OK');
});

test('a new version takes two persons, and each party’s approval, before it speaks', async () => {
  const first = (await admin(`/${ID}/1`)).body.agreement!;
  const second: AgreementDocument = {
    ...first,
    version: 2,
    supersedes: { id: ID, version: 1 },
    title: 'Udskrivning til egen læge, uden diagnoser',
    recipients: { 'laegehuset-aadalen': { roles: ['doctor'], categories: ['identity', 'admission-status'] } },
  };
  const applied = await admin('', { agreement: second, person: 'Ida' });
  expect(applied.body.result?.parties.map(({ approval }) => approval)).toEqual(['proposed', 'proposed']);
  expect((await discharge()).codes).not.toContain('MIN-CATEGORY');
  expect(codeOf(await admin(`/${ID}/2/approvals`, { party: 'region', reference: 'Punkt 3', person: 'Ida' }))).toBe(
    'AGREEMENT-TWO-PERSONS',
  );
  expect((await admin(`/${ID}/2/approvals`, { party: 'region', reference: 'Punkt 3', person: 'Bo' })).status).toBe(200);
  expect((await discharge()).codes).not.toContain('MIN-CATEGORY');
  expect(
    (await admin(`/${ID}/2/approvals`, { party: 'laegehuset-aadalen', reference: 'Brev', person: 'Bo' })).status,
  ).toBe(200);
  expect(await discharge()).toMatchObject({
    outcome: 'permit-with-redaction',
    codes: expect.arrayContaining(['MIN-CATEGORY']),
  });
});

test('an approved version cannot be changed under its number', async () => {
  const { agreement } = (await admin(`/${ID}/2`)).body;
  const changed = await admin('', { agreement: { ...agreement!, title: 'Something else' }, person: 'Ida' });
  expect(changed.status).toBeGreaterThanOrEqual(400);
  expect(changed.body.issue?.map(({ details }) => details.coding[0]?.code)).toContain('POLICY-VERSION-CHANGED');
});

test('simulation tells what would change, by recipient, before anything does', async () => {
  const { agreement } = (await admin(`/${ID}/2`)).body;
  const without = {
    ...agreement!,
    version: 3,
    supersedes: { id: ID, version: 2 },
    status: 'in-force',
    valid_from: '2026-01-01',
    recipients: { 'laegehuset-aadalen': { roles: ['doctor'], categories: ['identity'] } },
  };
  const asked = { agreements: [without], from: '2026-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' };
  const { status, body } = await admin('/simulate', asked);
  expect(status).toBe(200);
  const { recipients } = body.result as unknown as {
    recipients: { recipient: string; changes: Record<string, { count: number }> }[];
  };
  const changed = recipients
    .filter(({ changes }) => Object.values(changes).some(({ count }) => count > 0))
    .map(({ recipient }) => recipient);
  expect(changed).toEqual(['laegehuset-aadalen']);
});

test('what is missing or unknown is refused with a code', async () => {
  expect(codeOf(await admin(`/${ID}/9`))).toBe('AGREEMENT-UNKNOWN');
  expect(codeOf(await admin(`/${ID}/2/status`, { status: 'suspended' }))).toBe('AGREEMENT-PERSON');
  expect((await admin('', { agreement: { id: 'x' }, person: 'Ida' })).status).toBeGreaterThanOrEqual(400);
  expect((await test1.request('demo-epj', '/admin/agreements')).status).toBe(403);
});
