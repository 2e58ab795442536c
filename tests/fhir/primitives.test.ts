import fc from 'fast-check';
import { r4Model } from '../../src/fhir/model.ts';
import { jsonTypeOf, PRIMITIVES } from '../../src/fhir/primitives.ts';

test.each<[string, readonly unknown[], readonly unknown[]]>([
  ['boolean', [true, false], ['true', 1, null]],
  ['integer', [0, -5, 2147483647, -2147483648], [1.5, '1', 2147483648, Number.NaN]],
  ['unsignedInt', [0, 7], [-1, 0.5]],
  ['positiveInt', [1], [0, -1]],
  ['decimal', [0, -1.5, 1e10], ['1', Number.POSITIVE_INFINITY]],
  ['string', ['x', ' x ', 'a\nb\tc'], ['', ' ', '\n', 'a\u0000b', 'a\u001fb', 7]],
  ['code', ['x', 'a b'], [' x', 'x ', 'a  b', '', 'a\tb']],
  ['id', ['a-B.9'], ['a_b', 'x'.repeat(65), '']],
  ['uri', ['urn:x', 'Patient/1'], ['a b', '']],
  ['oid', ['urn:oid:1.2.208.176.1.2'], ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02']],
  [
    'uuid',
    ['urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c'],
    ['0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c', 'urn:uuid:0C1F3F39-41A4-4E8A-9C4D-2D0F8A5F4B6C'],
  ],
  [
    'date',
    ['1948', '1948-12', '1948-12-25', '2024-02-29', '2000-02-29'],
    ['0000', '48', '1948-13', '1948-00', '2025-02-29', '1900-02-29', '2026-04-31', '1948-12-25T10:00:00Z', '1948-12-'],
  ],
  [
    'dateTime',
    ['1948', '1948-12-25', '2026-03-01T08:30:00Z', '2026-03-01T08:30:00.123+01:00', '2016-12-31T23:59:60Z'],
    [
      '2026-03-01T08:30Z',
      '2026-03-01T08:30:00',
      '2026-03-01T24:00:00Z',
      '2026-02-30T08:30:00Z',
      '2026-03-01T08:30:00+15:00',
      '2026-03-01 08:30:00Z',
    ],
  ],
  ['instant', ['2026-03-01T08:30:00Z'], ['2026-03-01', '2026-03-01T08:30:00']],
  ['time', ['08:30:00', '23:59:59.9'], ['8:30', '24:00:00', '08:30']],
  ['base64Binary', ['JVBERi0=', 'AAAA', 'AA\nAA'], ['', 'A', 'A===', 'AA=A', 'æøå=', ' ']],
])('%s', (type, good, bad) => {
  const holds = PRIMITIVES[type]!;
  expect(good.filter((value) => !holds(value))).toEqual([]);
  expect(bad.filter((value) => holds(value))).toEqual([]);
});

test('every primitive of R4 has its rule', () => {
  const primitives = r4Model().definitions.filter(({ kind }) => kind === 'primitive-type');
  expect(primitives.map(({ type }) => type).filter((type) => !(type in PRIMITIVES))).toEqual([]);
});

test('a rule gives an answer to any value, and only to JSON of its type yes', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...Object.keys(PRIMITIVES)), (value, type) => {
      return !PRIMITIVES[type]!(value) || typeof value === jsonTypeOf(type);
    }),
  );
});
