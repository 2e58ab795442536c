import { dictionary, partTypes } from '../../../src/formats/hl7v2/dictionary.ts';
import { EVENTS } from '../../../src/formats/hl7v2/events.ts';
import { STRUCTURES, type StructureNode, structureNamed } from '../../../src/formats/hl7v2/structures.ts';

const PLAIN = new Set(['ST', 'TX', 'FT', 'ID', 'IS', 'NM', 'SI', 'DT', 'TM', 'DTM', 'GTS', 'ANY']);

test('every type the dictionary names is one it knows', () => {
  const fields = [...dictionary.segments()].flatMap(([name, rows]) =>
    rows.map((row, index) => [`${name}-${index + 1}`, row.type!] as const),
  );
  const parts = [...dictionary.types()].flatMap(([name, types]) =>
    types.map((type, index) => [`${name}.${index + 1}`, type] as const),
  );
  expect([...fields, ...parts].filter(([, type]) => !PLAIN.has(type) && !partTypes(type))).toEqual([]);
});

test('every event has a structure', () => {
  const structures = Object.values(EVENTS).flatMap((events) => Object.values(events!));
  expect(structures.filter((name) => !structureNamed(name))).toEqual([]);
});

const leaves = (node: StructureNode): StructureNode[] => (node.children ? node.children.flatMap(leaves) : [node]);

test.each([...STRUCTURES])('%s names segments of the dictionary only', (name) => {
  const segments = leaves(structureNamed(name)!).map((node) => node.name);
  expect(segments[0]).toBe('MSH');
  expect(segments.filter((segment) => !dictionary.segments().has(segment))).toEqual([]);
});

test('cardinalities and groups of a structure', () => {
  const results = structureNamed('ORU_R01')!.children!.find((node) => node.name === 'PATIENT_RESULT')!;
  expect(results).toMatchObject({ isRequired: true, isList: true });
  expect(results.children!.map((node) => [node.name, node.isRequired, node.isList])).toEqual([
    ['PATIENT', false, false],
    ['ORDER_OBSERVATION', true, true],
  ]);
  expect([...results.first]).toEqual(['PID', 'ORC', 'OBR']);
});
