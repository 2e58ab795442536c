import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildModel, r4Definitions } from '../../../src/fhir/model.ts';
import { logicalModels } from '../../../src/formats/letter/logical-model.ts';
import { linkSources } from '../../../src/mapping/library.ts';
import { lintMaps } from '../../../src/mapping/lint.ts';
import { CASES, project, readCase } from './fixtures.ts';

const CANONICAL = 'http://samspil.dk/fhir/StructureDefinition/letter-';
const models = logicalModels();
const model = buildModel([...r4Definitions(), ...models]);
const folder = resolve(project, 'mappings/letter');
const read = (ending: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => ({ path: `letter/${file}`, text: readFileSync(resolve(folder, file), 'utf8') }));
const maps = read('.map');
const conceptMaps = read('.csv');

function lint(sources: typeof maps): string[] {
  const { linker, issues } = linkSources({ maps: sources, conceptMaps }, model);
  return [...issues, ...lintMaps(linker)].map(
    ({ code, place, detail }) => `${code} ${place} ${detail ? Object.values(detail).join(' ') : ''}`,
  );
}

/** Paths of a tree its model does not have, or has once where the tree has several. */
function strange(node: unknown, type: string, path: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    const element = model.element(type, name);
    const place = `${path}.${name}`;
    if (!element) return [place];
    const nodes = Array.isArray(value) ? value : [value];
    if (nodes.length > 1 && !element.isList) return [`${place} repeats`];
    return nodes.flatMap((one) => strange(one, element.types[0]!, place));
  });
}

test('each name and type of the notation is known', () => {
  const urls = models.map(({ url }) => url);
  expect(new Set(urls).size).toBe(urls.length);
  for (const { differential } of models) {
    const paths = differential!.element.map(({ path }) => path);
    expect(paths.filter((path, index) => paths.indexOf(path) !== index)).toEqual([]);
    const types = differential!.element.flatMap(({ type }) => (type ?? []).map(({ code }) => code));
    expect(types.filter((code) => code !== 'string' && !urls.includes(code))).toEqual([]);
  }
});

test.each(CASES)('the tree of %s/%s is as its model says', (syntax, name) => {
  const [reading] = readCase(syntax, name).messages;
  if (!reading?.ok) throw new Error('refused');
  const { tree, structure } = reading.message;
  expect(strange(tree, CANONICAL + structure, structure)).toEqual([]);
});

/** Shared maps look for nodes that only some letters have. */
const names = new Set(
  models.flatMap(({ differential }) => differential!.element.map(({ path }) => path.split('.').at(-1)!)),
);

test('no map reads what no letter has', () => {
  expect(lint(maps).filter((found) => !names.has(found.split(' ').at(3) ?? ''))).toEqual([]);
});

test('a slip in a path is found', () => {
  const slipped = maps.map(({ path, text }) => ({
    path,
    text: text.replace('src.Admission.DateTime as', 'src.Admision.DateTime as'),
  }));
  expect(lint(slipped).join('\n')).toMatch(/MAP-ELEMENT-UNKNOWN letter\/shared\/stay\.map:\d+:\d+ .*Admision/);
});
