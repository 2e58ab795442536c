import { readConfig } from '../config.ts';
import { type Database, migrate, openDatabase } from '../store/database.ts';
import { startEmbedded } from '../store/embedded.ts';
import type { Io } from './command.ts';

/** Runs `work` on the hub's database: the one of the settings, or the embedded one, which a running hub already has up. */
export async function withStore<T>(io: Io, work: (db: Database) => Promise<T>): Promise<T> {
  const config = readConfig(io.env);
  const server = config.databaseUrl ? undefined : await startEmbedded(config.dataDir);
  const db = openDatabase(config.databaseUrl || server!.url, 2, () => {});
  try {
    await migrate(db);
    return await work(db);
  } finally {
    await db.close();
    if (server?.isOurs) await server.stop();
  }
}

/** JSON for people and programs alike, on stdout. */
export function print(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
