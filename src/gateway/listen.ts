import type { Server } from 'node:net';

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Nobody has asked for this port by name: where it is taken, any free one does. */
  readonly mayMove: boolean;
}

/** Listens, and gives the port it came to. */
export async function listenAt(server: Server, { host, port, mayMove }: Place): Promise<number> {
  try {
    await listenOnce(server, host, port);
  } catch (thrown) {
    if (!mayMove || (thrown as { code?: string }).code !== 'EADDRINUSE') throw thrown;
    await listenOnce(server, host, 0);
  }
  return (server.address() as { port: number }).port;
}

function listenOnce(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      done();
    });
  });
}
