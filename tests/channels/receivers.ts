import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** What an HTTP receiver on the loopback was sent. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Connections accepted so far. */
  connections(): number;
}

const portOf = (server: Server | HttpServer) => (server.address() as AddressInfo).port;
const listening = (server: Server | HttpServer) =>
  new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));

/** A real HTTP server; `answer` writes the response to what came in. */
export async function httpReceiver(
  answer: (response: ServerResponse, request: Received, count: number) => void,
): Promise<HttpReceiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    received.push(one);
    answer(response, one, received.length);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await listening(server);
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${port}/in`,
    port,
    received,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface MllpReceiver extends AsyncDisposable {
  readonly port: number;
  /** Messages as they came, without framing. */
  readonly received: string[];
  connections(): number;
}

/** A real MLLP listener; `answer` writes what it likes to the socket. */
export async function mllpReceiver(
  answer: (socket: Socket, message: string, count: number) => void,
): Promise<MllpReceiver> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\x1c\r'); end >= 0; end = text.indexOf('\x1c\r')) {
        const message = text.slice(text.indexOf('\x0b') + 1, end);
        text = text.slice(end + 2);
        received.push(message);
        answer(socket, message, received.length);
      }
    });
  });
  await listening(server);
  return {
    port: portOf(server),
    received,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export const controlIdIn = (message: string) => message.split('|')[9] ?? '';

/** An acknowledgement of `message` in MLLP framing. */
export function ackOf(message: string, code = 'AA', controlId = controlIdIn(message)): string {
  return `\x0bMSH|^~\\&|EOJ|X|SAMSPIL|R|20260101120000||ACK|A${controlId}|P|2.5\rMSA|${code}|${controlId}\r\x1c\r`;
}

/** A port on the loopback that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await listening(server);
  const port = portOf(server);
  await new Promise((closed) => server.close(closed));
  return port;
}
