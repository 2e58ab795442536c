import { createServer as createHttps } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTls, type TLSSocket, type TlsOptions } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import type { Attempt, Recipient } from '../../src/channels/channel.ts';
import { openChannels } from '../../src/channels/index.ts';
import { selfSigned } from './certificate.ts';
import { ackOf } from './receivers.ts';

const receiverCertificate = selfSigned('receiver');
const hubCertificate = selfSigned('hub');

interface Listening extends AsyncDisposable {
  readonly port: number;
}

async function listening(server: Server): Promise<Listening> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((closed) => void server.close(() => closed())),
  };
}

const https = (options: TlsOptions = {}) =>
  listening(
    createHttps({ ...receiverCertificate, ...options }, (_request, response) =>
      response.writeHead(204, { connection: 'close' }).end(),
    ),
  );

const mllps = (options: TlsOptions = {}) =>
  listening(
    createTls({ ...receiverCertificate, ...options }, (socket: TLSSocket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => socket.end(ackOf(chunk.toString('latin1').slice(1)), 'latin1'));
    }),
  );

async function send(
  recipient: Omit<Recipient, 'id'>,
  tls: NonNullable<Parameters<typeof openChannels>[0]['tls']> | undefined,
): Promise<Attempt> {
  const channels = openChannels({ egress: { allow: ['loopback'] }, now: () => new Date(), ...(tls && { tls }) });
  const attempt = await channels.send({
    id: 'd-1',
    attempt: 1,
    attemptId: 'a-1',
    recipient: { id: 'r', ...recipient },
    body: Buffer.from('MSH|^~\\&|S|R|E|K|20260101||ADT^A01|7|P|2.5\r'),
    contentType: 'application/hl7-v2',
  });
  channels.close();
  return attempt;
}

const toHttps = (host: string, { port }: Listening) =>
  ({ kind: 'medcom-message', settings: { url: `https://${host}:${port}/`, timeoutSeconds: 2 } }) as const;
const toMllps = (host: string, { port }: Listening) =>
  ({ kind: 'mllp', settings: { host, port, acknowledgementSeconds: 2 } }) as const;
const trusting = { ca: receiverCertificate.cert };
const FAILED = { outcome: 'retry', reason: 'CHANNEL-TLS' };

describe.each([
  ['https', https, toHttps],
  ['mllp with TLS', mllps, toMllps],
] as const)('%s', (_name, serve, to) => {
  test('a certificate one trusts, by address and by name', async () => {
    await using receiver = await serve();
    expect(await send(to('127.0.0.1', receiver), trusting)).toMatchObject({ outcome: 'delivered' });
    expect(await send(to('localhost', receiver), trusting)).toMatchObject({ outcome: 'delivered' });
  });

  test('a certificate nobody vouches for, and one for another name, are not accepted', async () => {
    await using receiver = await serve();
    expect(await send(to('127.0.0.1', receiver), undefined)).toEqual(FAILED);
    expect(await send(to('127.0.0.2', receiver), trusting)).toMatchObject({ outcome: 'retry' });
    expect(await send(to('localhost', receiver), { ca: hubCertificate.cert })).toEqual(FAILED);
  });

  test('mutual: the hub shows its own certificate to a recipient that asks for one', async () => {
    await using receiver = await serve({ requestCert: true, rejectUnauthorized: true, ca: hubCertificate.cert });
    expect(await send(to('127.0.0.1', receiver), { ...trusting, ...hubCertificate })).toMatchObject({
      outcome: 'delivered',
    });
    expect((await send(to('127.0.0.1', receiver), trusting)).outcome).not.toBe('delivered');
  });
});
