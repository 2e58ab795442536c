import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { sentence } from '../errors.ts';
import { addPackages, openValidators } from '../library/packages.ts';
import { type Command, WrongUse } from './command.ts';

/** Keeps FHIR packages in the data folder, where every command and the hub find them. */
export const command: Command = {
  usage: 'package add PATH... | package list',
  async run(args, io) {
    const { positionals } = parseArgs({ args, allowPositionals: true });
    const [verb, ...paths] = positionals;
    const { dataDir } = readConfig(io.env);
    if (verb === 'list' && paths.length === 0) {
      io.out(`${JSON.stringify({ packages: (await openValidators({ dataDir })).packages }, null, 2)}\n`);
      return 0;
    }
    if (verb !== 'add' || paths.length === 0)
      throw new WrongUse('Say "add" and the package files or folders, or "list".');
    const added: string[] = [];
    let failed = false;
    for (const path of paths) {
      const result = await addPackages(path, dataDir);
      failed ||= !result.ok;
      if (result.ok) added.push(...result.value);
      for (const found of result.issues) io.err(`${found.place ?? path} ${found.severity}: ${sentence(found)}\n`);
    }
    io.out(`${JSON.stringify({ added }, null, 2)}\n`);
    return failed ? 1 : 0;
  },
};
