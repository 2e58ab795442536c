import { randomUUID } from 'node:crypto';
import { Acceptor, type Arrival } from '../../src/store/accept.ts';
import { type Database, openDatabase, type Queryable } from '../../src/store/database.ts';
import { freshDatabase } from '../helpers/database.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await freshDatabase();
  db = openDatabase(database.url, 8, () => {});
});
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

function arrival(controlId: string, more: Partial<Arrival> = {}): Arrival {
  const id = more.id ?? randomUUID();
  return {
    id,
    sender: 'a-sender',
    door: 'http',
    format: 'hl7v2',
    controlId,
    bodyId: id,
    part: 0,
    bytes: Buffer.from(controlId),
    digest: Buffer.from(controlId),
    receivedAt: new Date().toISOString(),
    lane: 'in:1',
    state: 'received',
    steps: [],
    receipt: Buffer.from(`receipt of ${id}`),
    receiptType: 'text/plain',
    ...more,
  };
}

const count = async (where: string, values: unknown[] = []) =>
  Number((await db.query<{ count: string }>(`SELECT count(*) FROM ${where}`, values)).rows[0]!.count);

test('concurrent identical publishes give one event', async () => {
  // several gateways, each with a commit of its own under way
  const gateways = [new Acceptor(db), new Acceptor(db), new Acceptor(db)];
  const answers = await Promise.all(Array.from({ length: 90 }, (_, n) => gateways[n % 3]!.accept([arrival('SAME')])));
  const kinds = answers.map(([answer]) => answer!.kind);
  expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'repeat')).toHaveLength(89);
  const receipts = new Set(answers.flatMap(([answer]) => (answer!.kind === 'repeat' ? [String(answer!.receipt)] : [])));
  expect(receipts.size).toBe(1);
  expect(await count(`message WHERE control_id = 'SAME'`)).toBe(1);
  expect(await count('inbound i JOIN message m ON m.id = i.message_id WHERE m.control_id = $1', ['SAME'])).toBe(1);
});

test('same control id, different bytes, at the same moment: one is taken and the others are told', async () => {
  const acceptor = new Acceptor(db);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => acceptor.accept([arrival('REUSED', { digest: Buffer.from(`other ${n}`) })])),
  );
  const kinds = answers.map(([answer]) => answer!.kind).sort();
  expect(kinds).toEqual([...Array.from({ length: 19 }, () => 'reused'), 'taken']);
});

test('the same control id of another sender is another message', async () => {
  const acceptor = new Acceptor(db);
  const answers = await Promise.all([
    acceptor.accept([arrival('BOTH')]),
    acceptor.accept([arrival('BOTH', { sender: 'b-sender' })]),
  ]);
  expect(answers.map(([answer]) => answer!.kind)).toEqual(['taken', 'taken']);
});

test('group commit: what comes while a commit is under way shares the next, in the order it came', async () => {
  let statements = 0;
  const counted: Queryable = {
    query: async (text, values) => {
      statements += 1;
      return db.query(text, values);
    },
  };
  const acceptor = new Acceptor(counted);
  const ids = Array.from({ length: 200 }, (_, n) => `ORDER-${String(n).padStart(3, '0')}`);
  await Promise.all(ids.map((id) => acceptor.accept([arrival(id, { lane: `in:${id.slice(-1)}` })])));
  expect(statements).toBeLessThan(20);
  const { rows } = await db.query<{ id: string; lane: string }>(
    `SELECT m.control_id AS id, i.lane FROM inbound i JOIN message m ON m.id = i.message_id WHERE m.control_id LIKE 'ORDER-%' ORDER BY i.seq`,
  );
  expect(rows).toHaveLength(200);
});

test('a sender that waits for each receipt is worked in its order, whatever the others do', async () => {
  const acceptor = new Acceptor(db);
  const senders = Array.from({ length: 10 }, (_, sender) => sender);
  await Promise.all(
    senders.map(async (sender) => {
      for (let n = 0; n < 20; n++)
        await acceptor.accept([
          arrival(`S${sender}-${String(n).padStart(2, '0')}`, { sender: `s${sender}`, lane: `in:${sender}` }),
        ]);
    }),
  );
  const { rows } = await db.query<{ sender: string; ids: string[] }>(
    `SELECT m.sender, array_agg(m.control_id ORDER BY i.seq) AS ids FROM inbound i JOIN message m ON m.id = i.message_id WHERE m.sender ~ '^s[0-9]$' GROUP BY 1`,
  );
  expect(rows).toHaveLength(10);
  for (const { ids } of rows) expect(ids).toEqual([...ids].sort());
});

test('an interchange is one body with its messages in order, or nothing at all', async () => {
  const acceptor = new Acceptor(db);
  const first = arrival('PART-0', { bytes: Buffer.from('the whole interchange') });
  const { bytes: _, ...rest } = arrival('PART-1', { bodyId: first.id, part: 1 });
  expect(await acceptor.accept([first, rest])).toEqual([{ kind: 'taken' }, { kind: 'taken' }]);
  const { rows } = await db.query(`SELECT part, body_id FROM message WHERE control_id LIKE 'PART-%' ORDER BY part`);
  expect(rows).toEqual([
    { part: 0, body_id: first.id },
    { part: 1, body_id: first.id },
  ]);
  expect(await count('message_body WHERE id = $1', [first.id])).toBe(1);
  await expect(acceptor.accept([arrival('BAD-0'), arrival('BAD-1', { receivedAt: 'not a time' })])).rejects.toThrow();
  expect(await count(`message WHERE control_id LIKE 'BAD-%'`)).toBe(0);
});

test('refused at the door: a trace, and no work; the control id stays free', async () => {
  const acceptor = new Acceptor(db);
  const { lane: _, ...refused } = arrival('LATER-GOOD', { state: 'refused' });
  expect(await acceptor.accept([refused])).toEqual([{ kind: 'taken' }]);
  expect(await acceptor.accept([arrival('LATER-GOOD')])).toEqual([{ kind: 'taken' }]);
  expect(await count(`message WHERE control_id = 'LATER-GOOD'`)).toBe(2);
  expect(await count('inbound i JOIN message m ON m.id = i.message_id WHERE m.control_id = $1', ['LATER-GOOD'])).toBe(
    1,
  );
});

test('a database that is away: the sender hears so, and the next is taken', async () => {
  let isAway = true;
  const shaky: Queryable = {
    query: async (text, values) => {
      if (isAway) throw Object.assign(new Error('gone'), { code: '57P01' });
      return db.query(text, values);
    },
  };
  const acceptor = new Acceptor(shaky);
  await expect(acceptor.accept([arrival('SHAKY')])).rejects.toMatchObject({ code: '57P01' });
  isAway = false;
  expect(await acceptor.accept([arrival('SHAKY')])).toEqual([{ kind: 'taken' }]);
});
