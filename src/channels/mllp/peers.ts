import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ErrorCode } from '../../errors.ts';
import { MllpDecoder, writeFrame } from '../../formats/hl7v2/mllp.ts';
import type { Egress } from '../egress.ts';
import { connectFailure, type TlsIdentity } from '../http-client.ts';
import { type Acknowledged, readAcknowledged } from './acknowledged.ts';

export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Connections kept to it; a connection carries one unanswered message at a time. */
  readonly connections: number;
}

export interface Exchange {
  readonly peer: Peer;
  /** Whose connections these are: never shared between recipients. */
  readonly recipient: string;
  readonly message: Uint8Array;
  readonly controlId: string;
  /** From the moment a connection is free: connect, send, and the acknowledgement's last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type Exchanged =
  | { readonly acknowledged: Acknowledged; readonly answer: Uint8Array }
  | { readonly acknowledged?: undefined; readonly sent: boolean; readonly code: ErrorCode };

/** Kept MLLP connections to recipients. */
export interface MllpPeers {
  exchange(exchange: Exchange): Promise<Exchanged>;
  close(): void;
}

const LONGEST_ACKNOWLEDGEMENT = 64 * 1024;

/** A connection; `fresh`: not yet established. */
interface Line {
  readonly socket: Socket;
  readonly fresh: boolean;
}

/** What the connections share. */
interface Wires {
  readonly egress: Egress;
  readonly tls?: TlsIdentity | undefined;
}

function open({ host, port, tls }: Peer, { egress, tls: identity }: Wires): Socket {
  const to = { host, port, lookup: egress.lookup(tls ? 'sealed' : 'plain') };
  const socket = tls ? connectTls({ ...to, ...identity, ...(!isIP(host) && { servername: host }) }) : connectPlain(to);
  // errors between messages only mean that the connection is gone
  return socket
    .setKeepAlive(true, 30_000)
    .setNoDelay(true)
    .on('error', () => {});
}

/**
 * One message over one connection. An acknowledgement counts only when its MSA-2 is the message's control id; any other is dropped.
 * Without one the connection is closed, so that a late acknowledgement can never be taken for the next message's.
 */
function converse(
  { socket, fresh }: Line,
  { peer, message, controlId, timeoutMs, signal }: Exchange,
): Promise<Exchanged> {
  return new Promise((settle) => {
    let sent = false;
    const decoder = new MllpDecoder({ limit: LONGEST_ACKNOWLEDGEMENT });
    const end = (outcome: Exchanged) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('data', onData).off('error', onError).off('close', onClose).off(ready, write);
      if (!outcome.acknowledged) socket.destroy();
      settle(outcome);
    };
    const fail = (code: ErrorCode) => end({ sent, code: sent ? 'CHANNEL-NO-ANSWER' : code });
    const onError = (failure: Error) => fail(connectFailure(failure));
    const onClose = () => fail('CHANNEL-CONNECT');
    const onAbort = () => fail('CHANNEL-STOPPED');
    const onData = (chunk: Uint8Array) => {
      for (const answer of decoder.feed(chunk).frames) {
        const acknowledged = readAcknowledged(answer);
        if (acknowledged?.controlId === controlId) return end({ acknowledged, answer });
      }
    };
    const write = () => {
      sent = true; // from here on the message may arrive, whatever we hear
      socket.write(writeFrame(message));
    };
    const ready = peer.tls ? 'secureConnect' : 'connect';
    const timer = setTimeout(() => fail('CHANNEL-CONNECT'), timeoutMs);
    signal?.addEventListener('abort', onAbort);
    socket.on('data', onData).on('error', onError).on('close', onClose);
    if (fresh) socket.once(ready, write);
    else write();
  });
}

const STOPPED: Exchanged = { sent: false, code: 'CHANNEL-STOPPED' };

/** A recipient's connections: at most as many as it takes, each with one exchange at a time, first come first served. */
class Pool {
  readonly #wires: Wires;
  readonly #sockets = new Set<Socket>();
  readonly #free: Socket[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  constructor(wires: Wires) {
    this.#wires = wires;
  }

  async exchange(exchange: Exchange): Promise<Exchanged> {
    if (this.#busy >= exchange.peer.connections) await new Promise<void>((turn) => this.#waiting.push(turn));
    else this.#busy += 1;
    try {
      return this.#closed || exchange.signal?.aborted ? STOPPED : await this.#converse(exchange);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  async #converse(exchange: Exchange): Promise<Exchanged> {
    const line = this.#take(exchange.peer);
    const exchanged = await converse(line, exchange);
    if (!line.socket.destroyed) this.#free.push(line.socket);
    return exchanged;
  }

  #take(peer: Peer): Line {
    for (let socket = this.#free.pop(); socket; socket = this.#free.pop())
      if (!socket.destroyed && socket.writable) return { socket, fresh: false };
    const socket = open(peer, this.#wires);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return { socket, fresh: true };
  }

  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

export function openMllpPeers(wires: Wires): MllpPeers {
  const pools = new Map<string, Pool>();
  return {
    async exchange(exchange) {
      const { host, port, tls } = exchange.peer;
      const blocked = wires.egress.checkHost(host, tls ? 'sealed' : 'plain');
      if (blocked) return { sent: false, code: blocked };
      const key = JSON.stringify([exchange.recipient, host, port, tls]);
      const pool = pools.get(key) ?? new Pool(wires);
      pools.set(key, pool);
      return pool.exchange(exchange);
    },
    close() {
      for (const pool of pools.values()) pool.close();
      pools.clear();
    },
  };
}
