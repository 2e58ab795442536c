import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWK, type LocalJWKSet } from 'jose';
import { newKey, publicPart, readOrCreate } from './key-file.ts';

/** The keys access tokens are signed and checked with (ES256). */
export interface HubKeys {
  /** Signs new tokens: the first of the set. */
  readonly signing: JWK;
  /** Finds the key that checks a token: any of the set, so that keys can be changed while old tokens live on. */
  readonly verifying: LocalJWKSet;
  /** The public halves, for `/.well-known/jwks.json`. */
  readonly published: JSONWebKeySet;
}

/**
 * The hub's keys from `<data dir>/keys/hub.json` (a private JWK set), made at first start. Gateways on several machines share that file
 * as a secret; to change a key, put the new one first and take the old one away a quarter of an hour later.
 */
export async function openHubKeys(dataDir: string): Promise<HubKeys> {
  const { keys } = await readOrCreate<JSONWebKeySet>(join(dataDir, 'keys', 'hub.json'), async () => ({
    keys: [await newKey('ES256', randomUUID())],
  }));
  const signing = keys[0];
  if (!signing) throw new RangeError('keys/hub.json in the data directory holds no key');
  const published = { keys: keys.map(publicPart) };
  return { signing, verifying: createLocalJWKSet(published), published };
}
