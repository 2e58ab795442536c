import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationOutcome } from '@medplum/fhirtypes';
import { createTarGzip } from 'nanotar';
import { run } from '../../src/cli/main.ts';
import { notification } from '../fhir/resources.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'samspil-validate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function samspil(args: string[], stdin = '') {
  let out = '';
  let err = '';
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: { SAMSPIL_DATA_DIR: join(folder, 'data') },
    stdin: async () => new TextEncoder().encode(stdin),
  });
  return { code, json: out ? (JSON.parse(out) as unknown) : undefined, err };
}

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const codes = (outcome: unknown) =>
  (outcome as OperationOutcome).issue.map(({ details }) => details?.coding?.[0]?.code);
const good = {
  resourceType: 'Patient',
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
  active: true,
};
const bad = { ...good, gender: 'x' };

test('one resource gives one outcome', async () => {
  const { code, json, err } = await samspil(['validate', file('a.json', good)]);
  expect([code, (json as OperationOutcome).issue[0]!.code]).toEqual([0, 'informational']);
  expect(err).toContain('a.json: valid');
});

test('an error is exit 1, with element and rule', async () => {
  const { code, json } = await samspil(['validate', file('a.json', bad)]);
  expect(code).toBe(1);
  expect((json as OperationOutcome).issue[0]).toMatchObject({
    severity: 'error',
    code: 'code-invalid',
    expression: ['Patient.gender'],
  });
});

test('several files and arrays give an array, in order', async () => {
  const { code, json } = await samspil(['validate', file('a.json', [good, bad]), file('b.json', good)]);
  expect(code).toBe(1);
  expect((json as unknown[]).map((outcome) => codes(outcome)[0])).toEqual([undefined, 'FHIR-CODE', undefined]);
});

test('standard input, XML and a byte order mark are read', async () => {
  expect((await samspil(['validate', '-'], JSON.stringify(good))).code).toBe(0);
  const xml = '<Patient xmlns="http://hl7.org/fhir"><gender value="x"/></Patient>';
  expect(codes((await samspil(['validate', file('a.xml', xml)])).json)).toContain('FHIR-CODE');
  expect((await samspil(['validate', file('b.json', `\ufeff${JSON.stringify(good)}`)])).code).toBe(0);
});

test('a MedCom message is held to its profile set without being asked', async () => {
  expect((await samspil(['validate', file('a.json', notification())])).code).toBe(0);
  const spoiled = notification();
  spoiled.entry!.pop();
  const { code, json } = await samspil(['validate', file('b.json', spoiled)]);
  expect(code).toBe(1);
  expect(JSON.stringify(json)).toContain('medcom-hn-0');
});

test.each([
  ['a file that is not there', () => join(folder, 'none.json'), 'FILE-UNREADABLE'],
  ['a folder', () => folder, 'FILE-UNREADABLE'],
  ['no JSON', () => file('a.json', '{"resourceType":'), 'DOOR-JSON'],
  ['an empty file', () => file('a.json', ''), 'DOOR-JSON'],
  [
    'bytes that are no text',
    () => {
      writeFileSync(join(folder, 'x'), Uint8Array.of(0xc3, 0x28));
      return join(folder, 'x');
    },
    'DOOR-JSON',
  ],
  ['another thing in JSON', () => file('a.json', '17'), 'FHIR-NOT-A-RESOURCE'],
])('%s gives an outcome that says so', async (_, make, code) => {
  const result = await samspil(['validate', make()]);
  expect([result.code, codes(result.json)]).toEqual([1, [code]]);
});

test('an empty array has nothing to judge', async () => {
  expect(await samspil(['validate', file('a.json', '[]')])).toMatchObject({ code: 0, json: [] });
});

async function archive(): Promise<string> {
  const profile = {
    resourceType: 'StructureDefinition',
    url: 'http://standard.example/named',
    name: 'Named',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    derivation: 'constraint',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: { element: [{ id: 'Patient.name', path: 'Patient.name', min: 1 }] },
  };
  const path = join(folder, 'standard.tgz');
  const manifest = { name: 'standard.example', version: '1.0.0', fhirVersions: ['4.0.1'] };
  writeFileSync(
    path,
    await createTarGzip([
      { name: 'package/package.json', data: JSON.stringify(manifest) },
      { name: 'package/StructureDefinition-named.json', data: JSON.stringify(profile) },
    ]),
  );
  return path;
}

test('a profile asked for is one of a package named, or of one added before', async () => {
  const resource = file('a.json', good);
  const asked = ['validate', resource, '--profile', 'http://standard.example/named'];
  expect(codes((await samspil(asked)).json)).toEqual(['FHIR-PROFILE-UNKNOWN']);
  expect(codes((await samspil([...asked, '--package', await archive()])).json)).toEqual(['FHIR-MIN']);
  const added = await samspil(['package', 'add', await archive()]);
  expect([added.code, added.json]).toEqual([0, { added: ['standard.example-1.0.0'] }]);
  expect(codes((await samspil(asked)).json)).toEqual(['FHIR-MIN']);
  expect((await samspil(['package', 'list'])).json).toEqual({ packages: ['standard.example@1.0.0'] });
});

test('a package that cannot be read is exit 1', async () => {
  expect((await samspil(['package', 'add', file('x.tgz', 'nonsense')])).code).toBe(1);
  const { code, err } = await samspil(['validate', file('a.json', good), '--package', join(folder, 'x.tgz')]);
  expect(code).toBe(1);
  expect(err).toContain('x.tgz');
});

test.each([
  [['validate']],
  [['validate', 'a', '--nonsense']],
  [['package']],
  [['package', 'add']],
  [['package', 'drop', 'x']],
])('%j is wrong use', async (args) => {
  expect((await samspil(args)).code).toBe(2);
});
