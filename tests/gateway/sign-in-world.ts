import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createLocalJWKSet, type JWK, SignJWT } from 'jose';
import { assertionsInMemory } from '../../src/gateway/sign-in/assertion-memory.ts';
import type { Client } from '../../src/gateway/sign-in/client.ts';
import type { SignInDeps } from '../../src/gateway/sign-in/deps.ts';
import { newKey, publicPart } from '../../src/gateway/sign-in/key-file.ts';
import { principalOf, scopeGuard } from '../../src/gateway/sign-in/require-scope.ts';
import { signInRouter } from '../../src/gateway/sign-in/router.ts';

export const BASE_URL = 'https://hub.example.org';
export const TOKEN_URL = `${BASE_URL}/oauth2/token`;
export const NOW = new Date('2026-03-01T10:00:00Z');

export interface World {
  readonly deps: SignInDeps;
  readonly app: express.Express;
  readonly key: JWK;
  /** The directory; tests change it. */
  readonly clients: Map<string, Client>;
  /** Moves the clock. */
  wait(seconds: number): void;
  /** An assertion of client `epj`, right in everything but what is given. */
  assert(over?: Over): Promise<string>;
}

export interface Over {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: JWK | Uint8Array;
}

/** A hub with one client, `epj`, and three guarded routes. */
export async function signInWorld(over: Partial<SignInDeps> = {}, client: Partial<Client> = {}): Promise<World> {
  const [key, hubKey] = await Promise.all([newKey('ES384', 'epj-1'), newKey('ES256', 'hub-1')]);
  let now = NOW.getTime();
  let count = 0;
  const clients = new Map<string, Client>([
    [
      'epj',
      {
        id: 'epj',
        name: 'EPJ',
        organisation: 'nordlund',
        role: 'system',
        scopes: ['samspil/messages.write', 'system/Encounter.cruds'],
        jwks: { keys: [publicPart(key)] },
        senders: { EPJ: 'nordlund' },
        tokenLifetime: 300,
        ...client,
      },
    ],
  ]);
  const clock = () => new Date(now);
  const published = { keys: [publicPart(hubKey)] };
  const deps: SignInDeps = {
    clients: { client: (id) => clients.get(id) },
    keys: { signing: hubKey, verifying: createLocalJWKSet(published), published },
    assertions: assertionsInMemory(clock),
    now: clock,
    newId: () => `id-${++count}`,
    baseUrl: () => BASE_URL,
    ...over,
  };
  const requireScope = scopeGuard(deps);
  const app = express();
  app.use(signInRouter(deps));
  app.get('/messages', requireScope('samspil/messages.write'), (_request, response) => {
    const { client, scopes } = principalOf(response);
    response.json({ client: client.id, scopes });
  });
  app.get('/fhir/Encounter', requireScope('system/Encounter.s', 'samspil/operate'), (_request, response) => {
    response.json({ fine: true });
  });
  app.get('/operate', requireScope('samspil/operate'), (_request, response) => {
    response.json({ fine: true });
  });
  return {
    deps,
    app,
    key,
    clients,
    wait: (seconds) => {
      now += seconds * 1000;
    },
    assert: async ({ claims = {}, header = {}, key: other } = {}) => {
      const seconds = Math.floor(now / 1000);
      const right = { iss: 'epj', sub: 'epj', aud: TOKEN_URL, jti: `j-${++count}`, iat: seconds, exp: seconds + 60 };
      return new SignJWT({ ...right, ...claims })
        .setProtectedHeader({ alg: 'ES384', kid: 'epj-1', typ: 'JWT', ...header })
        .sign(other ?? key);
    },
  };
}

/** The fields of a token request; `over` replaces, undefined leaves out. */
export function tokenForm(assertion: string, over: Readonly<Record<string, string | undefined>> = {}): string {
  const fields = {
    grant_type: 'client_credentials',
    scope: 'samspil/messages.write system/Encounter.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...over,
  };
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return new URLSearchParams(given).toString();
}

/** The app on a free port of the loopback. */
export async function listen(app: express.Express): Promise<{ server: Server; url: string }> {
  const server = createServer(app);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
