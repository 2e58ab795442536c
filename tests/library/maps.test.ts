import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { r4Model } from '../../src/fhir/model.ts';
import { openMaps, readMapFolder } from '../../src/library/maps.ts';

const OPTIONS = { clock: '2025-03-01T12:00:00+01:00', seed: 's' };
const map = (gender: string) => `/// url = 'http://example.org/m'
/// name = 'm'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
group m(source src, target tgt : Patient) { src -> tgt.gender = '${gender}'; }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samspil-maps-'));
  await writeFile(join(folder, 'm.map'), map('male'));
});
afterEach(() => rm(folder, { recursive: true }));

test('maps, StructureMaps and ConceptMaps are told apart; other files are left alone', async () => {
  await writeFile(join(folder, 'a.json'), '{"resourceType": "StructureMap"}');
  await writeFile(join(folder, 'b.json'), '{"resourceType": "ConceptMap"}');
  await writeFile(join(folder, 'c.csv'), 'source-code,target-code\n');
  await writeFile(join(folder, 'd.json'), '{"resourceType": "Patient"}');
  await writeFile(join(folder, 'e.md'), '# read me');
  const { maps, conceptMaps } = await readMapFolder(folder);
  expect(maps.map(({ path }) => path)).toEqual(['a.json', 'm.map']);
  expect(conceptMaps.map(({ path }) => path)).toEqual(['b.json', 'c.csv']);
});

test('a folder that is not there holds no maps', async () => {
  expect(await readMapFolder(join(folder, 'none'))).toEqual({ maps: [], conceptMaps: [] });
});

test('a reload swaps all at once; a broken map leaves the good ones, and what runs keeps its version', async () => {
  const opened = await openMaps(folder, r4Model());
  if (!opened.ok) throw new Error('should open');
  const live = opened.value;
  const first = live.current;
  const gender = (library = live.current) => {
    const result = library.transform('m', {}, OPTIONS);
    return result.ok && (result.value.resource as { gender?: string }).gender;
  };
  expect(gender()).toBe('male');

  expect((await live.reload()).ok).toBe(true);
  expect(live.current).toBe(first);

  await writeFile(join(folder, 'm.map'), map('female'));
  await live.reload();
  expect([gender(), gender(first)]).toEqual(['female', 'male']);
  expect(live.current.version).not.toBe(first.version);

  const good = live.current;
  await writeFile(join(folder, 'm.map'), map('other').replace('->', '=>'));
  const broken = await live.reload();
  expect(broken.issues).toEqual([expect.objectContaining({ code: 'MAP-SYNTAX', place: 'm.map:4:49' })]);
  expect(live.current).toBe(good);
});

test('a folder with an error does not open', async () => {
  await writeFile(join(folder, 'm.map'), 'group');
  expect(await openMaps(folder, r4Model())).toEqual({
    ok: false,
    issues: [expect.objectContaining({ code: 'MAP-SYNTAX', place: 'm.map:1:6' })],
  });
});
