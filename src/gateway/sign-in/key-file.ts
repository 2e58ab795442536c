import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

const codeOf = (failure: unknown) => (failure as NodeJS.ErrnoException).code;

/** A fresh private key as a JWK with its id. `algorithm`: ES256 or ES384. */
export async function newKey(algorithm: 'ES256' | 'ES384', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: algorithm, use: 'sig' } as JWK;
}

/** The public half of a private EC key: named members only, so that nothing private can slip along. */
export function publicPart({ kty, crv, x, y, kid, alg, use }: JWK): JWK {
  return { kty, crv, x, y, kid, alg, use } as JWK;
}

/**
 * Reads a JSON file that only the hub's own user may read; makes it when it is not there yet. The file appears whole or not at all, and of
 * two processes that make it at once the second takes the first one's.
 */
export async function readOrCreate<T>(path: string, create: () => Promise<T>): Promise<T> {
  const read = async () => JSON.parse(await readFile(path, 'utf8')) as T;
  try {
    return await read();
  } catch (failure) {
    if (codeOf(failure) !== 'ENOENT') throw failure;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.new`;
  await writeFile(draft, `${JSON.stringify(await create(), null, 2)}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (failure) {
    if (codeOf(failure) !== 'EEXIST') throw failure;
  } finally {
    await rm(draft, { force: true });
  }
  return read();
}
