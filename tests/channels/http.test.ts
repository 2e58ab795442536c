import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Attempt, ChannelKind } from '../../src/channels/channel.ts';
import { attemptOf, retryAfterSeconds } from '../../src/channels/http-attempt.ts';
import { readHeaderLine } from '../../src/channels/http-delivery.ts';
import { openChannels } from '../../src/channels/index.ts';
import { readSecret, webhookHeaders } from '../../src/channels/signature.ts';
import { httpReceiver } from './receivers.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const BODY = Buffer.from('{"resourceType":"Bundle","note":"æøå 2512489996"}');

interface Sending {
  readonly url: string;
  readonly kind?: ChannelKind;
  readonly settings?: Record<string, unknown>;
  readonly signal?: AbortSignal;
  readonly attempt?: number;
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

function sender() {
  const channels = openChannels({ egress: { allow: ['loopback'] }, now: () => NOW });
  return {
    send: ({
      url,
      kind = 'medcom-message',
      settings = {},
      signal,
      attempt = 1,
      body = BODY,
      contentType = 'application/fhir+json; fhirVersion=4.0',
    }: Sending): Promise<Attempt> =>
      channels.send(
        {
          id: 'delivery-1',
          attempt,
          attemptId: `a-${attempt}`,
          recipient: { id: 'r', kind, settings: { url, timeoutSeconds: 1, ...settings } },
          body,
          contentType,
        },
        signal,
      ),
    [Symbol.dispose]: () => channels.close(),
  };
}

describe('statuses', () => {
  const answer = (status: number, more = {}) => attemptOf({ answer: { status, ...more } }, NOW);

  test.each([200, 201, 202, 204, 299])('%d is success', (status) => expect(answer(status).outcome).toBe('delivered'));
  test.each([408, 425, 429, 500, 502, 503, 504, 599])('%d may be tried again', (status) =>
    expect(answer(status)).toEqual({ outcome: 'retry', reason: 'CHANNEL-BUSY', httpStatus: status }),
  );
  test.each([400, 401, 403, 404, 409, 413, 422])('%d is refused', (status) =>
    expect(answer(status)).toEqual({ outcome: 'refused', reason: 'CHANNEL-REFUSED', httpStatus: status }),
  );
  test.each([300, 304, 308])('%d is a redirect', (status) =>
    expect(answer(status)).toEqual({ outcome: 'refused', reason: 'CHANNEL-REDIRECT', httpStatus: status }),
  );
  test('410 is gone', () => expect(answer(410)).toMatchObject({ outcome: 'refused', reason: 'CHANNEL-GONE' }));

  test('Retry-After, as seconds or date, within a day', () => {
    const wait = (header: string) => retryAfterSeconds(header, NOW);
    expect(wait('120')).toBe(120);
    expect(wait('Sun, 01 Mar 2026 10:05:00 GMT')).toBe(300);
    expect(wait('Sun, 01 Mar 2026 09:05:00 GMT')).toBe(0);
    expect(wait('99999999')).toBe(86400);
    expect([wait('soon'), wait(''), wait('-5'), wait('1e3')]).toEqual([
      undefined,
      undefined,
      expect.anything(),
      undefined,
    ]);
    expect(answer(503, { retryAfter: '7' })).toMatchObject({ outcome: 'retry', retryAfterSeconds: 7 });
  });
});

describe('what is sent', () => {
  test('content type as it is, own headers all, signature by Standard Webhooks', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    using from = sender();
    const secrets = [
      `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
      `whsec_${Buffer.alloc(24, 2).toString('base64')}`,
    ];
    const headers = ['Authorization: Bearer abc.def', 'X-Site: A', 'x-site:B', 'Accept: text/plain', 'Constructor: c'];
    await from.send({ url: receiver.url, settings: { secrets, headers } });
    await from.send({ url: receiver.url, settings: { secrets, headers }, attempt: 2 });
    const [one, two] = receiver.received;
    expect(one?.headers).toMatchObject({
      'content-type': 'application/fhir+json; fhirVersion=4.0',
      'content-length': String(BODY.length),
      authorization: 'Bearer abc.def',
      'x-site': 'A, B',
      constructor: 'c',
      accept: 'text/plain',
      'webhook-id': 'delivery-1',
      'webhook-timestamp': String(NOW.getTime() / 1000),
    });
    expect(two?.headers['webhook-id']).toBe('delivery-1');
    expect(one?.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
  });

  test('the signature is what the standard’s own library accepts, with the old secret and the new', () => {
    const secrets = [3, 4].map((fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`);
    const headers = webhookHeaders({ id: 'msg_1', at: new Date(), body: BODY, secrets });
    for (const secret of secrets) expect(new Webhook(secret).verify(BODY.toString(), headers)).toMatchObject({});
    const other = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
    expect(() => new Webhook(other).verify(BODY.toString(), headers)).toThrow();
    expect(() => new Webhook(secrets[0]!).verify(`${BODY} `, headers)).toThrow();
  });

  test('what cannot be written as a header is refused, not thrown', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    using from = sender();
    const attempt = await from.send({ url: receiver.url, contentType: 'application/fhir+json\r\nx: y' });
    expect(attempt).toEqual({ outcome: 'refused', reason: 'CHANNEL-MESSAGE' });
    expect(receiver.received).toEqual([]);
  });

