import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type LocalJWKSet,
} from 'jose';
import type { Client } from './client.ts';
import { type SignInDeps, tokenUrl } from './deps.ts';

/** SMART App Launch 2.2, client authentication (asymmetric): the two algorithms every server supports. */
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384'] as const;
const LONGEST_LIFE_SECONDS = 300;
/** Clocks of two systems are never quite the same. */
const CLOCK_TOLERANCE_SECONDS = 10;
const LONGEST_ASSERTION = 8192;

/** Why an assertion was not accepted; one sentence each, as `error_description`. Of an unknown client it says no more than of a wrong key. */
export const ASSERTION_FAULTS = {
  malformed: 'The assertion is not a signed JWT with kid and one of the supported algorithms.',
  unproven: 'The assertion is not from a client of this hub: unknown client, key or signature.',
  expired: 'The assertion has expired or is not valid yet.',
  lifetime: 'The assertion must expire within five minutes.',
  audience: 'The audience of the assertion must be the address of the token endpoint, and only that.',
  identity: 'Issuer and subject of the assertion must both be the client id.',
  jti: 'The assertion must carry a jti of 1 to 256 characters.',
  replayed: 'An assertion with this jti has been used before.',
} as const;
export type AssertionFault = keyof typeof ASSERTION_FAULTS;

export type AssertionVerdict =
  | { readonly client: Client }
  | { readonly client?: undefined; readonly fault: AssertionFault };

/** The claims of an assertion, before anything is proven; undefined when it is none this hub could ever take. */
function peek(assertion: string): JWTPayload | undefined {
  if (assertion.length > LONGEST_ASSERTION) return undefined;
  try {
    const { alg, kid } = decodeProtectedHeader(assertion);
    const known = ASSERTION_ALGORITHMS.some((algorithm) => algorithm === alg);
    return known && typeof kid === 'string' ? decodeJwt(assertion) : undefined;
  } catch {
    return undefined; // jose throws on every malformed token
  }
}

const isTime = (claim: unknown): claim is number => typeof claim === 'number' && Number.isFinite(claim);
const begins = (claim: unknown, now: number) =>
  claim === undefined || (isTime(claim) && claim <= now + CLOCK_TOLERANCE_SECONDS);

function faultOfClaims(
  { iss, sub, aud, exp, nbf, iat, jti }: JWTPayload,
  client: Client,
  { now, audience }: { now: number; audience: string },
): AssertionFault | undefined {
  if (iss !== client.id || sub !== client.id) return 'identity';
  if ((Array.isArray(aud) && aud.length === 1 ? aud[0] : aud) !== audience) return 'audience';
  if (!isTime(exp) || exp > now + LONGEST_LIFE_SECONDS + CLOCK_TOLERANCE_SECONDS) return 'lifetime';
  if (exp <= now - CLOCK_TOLERANCE_SECONDS || !begins(nbf, now) || !begins(iat, now)) return 'expired';
  return typeof jti === 'string' && jti.length > 0 && jti.length <= 256 ? undefined : 'jti';
}

/**
 * Checks a client's assertion (RFC 7523, SMART App Launch 2.2 section 4.1): signature by one of the client's registered keys, iss = sub =
 * client id, aud = the token endpoint alone, exp within five minutes, jti never used before.
 */
export function assertionVerifier(deps: SignInDeps): (assertion: string) => Promise<AssertionVerdict> {
  const keySets = new WeakMap<Client, LocalJWKSet>();
  const keysOf = (client: Client) => {
    const keys = keySets.get(client) ?? createLocalJWKSet(client.jwks);
    keySets.set(client, keys);
    return keys;
  };
  const isSignedBy = (client: Client, assertion: string) =>
    compactVerify(assertion, keysOf(client), { algorithms: [...ASSERTION_ALGORITHMS] }).then(
      () => true,
      () => false, // jose throws for a wrong signature, key or header
    );
  return async (assertion) => {
    const claims = peek(assertion);
    if (!claims) return { fault: 'malformed' };
    const client = typeof claims.iss === 'string' ? deps.clients.client(claims.iss) : undefined;
    if (!client || !(await isSignedBy(client, assertion))) return { fault: 'unproven' };
    const now = Math.floor(deps.now().getTime() / 1000);
    const fault = faultOfClaims(claims, client, { now, audience: tokenUrl(deps) });
    if (fault) return { fault };
    const until = new Date((claims.exp! + CLOCK_TOLERANCE_SECONDS + 1) * 1000);
    return (await deps.assertions.firstUse(client.id, claims.jti!, until)) ? { client } : { fault: 'replayed' };
  };
}
