import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';

/**
 * The independent judge of MedCom messages in the shared folder. It is copied to the temporary folder and installed there once; where the
 * folder is missing or cannot be installed, the tests that ask it are skipped and the reason is printed.
 */
const source = resolve(process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'medcom');

function install(): string | undefined {
  if (!existsSync(join(source, 'validate.mjs'))) {
    console.warn('The MedCom judge (../shared/medcom) is not here: its checks are skipped.');
    return undefined;
  }
  const lock = readFileSync(join(source, 'package-lock.json'));
  const folder = join(tmpdir(), `samspil-judge-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  if (existsSync(join(folder, 'ready'))) return folder;
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(source, folder, { recursive: true, force: true, filter: (path) => !path.includes('node_modules') });
    execFileSync('chmod', ['-R', 'u+w', folder]);
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore', timeout: 120_000 });
    writeFileSync(join(folder, 'ready'), '');
    return folder;
  } catch {
    console.warn('The MedCom judge could not be installed: its checks are skipped.');
    return undefined;
  }
}

const home = install();

/** Judges each message strictly, then the series in sending order; one process for all series, as its start takes longest. */
const PROGRAM = `
  import { Validator } from './lib/validator.mjs';
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const judge = new Validator();
  const faults = (name, { errors }) => errors.map((e) => name + ' ' + e.path + ' [' + e.rule + '] ' + e.message);
  const verdicts = JSON.parse(text).map((series) => [
    ...series.flatMap((doc, index) => faults('message ' + (index + 1), judge.validate(doc, { strict: true }))),
    ...faults('series', judge.flow(series, { strict: true })),
  ]);
  process.stdout.write(JSON.stringify(verdicts));
`;

/** What the judge finds wrong with each series of messages, one line each; undefined where there is no judge. */
export function judge(series: readonly (readonly Bundle[])[]): string[][] | undefined {
  if (!home) return undefined;
  const run = spawnSync('node', ['--input-type=module', '-e', PROGRAM], {
    cwd: home,
    input: JSON.stringify(series),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status !== 0) throw new Error(`The judge could not finish: ${run.stderr.slice(0, 500)}`);
  return JSON.parse(run.stdout) as string[][];
}

/** `test` where the judge is, `test.skip` where it is not. */
export const judged = home ? test : test.skip;

/** Files of the guides' own example messages; empty where the folder is not. */
export const examples: readonly string[] = home
  ? readdirSync(join(home, 'examples'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json'))
      .map((file) => join(home, 'examples', file))
  : [];
