import { parseArgs } from 'node:util';
import { isFault } from '../../errors.ts';
import { toOperationOutcome } from '../../fhir/outcome.ts';
import { compileLibrary, type TransformOptions } from '../../mapping/library.ts';
import { type ExitCode, type Io, WrongUse } from '../command.ts';
import type { Subcommand } from './map.ts';
import { readBytes, readSource } from './messages.ts';
import { asJson, FOLDER_OPTIONS, showIssues, sourcesOf, workbenchModel } from './workbench.ts';

const OPTIONS = {
  ...FOLDER_OPTIONS,
  clock: { type: 'string', default: '2025-01-01T12:00:00+01:00' },
  seed: { type: 'string', default: 'workbench' },
  sender: { type: 'string' },
  trace: { type: 'boolean', default: false },
  coverage: { type: 'boolean', default: false },
} as const;

/** One map on one source: the resource on stdout, what is to be said of it on stderr. */
export const subcommand: Subcommand = {
  usage:
    'run MAP SOURCE [--sender ID] [--clock INSTANT] [--seed TEXT] [--trace] [--coverage]\n' +
    '  MAP: a .map file, a StructureMap in JSON, or a name such as hl7v2/ADT_A01; SOURCE: a message, a JSON tree, or - for stdin',
  async run(args: string[], io: Io): Promise<ExitCode> {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    const [map, file] = positionals;
    if (map === undefined || file === undefined || positionals.length > 2)
      throw new WrongUse('A map and a source are needed.');
    const found = await sourcesOf(map, values.maps);
    if (!found) throw new WrongUse('There is no such map.');
    const bytes = await readBytes(file, io);
    if (!bytes) throw new WrongUse('The source cannot be read.');

    const library = compileLibrary(found.sources, await workbenchModel(values.profiles));
    if (!library.ok) {
      io.err(showIssues(library.issues.filter(isFault), found.sources));
      return 1;
    }
    const source = readSource(bytes);
    if (!source.ok) {
      io.err(showIssues(source.issues, found.sources));
      io.out(asJson(toOperationOutcome(source.issues)));
      return 1;
    }
    const options: TransformOptions = {
      clock: values.clock,
      seed: values.seed,
      trace: values.trace,
      coverage: values.coverage,
      incomplete: 'report',
      ...(values.sender !== undefined && { sender: values.sender }),
    };
    const results = source.value.map(({ tree }) => library.value.transform(found.name, tree, options));
    const told = results.flatMap((result) => [...result.issues]);
    io.err(showIssues(told, found.sources));
    const shown = results.map((result) => {
      if (!result.ok) return toOperationOutcome(result.issues);
      if (!values.trace && !values.coverage) return result.value.resource;
      return { ...result.value, issues: result.issues };
    });
    io.out(asJson(shown.length === 1 ? shown[0] : shown));
    return results.every((result) => result.ok) ? 0 : 1;
  },
};
