import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JSONWebKeySet, JWK } from 'jose';
import { newKey, publicPart, readOrCreate } from './key-file.ts';

/** The demo region's systems; what each is and may do is the region's data. */
export const DEMO_CLIENTS = ['demo-epj', 'demo-municipality', 'demo-gp', 'demo-ambulance', 'demo-operator'] as const;

export type DemoClientId = (typeof DEMO_CLIENTS)[number];
export const isDemoClient = (id: string): id is DemoClientId => DEMO_CLIENTS.some((known) => known === id);

const keyPath = (dataDir: string, id: string) => join(dataDir, 'demo-keys', `${id}.json`);

/**
 * Makes the demo clients' private keys in `<data dir>/demo-keys/<id>.json` (mode 0600) where they are not there yet, and gives the
 * public sets to register them with. Only for a hub that was asked to load the demo region.
 */
export async function openDemoKeys(dataDir: string): Promise<ReadonlyMap<DemoClientId, JSONWebKeySet>> {
  const sets = DEMO_CLIENTS.map(async (id) => {
    const key = await readOrCreate<JWK>(keyPath(dataDir, id), () => newKey('ES384', id));
    return [id, { keys: [publicPart(key)] }] satisfies [DemoClientId, JSONWebKeySet];
  });
  return new Map(await Promise.all(sets));
}

/** A demo client's private key; undefined when this data directory has none. */
export async function readDemoKey(dataDir: string, id: DemoClientId): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(keyPath(dataDir, id), 'utf8')) as JWK;
  } catch {
    return undefined;
  }
}
