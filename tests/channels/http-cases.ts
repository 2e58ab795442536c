import type { ServerResponse } from 'node:http';
import type { Behaviour, Receiver } from '../conformance/channel.ts';
import { closedPort, httpReceiver } from './receivers.ts';

const ANSWERS: Record<Exclude<Behaviour, 'is away'>, (response: ServerResponse) => void> = {
  takes: (response) => response.writeHead(204).end(),
  'is busy': (response) => response.writeHead(503).end(),
  refuses: (response) => response.writeHead(422).end(),
  'stays silent': () => {},
};

/** An HTTP receiver for the suite, whose repeats are recognised by `webhook-id`. */
export async function httpCase(behaviour: Behaviour): Promise<Receiver> {
  if (behaviour === 'is away') {
    const settings = { url: `http://127.0.0.1:${await closedPort()}/in`, timeoutSeconds: 2 };
    return { settings, arrived: async () => [], async [Symbol.asyncDispose]() {} };
  }
  const receiver = await httpReceiver(ANSWERS[behaviour]);
  return {
    settings: { url: receiver.url, timeoutSeconds: 1 },
    arrived: async () => receiver.received.map(({ headers, body }) => ({ id: String(headers['webhook-id']), body })),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}
