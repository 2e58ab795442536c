import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildModel, r4Definitions } from '../../../src/fhir/model.ts';
import { logicalModels } from '../../../src/formats/hl7v2/logical-model.ts';
import { linkSources } from '../../../src/mapping/library.ts';
import { lintMaps } from '../../../src/mapping/lint.ts';

const folder = resolve(import.meta.dirname, '../../../mappings/hl7v2');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
const read = (ending: RegExp) =>
  files
    .filter((file) => ending.test(file))
    .map((file) => ({ path: `hl7v2/${file}`, text: readFileSync(resolve(folder, file), 'utf8') }));
const maps = read(/\.map$/);
const conceptMaps = read(/\.csv$/);
const model = buildModel([...r4Definitions(), ...logicalModels()]);

function lint(sources: typeof maps): string[] {
  const { linker, issues } = linkSources({ maps: sources, conceptMaps }, model);
  return [...issues, ...lintMaps(linker)].map(
    ({ code, place, detail }) => `${code} ${place} ${detail ? Object.values(detail).join(' ') : ''}`,
  );
}

test('a structure’s elements, groups and types are found', () => {
  expect(model.element('http://samspil.dk/fhir/StructureDefinition/hl7v2-PID', 'PID_3')).toMatchObject({
    isList: true,
    types: ['http://samspil.dk/fhir/StructureDefinition/hl7v2-CX'],
  });
  expect(model.element('ORU_R01.PATIENT_RESULT.ORDER_OBSERVATION', 'OBR')).toMatchObject({ min: 1, isList: false });
});

/** Shared maps look for groups that only some structures have. */
const places = new Set(
  logicalModels().flatMap(({ differential }) => differential!.element.map(({ path }) => path.split('.').at(-1)!)),
);

test('no map reads what HL7 v2 does not have', () => {
  expect(lint(maps).filter((found) => !places.has(found.split(' ').at(3) ?? ''))).toEqual([]);
});

test('a slip in a path is found', () => {
  const slipped = maps.map(({ path, text }) => ({ path, text: text.replace('pid.PID_16 as', 'pid.PID_61 as') }));
  expect(lint(slipped).join('\n')).toMatch(/MAP-ELEMENT-UNKNOWN hl7v2\/shared\/patient\.map:\d+:\d+ .*PID_61/);
});
