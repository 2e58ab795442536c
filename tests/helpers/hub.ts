import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { readConfig } from '../../src/config.ts';
import { signIn } from '../../src/gateway/sign-in/client-side.ts';
import { type DemoClientId, readDemoKey } from '../../src/gateway/sign-in/demo-clients.ts';
import { type Hub, startHub } from '../../src/hub.ts';
import { applyRegistry, type RegistryEntry } from '../../src/store/registry.ts';
import { freshDatabase } from './database.ts';

export interface TestHub {
  readonly hub: Hub;
  readonly dataDir: string;
  /** Everything the hub has logged. */
  readonly logged: () => string;
  request(client: DemoClientId | undefined, path: string, init?: RequestInit): Promise<Response>;
  token(client: DemoClientId): Promise<string>;
  /** Changes the region's data and waits until the hub has seen it. */
  change(...entries: RegistryEntry[]): Promise<void>;
  close(): Promise<void>;
}

/** A whole hub on a database of its own, on free ports; on Redis where SAMSPIL_REDIS_URL is set. */
export async function openTestHub(env: Record<string, string> = {}): Promise<TestHub> {
  const database = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'samspil-data-'));
  const lines: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const config = readConfig({
    SAMSPIL_DATABASE_URL: database.url,
    SAMSPIL_REDIS_URL: redisFor(database.url),
    SAMSPIL_DATA_DIR: dataDir,
    SAMSPIL_PORT: '0',
    SAMSPIL_MLLP_PORT: '0',
    SAMSPIL_LOG_LEVEL: 'debug',
    SAMSPIL_EGRESS_ALLOW: 'loopback',
    ...env,
  });
  const hub = await startHub(config, { logTo });
  const tokens = new Map<string, string>();
  const test: TestHub = {
    hub,
    dataDir,
    logged: () => lines.join(''),
    async token(client) {
      const known = tokens.get(client);
      if (known) return known;
      const key = (await readDemoKey(dataDir, client))!;
      const registered = (await hub.parts.region.current(hub.parts.db)).region.clients.get(client)!;
      const signed = await signIn({ baseUrl: hub.baseUrl, clientId: client, key, scope: registered.scopes.join(' ') });
      if (!signed.ok) throw new Error(`${client} cannot sign in: ${signed.issues.map(({ code }) => code).join()}`);
      tokens.set(client, signed.value.accessToken);
      return signed.value.accessToken;
    },
    async request(client, path, init = {}) {
      const headers = new Headers(init.headers);
      if (client) headers.set('authorization', `Bearer ${await test.token(client)}`);
      return fetch(`${hub.baseUrl}${path}`, { ...init, headers });
    },
    async change(...entries) {
      await applyRegistry(hub.parts.db, entries, new Date().toISOString());
      await new Promise((seen) => setTimeout(seen, 1_100));
    },
    async close() {
      await hub.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return test;
}

/** A prefix of its own for each hub, so that test files side by side on one Redis do not take each other's lanes. */
function redisFor(databaseUrl: string): string | undefined {
  const url = process.env.SAMSPIL_REDIS_URL;
  return url && `${url}${url.includes('?') ? '&' : '?'}prefix=${databaseUrl.split('/').at(-1)}`;
}
