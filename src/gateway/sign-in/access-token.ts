import { createHash } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { done, issue, type Result, refused } from '../../errors.ts';
import type { Client } from './client.ts';
import type { SignInDeps } from './deps.ts';
import { isScope } from './scopes.ts';

/** Who is asking, and what for; made from a checked access token. */
export interface Principal {
  readonly client: Client;
  readonly scopes: readonly string[];
  /** The token's own id, for the audit. */
  readonly tokenId: string;
}

export interface TokenRequest {
  readonly client: Client;
  readonly scopes: readonly string[];
  /** Thumbprint of the certificate the client has shown. */
  readonly certificate?: string | undefined;
}

/** An access token: a signed JWT as RFC 9068 has it, for this hub alone. */
export async function issueAccessToken(deps: SignInDeps, request: TokenRequest): Promise<string> {
  const { client, scopes, certificate } = request;
  const seconds = Math.floor(deps.now().getTime() / 1000);
  return new SignJWT({
    client_id: client.id,
    scope: scopes.join(' '),
    ...(client.certificates?.length && certificate && { cnf: { 'x5t#S256': certificate } }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: deps.keys.signing.kid! })
    .setIssuer(deps.baseUrl())
    .setAudience(deps.baseUrl())
    .setSubject(client.id)
    .setJti(deps.newId())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + client.tokenLifetime)
    .sign(deps.keys.signing);
}

interface Checked {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly tokenId: string;
  readonly expires: number;
  readonly certificate?: string;
}

/** Longer than any token the hub makes. */
const LONGEST_TOKEN = 4096;
const TOKENS_KEPT = 2000;

async function check(token: string, deps: SignInDeps): Promise<Checked | undefined> {
  try {
    const { payload } = await jwtVerify(token, deps.keys.verifying, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: deps.baseUrl(),
      audience: deps.baseUrl(),
      currentDate: deps.now(),
      requiredClaims: ['exp', 'sub', 'jti', 'scope'],
    });
    const certificate = (payload.cnf as Record<string, string> | undefined)?.['x5t#S256'];
    const scopes = String(payload.scope).split(' ').filter(isScope);
    return {
      clientId: payload.sub!,
      scopes,
      tokenId: payload.jti!,
      expires: payload.exp!,
      ...(certificate && { certificate }),
    };
  } catch {
    return undefined; // jose throws for everything that is wrong with a token
  }
}

/**
 * Checks access tokens. A token once found good is remembered (by its hash) until it expires, so that a busy client costs one signature
 * check in five minutes; whether its client is still on the list is asked every time.
 */
export function tokenVerifier(
  deps: SignInDeps,
): (token: string, certificate: string | undefined) => Promise<Result<Principal>> {
  const known = new Map<string, Checked>();
  async function recall(token: string): Promise<Checked | undefined> {
    const hash = createHash('sha256').update(token).digest('base64');
    const checked = known.get(hash) ?? (await check(token, deps));
    if (!checked || checked.expires <= deps.now().getTime() / 1000) return void known.delete(hash);
    if (known.size >= TOKENS_KEPT) known.delete(known.keys().next().value!);
    known.set(hash, checked);
    return checked;
  }
  return async (token, certificate) => {
    const checked = token.length <= LONGEST_TOKEN ? await recall(token) : undefined;
    const client = checked && deps.clients.client(checked.clientId);
    if (!checked || !client) return refused(issue('SIGNIN-TOKEN'));
    const bound = checked.certificate !== undefined || (client.certificates?.length ?? 0) > 0;
    const shown = checked.certificate === certificate && client.certificates?.includes(certificate ?? '');
    if (bound && !shown) return refused(issue('SIGNIN-CERTIFICATE'));
    return done({ client, scopes: checked.scopes, tokenId: checked.tokenId });
  };
}