  test('without a secret there is no signature, but the id and the time', () => {
    const headers = webhookHeaders({ id: 'd', at: NOW, body: BODY, secrets: [] });
    expect(Object.keys(headers)).toEqual(['webhook-id', 'webhook-timestamp']);
  });

  test('secrets are 24 to 64 bytes; header lines are plain and not the connection’s own', () => {
    const secret = (bytes: number) => readSecret(`whsec_${Buffer.alloc(bytes).toString('base64')}`)?.length;
    expect([23, 24, 64, 65].map(secret)).toEqual([undefined, 24, 64, undefined]);
    const other = `whpk__${Buffer.alloc(32).toString('base64')}`;
    const loose = `whsec_${Buffer.alloc(32).toString('base64')} `;
    expect(['', 'whsec_', 'whsec_%%%%', other, loose].map(readSecret)).toEqual(Array(5).fill(undefined));
    expect(readHeaderLine('X-A:  b c ')).toEqual(['X-A', 'b c']);
    const bad = ['Host: x', 'content-length: 1', 'X-A', ': x', 'X A: b', 'X-A: b\nX: c', 'X-A: æ', 'Webhook-Id: 1', ''];
    expect(bad.map(readHeaderLine)).toEqual(bad.map(() => undefined));
  });
});

describe('answers', () => {
  const ACK = Buffer.from('{"resourceType":"Bundle"}');

  test('a MedCom Acknowledgement in the answer is handed on as bytes, taken or refused', async () => {
    await using receiver = await httpReceiver((response, _request, count) =>
      response.writeHead(count === 1 ? 200 : 422, { 'content-type': 'application/fhir+json' }).end(ACK),
    );
    using from = sender();
    const said = { answer: ACK, answerContentType: 'application/fhir+json' };
    expect(await from.send({ url: receiver.url })).toEqual({ outcome: 'delivered', httpStatus: 200, ...said });
    expect(await from.send({ url: receiver.url })).toMatchObject({ outcome: 'refused', ...said });
    expect(await from.send({ url: receiver.url, kind: 'fhir-subscription' })).not.toHaveProperty('answer');
  });

  test('one without end is cut off; the status stands', async () => {
    await using receiver = await httpReceiver((response) => {
      response.writeHead(200);
      const more = () => response.destroyed || response.write(Buffer.alloc(65536), () => setImmediate(more));
      more();
    });
    using from = sender();
    expect(await from.send({ url: receiver.url })).toEqual({ outcome: 'delivered', httpStatus: 200 });
  });

  test('one that dribbles is ended by the clock; the status stands', async () => {
    await using receiver = await httpReceiver((response) => {
      response.writeHead(200).write('a');
      const timer = setInterval(() => response.write('b'), 100);
      response.on('close', () => clearInterval(timer));
    });
    using from = sender();
    const began = Date.now();
    expect(await from.send({ url: receiver.url })).toEqual({ outcome: 'delivered', httpStatus: 200 });
    expect(Date.now() - began).toBeLessThan(3000);
  });
});

/** A TCP server that treats connections as told. */
async function rawServer(treat: (socket: Socket, count: number) => void): Promise<AsyncDisposable & { url: string }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    treat(socket, sockets.length);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

describe('connections', () => {
  test('are kept: a hundred messages one after the other over one', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    using from = sender();
    for (let n = 0; n < 100; n++) await from.send({ url: receiver.url });
    expect([receiver.received.length, receiver.connections()]).toEqual([100, 1]);
  });

  test('a kept one that the other side closed meanwhile is replaced at once', async () => {
    const ok = 'HTTP/1.1 204 No Content\r\n\r\n';
    await using server = await rawServer((socket, count) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        // the first connection answers once and resets on the next request, as a server at the end of its keep-alive does
        if (count === 1 && requests === 2) socket.resetAndDestroy();
        else socket.write(ok);
      });
    });
    using from = sender();
    expect(await from.send({ url: server.url })).toMatchObject({ outcome: 'delivered' });
    expect(await from.send({ url: server.url })).toMatchObject({ outcome: 'delivered' });
  });

  test('broken after the message was handed over: unknown, for it may have arrived', async () => {
    await using server = await rawServer((socket) => socket.on('data', () => socket.destroy()));
    using from = sender();
    expect(await from.send({ url: server.url })).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
  });

  test('an answer that is no HTTP: unknown too', async () => {
    await using server = await rawServer((socket) =>
      socket.on('data', () => socket.end('220 mail.example.org ESMTP\r\n')),
    );
    using from = sender();
    expect(await from.send({ url: server.url })).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
  });

  test('a receiver that stops reading a large message: not handed over whole, so it may be tried again', async () => {
    await using server = await rawServer((socket) => socket.pause());
    using from = sender();
    const attempt = await from.send({ url: server.url, body: Buffer.alloc(32 * 1024 * 1024) });
    expect(attempt).toEqual({ outcome: 'retry', reason: 'CHANNEL-CONNECT' });
  });

  test('the hub stops while it waits for the answer: unknown', async () => {
    await using receiver = await httpReceiver(() => {});
    using from = sender();
    const stop = new AbortController();
    const attempt = from.send({ url: receiver.url, signal: stop.signal, settings: { timeoutSeconds: 20 } });
    while (receiver.received.length === 0) await new Promise((later) => setTimeout(later, 5));
    stop.abort();
    expect(await attempt).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
  });
});
