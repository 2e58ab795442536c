/** When to try again, and when to stop trying by oneself. Pure: time and chance are handed in. */
export interface RetryPolicy {
  /** Bound of the first wait, in seconds; each further bound is `factor` times the one before, up to `longestSeconds`. */
  readonly firstSeconds: number;
  readonly factor: number;
  readonly longestSeconds: number;
  /** Full jitter: a wait is any time up to its bound, so that a hundred lanes do not come back in the same second. */
  readonly jitter: boolean;
  /** Never sooner than this, whatever chance says. */
  readonly leastSeconds: number;
  /** After so many attempts, or so long after the first one, the delivery is parked for somebody to look at. */
  readonly mostAttempts: number;
  readonly giveUpAfterSeconds: number;
}

const DAY = 24 * 60 * 60;

/** What there is. */
export const RETRY_POLICIES = {
  /** A recipient that is away, busy or did not answer: quickly at first, then every ten minutes at most, for a week. */
  transport: {
    firstSeconds: 1,
    factor: 3,
    longestSeconds: 600,
    jitter: true,
    leastSeconds: 0.2,
    mostAttempts: 5000,
    giveUpAfterSeconds: 7 * DAY,
  },
  /** A MedCom message delivered but not acknowledged: sent again after half an hour, three times in all (MedCom governance 020). */
  medcomUnanswered: {
    firstSeconds: 30 * 60,
    factor: 1,
    longestSeconds: 30 * 60,
    jitter: false,
    leastSeconds: 30 * 60,
    mostAttempts: 3,
    giveUpAfterSeconds: DAY,
  },
} as const satisfies Record<string, RetryPolicy>;

export interface Tried {
  /** Attempts made so far, this one counted. */
  readonly attempts: number;
  readonly firstAttemptAt: Date;
  readonly now: Date;
  /** The recipient's own wish (Retry-After); a wait is never shorter. */
  readonly retryAfterSeconds?: number | undefined;
}

export type Next = { readonly at: Date } | { readonly at?: undefined; readonly giveUp: 'attempts' | 'age' };

/** The bound of the wait after so many attempts, in seconds. */
export function waitBound(attempts: number, policy: RetryPolicy): number {
  // the exponent is bounded so that thousands of attempts do not become Infinity
  const grown = policy.firstSeconds * policy.factor ** Math.min(Math.max(attempts - 1, 0), 64);
  return Math.min(grown, policy.longestSeconds);
}

/** When the next attempt is due. `random`: in [0, 1). The last attempt is the one that would fall after the time to give up. */
export function nextAttempt(tried: Tried, policy: RetryPolicy, random: () => number): Next {
  if (tried.attempts >= policy.mostAttempts) return { giveUp: 'attempts' };
  const end = tried.firstAttemptAt.getTime() + policy.giveUpAfterSeconds * 1000;
  if (tried.now.getTime() >= end) return { giveUp: 'age' };
  const bound = waitBound(tried.attempts, policy);
  const wait = Math.max(policy.jitter ? bound * random() : bound, policy.leastSeconds, tried.retryAfterSeconds ?? 0);
  return { at: new Date(tried.now.getTime() + Math.ceil(wait * 1000)) };
}
