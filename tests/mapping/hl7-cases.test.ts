import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { r4Model } from '../../src/fhir/model.ts';
import { importMap } from '../../src/mapping/import-map.ts';
import { compileLibrary } from '../../src/mapping/library.ts';
import { parseMap } from '../../src/mapping/parse-map.ts';
import { printMap } from '../../src/mapping/print-map.ts';
import { exportMap } from '../../src/mapping/structure-map.ts';

/** HL7's own cases of the mapping language, run where their folder is there. CDA cases need a CDA model and XML output; their maps are only parsed. */
const shared = process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const folder = join(shared, 'fml');
const isThere = existsSync(folder);
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

if (!isThere) {
  test('HL7’s cases of the mapping language', () => {
    process.stdout.write('skipped: the folder of HL7’s cases (../shared/fml) is not there\n');
    expect(isThere).toBe(false);
  });
} else {
  const listed = [...read('manifest.xml').matchAll(/source="([^"]+)" map="([^"]+)" output="([^"]+)"/g)];
  const cases = listed.filter(([, , map]) => !map!.includes('cda'));

  test('the folder holds cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(6);
  });

  test.each(cases.map(([, source, map, output]) => [map!, source!, output!]))(
    '%s gives exactly its output',
    (map, source, output) => {
      const library = compileLibrary({ maps: [{ path: map, text: read(map) }], conceptMaps: [] }, r4Model());
      if (!library.ok) throw new Error(JSON.stringify(library.issues));
      const name = map.replace('.map', '');
      const options = { clock: '2025-01-01T00:00:00Z', seed: 'hl7', incomplete: 'report' } as const;
      const result = library.value.transform(name, JSON.parse(read(source)), options);
      if (!result.ok) throw new Error(JSON.stringify(result.issues));
      expect(JSON.parse(JSON.stringify(result.value.resource))).toEqual(JSON.parse(read(output)));
    },
  );

  const maps = readdirSync(folder).filter((file) => file.endsWith('.map'));
  test.each(maps)('%s parses and survives printing and StructureMap', (file) => {
    const first = parseMap(read(file), file);
    if (!first.ok) throw new Error(JSON.stringify(first.issues));
    const printed = printMap(first.value);
    const again = parseMap(printed, file);
    if (!again.ok) throw new Error(JSON.stringify(again.issues));
    expect(printMap(again.value)).toBe(printed);
    for (const release of ['R4', 'R5'] as const) {
      const resource = exportMap(first.value, release);
      expect(exportMap(again.value, release)).toEqual(resource);
      const imported = importMap(resource, file);
      if (!imported.ok) throw new Error(JSON.stringify(imported.issues));
      expect(exportMap(imported.value, release)).toEqual(resource);
    }
  });

  test('the StructureMap in JSON among them can be read', () => {
    const resource = JSON.parse(read('qr2cda-eval.json').replace(/^\uFEFF/, ''));
    expect(importMap(resource, 'qr2cda-eval.json').ok).toBe(true);
  });
}
