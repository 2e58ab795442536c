import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { isFault } from '../../../src/errors.ts';
import { SYSTEM } from '../../../src/fhir/identifiers.ts';
import { r4Model } from '../../../src/fhir/model.ts';
import { compileValidator } from '../../../src/fhir/validate.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { compileLibrary } from '../../../src/mapping/library.ts';

const project = resolve(import.meta.dirname, '../../..');
const readAll = (folder: string, ending: RegExp) =>
  readdirSync(resolve(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => ({ path: `hl7v2/${file}`, text: readFileSync(resolve(project, folder, file), 'utf8') }));

const compiled = compileLibrary(
  { maps: readAll('mappings/hl7v2', /\.map$/), conceptMaps: readAll('mappings/hl7v2', /\.csv$/) },
  r4Model(),
);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
const library = compiled.value;
const definitions = ['profiles/samspil', 'profiles/hl7v2'].flatMap((folder) =>
  readAll(folder, /\.json$/).map(({ text }) => JSON.parse(text)),
);
const validator = compileValidator({
  structureDefinitions: definitions.filter(
    (one) => one.resourceType === 'StructureDefinition' && one.kind !== 'logical',
  ),
  valueSets: definitions.filter((one) => one.resourceType === 'ValueSet'),
  codeSystems: [],
});

const fixtures = resolve(project, 'fixtures/hl7v2');
const cases = readdirSync(fixtures);

function convert(name: string) {
  const settings = JSON.parse(readFileSync(resolve(fixtures, name, 'case.json'), 'utf8'));
  const [reading] = hl7v2.read(new Uint8Array(readFileSync(resolve(fixtures, name, 'message.hl7')))).messages;
  if (!reading?.ok) throw new Error(`${name} is refused: ${JSON.stringify(reading?.issues)}`);
  const { message } = reading;
  const field: Record<string, string> = { [SYSTEM.sor]: 'sor', [SYSTEM.gln]: 'gln', [SYSTEM.shak]: 'shak' };
  const organisation = ({ system, value }: { system: string; value: string }) =>
    settings.directory.find((row: Record<string, string>) => row[field[system] ?? ''] === value);
  const run = library.transform(`hl7v2/${message.structure}`, message.tree, {
    ...settings,
    directory: { organisation },
  });
  if (!run.ok) throw new Error(`${name}: ${JSON.stringify(run.issues)}`);
  return { message, bundle: run.value.resource as Bundle, issues: run.issues };
}

const resources = (bundle: Bundle, type: string) =>
  (bundle.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === type ? [resource] : []));

test('there are a plain, a rich and an odd case of each event', () => {
  const kinds = cases.map((name) => name.split('-').slice(0, 2).join('-'));
  for (const kind of new Set(kinds))
    for (const sort of ['plain', 'rich', 'odd']) expect(cases).toContain(`${kind}-${sort}`);
});

describe.each(cases)('%s', (name) => {
  const { message, bundle, issues } = convert(name);

  test('is what was expected', () => {
    const expected = JSON.parse(readFileSync(resolve(fixtures, name, 'expected.json'), 'utf8'));
    expect(JSON.parse(JSON.stringify(bundle))).toEqual(expected);
  });

  test('is valid', () => {
    expect([...issues, ...validator.validate(bundle)].filter(isFault)).toEqual([]);
  });

  test('its header names sender and focus, each resource once', () => {
    const urls = (bundle.entry ?? []).map((entry) => entry.fullUrl);
    expect(new Set(urls).size).toBe(urls.length);
    expect(bundle.entry![0]!.resource!.resourceType).toBe('MessageHeader');
    const text = JSON.stringify(bundle);
    const named = [...text.matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map((match) => match[1]);
    expect(named.filter((reference) => !urls.includes(reference))).toEqual([]);
  });

  test('the patient has the numbers that chose the lane', () => {
    const [patient] = resources(bundle, 'Patient') as Patient[];
    const given = (patient?.identifier ?? []).map(({ system, value }) => ({ system, value }));
    expect(given).toEqual(expect.arrayContaining([...message.patient]));
    expect(given).toHaveLength(message.patient.length);
  });

  test('no explicit null became a value', () => {
    expect(JSON.stringify(bundle)).not.toContain('\\"\\"');
  });
});

test('the same message gives the same bytes', () => {
  expect(JSON.stringify(convert('adt-a01-rich').bundle)).toBe(JSON.stringify(convert('adt-a01-rich').bundle));
});
