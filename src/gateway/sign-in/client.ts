import type { JSONWebKeySet, JWK } from 'jose';
import { done, issue, type Result, refused } from '../../errors.ts';
import { isScope } from './scopes.ts';

/** Somebody who may sign in: a system of an organisation. Data, kept in the registry; changed without a release. */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** SOR code of the organisation the system belongs to. */
  readonly organisation: string;
  readonly scopes: readonly string[];
  /** Public keys only (RSA of 2048 bits or more for RS384, P-384 for ES384), each with its `kid`. */
  readonly jwks: JSONWebKeySet;
  /** Sending applications, facilities and location numbers this client may speak for; `*` = any. */
  readonly senders: readonly string[];
  /** Seconds an access token lives: 300 to 900. */
  readonly tokenLifetime: number;
  /** SHA-256 thumbprints (base64url) of the certificates it must show; empty or absent: no certificate is asked for. */
  readonly certificates?: readonly string[];
}

/** Asked at every sign-in and every request, so that a client taken off the list is out at once. */
export interface ClientDirectory {
  client(id: string): Client | undefined;
}

export const TOKEN_LIFETIME = { shortest: 300, longest: 900 } as const;

const texts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item.length > 0);

const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const;

/** A key an assertion may be checked with: public, asymmetric, named. */
function isUsableKey(key: JWK): boolean {
  const isPublic = PRIVATE_PARTS.every((part) => key[part] === undefined);
  const fits = key.kty === 'RSA' || (key.kty === 'EC' && key.crv === 'P-384');
  return isPublic && fits && typeof key.kid === 'string' && (key.use ?? 'sig') === 'sig';
}

const RULES: Readonly<Record<string, (content: Readonly<Record<string, unknown>>) => boolean>> = {
  name: ({ name }) => typeof name === 'string' && name.length > 0,
  organisation: ({ organisation }) => typeof organisation === 'string' && /^\d{6,20}$/.test(organisation),
  scopes: ({ scopes }) => texts(scopes) && scopes.every(isScope),
  senders: ({ senders }) => senders === undefined || texts(senders),
  jwks: ({ jwks }) => {
    const keys = (jwks as { keys?: unknown } | undefined)?.keys;
    return Array.isArray(keys) && keys.length > 0 && keys.every((key) => key && isUsableKey(key));
  },
  tokenLifetime: ({ tokenLifetime: seconds = TOKEN_LIFETIME.shortest }) =>
    Number.isInteger(seconds) &&
    (seconds as number) >= TOKEN_LIFETIME.shortest &&
    (seconds as number) <= TOKEN_LIFETIME.longest,
  certificates: ({ certificates }) => certificates === undefined || texts(certificates),
};

/** A client from the registry's JSON; the issues name what is missing or wrong in it. */
export function readClient(id: string, content: Readonly<Record<string, unknown>>): Result<Client> {
  const wrong = Object.keys(RULES).filter((name) => !RULES[name]!(content));
  if (wrong.length > 0) return refused(...wrong.map((name) => issue('SIGNIN-CLIENT', name, { element: name })));
  const defaults = { senders: [], tokenLifetime: TOKEN_LIFETIME.shortest };
  return done({ ...defaults, ...content, id } as unknown as Client);
}
