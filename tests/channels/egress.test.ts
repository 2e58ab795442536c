import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Address, openEgress, readEgressRules } from '../../src/channels/egress.ts';
import { openChannels } from '../../src/channels/index.ts';
import { httpReceiver } from './receivers.ts';

const closed = openEgress({ allow: [] });
const codeOf = (url: string, egress = closed) => {
  const result = egress.checkUrl(url);
  return result.ok ? 'fine' : result.issues[0]?.code;
};

const PRIVATE = [
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '0.0.0.0',
  '198.18.0.1',
  '192.0.2.7',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::10.0.0.1',
  '64:ff9b::10.0.0.1',
  'fd00:ec2::254',
  'fc00::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '2002:0a00:0001::1',
  '2001:db8::1',
  '2001:0:1::1',
];
const PUBLIC = ['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2a00:1450:400f:80d::200e', '::ffff:8.8.8.8'];
const inUrl = (address: string) => (address.includes(':') ? `[${address}]` : address);

describe('addresses written out', () => {
  test.each(PRIVATE)('%s is out of reach', (address) => {
    expect(codeOf(`https://${inUrl(address)}/in`)).toBe('CHANNEL-EGRESS');
  });
  test.each(PUBLIC)('%s may be reached by TLS only', (address) => {
    expect(codeOf(`https://${inUrl(address)}/in`)).toBe('fine');
    expect(codeOf(`http://${inUrl(address)}/in`)).toBe('CHANNEL-EGRESS-PLAIN');
  });
  test.each([
    'http://0x7f.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://0177.0.0.1/',
    'https://[::ffff:7f00:1]/',
  ])('%s is the loopback in another spelling', (url) => expect(codeOf(url)).toBe('CHANNEL-EGRESS'));
});

describe('addresses that are none', () => {
  test.each([
    'ftp://example.org/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://user:word@example.org/',
    'https://user@example.org/',
    'https://:word@example.org/',
    'https://example.org/#part',
    '//example.org/in',
    '/in',
    '',
    'https://',
  ])('%j', (url) => expect(codeOf(url)).toBe('CHANNEL-URL'));
});

describe('what is allowed by setting', () => {
  test('the line of text: words, networks and hosts', () => {
    expect(readEgressRules(' loopback, 10.20.0.0/16\nreceiver.internal ').allow).toEqual([
      'loopback',
      '10.20.0.0/16',
      'receiver.internal',
    ]);
    expect(readEgressRules('').allow).toEqual([]);
    for (const rule of ['10.0.0.0/99', '10.0.0/8', 'host/8', '10.0.0.0/', '::1/129'])
      expect(() => openEgress({ allow: [rule] })).toThrow(RangeError);
  });

  test('each opens itself and nothing else', () => {
    const loopback = openEgress({ allow: ['loopback'] });
    expect(codeOf('http://127.0.0.1:8080/', loopback)).toBe('fine');
    expect(codeOf('http://[::1]/', loopback)).toBe('fine');
    expect(codeOf('http://10.0.0.1/', loopback)).toBe('CHANNEL-EGRESS');
    const network = openEgress({ allow: ['10.20.0.0/16'] });
    expect(codeOf('http://10.20.3.4/', network)).toBe('fine');
    expect(codeOf('https://10.21.3.4/', network)).toBe('CHANNEL-EGRESS');
    expect(codeOf('http://127.0.0.1/', network)).toBe('CHANNEL-EGRESS');
  });
});

