import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from '../../src/cli/main.ts';

const project = resolve(import.meta.dirname, '../..');
const shared = resolve(process.env.SAMSPIL_SHARED ?? resolve(project, '../shared'), 'samples/hl7v2');
const plain = resolve(project, 'fixtures/hl7v2/adt-a01-plain/message.hl7');
const clock = ['--clock', '2026-03-01T12:00:30+01:00'];

async function convert(args: string[], stdin = '') {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(['convert', ...args], {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    env: { SAMSPIL_REGION_DIR: resolve(project, 'region') },
    stdin: async () => new TextEncoder().encode(stdin),
  });
  const text = out.join('');
  return { code, json: text === '' ? undefined : JSON.parse(text), err: err.join('') };
}

const message = readFileSync(plain, 'utf8');
const withoutPatient = message.replace(/PID\|[^\r]*\r/, '');

test('a message becomes a Bundle', async () => {
  const { code, json } = await convert([plain, ...clock]);
  expect(code).toBe(0);
  expect(json).toMatchObject({ resourceType: 'Bundle', type: 'message', identifier: { value: 'N0001' } });
});

test('the same message and clock give the same Bundle, from a file or the standard input', async () => {
  const [file, stdin] = await Promise.all([convert([plain, ...clock]), convert(['-', ...clock], message)]);
  expect(stdin).toEqual(file);
});

test('the region’s directory tells who the ward is', async () => {
  const { json } = await convert([plain, ...clock]);
  const names = json.entry.map((entry: { resource: { name?: unknown } }) => entry.resource.name);
  expect(names).toContain('Nordlund Sygehus, Medicinsk Afdeling');
});

test('several messages give a list, each its own answer', async () => {
  const second = withoutPatient.replace('|N0001|', '|N0002|');
  const { code, json, err } = await convert(['-', ...clock], message + second);
  expect(code).toBe(1);
  expect(json.map((one: { resourceType: string }) => one.resourceType)).toEqual(['Bundle', 'OperationOutcome']);
  expect(json[1].issue[0]).toMatchObject({ details: { coding: [{ code: 'HL7-SEGMENT-MISSING' }] } });
  expect(err).toContain('error: HL7-SEGMENT-MISSING PID');
});

test('a report has coverage, trace, codes without a map and the acknowledgement', async () => {
  const { code, json } = await convert([plain, '--report', ...clock]);
  expect(code).toBe(0);
  expect(Object.keys(json)).toEqual(
    expect.arrayContaining(['bundle', 'coverage', 'trace', 'unmapped', 'acknowledgement']),
  );
  expect(json.coverage.read).toContain('PID.PID_3[0].CX_1');
  expect(json.acknowledgement).toMatchObject({
    contentType: 'application/hl7-v2',
    body: expect.stringContaining('MSA|AA|N0001\r'),
  });
});

test('a report of a refusal has the outcome and the acknowledgement', async () => {
  const { code, json } = await convert(['-', '--report', ...clock], withoutPatient);
  expect(code).toBe(1);
  expect(json.outcome.resourceType).toBe('OperationOutcome');
  expect(json.acknowledgement.body).toContain('MSA|AE|N0001\r');
});

test.each([
  ['', 'DOOR-EMPTY'],
  ['hej', 'DOOR-FORMAT-UNKNOWN'],
  ['MSH|^~\\&|', 'HL7-FIELD-MISSING'],
])('bytes that are no message: %j', async (text, code) => {
  const answer = await convert(['-'], text);
  expect(answer.code).toBe(1);
  expect(answer.json).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ details: { coding: [{ code }] } }] });
});

test.each([
  [[]],
  [['a', 'b']],
  [['-', '--from', 'latin']],
  [['-', '--clock', 'noon']],
  [['/no/such/file']],
  [['-', '--what']],
])('wrong use: %j', async (args) => {
  const { code, json, err } = await convert(args, message);
  expect(code).toBe(2);
  expect(json).toBeUndefined();
  expect(err).toContain('usage: samspil convert');
});

test('a message of another format than told is refused', async () => {
  const { code, json } = await convert(['-', '--from', 'edifact'], message);
  expect(code).toBe(1);
  expect(json.resourceType).toBe('OperationOutcome');
});

const isThere = existsSync(shared);
if (!isThere) console.warn('../shared is not there: its HL7 v2 samples were not converted');
const samples = isThere
  ? readdirSync(shared, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(hl7|txt)$/.test(file))
  : [];
(isThere ? test : test.skip).each(isThere ? samples : [''])(
  'sample %s',
  async (file) => {
    const { code, json } = await convert([resolve(shared, file)]);
    const isRefused = file.includes('bad-inputs');
    expect(code).toBe(isRefused ? 1 : 0);
    const types = [json].flat().map((one) => one.resourceType);
    expect(new Set(types)).toEqual(new Set([isRefused ? 'OperationOutcome' : 'Bundle']));
  },
  60_000,
);
