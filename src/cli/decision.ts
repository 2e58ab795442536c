import { parseArgs } from 'node:util';
import { tellDecision } from '../pipeline/story.ts';
import { decisionsOfPatient, readDecision } from '../store/audit.ts';
import { type Command, WrongUse } from './command.ts';
import { print, UUID, withStore } from './store.ts';

/** A decision with all its reasons and the input it was made on; or all decisions about one patient, by the hub's own id. */
export const command: Command = {
  usage: 'decision show ID | decision list --patient ID [--limit N]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { patient: { type: 'string' }, limit: { type: 'string', default: '100' } },
    });
    const [verb, id] = positionals;
    if (verb === 'list' && values.patient && UUID.test(values.patient)) {
      const rows = await withStore(io, (db) => decisionsOfPatient(db, values.patient!, Number(values.limit) || 100));
      print(
        io,
        rows.map((row) => ({ messageId: row.messageId, ...tellDecision(row) })),
      );
      return 0;
    }
    if (verb !== 'show' || !id || !UUID.test(id))
      throw new WrongUse('Name a decision by its id, or a patient by the hub’s id.');
    const row = await withStore(io, (db) => readDecision(db, id));
    if (!row) {
      io.err('There is no decision with this id.\n');
      return 1;
    }
    print(io, { messageId: row.messageId, ...tellDecision(row), input: (row.content as { input: unknown }).input });
    return 0;
  },
};
