import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';
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
export const library = compiled.value;
const definitions = ['profiles/samspil', 'profiles/hl7v2'].flatMap((folder) =>
  readAll(folder, /\.json$/).map(({ text }) => JSON.parse(text)),
);
export const validator = compileValidator({
  structureDefinitions: definitions.filter(
    (one) => one.resourceType === 'StructureDefinition' && one.kind !== 'logical',
  ),
  valueSets: definitions.filter((one) => one.resourceType === 'ValueSet'),
  codeSystems: [],
});

export const fixtures = resolve(project, 'fixtures/hl7v2');
export const cases = readdirSync(fixtures);

/** A fixture through reader and map, with its own clock, seed and directory. */
export function convert(name: string) {
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
    coverage: true,
  });
  if (!run.ok) throw new Error(`${name}: ${JSON.stringify(run.issues)}`);
  return { message, bundle: run.value.resource as Bundle, issues: run.issues, coverage: run.value.coverage };
}

export function coverageOf(name: string) {
  const { coverage } = convert(name);
  if (!coverage) throw new Error(`${name}: no coverage`);
  return coverage;
}
