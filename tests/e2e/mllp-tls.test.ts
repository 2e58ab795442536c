import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { selfSigned } from '../channels/certificate.ts';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { adt, NANCY } from '../helpers/messages.ts';

let test1: TestHub;
let folder: string;
const [server, known, stranger] = [selfSigned(), selfSigned('epj'), selfSigned('stranger')];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samspil-mllp-'));
  await writeFile(join(folder, 'cert.pem'), server.cert);
  await writeFile(join(folder, 'key.pem'), server.key, { mode: 0o600 });
  test1 = await openTestHub({
    SAMSPIL_MLLP_TLS_CERT: join(folder, 'cert.pem'),
    SAMSPIL_MLLP_TLS_KEY: join(folder, 'key.pem'),
  });
  const { fingerprint256 } = new X509Certificate(known.cert);
  const content = { client: 'demo-epj', certificateFingerprints: [fingerprint256] };
  await test1.change({ kind: 'peer', id: 'nordlund-mllp', content });
});
afterAll(async () => {
  await test1?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the hub answers to one message over TLS; '' where it closes the connection. */
function talk(id: string, identity?: { cert: string; key: string }): Promise<string> {
  const message = adt({ event: 'A01', id, person: NANCY, at: '202603100640', visit: id, admitted: '202603100635' });
  return new Promise((done) => {
    let heard = '';
    const socket = connect(
      { host: '127.0.0.1', port: test1.hub.mllpPort!, ca: server.cert, servername: 'localhost', ...identity },
      () => socket.write(`\x0b${message}\x1c\r`),
    );
    socket.on('error', () => done(heard));
    socket.on('close', () => done(heard));
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes('\x1c')) socket.end();
    });
  });
}

test('a peer is known by its certificate', async () => {
  expect(await talk('TLS-1', known)).toContain('MSA|AA|TLS-1');
});

test('another certificate, or none, is nobody: the connection is closed unread', async () => {
  expect(await talk('TLS-2', stranger)).toBe('');
  expect(await talk('TLS-3')).toBe('');
  const { rows } = await test1.hub.parts.db.query(`SELECT 1 FROM message WHERE control_id IN ('TLS-2', 'TLS-3')`);
  expect(rows).toEqual([]);
});
