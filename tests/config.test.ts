import { checkServing, readConfig } from '../src/config.ts';

test('private addresses are reachable on a laptop only: loopback with the embedded server, else nobody, unless said', () => {
  const allowed = (env: Record<string, string>) => readConfig(env).egressAllow;
  expect(allowed({})).toEqual(['loopback']);
  expect(allowed({ SAMSPIL_DATABASE_URL: 'postgres://db/samspil' })).toEqual([]);
  expect(allowed({ SAMSPIL_EGRESS_ALLOW: 'none' })).toEqual([]);
  expect(
    allowed({ SAMSPIL_DATABASE_URL: 'postgres://db/samspil', SAMSPIL_EGRESS_ALLOW: 'loopback, 10.20.0.0/16' }),
  ).toEqual(['loopback', '10.20.0.0/16']);
});

test('a worker has to be told the address the hub is reached by; a gateway knows where it listens', () => {
  const check = (env: Record<string, string>) => () => checkServing(readConfig(env));
  expect(check({ SAMSPIL_ROLE: 'worker' })).toThrow(/SAMSPIL_BASE_URL/);
  expect(check({ SAMSPIL_ROLE: 'worker', SAMSPIL_BASE_URL: 'https://hub.example' })).not.toThrow();
  expect(check({ SAMSPIL_ROLE: 'gateway' })).not.toThrow();
  expect(check({})).not.toThrow();
});

test('an address is one, and loses its last slash', () => {
  expect(readConfig({ SAMSPIL_BASE_URL: 'https://hub.example/' }).baseUrl).toBe('https://hub.example');
  for (const wrong of ['hub.example', 'ftp://hub.example', ':'])
    expect(() => readConfig({ SAMSPIL_BASE_URL: wrong })).toThrow(/SAMSPIL_BASE_URL/);
});

test('certificate and key go together', () => {
  expect(() => readConfig({ SAMSPIL_TLS_CERT: 'cert.pem' })).toThrow(/SAMSPIL_TLS_KEY/);
  const files = { SAMSPIL_TLS_CERT: 'c.pem', SAMSPIL_TLS_KEY: 'k.pem', SAMSPIL_TLS_CA: 'ca.pem' };
  expect(readConfig(files).tls).toEqual({ cert: 'c.pem', key: 'k.pem', ca: 'ca.pem' });
  expect(readConfig({}).tls).toEqual({});
});

test('the consent register and its token, and the proxies believed on certificates', () => {
  const config = readConfig({
    SAMSPIL_CONSENT_SERVICE_URL: 'https://register.example/search',
    SAMSPIL_CONSENT_SERVICE_TOKEN: 't',
    SAMSPIL_CERTIFICATE_PROXY: '10.0.0.1, 10.0.0.2',
  });
  expect(config.consentService).toEqual({ url: 'https://register.example/search', token: 't' });
  expect(config.certificateProxies).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(readConfig({}).consentService).toBeUndefined();
});
