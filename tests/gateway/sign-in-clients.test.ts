import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JWK } from 'jose';
import { clientDirectory, readClient } from '../../src/gateway/sign-in/client.ts';
import { DEMO_CLIENTS, openDemoKeys } from '../../src/gateway/sign-in/demo-clients.ts';
import { openHubKeys } from '../../src/gateway/sign-in/hub-keys.ts';
import { newKey, publicPart } from '../../src/gateway/sign-in/key-file.ts';

let key: JWK;
const content = () => ({
  name: 'EPJ',
  organisation: 'nordlund',
  role: 'system',
  scopes: ['samspil/messages.write'],
  jwks: { keys: [publicPart(key)] },
});
const rsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
const scratch = mkdtempSync(join(tmpdir(), 'samspil-sign-in-'));
beforeAll(async () => {
  key = await newKey('ES384', 'k1');
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a client as data', () => {
  test('the least there can be; the rest has defaults', () => {
    const result = readClient('epj', content());
    expect(result.ok && result.value).toEqual({ id: 'epj', senders: {}, tokenLifetime: 300, ...content() });
  });

  test('an RSA key of 2048 bits is long enough', () => {
    expect(readClient('epj', { ...content(), jwks: { keys: [{ ...rsa(2048), kid: 'k1' }] } }).ok).toBe(true);
  });

  const WRONG: [string, () => object, string][] = [
    ['a private key', () => ({ jwks: { keys: [key] } }), 'jwks'],
    ['a shared secret', () => ({ jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k1' }] } }), 'jwks'],
    ['a key without kid', () => ({ jwks: { keys: [{ ...publicPart(key), kid: undefined }] } }), 'jwks'],
    ['a key of another curve', () => ({ jwks: { keys: [{ ...publicPart(key), crv: 'P-256' }] } }), 'jwks'],
    ['an RSA key of 1024 bits', () => ({ jwks: { keys: [{ ...rsa(1024), kid: 'k1' }] } }), 'jwks'],
    ['no key', () => ({ jwks: { keys: [] } }), 'jwks'],
    ['keys that are none', () => ({ jwks: { keys: [null, 'x'] } }), 'jwks'],
    ['a scope nobody knows', () => ({ scopes: ['samspil/everything'] }), 'scopes'],
    ['a scope nobody knows among others', () => ({ scopes: ['samspil/dpo', 'x'] }), 'scopes'],
    ['a private key among others', () => ({ jwks: { keys: [publicPart(key), key] } }), 'jwks'],
    ['no name', () => ({ name: '' }), 'name'],
    ['no organisation', () => ({ organisation: undefined }), 'organisation'],
    ['senders as a list of numbers', () => ({ senders: { EPJ: 7 } }), 'senders'],
    ['tokens that live a day', () => ({ tokenLifetime: 86400 }), 'tokenLifetime'],
    ['tokens that live no time', () => ({ tokenLifetime: 0 }), 'tokenLifetime'],
    ['certificates that are none', () => ({ certificates: [7] }), 'certificates'],
  ];
  test.each(WRONG)('%s is told by its element', (_name, over, element) => {
    const result = readClient('epj', { ...content(), ...over() });
    expect(result.issues.map(({ code, place }) => [code, place])).toEqual([['SIGNIN-CLIENT', element]]);
  });

  test('the directory: as the region is now, with keys from beside it, without those that are not usable', () => {
    const { jwks, ...withoutKeys } = content();
    let region = new Map<string, object>([
      ['epj', content()],
      ['demo-epj', withoutKeys],
      ['broken', { ...content(), scopes: ['x'] }],
    ]);
    const directory = clientDirectory(() => region, new Map([['demo-epj', jwks]]));
    expect(directory.client('epj')?.id).toBe('epj');
    expect(directory.client('epj')).toBe(directory.client('epj'));
    expect(directory.client('demo-epj')?.jwks).toEqual(jwks);
    expect([directory.client('broken'), directory.client('nobody')]).toEqual([undefined, undefined]);
    expect(clientDirectory(() => region).client('demo-epj')).toBeUndefined();
    region = new Map();
    expect(directory.client('epj')).toBeUndefined();
  });
});

describe('keys on disk', () => {
  test('are made once, for the hub’s own user only, and found again', async () => {
    const dataDir = join(scratch, 'one');
    const [first, again] = [await openDemoKeys(dataDir), await openDemoKeys(dataDir)];
    expect([...first.keys()]).toEqual([...DEMO_CLIENTS]);
    expect(again).toEqual(first);
    const files = readdirSync(join(dataDir, 'demo-keys'));
    expect(files.sort()).toEqual(DEMO_CLIENTS.map((id) => `${id}.json`).sort());
    for (const file of files) expect(statSync(join(dataDir, 'demo-keys', file)).mode & 0o777).toBe(0o600);
    expect(JSON.stringify([...first.values()])).not.toMatch('"d"');
  });

  test('of the hub: two that start at once use the same', async () => {
    const dataDir = join(scratch, 'two');
    const both = await Promise.all([openHubKeys(dataDir), openHubKeys(dataDir), openHubKeys(dataDir)]);
    expect(new Set(both.map(({ signing }) => signing.kid)).size).toBe(1);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['hub.json']);
    expect(statSync(join(dataDir, 'keys', 'hub.json')).mode & 0o777).toBe(0o600);
  });

  test('a new key put first signs; both are published', async () => {
    const dataDir = join(scratch, 'three');
    const path = join(dataDir, 'keys', 'hub.json');
    const old = await openHubKeys(dataDir);
    chmodSync(path, 0o600);
    const { keys } = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ keys: [await newKey('ES256', 'new'), ...keys] }));
    const rotated = await openHubKeys(dataDir);
    expect(rotated.signing.kid).toBe('new');
    expect(rotated.published.keys.map(({ kid }) => kid)).toEqual(['new', old.signing.kid]);
  });
});
