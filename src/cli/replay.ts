import { parseArgs } from 'node:util';
import { sentence } from '../errors.ts';
import { REPLAY_STEPS, requeueMessage } from '../pipeline/replay.ts';
import { type Command, WrongUse } from './command.ts';
import { print, UUID, withStore } from './store.ts';

/** Runs a stopped or parked message again, from a step on; the running hub takes it up within a second. */
export const command: Command = {
  usage: `replay ID [--from ${REPLAY_STEPS.join('|')}]`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { from: { type: 'string', default: 'parse' } },
    });
    const from = REPLAY_STEPS.find((step) => step === values.from);
    const [id] = positionals;
    if (!id || !UUID.test(id) || !from) throw new WrongUse('Name a message by its id, and a step.');
    const outcome = await withStore(io, (db) =>
      requeueMessage({ id, from, actor: 'command line' }, db, new Date().toISOString()),
    );
    if (!outcome.ok) {
      io.err(`${outcome.issues.map(sentence).join('\n')}\n`);
      return 1;
    }
    print(io, { id, from });
    return 0;
  },
};
