import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts';

let server: EmbeddedServer | undefined;

/** One real PostgreSQL for the whole run; each test file copies its database from the migrated template. */
export default async function setup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'samspil-test-'));
  // as root the server runs under another account, which must be able to enter
  await chmod(folder, 0o755);
  server = await startEmbedded(folder, ['max_connections=200', 'shared_buffers=256MB']);
  const db = openDatabase(server.url, 1, () => {});
  await migrate(db);
  await db.close();
  process.env.SAMSPIL_TEST_DATABASE_URL = server.url;
  (globalThis as { samspilServer?: EmbeddedServer }).samspilServer = server;
}
