import pg from 'pg';
import { migrate, openDatabase } from '../../src/store/database.ts';
import { freshDatabase } from '../helpers/database.ts';

async function empty(): Promise<{ url: string; drop: () => Promise<void> }> {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await client.end();
  return database;
}

test('a fresh database gets every file once; again, none; two hubs at once do not meet', async () => {
  const database = await empty();
  const [one, two] = [openDatabase(database.url, 2, () => {}), openDatabase(database.url, 2, () => {})];
  try {
    const done = await Promise.all([migrate(one), migrate(two)]);
    const names = done.flat();
    expect(names.length).toBeGreaterThan(1);
    expect(names).toEqual([...names].sort());
    expect(await migrate(one)).toEqual([]);
    const { rows } = await one.query<{ name: string }>('SELECT name FROM migration ORDER BY name');
    expect(rows.map(({ name }) => name)).toEqual(names);
  } finally {
    await one.close();
    await two.close();
    await database.drop();
  }
});

test('a schema newer than the program is refused, and left as it was', async () => {
  const database = await freshDatabase();
  const db = openDatabase(database.url, 2, () => {});
  try {
    await db.query(`INSERT INTO migration (name) VALUES ('9999_tomorrow.sql')`);
    await expect(migrate(db)).rejects.toThrow('9999_tomorrow.sql');
    expect((await db.query('SELECT 1 FROM message')).rows).toEqual([]);
  } finally {
    await db.close();
    await database.drop();
  }
});

test('a connection cut at work fails its work and does not end the process; the pool goes on', async () => {
  const database = await freshDatabase();
  const broken: string[] = [];
  const db = openDatabase(database.url, 2, (code) => broken.push(code));
  try {
    await expect(
      db.session((session) => session.query('SELECT pg_terminate_backend(pg_backend_pid())')),
    ).rejects.toMatchObject({ code: '57P01' });
    await expect(
      db.transaction((tx) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())')),
    ).rejects.toMatchObject({ code: '57P01' });
    expect((await db.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(broken.length).toBeGreaterThan(0);
  } finally {
    await db.close();
    await database.drop();
  }
});
