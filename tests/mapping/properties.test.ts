import fc from 'fast-check';
import { r4Model } from '../../src/fhir/model.ts';
import type { Expression } from '../../src/mapping/expression/ast.ts';
import { parseExpression } from '../../src/mapping/expression/parse.ts';
import { printExpression } from '../../src/mapping/expression/print.ts';
import { importMap } from '../../src/mapping/import-map.ts';
import { compileLibrary } from '../../src/mapping/library.ts';
import { parseMap } from '../../src/mapping/parse-map.ts';
import { printMap } from '../../src/mapping/print-map.ts';
import { exportMap } from '../../src/mapping/structure-map.ts';
import { definitions, expressions, sound, sources } from './maps.ts';

const RUNS = 300;

/** Milliseconds of CPU, so that a busy machine fails nothing. */
function cpuSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** The whole of what an engine reads of an expression; where it stood does not matter. */
const meaning = (expression: Expression) =>
  JSON.parse(JSON.stringify(expression, (key, value) => (key === 'offset' ? undefined : value)));

test('an expression is the same after printing and parsing', () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const read = parseExpression(printExpression(expression), 'property');
      expect(read.issues).toEqual([]);
      if (read.ok) expect(meaning(read.value)).toEqual(meaning(expression));
    }),
    { numRuns: 3 * RUNS },
  );
});

test('a map gives the same StructureMap after printing and parsing, and the same print again', () => {
  fc.assert(
    fc.property(definitions, (map) => {
      const printed = printMap(map);
      const read = parseMap(printed, map.file);
      expect({ issues: read.issues, printed }).toEqual({ issues: [], printed });
      if (!read.ok) return;
      expect(exportMap(read.value, 'R5')).toEqual(exportMap(map, 'R5'));
      expect(printMap(read.value)).toBe(printed);
    }),
    { numRuns: RUNS },
  );
});

test.each(['R4', 'R5'] as const)('a map survives StructureMap in %s form', (release) => {
  fc.assert(
    fc.property(definitions, (map) => {
      const resource = exportMap(map, release);
      const read = importMap(JSON.parse(JSON.stringify(resource)), map.file);
      expect(read.issues).toEqual([]);
      if (read.ok) expect(exportMap(read.value, release)).toEqual(resource);
    }),
    { numRuns: RUNS },
  );
});

const OPTIONS = {
  clock: '2025-03-01T12:00:00+01:00',
  seed: 's',
  trace: true,
  coverage: true,
  incomplete: 'report',
} as const;

test('whatever a map says and a source holds, the answer is a result with located issues', () => {
  const model = r4Model();
  let ran = 0;
  fc.assert(
    fc.property(definitions, fc.boolean(), sources, (map, isSound, source) => {
      const text = printMap(isSound ? sound(map) : map);
      const library = compileLibrary({ maps: [{ path: map.file, text }], conceptMaps: [] }, model);
      for (const found of library.issues) expect(found.place).toMatch(/^random\.map/);
      if (!library.ok) return;
      ran++;
      const result = library.value.transform('random', source as never, OPTIONS);
      for (const found of result.issues) expect(found.place).toMatch(/^random\.map:\d+:\d+$/);
      if (result.ok) expect(library.value.transform('random', source as never, OPTIONS)).toEqual(result);
    }),
    { numRuns: 2 * RUNS },
  );
  expect(ran).toBeGreaterThan(RUNS / 2);
});

test('any text is a map or one located fault, at once', () => {
  const pieces = fc.constantFrom(
    'group',
    'g',
    '(',
    ')',
    '{',
    '}',
    'source',
    'target',
    'src',
    'tgt',
    '->',
    'then',
    ';',
    ',',
    '.',
    '=',
    "'",
    '"',
    '`',
    '///',
    '//',
    '/*',
    '*/',
    '%',
    '@',
    '1',
    'where',
    'as',
    '\n',
    ' ',
    '[',
    '<<',
    '$this',
    '\\',
    '"""',
    'uses',
    'let',
    'é',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces, { maxLength: 60 }).map((all) => all.join('')),
        fc.string({ maxLength: 200 }),
      ),
      (text) => {
        const started = process.cpuUsage();
        const read = parseMap(text, 'fuzz.map');
        expect(cpuSince(started)).toBeLessThan(500);
        if (!read.ok)
          expect(read.issues.map(({ code, place }) => [code, /^fuzz\.map:\d+:\d+$/.test(place!)])).toEqual([
            ['MAP-SYNTAX', true],
          ]);
      },
    ),
    { numRuns: 3 * RUNS },
  );
});

test.each([
  ['parentheses', `group g(source a, target b) { a where ${'('.repeat(100_000)}`],
  ['rules', `group g(source a, target b) {${' a then {'.repeat(100_000)}`],
  ['signs', `group g(source a, target b) { a where ${'-'.repeat(100_000)}1 -> b; }`],
  ['comments', `/* ${'*'.repeat(200_000)}`],
  ['strings', `group g(source a, target b) { a -> b.c = '${'\\'.repeat(200_001)}`],
  ['spaces', `group${' '.repeat(500_000)}(`],
  ['metadata', `/// a = ${'"'.repeat(100_000)}`],
])('a text of endless %s ends soon', (_what, text) => {
  const started = process.cpuUsage();
  const read = parseMap(text, 'deep.map');
  expect(read.ok).toBe(false);
  expect(cpuSince(started)).toBeLessThan(2000);
});