const resolvesTo =
  (...addresses: string[]) =>
  async (): Promise<readonly Address[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const post = async (url: string, rules: Parameters<typeof openEgress>[0]) => {
  const channels = openChannels({ egress: rules, now: () => new Date() });
  const recipient = { id: 'r', kind: 'medcom-message' as const, settings: { url, timeoutSeconds: 2 } };
  const attempt = await channels.send({
    id: 'd-1',
    attempt: 1,
    attemptId: 'a-1',
    recipient,
    body: Buffer.from('{}'),
    contentType: 'application/fhir+json',
  });
  channels.close();
  return attempt;
};

describe('names', () => {
  test('one that resolves into a private network is refused, and nothing is sent there', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    const url = `https://receiver.example.org:${receiver.port}/in`;
    const attempt = await post(url, { allow: [], resolve: resolvesTo('127.0.0.1') });
    expect(attempt).toEqual({ outcome: 'refused', reason: 'CHANNEL-EGRESS' });
    expect(receiver.connections()).toBe(0);
  });

  test('one private address among public ones is enough to refuse', async () => {
    const attempt = await post('https://receiver.example.org/in', {
      allow: [],
      resolve: resolvesTo('8.8.8.8', '10.0.0.1'),
    });
    expect(attempt).toEqual({ outcome: 'refused', reason: 'CHANNEL-EGRESS' });
  });

  test.each(['fe80::1%eth0', 'not an address', ''])('a resolver that says %j is not believed', async (address) => {
    const rules = { allow: [], resolve: async () => [{ address, family: 4 }] };
    expect(await post('https://receiver.example.org/in', rules)).toEqual({
      outcome: 'refused',
      reason: 'CHANNEL-EGRESS',
    });
  });

  test('rebinding: a name that was fine when it was saved and points inside when it is used', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? [{ address: '8.8.8.8', family: 4 }] : [{ address: '127.0.0.1', family: 4 }];
    };
    const egress = openEgress({ allow: [], resolve });
    await new Promise((seen) => egress.lookup('sealed')('receiver.example.org', { all: true }, seen));
    const attempt = await post(`https://receiver.example.org:${receiver.port}/in`, { allow: [], resolve });
    expect(attempt).toEqual({ outcome: 'refused', reason: 'CHANNEL-EGRESS' });
    expect([asked, receiver.connections()]).toEqual([2, 0]);
  });

  test('what is resolved is what is connected to: no second resolution by the system', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    const rules = { allow: ['loopback'], resolve: resolvesTo('127.0.0.1') };
    const attempt = await post(`http://no-such-host.invalid:${receiver.port}/in`, rules);
    expect(attempt).toMatchObject({ outcome: 'delivered' });
  });

  test('without TLS only where the resolved address, or the name, is on the list', async () => {
    await using receiver = await httpReceiver((response) => response.end());
    const url = `http://receiver.internal:${receiver.port}/in`;
    const resolve = resolvesTo('127.0.0.1');
    expect(await post(url, { allow: [], resolve })).toMatchObject({ reason: 'CHANNEL-EGRESS-PLAIN' });
    expect(await post(url, { allow: ['10.0.0.0/8'], resolve })).toMatchObject({ reason: 'CHANNEL-EGRESS' });
    expect(await post(url, { allow: ['other.internal'], resolve })).toMatchObject({ reason: 'CHANNEL-EGRESS' });
    expect(await post(url, { allow: ['Receiver.internal'], resolve })).toMatchObject({ outcome: 'delivered' });
    const mixed = { allow: ['loopback'], resolve: resolvesTo('127.0.0.1', '8.8.8.8') };
    expect(await post(url, mixed)).toMatchObject({ reason: 'CHANNEL-EGRESS-PLAIN' });
    const away = await post('http://receiver.example.org/', { allow: ['loopback'], resolve: resolvesTo('8.8.8.8') });
    expect(away).toMatchObject({ outcome: 'refused', reason: 'CHANNEL-EGRESS-PLAIN' });
  });

  test('DNS failure counts as retryable', async () => {
    const failing = async () => {
      throw Object.assign(new Error('x'), { code: 'EAI_AGAIN' });
    };
    expect(await post('https://receiver.example.org/', { allow: [], resolve: failing })).toEqual({
      outcome: 'retry',
      reason: 'CHANNEL-DNS',
    });
    expect(await post('https://receiver.example.org/', { allow: [], resolve: async () => [] })).toEqual({
      outcome: 'retry',
      reason: 'CHANNEL-DNS',
    });
  });
});

test('a redirect is not followed, wherever it leads', async () => {
  await using inner = await httpReceiver((response) => response.end());
  for (const status of [301, 302, 303, 307, 308]) {
    await using receiver = await httpReceiver((response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${inner.port}/` }).end(),
    );
    expect(await post(receiver.url, { allow: ['loopback'] })).toEqual({
      outcome: 'refused',
      reason: 'CHANNEL-REDIRECT',
      httpStatus: status,
    });
  }
  expect(inner.received).toEqual([]);
});

test('a server that speaks no TLS where TLS is asked for', async () => {
  const server = createServer((_request, response) => response.end()); // speaks no TLS at all
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
  const { port } = server.address() as AddressInfo;
  expect(await post(`https://127.0.0.1:${port}/`, { allow: ['loopback'] })).toEqual({
    outcome: 'retry',
    reason: 'CHANNEL-TLS',
  });
  server.closeAllConnections();
  await new Promise((ended) => server.close(ended));
});

test('any text at all as an address: a verdict, never a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.ipV4(), fc.ipV6()), (text) => {
      for (const url of [text, `https://${text}/`, `http://[${text}]:1/`]) {
        const result = closed.checkUrl(url);
        if (result.ok) expect(result.value.protocol).toMatch(/^https?:$/);
      }
      expect(() => closed.checkHost(text, 'plain')).not.toThrow();
    }),
  );
});
