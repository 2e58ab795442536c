/** What a command writes to: JSON on `out`, people's words on `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: () => Promise<Uint8Array>;
}

/** 0 = done, 1 = refused or failed, 2 = wrong use. */
export type ExitCode = 0 | 1 | 2;

/** One command of `samspil`: a file in this folder and a row in `main.ts`. */
export interface Command {
  /** After `samspil`: `convert FILE [--from FORMAT] [--report]`. */
  readonly usage: string;
  run(args: string[], io: Io): Promise<ExitCode>;
}

/** Thrown by argument reading; `main.ts` prints the sentence and the command's usage and exits with 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}
