import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { decodeJwt } from 'jose';
import type { Io } from '../../src/cli/command.ts';
import { run } from '../../src/cli/main.ts';
import { assertionsInMemory } from '../../src/gateway/sign-in/assertion-memory.ts';
import { clientDirectory } from '../../src/gateway/sign-in/client.ts';
import { openDemoKeys } from '../../src/gateway/sign-in/demo-clients.ts';
import { openHubKeys } from '../../src/gateway/sign-in/hub-keys.ts';
import { scopeGuard } from '../../src/gateway/sign-in/require-scope.ts';
import { signInRouter } from '../../src/gateway/sign-in/router.ts';
import { listen } from '../gateway/sign-in-world.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'samspil-token-'));
let server: Server;
let url: string;

beforeAll(async () => {
  const now = () => new Date();
  const client = {
    name: 'Demo',
    organisation: 'demo',
    role: 'system',
    scopes: ['samspil/messages.write', 'system/Encounter.crus'],
  };
  const deps = {
    clients: clientDirectory(() => new Map([['demo-epj', client]]), await openDemoKeys(dataDir)),
    keys: await openHubKeys(dataDir),
    assertions: assertionsInMemory(now),
    now,
    newId: () => crypto.randomUUID(),
    baseUrl: () => url,
  };
  const app = express().use(signInRouter(deps));
  app.get('/guarded', scopeGuard(deps)('samspil/messages.write'), (_request, response) => void response.send('in'));
  ({ server, url } = await listen(app));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(dataDir, { recursive: true });
});

async function samspil(argv: string[], env: Record<string, string> = {}) {
  const said = { out: '', err: '' };
  const io: Io = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    env: { SAMSPIL_DATA_DIR: dataDir, ...env },
    stdin: async () => new Uint8Array(),
  };
  return { code: await run(argv, io), ...said };
}

test('prints a token and nothing else, and the token opens the door', async () => {
  const { code, out, err } = await samspil(['token', 'demo-epj', '--url', url]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(decodeJwt(out.trim()).scope).toBe('system/Encounter.crus samspil/messages.write');
  const answer = await fetch(`${url}/guarded`, { headers: { authorization: `Bearer ${out.trim()}` } });
  expect(await answer.text()).toBe('in');
});

test('finds the hub by SAMSPIL_BASE_URL, or by what it wrote beside its data', async () => {
  expect((await samspil(['token', 'demo-epj'], { SAMSPIL_BASE_URL: `${url}/` })).code).toBe(0);
  expect(await samspil(['token', 'demo-epj'])).toMatchObject({ code: 1, out: '' });
  writeFileSync(join(dataDir, 'hub.json'), JSON.stringify({ baseUrl: url }));
  expect((await samspil(['token', 'demo-epj'])).code).toBe(0);
});

test('asks for what it is told to', async () => {
  const { out } = await samspil(['token', 'demo-epj', '--url', url, '--scope', 'system/Encounter.r']);
  expect(decodeJwt(out.trim()).scope).toBe('system/Encounter.r');
});

test('says why there is none', async () => {
  const refused = await samspil(['token', 'demo-gp', '--url', url]);
  expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringMatching('not from a client of this hub') });
  const nowhere = await samspil(['token', 'demo-epj', '--url', 'http://127.0.0.1:1']);
  expect(nowhere).toMatchObject({ code: 1, out: '', err: expect.stringMatching('No hub answers') });
  const noKeys = await samspil(['token', 'demo-epj', '--url', url], { SAMSPIL_DATA_DIR: join(dataDir, 'elsewhere') });
  expect(noKeys).toMatchObject({ code: 1, out: '', err: expect.stringMatching('start the hub') });
});

test('wrong use is 2', async () => {
  for (const argv of [['token'], ['token', 'somebody'], ['token', 'demo-epj', 'demo-gp'], ['token', '--what']])
    expect(await samspil(argv)).toMatchObject({ code: 2, out: '', err: expect.stringMatching('usage: samspil token') });
});
