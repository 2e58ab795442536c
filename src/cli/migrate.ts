import { migrate } from '../store/database.ts';
import type { Command } from './command.ts';
import { print, withStore } from './store.ts';

/** Brings the schema of the database up to this version of the program. */
export const command: Command = {
  usage: 'migrate',
  async run(_args, io) {
    print(io, { applied: await withStore(io, migrate) });
    return 0;
  },
};
