import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  base64url,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import request from 'supertest';
import { ASSERTION_FAULTS } from '../../src/gateway/sign-in/assertion.ts';
import { newKey, publicPart } from '../../src/gateway/sign-in/key-file.ts';
import { BASE_URL, NOW, signInWorld, TOKEN_URL, tokenForm, type World } from './sign-in-world.ts';

const SECONDS = Math.floor(NOW.getTime() / 1000);
const post = (world: World, form: string) => request(world.app).post('/oauth2/token').type('form').send(form);
const tokenOf = async (world: World, over = {}) =>
  (await post(world, tokenForm(await world.assert(), over))).body.access_token as string;
const get = (world: World, path: string, token: string) =>
  request(world.app).get(path).set('Authorization', `Bearer ${token}`);

describe('discovery', () => {
  test.each(['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'])('%s', async (path) => {
    const { status, body } = await request((await signInWorld()).app).get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_endpoint: TOKEN_URL,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    });
    expect(body.scopes_supported).toEqual(expect.arrayContaining(['system/Encounter.cruds', 'samspil/dpo']));
    expect(body.capabilities).toEqual(expect.arrayContaining(['client-confidential-asymmetric', 'permission-v2']));
  });

  test('the published keys hold nothing private', async () => {
    const { body } = await request((await signInWorld()).app).get('/.well-known/jwks.json');
    expect(Object.keys(body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});

describe('the token endpoint', () => {
  test('a signed assertion gives a bearer token for what was asked and may be had', async () => {
    const world = await signInWorld();
    const answer = await post(world, tokenForm(await world.assert()));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 300,
      scope: 'samspil/messages.write system/Encounter.rs',
    });
    expect(decodeProtectedHeader(answer.body.access_token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'hub-1' });
    expect(decodeJwt(answer.body.access_token)).toMatchObject({
      iss: BASE_URL,
      aud: BASE_URL,
      sub: 'epj',
      exp: SECONDS + 300,
    });
  });

  test('RS384 is taken too', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS384', { extractable: true });
    const world = await signInWorld({}, { jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'rsa' } as JWK] } });
    const key = { ...(await exportJWK(privateKey)), kid: 'rsa' } as JWK;
    const assertion = await world.assert({ header: { alg: 'RS384', kid: 'rsa' }, key });
    expect((await post(world, tokenForm(assertion))).status).toBe(200);
  });

  const FORMS: [string, Record<string, string | undefined>, string][] = [
    ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant type', { grant_type: undefined }, 'invalid_request'],
    ['another assertion type', { client_assertion_type: 'not_an_assertion_type' }, 'invalid_request'],
    ['no assertion', { client_assertion: undefined }, 'invalid_request'],
    ['an assertion that is no JWT', { client_assertion: 'x.y.z' }, 'invalid_client'],
    ['a client id that is not the assertion’s', { client_id: 'other' }, 'invalid_client'],
    ['scopes the client may not have', { scope: 'samspil/operate system/Patient.r' }, 'invalid_scope'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    [
      'scopes that are none',
      { scope: 'system/Encounter.rs?patient=1 user/Encounter.rs system/Encounter.sr' },
      'invalid_scope',
    ],
  ];
  test.each(FORMS)('%s: 400', async (_name, over, error) => {
    const world = await signInWorld();
    const answer = await post(world, tokenForm(await world.assert(), over));
    expect([answer.status, answer.body.error]).toEqual([400, error]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('a parameter given twice, a body that is no form, too long a form, another method', async () => {
    const world = await signInWorld();
    const form = tokenForm(await world.assert());
    expect((await post(world, `${form}&scope=samspil%2Foperate`)).body.error).toBe('invalid_request');
    const json = await request(world.app).post('/oauth2/token').send({ grant_type: 'client_credentials' });
    expect([json.status, json.body.error]).toEqual([400, 'invalid_request']);
    const long = await post(world, `${form}&more=${'x'.repeat(20_000)}`);
    expect([long.status, long.body.error]).toEqual([413, 'invalid_request']);
    const many = await post(world, `${form}&${Array.from({ length: 50 }, (_, n) => `p${n}=1`).join('&')}`);
    expect([many.status, many.body.error]).toEqual([413, 'invalid_request']);
    const got = await request(world.app).get('/oauth2/token');
    expect([got.status, got.headers.allow]).toEqual([405, 'POST']);
  });
});

describe('assertions that are not taken', () => {
  async function fault(make: (world: World) => Promise<string>): Promise<unknown> {
    const world = await signInWorld();
    const answer = await post(world, tokenForm(await make(world)));
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_client']);
    return Object.entries(ASSERTION_FAULTS).find(([, text]) => text === answer.body.error_description)?.[0];
  }
  const claims = (over: Record<string, unknown>) => (world: World) => world.assert({ claims: over });

  const CASES: [string, (world: World) => Promise<string>, string][] = [
    ['issuer nobody knows', claims({ iss: 'other', sub: 'other' }), 'unproven'],
    ['subject is somebody else', claims({ sub: 'other' }), 'identity'],
    ['audience is another server', claims({ aud: 'https://other.example.org/oauth2/token' }), 'audience'],
    ['audience is the hub, not its token endpoint', claims({ aud: BASE_URL }), 'audience'],
    ['audience is two servers', claims({ aud: [TOKEN_URL, 'https://other.example.org/token'] }), 'audience'],
    ['no audience', claims({ aud: undefined }), 'audience'],
    ['expired', claims({ exp: SECONDS - 30 }), 'expired'],
    ['no expiry', claims({ exp: undefined }), 'lifetime'],
    ['expiry is a text', claims({ exp: '9999999999' }), 'lifetime'],
    ['lives longer than five minutes', claims({ exp: SECONDS + 400 }), 'lifetime'],
    ['issued in the future', claims({ iat: SECONDS + 120, exp: SECONDS + 180 }), 'expired'],
    ['not valid yet', claims({ nbf: SECONDS + 120 }), 'expired'],
    ['issued at no number', claims({ iat: 'now' }), 'expired'],
    ['no jti', claims({ jti: undefined }), 'jti'],
    ['a jti without end', claims({ jti: 'x'.repeat(257) }), 'jti'],
    ['no kid', (world) => world.assert({ header: { kid: undefined } }), 'malformed'],
    ['a kid nobody registered', (world) => world.assert({ header: { kid: 'epj-2' } }), 'unproven'],
    [
      'another’s key under the right kid',
      async (world) => world.assert({ key: await newKey('ES384', 'epj-1') }),
      'unproven',
    ],
    [
      'an algorithm not in the list',
      async (world) => world.assert({ header: { alg: 'ES256' }, key: await newKey('ES256', 'epj-1') }),
      'malformed',
    ],
    [
      'a critical header nobody understands',
      async (world) => {
        const [header, payload, signature] = (await world.assert()).split('.');
        const changed = { ...JSON.parse(Buffer.from(header!, 'base64url').toString()), crit: ['x'], x: 1 };
        return `${base64url.encode(JSON.stringify(changed))}.${payload}.${signature}`;
      },
      'unproven',
    ],
    ['longer than any assertion', claims({ padding: 'x'.repeat(9000) }), 'malformed'],
  ];
  test.each(CASES)('%s', async (_name, make, expected) => {
    expect(await fault(make)).toBe(expected);
  });

  const EDGES: [string, Record<string, unknown>, string | undefined][] = [
    ['expired nine seconds ago', { exp: SECONDS - 9 }, undefined],
    ['expired ten seconds ago', { exp: SECONDS - 10 }, 'expired'],
    ['expires in 310 seconds', { exp: SECONDS + 310 }, undefined],
    ['expires in 311 seconds', { exp: SECONDS + 311 }, 'lifetime'],
    ['issued ten seconds from now', { iat: SECONDS + 10 }, undefined],
    ['issued eleven seconds from now', { iat: SECONDS + 11 }, 'expired'],
    ['a jti of one character', { jti: 'x' }, undefined],
    ['a jti of 256', { jti: 'x'.repeat(256) }, undefined],
    ['an empty jti', { jti: '' }, 'jti'],
  ];
  test.each(EDGES)('at the edge: %s', async (_name, over, expected) => {
    const world = await signInWorld();
    const { status, body } = await post(world, tokenForm(await world.assert({ claims: over })));
    expect(status).toBe(expected ? 400 : 200);
    if (expected) expect(body.error_description).toBe(ASSERTION_FAULTS[expected as keyof typeof ASSERTION_FAULTS]);
  });

  test('alg none, with and without a signature', async () => {
    const unsecured = (world: World) =>
      new UnsecuredJWT({
        iss: 'epj',
        sub: 'epj',
        aud: TOKEN_URL,
        jti: 'n',
        exp: world.deps.now().getTime() / 1000 + 60,
      }).encode();
    expect(await fault(async (world) => unsecured(world))).toBe('malformed');
    expect(await fault(async (world) => `${unsecured(world)}AAAA`)).toBe('malformed');
  });

  test('key confusion: the public key as the secret of an HMAC', async () => {
    for (const form of ['pem', 'jwk'] as const) {
      const made = fault(async (world) => {
        const jwk = publicPart(world.key);
        const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
        const secret = Buffer.from(form === 'pem' ? pem : JSON.stringify(jwk));
        return new SignJWT({ iss: 'epj', sub: 'epj', aud: TOKEN_URL, jti: 'k', exp: SECONDS + 60 })
          .setProtectedHeader({ alg: 'HS384', kid: 'epj-1' })
          .sign(secret);
      });
      expect(await made).toBe('malformed');
    }
  });

  test('used again in the seconds after its end in which it would still be taken', async () => {
    const world = await signInWorld();
    const form = tokenForm(await world.assert());
    expect((await post(world, form)).status).toBe(200);
    world.wait(69);
    expect((await post(world, form)).body.error_description).toBe(ASSERTION_FAULTS.replayed);
    world.wait(1);
    expect((await post(world, form)).body.error_description).toBe(ASSERTION_FAULTS.expired);
  });

  test('used twice, at once or later; another client’s same jti is its own', async () => {
    const world = await signInWorld();
    const form = tokenForm(await world.assert({ claims: { jti: 'once' } }));
    const both = await Promise.all([post(world, form), post(world, form)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    world.wait(30);
    expect((await post(world, form)).body.error_description).toBe(ASSERTION_FAULTS.replayed);
    const again = tokenForm(await world.assert({ claims: { jti: 'once' } }));
    expect((await post(world, again)).body.error_description).toBe(ASSERTION_FAULTS.replayed);
    world.clients.set('gp', { ...world.clients.get('epj')!, id: 'gp' });
    const other = await world.assert({ claims: { iss: 'gp', sub: 'gp', jti: 'once' } });
    expect((await post(world, tokenForm(other))).status).toBe(200);
  });
});

describe('a guarded route', () => {
  test('lets in who holds the scope, and says who it is', async () => {
    const world = await signInWorld();
    const answer = await get(world, '/messages', await tokenOf(world));
    expect(answer.body).toEqual({ client: 'epj', scopes: ['samspil/messages.write', 'system/Encounter.rs'] });
    expect((await get(world, '/fhir/Encounter', await tokenOf(world))).status).toBe(200);
  });

  test('without a token, with another scheme, with a token in the address: 401 and a plain challenge', async () => {
    const world = await signInWorld();
    const token = await tokenOf(world);
    for (const ask of [
      request(world.app).get('/messages'),
      request(world.app).get('/messages').set('Authorization', `Basic ${token}`),
      request(world.app).get(`/messages?access_token=${token}`),
    ]) {
      const { status, headers, body } = await ask;
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="samspil"']);
      expect(headers['content-type']).toMatch('application/fhir+json');
      expect(body.issue[0]).toMatchObject({ code: 'login', details: { coding: [{ code: 'SIGNIN-TOKEN-MISSING' }] } });
    }
  });

  test('without the scope: 403, naming the scope', async () => {
    const world = await signInWorld();
    const { status, headers, body } = await get(world, '/operate', await tokenOf(world));
    expect(status).toBe(403);
    expect(headers['www-authenticate']).toMatch('error="insufficient_scope"');
    expect(headers['www-authenticate']).toMatch('scope="samspil/operate"');
    expect(body.issue[0]).toMatchObject({ code: 'forbidden', details: { coding: [{ code: 'SIGNIN-SCOPE' }] } });
  });

  test('a token ends when its time is up, also one the hub remembers', async () => {
    const world = await signInWorld();
    const token = await tokenOf(world);
    expect((await get(world, '/messages', token)).status).toBe(200);
    world.wait(299);
    expect((await get(world, '/messages', token)).status).toBe(200);
    world.wait(1);
    expect((await get(world, '/messages', token)).status).toBe(401);
  });

  test('a token ends at once when its client is taken off the list', async () => {
    const world = await signInWorld();
    const token = await tokenOf(world);
    expect((await get(world, '/messages', token)).status).toBe(200);
    world.clients.delete('epj');
    expect((await get(world, '/messages', token)).status).toBe(401);
  });

  test('tokens that are not the hub’s: 401 invalid_token', async () => {
    const world = await signInWorld();
    const good = await tokenOf(world);
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const sign = (over: Record<string, unknown>, typ = 'at+jwt', key: JWK = world.deps.keys.signing) =>
      new SignJWT({ ...decodeJwt(good), ...over }).setProtectedHeader({ alg: 'ES256', typ, kid: 'hub-1' }).sign(key);
    const none = base64url.encode(JSON.stringify({ alg: 'none', typ: 'at+jwt' }));
    const wider = base64url.encode(JSON.stringify({ ...decodeJwt(good), scope: 'samspil/operate' }));
    const bad = [
      `${header}.${wider}.${signature}`,
      `${none}.${payload}.`,
      await world.assert({ claims: { aud: BASE_URL, iss: BASE_URL, scope: 'samspil/messages.write' } }),
      await sign({}, 'JWT'),
      await sign({ iss: 'https://other.example.org' }),
      await sign({ aud: 'https://other.example.org' }),
      await sign({}, 'at+jwt', await newKey('ES256', 'hub-1')),
      'x'.repeat(5000),
      'a.b.c',
    ];
    for (const token of bad) {
      const { status, headers } = await get(world, '/messages', token);
      expect([status, headers['www-authenticate']]).toEqual([401, expect.stringMatching('error="invalid_token"')]);
    }
    expect((await get(world, '/messages', await sign({}))).status).toBe(200);
  });
});

describe('client certificates (RFC 8705)', () => {
  const certified = async (shown: { thumbprint?: string }) =>
    signInWorld({ certificateOf: () => shown.thumbprint }, { certificates: ['thumb-1', 'thumb-2'] });

  test('no token without the registered certificate, and the token works only with the one it was made for', async () => {
    const shown: { thumbprint?: string } = {};
    const world = await certified(shown);
    expect((await post(world, tokenForm(await world.assert()))).body.error).toBe('invalid_client');
    shown.thumbprint = 'thumb-3';
    expect((await post(world, tokenForm(await world.assert()))).body.error).toBe('invalid_client');
    shown.thumbprint = 'thumb-1';
    const token = await tokenOf(world);
    expect(decodeJwt(token).cnf).toEqual({ 'x5t#S256': 'thumb-1' });
    expect((await get(world, '/messages', token)).status).toBe(200);
    shown.thumbprint = 'thumb-2';
    expect((await get(world, '/messages', token)).body.issue[0].details.coding[0].code).toBe('SIGNIN-CERTIFICATE');
    delete shown.thumbprint;
    expect((await get(world, '/messages', token)).status).toBe(401);
  });

  test('a token from before the client had to show one does not work any more; nor does one whose certificate was taken off', async () => {
    const shown: { thumbprint?: string } = {};
    const world = await certified(shown);
    const epj = world.clients.get('epj')!;
    world.clients.set('epj', { ...epj, certificates: [] });
    const unbound = await tokenOf(world);
    expect((await get(world, '/messages', unbound)).status).toBe(200);
    world.clients.set('epj', epj);
    shown.thumbprint = 'thumb-1';
    expect((await get(world, '/messages', unbound)).status).toBe(401);
    const bound = await tokenOf(world);
    world.clients.set('epj', { ...epj, certificates: ['thumb-2'] });
    expect((await get(world, '/messages', bound)).status).toBe(401);
  });
});
