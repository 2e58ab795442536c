import type { Command, ExitCode, Io } from '../command.ts';
import { WrongUse } from '../command.ts';

/** One word after `samspil map`. */
export interface Subcommand {
  readonly usage: string;
  run(args: string[], io: Io): Promise<ExitCode>;
}

/** What there is: one row for each word, loaded only when it is called. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<{ subcommand: Subcommand }>>> = {
  test: () => import('./test.ts'),
  run: () => import('./run.ts'),
  format: () => import('./format.ts'),
  lint: () => import('./lint.ts'),
  export: () => import('./export.ts'),
};

export const command: Command = {
  usage: `map ${Object.keys(SUBCOMMANDS).join('|')} ...`,
  async run(args: string[], io: Io): Promise<ExitCode> {
    const [word, ...rest] = args;
    const load = word !== undefined && Object.hasOwn(SUBCOMMANDS, word) ? SUBCOMMANDS[word] : undefined;
    if (!load) throw new WrongUse(word === undefined ? 'What should be done with maps?' : 'There is no such word.');
    const { subcommand } = await load();
    try {
      return await subcommand.run(rest, io);
    } catch (thrown) {
      const code = (thrown as { code?: string }).code ?? '';
      if (!(thrown instanceof WrongUse) && !code.startsWith('ERR_PARSE_ARGS')) throw thrown;
      io.err(`${(thrown as Error).message}\nusage: samspil map ${subcommand.usage}\n`);
      return 2;
    }
  },
};
