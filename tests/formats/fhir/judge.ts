import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';

/**
 * The independent judge of MedCom messages in the shared folder. It is copied to the temporary folder and installed there once; where the
 * folder is missing or cannot be installed, `judge` is undefined and the reason is printed.
 */
const source = resolve(process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../../shared'), 'medcom');

export interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly errors?: readonly { readonly path: string; readonly rule: string; readonly message: string }[];
}

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

/** Judges messages strictly, each alone and (with `flow`) as a series in sending order; gives what was found wrong, one line each. */
export const judge =
  home &&
  ((bundles: readonly Bundle[], options: { flow?: boolean } = {}): string[] => {
    const folder = mkdtempSync(join(tmpdir(), 'samspil-judged-'));
    try {
      const files = bundles.map((bundle, index) => {
        const file = join(folder, `${String(index).padStart(3, '0')}.json`);
        writeFileSync(file, JSON.stringify(bundle));
        return file;
      });
      const flags = ['--strict', '--json', ...(options.flow ? ['--flow'] : [])];
      const run = spawnSync('node', ['validate.mjs', ...flags, ...files], { cwd: home, encoding: 'utf8' });
      const verdicts = JSON.parse(run.stdout) as Verdict[];
      return verdicts.flatMap((verdict) =>
        (verdict.errors ?? []).map(
          (error) => `${verdict.file.replace(folder, '')} ${error.path} [${error.rule}] ${error.message}`,
        ),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
