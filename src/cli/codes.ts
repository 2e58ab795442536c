import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { done, sentence } from '../errors.ts';
import { MAPPINGS } from '../library/open.ts';
import { resolveUnmapped } from '../pipeline/codes.ts';
import { listCodes } from '../store/codes.ts';
import { type Command, WrongUse } from './command.ts';
import { print, withStore } from './store.ts';

/** A running hub reads changed maps by itself, some tenths of a second after the change. */
const SEEN_MS = 1_000;

/** Codes no ConceptMap has a row for: the worklist, and what one of them means. */
export const command: Command = {
  usage:
    'codes list | codes map CODE --concept-map URL --sender CLIENT [--system URI] --target-code CODE [--target-system URI] [--target-display TEXT] [--equivalence WORD]',
  async run(args, io) {
    const text = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        'concept-map': text,
        sender: text,
        system: text,
        'target-code': text,
        'target-system': text,
        'target-display': text,
        equivalence: text,
      },
    });
    const [verb, code] = positionals;
    if (verb === 'list') {
      print(io, await withStore(io, (db) => listCodes(db, 1000)));
      return 0;
    }
    const { 'concept-map': conceptMap, sender, system = '' } = values;
    const kind = EQUIVALENCES.find((one) => one === (values.equivalence ?? 'equivalent'));
    if (verb !== 'map' || !code || !conceptMap || !sender || !/^[\w-]{1,64}$/.test(sender) || !kind)
      throw new WrongUse('Name a code, its ConceptMap and its sender.');
    if (kind !== 'unmatched' && !values['target-code'])
      throw new WrongUse('Say --target-code, or --equivalence unmatched.');
    const resolution = {
      equivalence: kind,
      ...(values['target-system'] && { targetSystem: values['target-system'] }),
      ...(values['target-code'] && { targetCode: values['target-code'] }),
      ...(values['target-display'] && { targetDisplay: values['target-display'] }),
    };
    const folder = readConfig(io.env).mappingsDir || MAPPINGS;
    const reload = async () => {
      await new Promise((seen) => setTimeout(seen, SEEN_MS));
      return done(undefined);
    };
    const asked = {
      key: { conceptMap, sender, system, code },
      resolution,
      actor: 'command line',
      at: new Date().toISOString(),
    };
    const result = await withStore(io, (db) => resolveUnmapped(asked, db, { folder, reload }));
    if (!result.ok) {
      io.err(`${result.issues.map(sentence).join('\n')}\n`);
      return 1;
    }
    print(io, { messages: result.value.messages });
    return 0;
  },
};

const EQUIVALENCES = ['equivalent', 'wider', 'narrower', 'inexact', 'unmatched'] as const;
