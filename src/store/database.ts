import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

/** What runs a statement: the pool, or the one connection of a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<pg.QueryResult<Row>>;
}

/** Errors after which the same work may simply be done again, with the wait before it in milliseconds. */
const RETRYABLE: Readonly<Record<string, number>> = {
  '23505': 5, // unique_violation: another lane made the same patient or resource first
  '40001': 5, // serialization_failure
  '40P01': 20, // deadlock_detected
  '55P03': 50, // lock_not_available
};

/** Errors that say the server is away, not that the work is wrong. */
const AWAY = /^(08|53|57P0)|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND)$/;

export function retryDelay(thrown: unknown): number | undefined {
  return RETRYABLE[(thrown as { code?: string })?.code ?? ''];
}

export function isAway(thrown: unknown): boolean {
  const { code = '', message = '' } = (thrown ?? {}) as { code?: string; message?: string };
  return (
    AWAY.test(code) ||
    /Connection terminated|not queryable|connection timeout|timeout exceeded when trying to connect/i.test(message)
  );
}

export interface Database extends Queryable {
  readonly url: string;
  /** Runs `work` between BEGIN and COMMIT; a throw rolls back and goes on up. */
  transaction<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  /** Runs `work` on one connection of its own, outside a transaction: for locks that last as long as the connection. */
  session<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens a pool on `url`; `connections` is its size. `onError` hears of idle connections that break (their codes only). */
export function openDatabase(url: string, connections: number, onError: (code: string) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 60_000,
    application_name: 'samspil',
  });
  const heard = (error: Error) => onError((error as { code?: string }).code ?? 'connection');
  pool.on('error', heard);
  // a connection at work that breaks says so twice: by the failed query, and by an event that would end the process if nobody heard it
  pool.on('connect', (client) => client.on('error', heard));
  return {
    url,
    query: (text, values) => pool.query(text, values),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const value = await work(client);
        await client.query('COMMIT');
        client.release();
        return value;
      } catch (thrown) {
        // a connection that cannot even roll back is thrown away
        const broken = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        );
        client.release(broken);
        throw thrown;
      }
    },
    async session(work) {
      const client = await pool.connect();
      try {
        const value = await work(client);
        client.release();
        return value;
      } catch (thrown) {
        client.release(true);
        throw thrown;
      }
    },
    close: () => pool.end(),
  };
}

const SQL = new URL('./sql/', import.meta.url);
const MIGRATION_LOCK = 73_616_273;

/**
 * Brings the schema to what this program knows, one numbered file of `sql/` after the other, each once.
 * Throws where the schema is newer than the program: an old hub must not write into it.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  const files = (await readdir(SQL)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort();
  return database.transaction(async (db) => {
    await db.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await db.query(
      'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await db.query<{ name: string }>('SELECT name FROM migration ORDER BY name');
    const known = new Set(rows.map((row) => row.name));
    const newer = rows.find((row) => !files.includes(row.name));
    if (newer) throw new Error(`the database has migration ${newer.name}, which this version of samspil does not know`);
    const missing = files.filter((file) => !known.has(file));
    for (const file of missing) {
      await db.query(await readFile(new URL(file, SQL), 'utf8'));
      await db.query('INSERT INTO migration (name) VALUES ($1)', [file]);
    }
    return missing;
  });
}
