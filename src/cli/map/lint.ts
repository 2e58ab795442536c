import { parseArgs } from 'node:util';
import { isFault } from '../../errors.ts';
import { readMapFolder } from '../../library/maps.ts';
import { linkSources } from '../../mapping/library.ts';
import { lintMaps } from '../../mapping/lint.ts';
import { type ExitCode, type Io, WrongUse } from '../command.ts';
import type { Subcommand } from './map.ts';
import { asJson, FOLDER_OPTIONS, showIssues, sourcesOf, workbenchModel } from './workbench.ts';

/** What is wrong or odd in maps, without running them. */
export const subcommand: Subcommand = {
  usage: 'lint [MAP...] [--strict]   (no MAP: all maps; --strict: warnings fail too)',
  async run(args: string[], io: Io): Promise<ExitCode> {
    const options = { ...FOLDER_OPTIONS, strict: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const model = await workbenchModel(values.profiles);
    const found = [];
    if (positionals.length === 0) found.push(await readMapFolder(values.maps));
    for (const map of positionals) {
      const own = await sourcesOf(map, values.maps);
      if (!own) throw new WrongUse('There is no such map.');
      found.push(own.sources);
    }
    let isBad = false;
    const told = [];
    for (const sources of found) {
      const { linker, issues } = linkSources(sources, model);
      const all = [...issues, ...lintMaps(linker)];
      io.err(showIssues(all, sources));
      told.push(...all);
      isBad ||= all.some((one) => isFault(one) || (values.strict && one.severity === 'warning'));
    }
    io.out(asJson(told));
    return isBad ? 1 : 0;
  },
};
