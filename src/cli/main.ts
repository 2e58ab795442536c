import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Command, ExitCode, Io } from './command.ts';
import { WrongUse } from './command.ts';

interface Row {
  readonly does: string;
  readonly load: () => Promise<{ command: Command }>;
}

/** What there is: one row for each command, loaded only when it is called. */
export const COMMANDS: Readonly<Record<string, Row>> = {
  convert: { does: 'turns a message of any format into FHIR', load: () => import('./convert.ts') },
  validate: { does: 'checks FHIR resources against R4 and profiles', load: () => import('./validate.ts') },
  package: { does: 'adds FHIR packages with profiles to the data folder', load: () => import('./package.ts') },
  policy: { does: 'decides from files: one request, or a table of cases', load: () => import('./policy.ts') },
  agreement: { does: 'checks, shows and compares agreement documents', load: () => import('./agreement.ts') },
  serve: { does: 'runs the hub: gateway and workers', load: () => import('./serve.ts') },
  demo: { does: 'plays the demo day and serves', load: () => import('./demo.ts') },
  message: { does: 'tells what became of a message', load: () => import('./message.ts') },
  decision: { does: 'tells why something was sent or withheld', load: () => import('./decision.ts') },
  codes: { does: 'lists codes no ConceptMap knows, and says what one means', load: () => import('./codes.ts') },
  'dead-letter': {
    does: 'lists deliveries that are parked or refused, and lets them go again',
    load: () => import('./dead-letter.ts'),
  },
  map: { does: 'tests, runs, formats, checks and exports maps', load: () => import('./map/map.ts') },
  replay: { does: 'runs a stopped or parked message again', load: () => import('./replay.ts') },
  migrate: { does: 'brings the database up to this version', load: () => import('./migrate.ts') },
  token: { does: 'prints a bearer token of a demo client', load: () => import('./token.ts') },
};

function overview(): string {
  const width = Math.max(0, ...Object.keys(COMMANDS).map((name) => name.length));
  const rows = Object.entries(COMMANDS).map(([name, row]) => `  ${name.padEnd(width)}  ${row.does}`);
  return ['samspil <command>', '', ...rows, ''].join('\n');
}

/** Runs one command line (without `samspil` itself) and gives its exit code. */
export async function run(argv: string[], io: Io): Promise<ExitCode> {
  const [name, ...args] = argv;
  const row = name === undefined ? undefined : COMMANDS[name];
  if (!row) {
    io.err(overview());
    return name === undefined || name === 'help' || name === '--help' ? 0 : 2;
  }
  const { command } = await row.load();
  try {
    return await command.run(args, io);
  } catch (thrown) {
    const code = (thrown as { code?: string }).code ?? '';
    if (!(thrown instanceof WrongUse) && !code.startsWith('ERR_PARSE_ARGS')) throw thrown;
    io.err(`${(thrown as Error).message}\nusage: samspil ${command.usage}\n`);
    return 2;
  }
}

/** The rim: the process's own streams and environment. */
export async function runCommandLine(argv: string[]): Promise<void> {
  process.exitCode = await run(argv, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
    stdin: () => readFile('/dev/stdin'),
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await runCommandLine(process.argv.slice(2));
