import type { ErrorCode } from '../errors.ts';
import type { Attempt } from './channel.ts';
import type { Exchange, HttpAnswer } from './http-client.ts';

const LONGEST_WAIT_SECONDS = 24 * 60 * 60;
const TRY_AGAIN = new Set([408, 425, 429]);

/** Retry-After as seconds from `now` (RFC 9110 10.2.3: a number or a date), at most a day; undefined when it says neither. */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (!header) return undefined;
  const seconds = /^\d{1,10}$/.test(header) ? Number(header) : (Date.parse(header) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), LONGEST_WAIT_SECONDS) : undefined;
}

const answerOf = ({ body, contentType }: HttpAnswer) => ({
  ...(body?.byteLength && { answer: body, ...(contentType && { answerContentType: contentType }) }),
});

function ofAnswer(answer: HttpAnswer, now: Date): Attempt {
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'delivered', httpStatus: status, ...answerOf(answer) };
  if (status >= 500 || TRY_AGAIN.has(status)) {
    const wait = retryAfterSeconds(answer.retryAfter, now);
    const asked = wait !== undefined && { retryAfterSeconds: wait };
    return { outcome: 'retry', reason: 'CHANNEL-BUSY', httpStatus: status, ...asked };
  }
  if (status < 400) return { outcome: 'refused', reason: 'CHANNEL-REDIRECT', httpStatus: status };
  const reason = status === 410 ? 'CHANNEL-GONE' : 'CHANNEL-REFUSED';
  return { outcome: 'refused', reason, httpStatus: status, ...answerOf(answer) };
}

/** Faults of the recipient's settings, or of the message: sending again does not help until somebody changes them. */
const FINAL: readonly ErrorCode[] = ['CHANNEL-EGRESS', 'CHANNEL-EGRESS-PLAIN', 'CHANNEL-URL', 'CHANNEL-MESSAGE'];
export const isFinal = (code: ErrorCode): boolean => FINAL.includes(code);

/**
 * What an HTTP exchange means for the delivery: only 2xx is success, redirects are refused, 408, 425, 429 and 5xx may be tried
 * again (as may everything that failed before the request was out), other 4xx may not, 410 closes the address.
 */
export function attemptOf(exchange: Exchange, now: Date): Attempt {
  if (exchange.answer) return ofAnswer(exchange.answer, now);
  if (exchange.sent) return { outcome: 'unknown', reason: exchange.code };
  return { outcome: isFinal(exchange.code) ? 'refused' : 'retry', reason: exchange.code };
}
