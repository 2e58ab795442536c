import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type Behaviour, channelConformance, type Receiver, SECRET } from '../conformance/channel.ts';
import { httpCase } from './http-cases.ts';
import { ackOf, closedPort, controlIdIn, mllpReceiver } from './receivers.ts';

const fhirMessage = (id: string) => ({
  body: Buffer.from(JSON.stringify({ resourceType: 'Bundle', identifier: { value: `${id} ${SECRET} æøå` } })),
  contentType: 'application/fhir+json',
});

channelConformance({
  kind: 'fhir-subscription',
  receiver: httpCase,
  message: fhirMessage,
  privateSettings: { url: 'https://10.0.0.8/in' },
});

channelConformance({
  kind: 'medcom-message',
  receiver: httpCase,
  message: fhirMessage,
  privateSettings: { url: 'https://[fd00::8]/in' },
});

const ANSWER_CODES: Partial<Record<Behaviour, string>> = { takes: 'AA', 'is busy': 'AR', refuses: 'AE' };

async function mllpCase(behaviour: Behaviour): Promise<Receiver> {
  const receiver = await mllpReceiver((socket, message) => {
    const code = ANSWER_CODES[behaviour];
    if (code) socket.write(ackOf(message, code), 'latin1');
  });
  const port = behaviour === 'is away' ? await closedPort() : receiver.port;
  return {
    settings: { host: '127.0.0.1', port, tls: false, acknowledgementSeconds: 1 },
    arrived: async () =>
      receiver.received.map((message) => ({ id: controlIdIn(message), body: Buffer.from(message, 'latin1') })),
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}

channelConformance({
  kind: 'mllp',
  receiver: mllpCase,
  message: (id) => ({
    body: Buffer.from(
      `MSH|^~\\&|SAMSPIL|R|EOJ|K|20260101||ADT^A01|${id}|P|2.5\rPID|1||${SECRET}^^^CPR||Æble^Åse\r`,
      'latin1',
    ),
    contentType: 'application/hl7-v2',
  }),
  privateSettings: { host: '192.168.1.4', port: 2575 },
});

const fileRoot = mkdtempSync(join(tmpdir(), 'samspil-file-channel-'));
afterAll(() => rmSync(fileRoot, { recursive: true }));
let folders = 0;

async function fileCase(behaviour: Behaviour): Promise<Receiver> {
  folders += 1;
  const folder = behaviour === 'is away' ? 'plain-file/below' : `receiver-${folders}`;
  if (behaviour === 'is away') writeFileSync(join(fileRoot, 'plain-file'), '');
  return {
    settings: { folder, extension: 'json' },
    async arrived() {
      const names = readdirSync(fileRoot).includes(folder) ? readdirSync(join(fileRoot, folder)) : [];
      return names.map((name) => ({ id: name, body: readFileSync(join(fileRoot, folder, name)) }));
    },
    async [Symbol.asyncDispose]() {},
  };
}

channelConformance({
  kind: 'file',
  receiver: fileCase,
  message: fhirMessage,
  fileRoot,
  exceptions: {
    'is busy': 'a folder takes a file or is not there',
    refuses: 'a folder does not judge what it is given',
    'stays silent': 'the file system answers every call',
    'private network': 'a folder is no network address',
  },
});
