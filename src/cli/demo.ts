import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { command as serve } from './serve.ts';

/** The demo day on an embedded hub of its own: the same as `serve --demo`. */
export const command: Command = {
  usage: 'demo [--port PORT] [--empty]',
  run(args, io) {
    parseArgs({ args, options: { port: { type: 'string' }, empty: { type: 'boolean' } } });
    return serve.run(['--demo', ...args], io);
  },
};
