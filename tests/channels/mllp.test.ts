import type { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Attempt } from '../../src/channels/channel.ts';
import { openChannels } from '../../src/channels/index.ts';
import { controlIdOf, readAcknowledged } from '../../src/channels/mllp/acknowledged.ts';
import { ackOf, controlIdIn, mllpReceiver } from './receivers.ts';

function sender(port: number, settings: Record<string, unknown> = {}) {
  const channels = openChannels({ egress: { allow: ['loopback'] }, now: () => new Date() });
  return {
    send: (
      controlId: string,
      over: { recipient?: string; body?: string; signal?: AbortSignal } = {},
    ): Promise<Attempt> =>
      channels.send(
        {
          id: `d-${controlId}`,
          attempt: 1,
          attemptId: `a-${controlId}`,
          recipient: {
            id: over.recipient ?? 'eoj',
            kind: 'mllp',
            settings: { host: '127.0.0.1', port, tls: false, acknowledgementSeconds: 1, ...settings },
          },
          body: Buffer.from(over.body ?? `MSH|^~\\&|S|R|E|K|20260101||ADT^A01|${controlId}|P|2.5\rPID|1\r`, 'latin1'),
          contentType: 'application/hl7-v2',
        },
        over.signal,
      ),
    [Symbol.dispose]: () => channels.close(),
  };
}
const write = (socket: Socket, text: string) => socket.write(text, 'latin1');
const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe('an acknowledgement counts for its own message only', () => {
  test('late ACK after timeout is not paired with the next message', async () => {
    await using receiver = await mllpReceiver(async (socket, message, count) => {
      if (count === 1) {
        await later(1300); // past the sender's patience
        write(socket, ackOf(message, 'AA'));
      }
    });
    using from = sender(receiver.port);
    expect(await from.send('first')).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
    expect(await from.send('second')).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
    expect(receiver.connections()).toBe(2);
  });

  test('retry after ACK timeout carries the same control id and is recognised', async () => {
    const seen = new Set<string>();
    await using receiver = await mllpReceiver((socket, message) => {
      const repeat = seen.has(controlIdIn(message));
      seen.add(controlIdIn(message));
      if (repeat) write(socket, ackOf(message));
    });
    using from = sender(receiver.port);
    expect((await from.send('same')).outcome).toBe('unknown');
    expect((await from.send('same')).outcome).toBe('delivered');
    expect([receiver.received.length, seen.size]).toEqual([2, 1]);
  });

  test('one for another message is passed over, also when it says AE', async () => {
    await using receiver = await mllpReceiver((socket, message) => {
      write(socket, ackOf(message, 'AE', 'somebody-else'));
      write(socket, ackOf(message, 'AA'));
    });
    using from = sender(receiver.port);
    expect((await from.send('mine')).outcome).toBe('delivered');
  });

  test('a second one (AA after CA) is nobody’s, and the connection goes on', async () => {
    await using receiver = await mllpReceiver((socket, message) => {
      write(socket, ackOf(message, 'CA'));
      setTimeout(() => write(socket, ackOf(message, 'AE')), 20);
    });
    using from = sender(receiver.port);
    expect((await from.send('one')).outcome).toBe('delivered');
    await later(60);
    expect((await from.send('two')).outcome).toBe('delivered');
    expect(receiver.connections()).toBe(1);
  });
});

describe('verdicts', () => {
  const CODES: [string, Attempt['outcome']][] = [
    ['AA', 'delivered'],
    ['CA', 'delivered'],
    ['AE', 'refused'],
    ['CE', 'refused'],
    ['AR', 'retry'],
    ['CR', 'retry'],
    ['XX', 'refused'],
  ];
  test.each(CODES)('%s', async (code, outcome) => {
    await using receiver = await mllpReceiver((socket, message) => write(socket, ackOf(message, code)));
    using from = sender(receiver.port);
    expect((await from.send('m-1')).outcome).toBe(outcome);
  });

  test('the ACK itself is handed on as bytes', async () => {
    await using receiver = await mllpReceiver((socket, message) => write(socket, ackOf(message)));
    using from = sender(receiver.port);
    const attempt = await from.send('m-1');
    expect(attempt).toMatchObject({ outcome: 'delivered', answerContentType: 'application/hl7-v2' });
    expect(Buffer.from((attempt as { answer: Uint8Array }).answer).toString()).toMatch(/MSA\|AA\|m-1\r$/);
  });
});

