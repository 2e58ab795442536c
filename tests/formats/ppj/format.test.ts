import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { recogniseFormat } from '../../../src/formats/index.ts';
import { ppj } from '../../../src/formats/ppj/index.ts';

const folder = resolve(import.meta.dirname, '../../../fixtures/ppj');
const fixture = (name: string) => readFileSync(join(folder, name, 'message.json'));
const plain = JSON.parse(fixture('plain').toString()) as Record<string, object>;
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const issuesOf = (value: unknown) =>
  ppj
    .read(Buffer.isBuffer(value) ? value : bytesOf(value))
    .messages.flatMap(({ issues }) => issues.map(({ code, place, severity }) => `${severity} ${code} ${place}`));

test.each(readdirSync(folder))('the case %s is recognised and taken', (name) => {
  const bytes = fixture(name);
  expect(recogniseFormat(bytes)?.id).toBe('ppj');
  expect(ppj.read(bytes).messages).toMatchObject([{ ok: true, message: { structure: 'PPJ', version: '1.0' } }]);
  expect(issuesOf(bytes).filter((each) => each.startsWith('error'))).toEqual([]);
});

test('the parties and the patient are known by their numbers', () => {
  expect(ppj.read(fixture('rich')).messages[0]).toMatchObject({
    message: {
      type: 'ppj-closed',
      controlId: 's-1002-7',
      sender: [
        { system: 'urn:oid:1.2.208.176.1.1', value: '440151000016001' },
        { system: 'https://www.gs1.org/gln', value: '5790001500047' },
      ],
      receiver: [{ value: '265161000016000' }, { value: '5790001500016' }],
      patient: [
        { system: 'urn:oid:1.2.208.176.1.2', value: '0507364128' },
        { system: 'http://samspil.dk/fhir/sid/ppj/440151000016001/patient', value: 'P-1002' },
        { system: 'http://samspil.dk/fhir/sid/ppj/440151000016001/journal', value: 'J-1002' },
      ],
    },
  });
});

test('an unknown patient is known by the journal; once identified, what went before is merged away', () => {
  const unknown = ppj.read(fixture('odd-unknown')).messages[0];
  const known = ppj.read(fixture('late-identification')).messages[0];
  const replacement = { system: 'urn:oid:1.2.208.176.1.6.1.3', value: '0101901AB2' };
  const own = { system: 'http://samspil.dk/fhir/sid/ppj/440151000016001/patient', value: 'P-1003' };
  const journal = { system: 'http://samspil.dk/fhir/sid/ppj/440151000016001/journal', value: 'J-1003' };
  expect(unknown).toMatchObject({ message: { patient: [{ value: '0101901AB2' }, own, journal] } });
  expect(unknown?.ok && unknown.message.mergedFrom).toBeUndefined();
  expect(known).toMatchObject({
    message: {
      patient: [{ value: '0507364129' }],
      mergedFrom: [{ ...replacement, system: expect.any(String) }, own, journal],
    },
  });
});

test('clocks and sums that cannot be right are said, and the rest is taken', () => {
  expect(
    issuesOf({
      ...plain,
      units: [{ id: 'a', times: { alarm: '2026-05-04T10:00:00Z', rollout: '2026-05-04T09:59:00Z' } }],
    }),
  ).toEqual(['warning PPJ-TIME-ORDER units[0].times.rollout']);
  const gcs = { eye: 4, verbal: 5, motor: 6, total: 14 };
  expect(issuesOf({ ...plain, vitals: [{ id: 'v', at: '2026-05-04T10:00:00Z', gcs }] })).toEqual([
    'warning PPJ-GCS vitals[0].gcs.total',
  ]);
});

