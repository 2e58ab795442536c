import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A fresh database, copied from the migrated template of this run; `drop` takes it away again. */
export async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = process.env.SAMSPIL_TEST_DATABASE_URL;
  if (!template) throw new Error('tests/helpers/global-setup.ts has not run');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(template, `CREATE DATABASE ${name} TEMPLATE samspil`);
  return {
    url: template.replace(/samspil$/, name),
    drop: () => onServer(template, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.replace(/samspil$/, 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
