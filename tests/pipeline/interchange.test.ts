import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, BRUNO, NANCY } from '../helpers/messages.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await openTestHub({ SAMSPIL_ROLE: 'gateway' });
});
afterAll(() => hub?.close());

const message = (id: string, person: typeof NANCY | typeof BRUNO = NANCY) =>
  adt({ event: 'A01', id, person, at: '202603100640', visit: `V-${id}`, admitted: '202603100635' });
const batch = (...messages: string[]) => `BHS|^~\\&|NORDLUND|NORDLUND\r${messages.join('')}BTS|${messages.length}\r`;

async function post(body: string) {
  const response = await hub.request('demo-epj', '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/hl7-v2' },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    codes: [...text.matchAll(/MSA\|(\w\w)\|([\w-]+)/g)].map(([, code, id]) => `${id} ${code}`),
  };
}

const accepted = async (id: string) =>
  (await hub.hub.parts.db.query('SELECT 1 FROM message WHERE accepted AND control_id = $1', [id])).rows.length;

test('several messages are taken together and answered one by one; the same bytes again get the same answer', async () => {
  const body = batch(message('B-1'), message('B-2', BRUNO));
  const first = await post(body);
  expect([first.status, first.codes]).toEqual([202, ['B-1 AA', 'B-2 AA']]);
  expect(await post(body)).toEqual(first);
  expect([await accepted('B-1'), await accepted('B-2')]).toEqual([1, 1]);
});

test('one id twice in an interchange: the second is refused, not lost as a repeat of the first', async () => {
  const answer = await post(batch(message('B-3'), message('B-3', BRUNO)));
  expect(answer.codes).toEqual(['B-3 AA', expect.stringMatching(/^B-3 A[ER]$/)]);
  expect(answer.text).toContain('DOOR-CONTROL-ID-REUSED');
  expect(await accepted('B-3')).toBe(1);
});

test('an id known from before is refused, the new one beside it is taken, and the answer stays true when asked again', async () => {
  await post(message('B-4'));
  const body = batch(message('B-5'), message('B-4', BRUNO));
  for (const answer of [await post(body), await post(body)])
    expect(answer.codes).toEqual(['B-5 AA', expect.stringMatching(/^B-4 A[ER]$/)]);
  expect([await accepted('B-4'), await accepted('B-5')]).toEqual([1, 1]);
});
