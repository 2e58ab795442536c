import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Attempt, ChannelKind, Delivery, Recipient } from '../../src/channels/channel.ts';
import { CHANNELS, type Channels, openChannels } from '../../src/channels/index.ts';
import { ERRORS } from '../../src/errors.ts';

/** How the receiver at the other end behaves. */
export type Behaviour = 'takes' | 'is busy' | 'refuses' | 'stays silent' | 'is away';

export interface Receiver extends AsyncDisposable {
  readonly settings: Recipient['settings'];
  /** What has arrived, with the id by which the receiver recognises a repeat. */
  arrived(): Promise<readonly { readonly id: string; readonly body: Buffer }[]>;
}

export interface ChannelCase {
  readonly kind: ChannelKind;
  receiver(behaviour: Behaviour): Promise<Receiver>;
  /** A message of this channel; holds {@link SECRET}. */
  message(id: string): { readonly body: Uint8Array; readonly contentType: string };
  readonly fileRoot?: string;
  /** Settings that lead into a private network. */
  readonly privateSettings?: Recipient['settings'];
  /** Behaviours this channel cannot meet, with the reason. */
  readonly exceptions?: Partial<Record<Behaviour | 'private network', string>>;
}

/** Stands in every message; must never be seen in an outcome's reason or an issue. */
export const SECRET = '2512489996';

const EXPECTED: Record<Behaviour, Attempt['outcome']> = {
  takes: 'delivered',
  'is busy': 'retry',
  refuses: 'refused',
  'stays silent': 'unknown',
  'is away': 'retry',
};

/** What every kind of channel promises, against real receivers on the loopback. */
export function channelConformance(subject: ChannelCase): void {
  const { kind, exceptions = {} } = subject;
  const channel = CHANNELS[kind];
  const world = (allow: string[] = ['loopback']): Channels =>
    openChannels({
      egress: { allow },
      now: () => new Date('2026-03-01T10:00:00Z'),
      ...(subject.fileRoot && { fileRoot: subject.fileRoot }),
    });
  const delivery = (settings: Recipient['settings'], id = 'delivery-1', attempt = 1): Delivery => ({
    id,
    attempt,
    attemptId: `${id}.${attempt}`,
    recipient: { id: 'recipient-1', kind, settings },
    ...subject.message(id),
  });
  const told = (attempt: Attempt) => JSON.stringify({ ...attempt, answer: undefined });

  describe(`channel ${kind}`, () => {
    for (const behaviour of Object.keys(EXPECTED) as Behaviour[]) {
      if (exceptions[behaviour]) continue;
      test(`a receiver that ${behaviour} gives ${EXPECTED[behaviour]}`, async () => {
        await using receiver = await subject.receiver(behaviour);
        const channels = world();
        const attempt = await channels.send(delivery(receiver.settings));
        channels.close();
        expect(attempt.outcome).toBe(EXPECTED[behaviour]);
        if (attempt.outcome !== 'delivered') expect(Object.keys(ERRORS)).toContain(attempt.reason);
        expect(told(attempt)).not.toContain(SECRET);
      });
    }

    test('the bytes arrive unchanged, and a repeat carries the same id', async () => {
      await using receiver = await subject.receiver('takes');
      const channels = world();
      await channels.send(delivery(receiver.settings, 'd-7', 1));
      await channels.send(delivery(receiver.settings, 'd-7', 2));
      channels.close();
      const arrived = await receiver.arrived();
      expect(new Set(arrived.map(({ id }) => id)).size).toBe(1);
      for (const { body } of arrived) expect(body.equals(Buffer.from(subject.message('d-7').body))).toBe(true);
    });

    test('many at once: every one is answered for itself', async () => {
      await using receiver = await subject.receiver('takes');
      const channels = world();
      const ids = Array.from({ length: 40 }, (_, n) => `d-${n}`);
      const attempts = await Promise.all(ids.map((id) => channels.send(delivery(receiver.settings, id))));
      channels.close();
      expect(attempts.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'delivered'));
      const arrived = await receiver.arrived();
      expect(new Set(arrived.map(({ body }) => body.toString('latin1'))).size).toBe(ids.length);
    });

    test('stopped before it was sent: nothing arrives, and it may be tried again', async () => {
      await using receiver = await subject.receiver('takes');
      const channels = world();
      const attempt = await channels.send(delivery(receiver.settings), AbortSignal.abort());
      channels.close();
      expect(attempt).toEqual({ outcome: 'retry', reason: 'CHANNEL-STOPPED' });
      expect(await receiver.arrived()).toEqual([]);
    });

    test('its table says which settings are required, and it holds to that', async () => {
      await using receiver = await subject.receiver('takes');
      const channels = world();
      expect(channels.check({ kind, settings: receiver.settings })).toEqual([]);
      for (const [name, row] of Object.entries(channel.settings)) {
        const { [name]: _, ...without } = receiver.settings;
        const codes = channels.check({ kind, settings: without }).map(({ code }) => code);
        expect([name, codes]).toEqual([name, row.required ? ['CHANNEL-SETTING-MISSING'] : []]);
        const wrong = { ...receiver.settings, [name]: { nested: SECRET } };
        expect(channels.check({ kind, settings: wrong })).toEqual([
          expect.objectContaining({ code: 'CHANNEL-SETTING', place: name }),
        ]);
      }
      expect(channels.check({ kind, settings: { ...receiver.settings, [SECRET]: 1 } })).toEqual([
        expect.objectContaining({ code: 'CHANNEL-SETTING-UNKNOWN' }),
      ]);
      channels.close();
    });

    test('any settings whatever: an issue or none, never a throw, and sending agrees with the check', async () => {
      const channels = world([]);
      const names = [...Object.keys(channel.settings), 'another'];
      const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()), fc.constant(null));
      const settings = fc.dictionary(fc.constantFrom(...names), value);
      await fc.assert(
        fc.asyncProperty(settings, async (some) => {
          const issues = channels.check({ kind, settings: some });
          if (issues.length === 0) return;
          const attempt = await channels.send(delivery(some));
          expect(attempt.outcome).toBe('refused');
        }),
        { numRuns: 200 },
      );
      channels.close();
    });

    if (exceptions['private network']) return;
    test('a private network is out of reach unless allowed', async () => {
      const channels = world([]);
      const settings = subject.privateSettings ?? {};
      expect(channels.check({ kind, settings }).map(({ code }) => code)).toEqual(['CHANNEL-EGRESS']);
      expect(await channels.send(delivery(settings))).toEqual({ outcome: 'refused', reason: 'CHANNEL-EGRESS' });
      channels.close();
    });
  });
}