describe('connections', () => {
  test('one message at a time over one connection, in order; more when the receiver takes more', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `m-${n}`);
    for (const connections of [1, 3]) {
      let open = 0;
      let most = 0;
      await using receiver = await mllpReceiver(async (socket, message) => {
        most = Math.max(most, ++open);
        await later(10);
        open -= 1;
        write(socket, ackOf(message));
      });
      using from = sender(receiver.port, { connections });
      await Promise.all(ids.map((id) => from.send(id)));
      expect([most, receiver.connections()]).toEqual([connections, connections]);
      if (connections === 1) expect(receiver.received.map(controlIdIn)).toEqual(ids);
    }
  });

  test('are not shared between recipients', async () => {
    await using receiver = await mllpReceiver((socket, message) => write(socket, ackOf(message)));
    using from = sender(receiver.port);
    await from.send('m-1', { recipient: 'one' });
    await from.send('m-2', { recipient: 'two' });
    expect(receiver.connections()).toBe(2);
  });

  test('an ACK in pieces, with noise before it', async () => {
    await using receiver = await mllpReceiver(async (socket, message) => {
      write(socket, '\r\n');
      for (const byte of ackOf(message)) {
        write(socket, byte);
        await later(1);
      }
    });
    using from = sender(receiver.port);
    expect((await from.send('m-1')).outcome).toBe('delivered');
  });

  test('an answer without end is given up by the clock, with little memory', async () => {
    await using receiver = await mllpReceiver((socket) => {
      const noise = `\x0b${'x'.repeat(65536)}`;
      const more = () => socket.destroyed || socket.write(noise, () => setImmediate(more));
      more();
    });
    using from = sender(receiver.port);
    expect((await from.send('m-1')).outcome).toBe('unknown');
  });

  test('closed by the receiver instead of an ACK: unknown; closed between messages: a new one is made', async () => {
    await using receiver = await mllpReceiver((socket, message, count) => {
      if (count === 1) socket.destroy();
      else socket.end(ackOf(message), 'latin1');
    });
    using from = sender(receiver.port);
    expect(await from.send('m-1')).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
    expect((await from.send('m-2')).outcome).toBe('delivered');
    await later(30);
    expect((await from.send('m-3')).outcome).toBe('delivered');
  });

  test('the hub stops while it waits for the ACK: unknown', async () => {
    await using receiver = await mllpReceiver(() => {});
    using from = sender(receiver.port, { acknowledgementSeconds: 20 });
    const stop = new AbortController();
    const attempt = from.send('m-1', { signal: stop.signal });
    while (receiver.received.length === 0) await later(5);
    stop.abort();
    expect(await attempt).toEqual({ outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' });
  });

  test('the hub stops while messages wait for their turn: they were not sent', async () => {
    await using receiver = await mllpReceiver(() => {});
    const from = sender(receiver.port, { acknowledgementSeconds: 20 });
    const attempts = ['m-1', 'm-2', 'm-3'].map((id) => from.send(id));
    while (receiver.received.length === 0) await later(5);
    from[Symbol.dispose]();
    expect(await Promise.all(attempts)).toEqual([
      { outcome: 'unknown', reason: 'CHANNEL-NO-ANSWER' },
      { outcome: 'retry', reason: 'CHANNEL-STOPPED' },
      { outcome: 'retry', reason: 'CHANNEL-STOPPED' },
    ]);
    expect([receiver.received.map(controlIdIn), receiver.connections()]).toEqual([['m-1'], 1]);
  });

  test('a message without MSH-10 cannot be sent, as its ACK could not be known', async () => {
    await using receiver = await mllpReceiver(() => {});
    using from = sender(receiver.port);
    for (const body of ['', 'PID|1\r', 'MSH|^~\\&|S|R|E|K|20260101||ADT^A01||P|2.5\r'])
      expect(await from.send('x', { body })).toEqual({ outcome: 'refused', reason: 'CHANNEL-MESSAGE' });
    expect(receiver.received).toEqual([]);
  });
});

test('reading an acknowledgement: own separators, and never a throw', () => {
  expect(readAcknowledged(Buffer.from('MSH$^~\\&$A\rMSA$AA$id 7$fine\r'))).toEqual({ code: 'AA', controlId: 'id 7' });
  expect(readAcknowledged(Buffer.from('MSH|^~\\&|A\nMSA|AR|7'))).toEqual({ code: 'AR', controlId: '7' });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, text) => {
      for (const some of [bytes, Buffer.from(`MSH|${text}\rMSA|${text}`)]) {
        expect(() => readAcknowledged(some)).not.toThrow();
        expect(() => controlIdOf(some)).not.toThrow();
      }
    }),
  );
});
