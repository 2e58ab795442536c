import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextAttempt, RETRY_POLICIES, type RetryPolicy, waitBound } from '../../src/channels/retry.ts';

const NOW = new Date('2026-03-01T10:00:00Z');
const { transport, medcomUnanswered } = RETRY_POLICIES;
const seconds = (at: Date | undefined) => ((at?.getTime() ?? Number.NaN) - NOW.getTime()) / 1000;
const tried = (attempts: number, over = {}) => ({ attempts, firstAttemptAt: NOW, now: NOW, ...over });

test('bounds grow by the factor up to the longest', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 5000].map((n) => waitBound(n, transport))).toEqual([
    1, 3, 9, 27, 81, 243, 600, 600, 600,
  ]);
});

test('full jitter: anything between the least wait and the bound', () => {
  expect(seconds(nextAttempt(tried(4), transport, () => 0).at)).toBe(0.2);
  expect(seconds(nextAttempt(tried(4), transport, () => 0.5).at)).toBe(13.5);
  expect(seconds(nextAttempt(tried(4), transport, () => 0.9999999).at)).toBeCloseTo(27);
});

test('the recipient’s own wish is kept when it is longer, and does not shorten', () => {
  expect(seconds(nextAttempt(tried(1, { retryAfterSeconds: 3600 }), transport, () => 0.5).at)).toBe(3600);
  expect(seconds(nextAttempt(tried(9, { retryAfterSeconds: 1 }), transport, () => 0.5).at)).toBe(300);
});

test('given up by age and by number', () => {
  const weekAgo = new Date(NOW.getTime() - transport.giveUpAfterSeconds * 1000);
  expect(nextAttempt(tried(3, { firstAttemptAt: weekAgo }), transport, Math.random)).toEqual({ giveUp: 'age' });
  expect(nextAttempt(tried(transport.mostAttempts), transport, Math.random)).toEqual({ giveUp: 'attempts' });
});

test('an unanswered MedCom message goes three times, half an hour apart', () => {
  expect(seconds(nextAttempt(tried(1), medcomUnanswered, () => 0).at)).toBe(1800);
  expect(seconds(nextAttempt(tried(2), medcomUnanswered, () => 0.7).at)).toBe(1800);
  expect(nextAttempt(tried(3), medcomUnanswered, () => 0)).toEqual({ giveUp: 'attempts' });
});

describe('for any policy and moment', () => {
  const policy: fc.Arbitrary<RetryPolicy> = fc.record({
    firstSeconds: fc.integer({ min: 1, max: 3600 }),
    factor: fc.integer({ min: 1, max: 10 }),
    longestSeconds: fc.integer({ min: 1, max: 86400 }),
    jitter: fc.boolean(),
    leastSeconds: fc.constant(0.2),
    mostAttempts: fc.integer({ min: 1, max: 10_000 }),
    giveUpAfterSeconds: fc.integer({ min: 1, max: 30 * 86400 }),
  });
  const chance = fc.double({ min: 0, max: 0.999999, noNaN: true });

  test('a wait lies between the least and the longest, and every schedule ends', () => {
    fc.assert(
      fc.property(policy, chance, (some, random) => {
        let now = NOW;
        for (let attempts = 1; ; attempts++) {
          const next = nextAttempt({ attempts, firstAttemptAt: NOW, now }, some, () => random);
          if (!next.at) return;
          const wait = (next.at.getTime() - now.getTime()) / 1000;
          expect(wait).toBeGreaterThanOrEqual(0.2);
          expect(wait).toBeLessThanOrEqual(some.longestSeconds + 0.2);
          expect(attempts).toBeLessThan(some.mostAttempts);
          // a day's worth at a time, so that long schedules end quickly here too
          now = new Date(next.at.getTime() + 86400_000);
        }
      }),
      { numRuns: 200 },
    );
  });
});
