import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { MllpDecoder, writeFrame } from '../formats/hl7v2/mllp.ts';
import type { Footing } from '../pipeline/footing.ts';
import { receive } from '../pipeline/receive.ts';
import type { Peer, RegionClient } from '../pipeline/region.ts';
import { isAway } from '../store/database.ts';
import type { GatewayDeps } from './deps.ts';
import { listenAt, type Place } from './listen.ts';
import { MAX_BODY } from './reply.ts';

const IDLE_MS = 10 * 60_000;

export interface MllpListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * HL7 v2 over MLLP, on the same way as every other door. A connection is a client by its port, address or certificate; one that is
 * nobody is closed unread. Messages of a connection are answered in their order.
 */
export async function listenMllp(deps: GatewayDeps, at: Place & { tls?: TlsOptions }): Promise<MllpListener> {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, deps);
  };
  const server: Server = at.tls
    ? createTlsServer({ requestCert: true, rejectUnauthorized: false, ...at.tls }, onSocket)
    : createServer(onSocket);
  const port = await listenAt(server, at);
  return {
    port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

function serve(socket: Socket, deps: GatewayDeps): void {
  const client = clientBehind(socket, deps.footing());
  if (!client) {
    deps.parts.log.warn({ door: 'mllp' }, 'an MLLP connection from nobody the region knows was closed');
    socket.destroy();
    return;
  }
  const decoder = new MllpDecoder({ limit: MAX_BODY });
  let line: Promise<void> = Promise.resolve();
  socket.setTimeout(IDLE_MS, () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const { frames, faults } = decoder.feed(chunk);
    for (const fault of faults) {
      deps.meters.received.inc({ door: 'mllp', format: 'unknown', outcome: 'refused' });
      deps.parts.log.warn(
        { door: 'mllp', client: client.id, code: fault.code },
        'bytes outside a frame, or a frame too large, were dropped',
      );
    }
    for (const frame of frames) line = line.then(() => answer(frame, { socket, client, deps }));
    // no more is read until what came is answered, so that a fast sender cannot fill the memory
    socket.pause();
    line = line.then(() => void socket.resume());
  });
}

async function answer(
  frame: Uint8Array,
  { socket, client, deps }: { socket: Socket; client: RegionClient; deps: GatewayDeps },
): Promise<void> {
  const stop = deps.meters.acceptSeconds.startTimer({ door: 'mllp' });
  try {
    const receipt = await receive(
      { client, door: 'mllp', bytes: frame, contentType: 'application/hl7-v2', ownReceipt: true },
      deps.parts,
    );
    deps.meters.received.inc({
      door: 'mllp',
      format: receipt.format ?? 'unknown',
      outcome: receipt.taken ? 'taken' : 'refused',
    });
    if (receipt.contentType.startsWith('application/hl7-v2') && !socket.destroyed)
      socket.write(writeFrame(receipt.body));
  } catch (thrown) {
    // nothing was taken: no answer is the one thing a sender can rely on to send again
    if (!isAway(thrown))
      deps.parts.log.error({ door: 'mllp', error: (thrown as Error).name }, 'an MLLP message could not be taken');
    socket.destroy();
  } finally {
    stop();
  }
}

function clientBehind(socket: Socket, { region }: Footing): RegionClient | undefined {
  const peer = region.peers.find((one) => isPeer(one, socket));
  return peer && region.clients.get(peer.client);
}

/** Every condition a peer states must hold, and it must state one. */
function isPeer({ port, addresses, certificateFingerprints }: Peer, socket: Socket): boolean {
  const address = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  const conditions = [
    port === undefined ? undefined : socket.localPort === port,
    addresses?.includes(address),
    certificateFingerprints?.includes((socket as TLSSocket).getPeerCertificate?.()?.fingerprint256 ?? ''),
  ].filter((holds) => holds !== undefined);
  return conditions.length > 0 && conditions.every(Boolean);
}
