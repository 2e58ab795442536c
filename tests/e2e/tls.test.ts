import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { selfSigned } from '../channels/certificate.ts';
import { openWorld, subscribe, type World } from './delivery-world.ts';

let world: World;
let server: Server;
let folder: string;
let shown: (string | undefined)[] = [];

beforeAll(async () => {
  const [receiver, hub] = [selfSigned('receiver'), selfSigned('hub of the region')];
  folder = await mkdtemp(join(tmpdir(), 'samspil-tls-'));
  const files = { SAMSPIL_TLS_CA: receiver.cert, SAMSPIL_TLS_CERT: hub.cert, SAMSPIL_TLS_KEY: hub.key };
  const named = Object.entries(files).map(([name, text]) => [name, join(folder, name), text] as const);
  for (const [, file, text] of named) await writeFile(file, text);
  server = createServer({ ...receiver, requestCert: true, ca: hub.cert }, ({ socket }, response) => {
    shown.push((socket as TLSSocket).getPeerCertificate()?.subject?.CN as string | undefined);
    response.writeHead(200).end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  world = await openWorld(Object.fromEntries(named.map(([name, file]) => [name, file])));
});
afterAll(async () => {
  await world?.close();
  server?.closeAllConnections();
  await new Promise((closed) => server?.close(closed));
  await rm(folder, { recursive: true, force: true });
});

test('the hub believes the authorities it is given and shows its own certificate to a recipient that asks', async () => {
  shown = [];
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  await subscribe(world, { client: 'demo-municipality', endpoint, topic: 'hospital-stay' });
  expect(shown).toEqual(['hub of the region']);
});
