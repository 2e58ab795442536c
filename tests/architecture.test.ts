import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Rooms from the ground up; a file may import from its own room and from rooms on lower floors. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'config.ts'],
  ['fhir'],
  ['formats', 'mapping', 'policy'],
  ['library', 'store', 'queue', 'channels'],
  ['registers'],
  ['pipeline'],
  ['gateway'],
  ['hub.ts'],
  ['cli'],
];
/** Rooms that take values and give values: no files, sockets, clocks or chance of their own. */
const PURE = ['fhir', 'formats', 'mapping', 'policy'];
const WORLD =
  /^(node:(fs|net|http|https|tls|dgram|child_process|worker_threads|cluster)|pg|ioredis|bullmq|express|pino)(\/|$)/;

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const roomOf = (file: string) => file.split('/')[0]!;
const floorOf = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));
const importsOf = (file: string) =>
  [...readFileSync(join(src, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);

test('every file lives in a room that has a floor', () => {
  expect(files.filter((file) => floorOf(roomOf(file)) < 0)).toEqual([]);
});

test('imports go one way: own room or a lower floor', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(src, resolve(src, dirname(file), target)))
      .filter((target) => !target.startsWith('..'))
      .filter((target) => roomOf(target) !== roomOf(file) && floorOf(roomOf(target)) >= floorOf(roomOf(file)))
      .map((target) => `${file} -> ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('the pure rooms do not touch the world', () => {
  const wrong = files
    .filter((file) => PURE.includes(roomOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => WORLD.test(target))
        .map((target) => `${file} -> ${target}`),
    );
  expect(wrong).toEqual([]);
});

test('no room is a lumber room', () => {
  const lumber = /(^|\/)(utils?|common|helpers|services|types|misc)(\.ts|\/)/;
  expect(files.filter((file) => lumber.test(file))).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      // type-only imports vanish before the program runs
      [
        ...readFileSync(join(src, file), 'utf8').matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm),
      ].map((match) => relative(src, resolve(src, dirname(file), match[1]!))),
    ]),
  );
  const seen = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    else if (!seen.has(file)) {
      for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
      seen.add(file);
    }
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});
