import { parseArgs } from 'node:util';
import { type Config, checkServing, readConfig } from '../config.ts';
import { type Hub, startHub } from '../hub.ts';
import { type Command, WrongUse } from './command.ts';

/** Gateway and workers, until a signal ends them; with `--demo` the demo region plays its day first. */
export const command: Command = {
  usage: 'serve [--role all|gateway|worker] [--port PORT] [--demo] [--empty]',
  async run(args, io) {
    const config = serveConfig(args, io.env);
    const { values } = parseArgs({ args, options: OPTIONS });
    const hub = await startHub(config);
    const ended = untilSignal();
    io.err(`Samspil ${describe(hub)}\n`);
    try {
      if (values.demo) {
        const { playDemo } = await import('./demo/play.ts');
        await playDemo(hub, { config, say: io.err, isEmpty: values.empty === true });
      }
      await ended;
    } finally {
      await hub.close();
    }
    return 0;
  },
};

const OPTIONS = {
  role: { type: 'string' },
  port: { type: 'string' },
  demo: { type: 'boolean' },
  empty: { type: 'boolean' },
} as const;

function serveConfig(args: string[], env: Readonly<Record<string, string | undefined>>): Config {
  const { values } = parseArgs({ args, options: OPTIONS });
  try {
    const config = readConfig({
      ...env,
      ...(values.role && { SAMSPIL_ROLE: values.role }),
      ...(values.port && { SAMSPIL_PORT: values.port }),
    });
    checkServing(config);
    return config;
  } catch (thrown) {
    throw new WrongUse((thrown as Error).message);
  }
}

function describe({ baseUrl, mllpPort, parts }: Hub): string {
  const doors = mllpPort === undefined ? 'works (no doors)' : `listens on ${baseUrl} and MLLP port ${mllpPort}`;
  return `${doors}; lanes on ${parts.queue.kind}`;
}

function untilSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}
