import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JSONWebKeySet, JWK } from 'jose';
import { newKey, publicPart, readOrCreate } from './key-file.ts';

/** The demo region's systems: what each may do. Who they are (organisation, senders) is the region's data. */
export const DEMO_CLIENTS = {
  'demo-epj': {
    name: 'Hospital EPJ (demo)',
    scopes: [
      'samspil/messages.write',
      'samspil/messages.read',
      'system/Encounter.cruds',
      'system/Patient.cruds',
      'system/Subscription.cruds',
      'system/*.rs',
    ],
  },
  'demo-municipality': {
    name: 'Municipal care record (demo)',
    scopes: ['samspil/messages.write', 'samspil/messages.read', 'system/Subscription.cruds', 'system/*.rs'],
  },
  'demo-gp': {
    name: 'General practice system (demo)',
    scopes: ['samspil/messages.write', 'samspil/messages.read', 'system/Subscription.cruds', 'system/*.rs'],
  },
  'demo-ambulance': {
    name: 'Prehospital journal (demo)',
    scopes: ['samspil/messages.write', 'samspil/messages.read'],
  },
  'demo-operator': {
    name: 'Operator and protection officer (demo)',
    scopes: ['samspil/messages.read', 'samspil/payload.read', 'samspil/operate', 'samspil/dpo', 'system/*.rs'],
  },
} as const satisfies Record<string, { readonly name: string; readonly scopes: readonly string[] }>;

export type DemoClientId = keyof typeof DEMO_CLIENTS;
export const isDemoClient = (id: string): id is DemoClientId => Object.hasOwn(DEMO_CLIENTS, id);

const keyPath = (dataDir: string, id: string) => join(dataDir, 'demo-keys', `${id}.json`);

/**
 * Makes the demo clients' private keys in `<data dir>/demo-keys/<id>.json` (mode 0600) where they are not there yet, and gives the
 * public sets to register them with. Only for a hub that was asked to load the demo region.
 */
export async function openDemoKeys(dataDir: string): Promise<ReadonlyMap<DemoClientId, JSONWebKeySet>> {
  const ids = Object.keys(DEMO_CLIENTS) as DemoClientId[];
  const sets = ids.map(async (id) => {
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
