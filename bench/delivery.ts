import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Recipient } from '../src/channels/channel.ts';
import { openChannels } from '../src/channels/index.ts';

/** What handing a message over costs the hub: signed posts and MLLP messages of 3 kB to a receiver in a process of its own. */
const SECONDS = Number(process.env.SAMSPIL_BENCH_SECONDS ?? 3);
const SIZE = 3000;

const ACK = (controlId: string) => `\x0bMSH|^~\\&|E|K|S|R|20260101||ACK|1|P|2.5\rMSA|AA|${controlId}\r\x1c\r`;

/** The receiver: takes everything at once and tells its ports. */
async function receive(): Promise<void> {
  const http = createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  const mllp = createTcpServer((socket) => {
    let held = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      held += chunk.toString('latin1');
      for (let end = held.indexOf('\x1c\r'); end >= 0; end = held.indexOf('\x1c\r')) {
        socket.write(ACK(held.split('|', 10)[9] ?? ''), 'latin1');
        held = held.slice(end + 2);
      }
    });
  }).listen(0, '127.0.0.1');
  await Promise.all([once(http, 'listening'), once(mllp, 'listening')]);
  const [httpPort, mllpPort] = [http, mllp].map((server) => (server.address() as AddressInfo).port);
  process.send?.({ http: httpPort, mllp: mllpPort });
}

interface Load {
  readonly name: string;
  readonly recipient: Recipient;
  readonly body: (n: number) => Uint8Array;
  readonly atOnce: number;
}

async function measure({ name, recipient, body, atOnce }: Load): Promise<void> {
  const channels = openChannels({ egress: { allow: ['loopback'] }, now: () => new Date() });
  const send = async (n: number) => {
    const ids = { id: `d-${n}`, attempt: 1, attemptId: `a-${n}` };
    const attempt = await channels.send({ ...ids, recipient, body: body(n), contentType: 'application/fhir+json' });
    if (attempt.outcome !== 'delivered') throw new Error(`${name}: ${attempt.outcome}`);
  };
  for (let warm = 0; warm < 500; warm++) await send(-warm);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let sent = 0;
  const work = async () => {
    while (performance.now() - start < SECONDS * 1000) await send(++sent);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const used = process.cpuUsage(cpu);
  const perSecond = Math.round(sent / ((performance.now() - start) / 1000));
  const milliseconds = ((used.user + used.system) / 1000 / sent).toFixed(3);
  console.log(`${name.padEnd(34)} ${String(perSecond).padStart(7)}/s   ${milliseconds} ms CPU each`);
  channels.close();
}

async function run(): Promise<void> {
  const receiver = fork(import.meta.filename, ['receive']);
  const [ports] = (await once(receiver, 'message')) as [{ http: number; mllp: number }];
  const secrets = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`];
  const url = `http://127.0.0.1:${ports.http}/in`;
  const http: Recipient = { id: 'http', kind: 'fhir-subscription', settings: { url, secrets } };
  const settings = { host: '127.0.0.1', port: ports.mllp, tls: false, connections: 4 };
  const mllp: Recipient = { id: 'mllp', kind: 'mllp', settings };
  const filling = 'x'.repeat(SIZE);
  const post = () => Buffer.from(filling);
  const message = (n: number) => Buffer.from(`MSH|^~\\&|S|R|E|K|20260101||ADT^A01|C${n}|P|2.5\rNTE|1||${filling}\r`);
  console.log(`delivery of ${SIZE} bytes, receiver in a process of its own`);
  await measure({ name: 'HTTP, signed, one at a time', recipient: http, body: post, atOnce: 1 });
  await measure({ name: 'HTTP, signed, 16 at once', recipient: http, body: post, atOnce: 16 });
  await measure({ name: 'MLLP, one at a time', recipient: mllp, body: message, atOnce: 1 });
  await measure({ name: 'MLLP, 4 connections', recipient: mllp, body: message, atOnce: 4 });
  receiver.kill();
}

await (process.argv[2] === 'receive' ? receive() : run());
