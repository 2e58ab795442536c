import { randomUUID } from 'node:crypto';
import { type JWK, SignJWT } from 'jose';
import { done, issue, type Result, refused } from '../../errors.ts';

export interface SignInRequest {
  readonly baseUrl: string;
  readonly clientId: string;
  /** Private key with `kid` and `alg`. */
  readonly key: JWK;
  /** Scopes, separated by spaces. */
  readonly scope: string;
}

export interface Token {
  readonly accessToken: string;
  readonly expiresIn: number;
  readonly scope: string;
}

const PATIENCE_MS = 10_000;

async function json(url: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A client assertion for a token endpoint, good for one minute (RFC 7523). */
export async function signAssertion(clientId: string, key: JWK, audience: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: key.alg ?? 'ES384', kid: key.kid!, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key);
}

/** Signs in as a client does: discovery, assertion, token. Refused: the hub does not answer, or said no (`error` is its own word). */
export async function signIn({ baseUrl, clientId, key, scope }: SignInRequest): Promise<Result<Token>> {
  const discovery = await json(`${baseUrl.replace(/\/+$/, '')}/.well-known/smart-configuration`);
  const endpoint = discovery?.token_endpoint;
  if (typeof endpoint !== 'string') return refused(issue('SIGNIN-NO-HUB'));
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(clientId, key, endpoint),
  });
  const answer = await json(endpoint, { method: 'POST', body: form });
  if (!answer) return refused(issue('SIGNIN-NO-HUB'));
  if (typeof answer.access_token !== 'string')
    return refused(issue('SIGNIN-REFUSED', undefined, { error: String(answer.error_description ?? answer.error) }));
  return done({
    accessToken: answer.access_token,
    expiresIn: Number(answer.expires_in),
    scope: String(answer.scope),
  });
}
