import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CodeSystem, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { sentence } from '../errors.ts';
import { r4Model } from '../fhir/model.ts';
import { compileValidator } from '../fhir/validate.ts';
import { compileLibrary, type SourceFile } from '../mapping/library.ts';
import type { Library } from './library.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export async function openLibrary(_where: { dataDir: string }): Promise<Library> {
  const maps = await readFiles(join(ROOT, 'mappings'), /\.map$/);
  const conceptMaps = await readFiles(join(ROOT, 'mappings'), /\.(json|csv)$/);
  const compiled = compileLibrary({ maps, conceptMaps }, r4Model());
  if (!compiled.ok) throw new Error(compiled.issues.map((i) => `${i.place}: ${sentence(i)}`).join('\n'));
  const definitions = (await readFiles(join(ROOT, 'profiles'), /\.json$/)).map(
    ({ text }) => JSON.parse(text) as Resource,
  );
  const of = <T extends Resource>(type: string) => definitions.filter((d) => d.resourceType === type) as T[];
  const validator = compileValidator({
    structureDefinitions: of<StructureDefinition>('StructureDefinition'),
    valueSets: of<ValueSet>('ValueSet'),
    codeSystems: of<CodeSystem>('CodeSystem'),
  });
  return {
    version: `${compiled.value.version}`,
    maps: compiled.value,
    validate: (resource) => validator.validate(resource),
  };
}

async function readFiles(folder: string, ending: RegExp): Promise<SourceFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  return Promise.all(
    names
      .filter((n) => ending.test(n))
      .map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  );
}
