import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, BRUNO, NANCY, type Person } from '../helpers/messages.ts';
import { eventually } from '../helpers/receiver.ts';

let test1: TestHub;
beforeAll(async () => {
  test1 = await openTestHub();
});
afterAll(() => test1?.close());

async function post(body: string): Promise<string> {
  const response = await test1.request('demo-epj', '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/hl7-v2' },
    body,
  });
  expect([response.status, response.status === 202 ? '' : await response.text()]).toEqual([202, '']);
  return response.headers.get('location')!.split('/').at(-1)!;
}

const query = async <Row extends object>(text: string, values: unknown[] = []) =>
  (await test1.hub.parts.db.query<Row>(text, values)).rows;
const stateOf = async (id: string) =>
  (await query<{ state: string }>('SELECT state FROM message WHERE id = $1', [id]))[0]!.state;
const settled = (ids: string[]) =>
  eventually(async () => (await Promise.all(ids.map(stateOf))).every((state) => state !== 'received'));
const patientOf = async (value: string) =>
  (
    await query<{ id: string }>(
      'SELECT coalesce(p.merged_into, p.id) AS id FROM patient_identifier i JOIN patient p ON p.id = i.patient_id WHERE i.value = $1',
      [value],
    )
  )[0]?.id;

/** A40: the second person's number goes into the first's. */
function merge(id: string, stays: Person, goes: string): string {
  return [
    `MSH|^~\\&|NORDLUND|NORDLUND|SAMSPIL|SAMSPIL|20260311120000||ADT^A40^ADT_A39|${id}|P|2.5`,
    'EVN|A40|20260311120000',
    `PID|1||${stays.cpr}^^^CPR^NNDNK||${stays.family}^${stays.given}||${stays.birth}|${stays.gender}`,
    `MRG|${goes}^^^CPR^NNDNK`,
    '',
  ].join('\r');
}

const REPLACEMENT: Person = { ...NANCY, cpr: '2512485AB6' };

test('a merge makes two patients one: stays, directives and deliveries go over', async () => {
  const first = await post(
    adt({ event: 'A01', id: 'M-1', person: REPLACEMENT, at: '202603100640', visit: 'MV-1', admitted: '202603100635' }),
  );
  const second = await post(
    adt({ event: 'A01', id: 'M-2', person: NANCY, at: '202603110640', visit: 'MV-2', admitted: '202603110635' }),
  );
  await settled([first, second]);
  const goes = await patientOf(REPLACEMENT.cpr);
  const stays = await patientOf(NANCY.cpr);
  expect(goes).not.toBe(stays);
  const merged = await post(merge('M-3', NANCY, REPLACEMENT.cpr));
  await settled([merged]);
  expect(await stateOf(merged)).toBe('done');
  expect(await patientOf(REPLACEMENT.cpr)).toBe(stays);
  const stay = await query<{ patient_id: string; content: { subject: { reference: string } } }>(
    `SELECT patient_id, content FROM resource WHERE type = 'Encounter'`,
  );
  expect(stay.map(({ patient_id, content }) => [patient_id, content.subject.reference])).toEqual(
    stay.map(() => [stays, `Patient/${stays}`]),
  );
  const later = await post(
    adt({
      event: 'A03',
      id: 'M-4',
      person: REPLACEMENT,
      at: '202603111400',
      visit: 'MV-1',
      admitted: '202603100635',
      discharged: '202603111355',
    }),
  );
  await settled([later]);
  expect(
    (await query<{ patient_id: string }>('SELECT patient_id FROM message WHERE id = $1', [later]))[0]!.patient_id,
  ).toBe(stays);
});

test('A40 merge while both patients have queued messages: those before are worked before it, those after it after', async () => {
  const other: Person = { ...BRUNO, cpr: '2509475CD6' };
  const order: string[] = [];
  for (let round = 0; round < 12; round++) {
    const at = `2026031${round % 10}0800`;
    order.push(
      await post(
        adt({
          event: round === 0 ? 'A01' : 'A08',
          id: `Q-a${round}`,
          person: BRUNO,
          at,
          visit: 'QV-1',
          admitted: '202603100635',
        }),
      ),
    );
    order.push(
      await post(
        adt({
          event: round === 0 ? 'A01' : 'A08',
          id: `Q-b${round}`,
          person: other,
          at,
          visit: 'QV-2',
          admitted: '202603100635',
        }),
      ),
    );
    if (round === 6) order.push(await post(merge('Q-m', BRUNO, other.cpr)));
  }
  await settled(order);
  expect(await Promise.all(order.map(stateOf))).toEqual(order.map(() => 'done'));
  const finished = await query<{ id: string; finished_at: Date }>(
    'SELECT id, finished_at FROM message WHERE id = ANY ($1)',
    [order],
  );
  const when = new Map(finished.map((row) => [row.id, row.finished_at.getTime()]));
  const barrier = order.indexOf(order[14]!);
  const mergedAt = when.get(order[barrier]!)!;
  expect(order.slice(0, barrier).every((id) => when.get(id)! <= mergedAt)).toBe(true);
  expect(order.slice(barrier + 1).every((id) => when.get(id)! >= mergedAt)).toBe(true);
  expect(await patientOf(other.cpr)).toBe(await patientOf(BRUNO.cpr));
  expect((await query<{ count: string }>('SELECT count(*) FROM inbound'))[0]!.count).toBe('0');
});

test('two merges the other way round at once end, and leave one patient', async () => {
  const one: Person = { ...NANCY, cpr: '0101509991' };
  const two: Person = { ...NANCY, cpr: '0202509992' };
  const ids = await Promise.all([
    post(adt({ event: 'A01', id: 'X-1', person: one, at: '202603100640', visit: 'XV-1', admitted: '202603100635' })),
    post(adt({ event: 'A01', id: 'X-2', person: two, at: '202603100640', visit: 'XV-2', admitted: '202603100635' })),
  ]);
  ids.push(...(await Promise.all([post(merge('X-3', one, two.cpr)), post(merge('X-4', two, one.cpr))])));
  await settled(ids);
  expect(await patientOf(one.cpr)).toBe(await patientOf(two.cpr));
});
