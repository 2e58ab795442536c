import type { HttpClient } from '../channels/http-client.ts';
import { issue, type Result, refused } from '../errors.ts';
import type { Directive } from '../policy/decision.ts';
import type { ConsentRegister } from './consent-register.ts';
import { readRegistrations } from './registrations.ts';

export interface HttpRegisterOptions {
  /** Address of the search; persons are named in the body, never in an address. */
  readonly url: string;
  /** Goes out under the same rules as deliveries: addresses judged, answers bounded, own certificate shown. */
  readonly http: HttpClient;
  /** Value of the Authorization header, made for each request; absent: none (mutual TLS, or an open network). */
  readonly authorization?: () => Promise<string> | string;
  readonly now: () => Date;
  /** For one question, the answer's last byte included. */
  readonly timeoutMs?: number;
  /** So long it is not asked again after it could not be heard. */
  readonly restMs?: number;
}

const TIMEOUT_MS = 3_000;
const REST_MS = 5_000;

/** The consent register over HTTP (docs/guides/consent-register.md). Anything but a readable 200 is "could not be heard". */
export function openHttpRegister(options: HttpRegisterOptions): ConsentRegister {
  const { url, http, authorization, now, timeoutMs = TIMEOUT_MS, restMs = REST_MS } = options;
  let restsUntil = 0;

  async function ask(person: string): Promise<unknown> {
    const authorized = authorization && { authorization: await authorization() };
    const exchange = await http.post({
      url,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...authorized },
      body: new TextEncoder().encode(JSON.stringify({ person })),
      timeoutMs,
    });
    const { status, body } = exchange.answer ?? {};
    return status === 200 && body ? JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) : undefined;
  }

  return {
    async directives(person): Promise<Result<readonly Directive[]>> {
      if (now().getTime() < restsUntil) return refused(issue('REGISTER-AWAY'));
      const answer = await ask(person).catch(() => undefined);
      const read = answer === undefined ? refused(issue('REGISTER-AWAY')) : readRegistrations(answer);
      if (!read.ok) restsUntil = now().getTime() + restMs;
      return read;
    },
    close: () => http.close(),
  };
}