const vital = { id: 'v', at: '2026-05-04T10:00:00+02:00' };
test.each<[string, unknown, string[]]>([
  ['an unknown field', { ...plain, shoeSize: 44 }, ['PPJ-UNKNOWN shoeSize']],
  ['a field named by a number', { ...plain, '2512489996': 1 }, ['PPJ-UNKNOWN ?']],
  ['an unknown field deep inside', { ...plain, vitals: [{ ...vital, bp: 1 }] }, ['PPJ-UNKNOWN vitals[0].bp']],
  ['no snapshot', { ...plain, snapshot: undefined }, ['PPJ-MISSING snapshot']],
  [
    'several faults at once',
    { ...plain, journal: undefined, mission: undefined },
    ['PPJ-MISSING mission', 'PPJ-MISSING journal'],
  ],
  ['a pulse as text', { ...plain, vitals: [{ ...vital, heartRate: '88' }] }, ['PPJ-VALUE vitals[0].heartRate']],
  ['a pulse nobody has', { ...plain, vitals: [{ ...vital, heartRate: 4000 }] }, ['PPJ-VALUE vitals[0].heartRate']],
  ['a time without zone', { ...plain, vitals: [{ ...vital, at: '2026-05-04T10:00:00' }] }, ['PPJ-VALUE vitals[0].at']],
  ['a day that is none', { ...plain, vitals: [{ ...vital, at: '2026-02-30T10:00:00Z' }] }, ['PPJ-VALUE vitals[0].at']],
  ['an item twice', { ...plain, vitals: [vital, vital] }, ['PPJ-DUPLICATE-ID vitals[1].id']],
  [
    'an impossible date of birth',
    { ...plain, patient: { id: 'p', status: 'known', number: '3213489996' } },
    ['PERSON-NUMBER patient.number'],
  ],
  [
    'a former number that is none',
    { ...plain, patient: { id: 'p', status: 'known', formerNumbers: ['0000000000'] } },
    ['PERSON-NUMBER patient.formerNumbers[0]'],
  ],
  ['a wrong check digit', { ...plain, sender: { gln: '5790001500040' } }, ['PPJ-GLN sender.gln']],
  ['another version', { ...plain, ppj: '2.0' }, ['PPJ-VALUE ppj']],
  ['an attachment of no kind', { ...plain, ecgs: [{ ...vital, data: 'AAAA' }] }, ['PPJ-MISSING ecgs[0].contentType']],
  [
    'an attachment that is no base64',
    { ...plain, ecgs: [{ ...vital, data: '<script>', contentType: 'image/png' }] },
    ['PPJ-VALUE ecgs[0].data'],
  ],
  ['a list', [[]], ['PPJ-VALUE undefined']],
  ['null', [null], ['PPJ-VALUE undefined']],
])('refused by place: %s', (_name, value, expected) => {
  expect(issuesOf(value)).toEqual(expected.map((each) => `error ${each}`));
  expect(JSON.stringify(issuesOf(value))).not.toMatch(/\d{6}/);
});

test('a snapshot refused keeps its id, so that it can be answered', () => {
  expect(ppj.read(bytesOf({ ...plain, extra: 1 })).messages).toMatchObject([
    { ok: false, controlId: 's-1001-1', type: 'ppj' },
  ]);
});

test('each of several is taken or refused on its own', () => {
  expect(ppj.read(bytesOf([plain, { ...plain, extra: 1 }, plain])).messages.map(({ ok }) => ok)).toEqual([
    true,
    false,
    true,
  ]);
});

test.each([
  ['text that is no JSON', '{"ppj": ', 'DOOR-JSON'],
  ['nothing', '', 'DOOR-EMPTY'],
  ['depth', `{"ppj":${'['.repeat(500)}${']'.repeat(500)}}`, 'DOOR-TOO-DEEP'],
])('%s is refused whole', (_name, text, code) => {
  expect(ppj.read(Buffer.from(text))).toMatchObject({ messages: [], issues: [{ code }] });
});

test('whatever stands in it, it is taken or refused with a reason', () => {
  const keys = Object.keys(plain);
  const changed = fc
    .tuple(fc.constantFrom(...keys), fc.jsonValue())
    .map(([key, value]) => bytesOf({ ...plain, [key]: value }));
  const cut = fc.nat({ max: 1200 }).map((at) => fixture('rich').subarray(0, at));
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        cut,
        fc.json().map((text) => Buffer.from(text)),
        fc.uint8Array(),
      ),
      (bytes) => {
        const { messages, issues } = ppj.read(bytes);
        ppj.recognise(bytes);
        if (messages.length === 0 && bytes.toString() !== '[]')
          expect(issues.some(isFault) || /^\s*\[\s*\]\s*$/.test(Buffer.from(bytes).toString())).toBe(true);
        for (const each of messages) expect(each.ok || each.issues.some(isFault)).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
});

test('a great many faults are told up to a bound, and quickly', () => {
  const many = { ...plain, vitals: Array.from({ length: 50_000 }, () => ({ id: '!', at: 'x' })) };
  const started = performance.now();
  expect(issuesOf(many).length).toBeLessThanOrEqual(100);
  expect(performance.now() - started).toBeLessThan(3000);
});
