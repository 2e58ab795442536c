import { parseArgs } from 'node:util';
import { audit } from '../store/audit.ts';
import { parkedDeliveries, redrive } from '../store/deliveries.ts';
import { type Command, WrongUse } from './command.ts';
import { print, UUID, withStore } from './store.ts';

/** Deliveries somebody has to look at, and their way back into line. */
export const command: Command = {
  usage: 'dead-letter list [--limit N] | dead-letter redrive [ID...] [--recipient R] [--reason CODE] [--all]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        limit: { type: 'string', default: '100' },
        recipient: { type: 'string' },
        reason: { type: 'string' },
        all: { type: 'boolean' },
      },
    });
    const [verb, ...ids] = positionals;
    if (verb === 'list') {
      print(io, await withStore(io, (db) => parkedDeliveries(db, Number(values.limit) || 100)));
      return 0;
    }
    const { recipient, reason, all } = values;
    if (verb !== 'redrive' || !(ids.length > 0 || recipient || reason || all))
      throw new WrongUse('Say which: ids, --recipient, --reason or --all.');
    if (!ids.every((id) => UUID.test(id))) throw new WrongUse('Name deliveries by their ids.');
    const at = new Date().toISOString();
    const which = { ...(ids.length > 0 && { ids }), ...(recipient && { recipient }), ...(reason && { reason }) };
    const gone = await withStore(io, (store) =>
      store.transaction(async (db) => {
        const rows = await redrive(db, which, at);
        await audit(
          db,
          rows.map(({ id }) => ({ kind: 'redriven', actor: 'command line', deliveryId: id })),
          at,
        );
        return rows;
      }),
    );
    // the sweeper of the running hub finds them within a second
    print(io, { redriven: gone.map(({ id }) => id) });
    return 0;
  },
};
