import { parseArgs } from 'node:util';
import { readMapFile } from '../../mapping/library.ts';
import { printMap } from '../../mapping/print-map.ts';
import { exportMap } from '../../mapping/structure-map.ts';
import { type ExitCode, type Io, WrongUse } from '../command.ts';
import type { Subcommand } from './map.ts';
import { asJson, FOLDER_OPTIONS, showIssues, sourcesOf } from './workbench.ts';

/** A map as a StructureMap resource, or (of a StructureMap) as a map. */
export const subcommand: Subcommand = {
  usage: 'export MAP [--form R4|R5|map]',
  async run(args: string[], io: Io): Promise<ExitCode> {
    const options = { ...FOLDER_OPTIONS, form: { type: 'string', default: 'R4' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length !== 1) throw new WrongUse('One map is needed.');
    const found = await sourcesOf(positionals[0]!, values.maps);
    const file = found?.sources.maps.find(({ path }) => path.replace(/\.(map|json)$/, '') === found.name);
    if (!found || !file) throw new WrongUse('There is no such map.');
    const read = readMapFile(file);
    if (!read.ok) {
      io.err(showIssues(read.issues, found.sources));
      return 1;
    }
    if (values.form === 'map') io.out(printMap(read.value));
    else if (values.form === 'R4' || values.form === 'R5') io.out(asJson(exportMap(read.value, values.form)));
    else throw new WrongUse('The form is R4, R5 or map.');
    return 0;
  },
};
