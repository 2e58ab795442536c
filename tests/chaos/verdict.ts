import pg from 'pg';
import type { Sent } from './load.ts';
import type { Seen } from './receivers.ts';

/** What the run came to; `faults` says, in words, everything that broke a promise. */
export interface Verdict {
  readonly messages: number;
  readonly deliveries: number;
  readonly repeats: number;
  readonly faults: readonly string[];
}

interface Row {
  readonly controlId: string;
  readonly messageState: string;
  readonly id: string | null;
  readonly recipient: string | null;
  readonly state: string | null;
}

/** Everything the hub has on record of the load: each message with each of its deliveries. */
export async function readRecord(databaseUrl: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(
      `SELECT m.control_id AS "controlId", m.state AS "messageState", d.id, d.recipient, d.state
       FROM message m LEFT JOIN delivery d ON d.message_id = m.id WHERE m.accepted ORDER BY m.received_at, d.seq`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

/** Work the hub still has, and messages that wait for an acknowledgement. */
export async function countOpen(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ open: number }>(
      `SELECT ((SELECT count(*) FROM inbound) + (SELECT count(*) FROM delivery WHERE state IN ('waiting', 'sent')))::int AS open`,
    );
    return rows[0]!.open;
  } catch {
    return Number.NaN; // the server is on its way back
  } finally {
    await client.end().catch(() => {});
  }
}

export interface Witness {
  /** Beginning of the recipient's name in the record. */
  readonly recipient: string;
  readonly seen: readonly Seen[];
  /** Subscriptions number their events from 1 on, without a gap. */
  readonly isNumbered: boolean;
}

/** Nothing lost, nothing parked, nothing twice but under the same id, in order per patient. */
export function judge(sent: readonly Sent[], record: readonly Row[], witnesses: readonly Witness[]): Verdict {
  const bySent = new Map(sent.map((message) => [message.controlId, message]));
  const faults = [...onRecord(bySent, record)];
  let repeats = 0;
  for (const witness of witnesses) {
    const first = [...new Map(witness.seen.toReversed().map((one) => [one.id, one])).values()].toReversed();
    repeats += witness.seen.length - first.length;
    faults.push(...asSeen(bySent, record, { ...witness, seen: first }));
  }
  return {
    messages: new Set(record.map((row) => row.controlId)).size,
    deliveries: record.filter((row) => row.id).length,
    repeats,
    faults,
  };
}

function* onRecord(sent: ReadonlyMap<string, Sent>, record: readonly Row[]): Generator<string> {
  const known = new Set(record.map((row) => row.controlId));
  for (const controlId of sent.keys())
    if (!known.has(controlId)) yield `${controlId} was acknowledged and is not on record`;
  for (const row of record) {
    if (!sent.has(row.controlId)) yield `${row.controlId} is on record and was never acknowledged`;
    if (row.messageState !== 'done') yield `${row.controlId} is ${row.messageState}`;
    if (row.state !== 'acknowledged' && row.state !== 'delivered')
      yield `${row.controlId} for ${row.recipient} is ${row.state}`;
  }
}

/** `seen`: first sightings only, in their order. */
function* asSeen(
  sent: ReadonlyMap<string, Sent>,
  record: readonly Row[],
  { recipient, seen, isNumbered }: Witness,
): Generator<string> {
  const controlIdOf = new Map(
    record.filter((row) => row.recipient?.startsWith(recipient)).map((row) => [row.id, row.controlId]),
  );
  if (controlIdOf.size !== sent.size) yield `${recipient}: ${controlIdOf.size} deliveries for ${sent.size} messages`;
  const reached = new Map<string, number>();
  for (const one of seen) {
    const message = sent.get(controlIdOf.get(one.id) ?? '');
    if (!message) {
      yield `${recipient}: got ${one.id}, which is nothing that was sent`;
      continue;
    }
    const expected = reached.get(message.cpr) ?? 0;
    if (message.place !== expected) yield `${recipient}: ${message.controlId} came where place ${expected} was due`;
    reached.set(message.cpr, message.place + 1);
    if (one.cpr && one.cpr !== message.cpr) yield `${recipient}: ${message.controlId} tells of somebody else`;
    if (one.notice && one.notice !== message.notice)
      yield `${recipient}: ${message.controlId} tells ${one.notice}, not ${message.notice}`;
  }
  if (seen.length !== sent.size) yield `${recipient}: ${seen.length} of ${sent.size} came`;
  const numbers = new Set(seen.map((one) => one.eventNumber));
  if (isNumbered && !Array.from({ length: sent.size }, (_, n) => n + 1).every((n) => numbers.has(n)))
    yield `${recipient}: the event numbers have gaps or doubles`;
}
