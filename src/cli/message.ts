import { parseArgs } from 'node:util';
import { storyOf } from '../pipeline/story.ts';
import { listMessages, readMessage } from '../store/messages.ts';
import { type Command, WrongUse } from './command.ts';
import { print, UUID, withStore } from './store.ts';

/** What became of messages: one's whole story, or the latest ones. */
export const command: Command = {
  usage: 'message show ID | message list [--state STATE] [--sender CLIENT] [--limit N]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { state: { type: 'string' }, sender: { type: 'string' }, limit: { type: 'string', default: '50' } },
    });
    const [verb, id] = positionals;
    if (verb === 'list') {
      const limit = Number(values.limit);
      if (!Number.isInteger(limit) || limit < 1) throw new WrongUse('--limit must be a whole number from 1.');
      const filter = {
        limit,
        ...(values.state && { state: values.state }),
        ...(values.sender && { sender: values.sender }),
      };
      const rows = await withStore(io, (db) => listMessages(db, filter));
      print(
        io,
        rows.map(({ id, state, step, sender, type, receivedAt }) => ({ id, state, step, sender, type, receivedAt })),
      );
      return 0;
    }
    if (verb !== 'show' || !id || !UUID.test(id)) throw new WrongUse('Name a message by its id.');
    return withStore(io, async (db) => {
      const message = await readMessage(db, id);
      if (!message) {
        io.err('There is no message with this id.\n');
        return 1;
      }
      print(io, await storyOf(db, message, 'operator'));
      return 0;
    });
  },
};
