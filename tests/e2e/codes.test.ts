import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, NANCY } from '../helpers/messages.ts';
import { eventually } from '../helpers/receiver.ts';

let test1: TestHub;
let mappings: string;
const MAP = 'http://samspil.dk/fhir/ConceptMap/hl7v2-gender';

beforeAll(async () => {
  mappings = await mkdtemp(join(tmpdir(), 'samspil-maps-'));
  await cp(resolve(import.meta.dirname, '../../mappings'), mappings, { recursive: true });
  const file = join(mappings, 'hl7v2/gender.csv');
  // this ConceptMap lets messages wait, and has no word for a code nobody knows
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace(/^#unmapped.*\n/m, '').replace(`#url,${MAP}\n`, `#url,${MAP}\n#when-unmapped,wait\n`),
  );
  test1 = await openTestHub({ SAMSPIL_MAPPINGS_DIR: mappings });
});
afterAll(async () => {
  await test1?.close();
  await rm(mappings, { recursive: true, force: true });
});

async function post(id: string, gender: string): Promise<string> {
  const body = adt({
    event: 'A01',
    id,
    person: { ...NANCY, gender },
    at: '202603100640',
    visit: id,
    admitted: '202603100635',
  });
  const response = await test1.request('demo-epj', '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/hl7-v2' },
    body,
  });
  return response.headers.get('location')!.split('/').at(-1)!;
}

const stateOf = async (id: string) =>
  (await test1.hub.parts.db.query<{ state: string }>('SELECT state FROM message WHERE id = $1', [id])).rows[0]!.state;
const codes = async () =>
  (
    (await (await test1.request('demo-operator', '/admin/codes')).json()) as {
      codes: { code: string; sender: string; system: string; waiting: number; count: string }[];
    }
  ).codes;
const resolveCode = (more: object) =>
  test1.request('demo-operator', '/admin/codes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conceptMap: MAP, sender: 'demo-epj', ...more }),
  });

test('a code nobody has mapped waits on the worklist; a row for it runs the messages that waited, in their order', async () => {
  const ids = [await post('C-1', 'Q'), await post('C-2', 'Q')];
  await eventually(async () => (await Promise.all(ids.map(stateOf))).every((state) => state === 'stopped'));
  const [row] = await codes();
  expect(row).toMatchObject({ code: 'Q', sender: 'demo-epj', waiting: 2 });
  const answer = await resolveCode({
    code: 'Q',
    system: row!.system,
    targetCode: 'female',
    targetSystem: 'http://hl7.org/fhir/administrative-gender',
  });
  expect([answer.status, await answer.json()]).toEqual([200, { messages: ids }]);
  await eventually(async () => (await Promise.all(ids.map(stateOf))).every((state) => state === 'done'));
  expect(await codes()).toEqual([]);
  const third = await post('C-3', 'Q');
  await eventually(async () => (await stateOf(third)) === 'done');
});

test('a code that is not on the list, a ConceptMap that is not there, a sender that is a path', async () => {
  expect((await resolveCode({ code: 'never', targetCode: 'female' })).status).toBe(404);
  expect((await resolveCode({ conceptMap: 'http://elsewhere.example', code: 'Q', targetCode: 'x' })).status).toBe(404);
  expect((await resolveCode({ sender: '../..', code: 'Q', targetCode: 'x' })).status).toBe(404);
  expect((await test1.request('demo-epj', '/admin/codes')).status).toBe(403);
});

test('a changed map is taken into use at once, and a broken one never', async () => {
  const before = test1.hub.parts.library.maps.version;
  const file = join(mappings, 'hl7v2/ADT_A01.map');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text}\n// changed\n`);
  await eventually(() => test1.hub.parts.library.maps.version !== before);
  const good = test1.hub.parts.library.maps.version;
  await writeFile(file, `${text}\ngroup (`);
  await eventually(() => test1.logged().includes('maps with errors were not taken into use'));
  expect(test1.hub.parts.library.maps.version).toBe(good);
});
