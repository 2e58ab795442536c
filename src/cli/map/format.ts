import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readMapFolder } from '../../library/maps.ts';
import { parseMap } from '../../mapping/parse-map.ts';
import { printMap } from '../../mapping/print-map.ts';
import { type ExitCode, type Io, WrongUse } from '../command.ts';
import type { Subcommand } from './map.ts';
import { asJson, FOLDER_OPTIONS, showIssue } from './workbench.ts';

interface Formatted {
  readonly file: string;
  readonly state: 'unchanged' | 'changed' | 'broken';
}

/** Writes maps in the one way they are written. */
export const subcommand: Subcommand = {
  usage: 'format [FILE...] [--check]   (no FILE: all maps; -: from stdin to stdout; --check: only says which differ)',
  async run(args: string[], io: Io): Promise<ExitCode> {
    const options = { ...FOLDER_OPTIONS, check: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals[0] === '-') return formatStdin(io);
    const all = async () => (await readMapFolder(values.maps)).maps.map(({ path }) => join(values.maps, path));
    const files = (positionals.length > 0 ? positionals : await all()).filter((file) => file.endsWith('.map'));
    if (files.length === 0) throw new WrongUse('There is no map to format.');
    const formatted: Formatted[] = [];
    for (const file of files) formatted.push(await formatFile(file, { isCheck: values.check, io }));
    io.out(asJson(formatted));
    const isBroken = formatted.some(({ state }) => state === 'broken');
    const isChanged = formatted.some(({ state }) => state === 'changed');
    return isBroken || (values.check && isChanged) ? 1 : 0;
  },
};

async function formatStdin(io: Io): Promise<ExitCode> {
  const text = Buffer.from(await io.stdin()).toString('utf8');
  const read = parseMap(text, 'stdin');
  if (read.ok) io.out(printMap(read.value));
  else for (const found of read.issues) io.err(showIssue(found, [{ path: 'stdin', text }]));
  return read.ok ? 0 : 1;
}

async function formatFile(file: string, { isCheck, io }: { isCheck: boolean; io: Io }): Promise<Formatted> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) throw new WrongUse('One of the files cannot be read.');
  const read = parseMap(text, file);
  if (!read.ok) {
    for (const found of read.issues) io.err(showIssue(found, [{ path: file, text }]));
    return { file, state: 'broken' };
  }
  const printed = printMap(read.value);
  if (printed === text) return { file, state: 'unchanged' };
  if (!isCheck) await writeFile(file, printed);
  io.err(`${file} ${isCheck ? 'is not in the common form' : 'formatted'}\n`);
  return { file, state: 'changed' };
}
