import type { JSONWebKeySet, JWK } from 'jose';
import { done, issue, type Result, refused } from '../../errors.ts';
import { isScope } from './scopes.ts';

/** Somebody who may sign in: a system of an organisation. Data, kept in the registry; changed without a release. */
export interface Client {
  readonly id: string;
  readonly name: string;
  /** Id, in the region’s data, of the organisation the system belongs to. */
  readonly organisation: string;
  /** In whose role it asks: `system`, `nurse`, `doctor`, `operator` … */
  readonly role: string;
  readonly scopes: readonly string[];
  /** Public keys only (RSA of 2048 bits or more for RS384, P-384 for ES384), each with its `kid`. */
  readonly jwks: JSONWebKeySet;
  /** What it may name as a message’s sender (MSH-3, MSH-4, GLN, SOR), and which organisation that is. */
  readonly senders: Readonly<Record<string, string>>;
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

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
const texts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'] as const;

const isLongEnough = (modulus: unknown) =>
  typeof modulus === 'string' && Buffer.from(modulus, 'base64url').length >= 256;

/** A key an assertion may be checked with: public, asymmetric, named, and strong enough. */
function isUsableKey(key: JWK): boolean {
  const isPublic = PRIVATE_PARTS.every((part) => key[part] === undefined);
  const fits = key.kty === 'RSA' ? isLongEnough(key.n) : key.kty === 'EC' && key.crv === 'P-384';
  return isPublic && fits && typeof key.kid === 'string' && (key.use ?? 'sig') === 'sig';
}

const RULES: Readonly<Record<string, (content: Readonly<Record<string, unknown>>) => boolean>> = {
  name: ({ name }) => isText(name),
  organisation: ({ organisation }) => isText(organisation),
  role: ({ role }) => isText(role),
  scopes: ({ scopes }) => texts(scopes) && scopes.every(isScope),
  senders: ({ senders = {} }) =>
    typeof senders === 'object' && senders !== null && Object.values(senders).every(isText),
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
export function readClient(id: string, content: object): Result<Client> {
  const given = content as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(RULES).filter(([, holds]) => !holds(given));
  if (wrong.length > 0) return refused(...wrong.map(([name]) => issue('SIGNIN-CLIENT', name, { element: name })));
  const defaults = { senders: {}, tokenLifetime: TOKEN_LIFETIME.shortest };
  return done({ ...defaults, ...given, id } as unknown as Client);
}

/**
 * The directory over the region's clients, as they are at the moment of asking. `keys`: public keys of clients whose data has none (the demo's).
 * A client whose data is not usable cannot sign in.
 */
export function clientDirectory(
  clients: () => ReadonlyMap<string, object>,
  keys: ReadonlyMap<string, JSONWebKeySet> = new Map(),
): ClientDirectory {
  const read = new WeakMap<object, Client | false>();
  return {
    client(id) {
      const content = clients().get(id);
      if (!content) return undefined;
      let client = read.get(content);
      if (client === undefined) {
        const jwks = keys.get(id);
        const result = readClient(id, { ...(jwks && { jwks }), ...content });
        client = result.ok && result.value;
        read.set(content, client);
      }
      return client || undefined;
    },
  };
}
