import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isFault } from '../src/errors.ts';
import { hl7v2 } from '../src/formats/hl7v2/index.ts';
import { openDirectory } from '../src/library/directory.ts';
import { openLibrary } from '../src/library/open.ts';

/** HL7 v2 messages a second on one core, by processor time: read, mapped, validated, and all three. */
const CASES = ['adt-a01-plain', 'adt-a03-plain', 'adt-a01-rich', 'oru-r01-plain', 'oru-r01-rich'];
const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
const project = resolve(import.meta.dirname, '..');

/** Runs a second by the processor's clock, which other programs on the machine do not slow down. */
function rate(work: () => void): number {
  const warm = performance.now();
  while (performance.now() - warm < 500) work();
  const start = process.cpuUsage();
  let runs = 0;
  let used = 0;
  while (used < SECONDS * 1e6) {
    for (let index = 0; index < 20; index++) work();
    runs += 20;
    const { user, system } = process.cpuUsage(start);
    used = user + system;
  }
  return Math.round(runs / (used / 1e6));
}

const library = await openLibrary({});
const directory = await openDirectory(resolve(project, 'region'));
const options = { clock: '2026-03-01T12:00:00+01:00', seed: 'bench', directory };
console.log('case            bytes    read/s     map/s  validate/s    all/s');
for (const name of CASES) {
  const bytes = new Uint8Array(readFileSync(resolve(project, 'fixtures/hl7v2', name, 'message.hl7')));
  const read = () => {
    const [message] = hl7v2.read(bytes).messages;
    if (!message?.ok) throw new Error(`${name} is refused`);
    return message.message;
  };
  const map = ({ structure, tree }: ReturnType<typeof read>) => {
    const run = library.maps.transform(`hl7v2/${structure}`, tree, options);
    if (!run.ok) throw new Error(`${name} is not mapped`);
    return run.value.resource;
  };
  const message = read();
  const bundle = map(message);
  if (library.validate(bundle).some(isFault)) throw new Error(`${name} is not valid`);
  const figures = [
    rate(() => read()),
    rate(() => map(message)),
    rate(() => library.validate(bundle)),
    rate(() => library.validate(map(read()))),
  ];
  console.log(
    name.padEnd(15),
    String(bytes.length).padStart(5),
    ...figures.map((figure) => String(figure).padStart(9)),
  );
}
