import type { Queryable } from './database.ts';

/** A message at the door: everything that must be on disk before its sender hears "taken". */
export interface Arrival {
  readonly id: string;
  readonly sender: string;
  readonly door: string;
  readonly format?: string;
  readonly type?: string;
  readonly structure?: string;
  readonly controlId?: string;
  /** The arrival whose bytes hold this one: itself, or the first of its interchange; only that one carries `bytes`. */
  readonly bodyId: string;
  readonly part: number;
  readonly bytes?: Uint8Array;
  readonly digest: Uint8Array;
  readonly receivedAt: string;
  /** Lane to work in; absent = refused at the door, kept as a trace only. */
  readonly lane?: string;
  /** The lane of a patient merged away by it; set where it merges at all: such a message is worked alone. */
  readonly barrier?: string;
  readonly state: 'received' | 'refused';
  readonly steps: readonly unknown[];
  readonly receipt?: Uint8Array;
  readonly receiptType?: string;
}

/** What became of an arrival: taken now, or known already under the same sender and control id. */
export type Acceptance =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'repeat' | 'reused';
      readonly id: string;
      readonly receipt?: Uint8Array;
      readonly receiptType?: string;
    };

/** One statement: the message, its bytes and its place in the lane, or none of them. Arrays of equal length, one element per arrival. */
const ACCEPT = `
WITH arrival AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::int[], $10::bytea[], $11::bytea[],
                       $12::timestamptz[], $13::text[], $14::text[], $15::json[], $16::bytea[], $17::text[], $18::text[])
  WITH ORDINALITY AS a (id, sender, door, format, type, structure, control_id, body_id, part, bytes, digest, received_at, lane, state, steps, receipt, receipt_type, barrier, place)
), taken AS (
  INSERT INTO message (id, sender, door, format, type, structure, control_id, body_id, part, digest, accepted, state, step, steps, received_at, receipt, receipt_type)
  SELECT id, sender, door, format, type, structure, control_id, body_id, part, digest, lane IS NOT NULL, state, 'receive', steps, received_at, receipt, receipt_type
  FROM arrival ORDER BY place
  ON CONFLICT (sender, control_id) WHERE accepted AND replay_of IS NULL DO NOTHING
  RETURNING id
), body AS (
  INSERT INTO message_body (id, bytes) SELECT id, bytes FROM arrival
  WHERE bytes IS NOT NULL AND id IN (SELECT body_id FROM arrival JOIN taken USING (id))
), placed AS (
  SELECT id, lane, barrier, nextval('inbound_position') AS position
  FROM (SELECT id, lane, barrier FROM arrival JOIN taken USING (id) WHERE lane IS NOT NULL ORDER BY place) AS in_order
), work AS (
  INSERT INTO inbound (lane, message_id, position, barrier)
  SELECT lane, id, position, barrier FROM placed
  UNION ALL SELECT barrier, id, position, lane FROM placed WHERE barrier <> lane
)
SELECT id FROM taken`;

const KNOWN = `
SELECT id, digest, receipt, receipt_type FROM message
WHERE sender = $1 AND control_id = $2 AND accepted AND replay_of IS NULL`;

interface Waiting {
  readonly arrivals: readonly Arrival[];
  readonly settle: (taken: ReadonlySet<string>) => void;
  readonly fail: (thrown: unknown) => void;
}

/** Most arrivals one commit takes: enough to share it, few enough to keep it short. */
const BATCH = 64;

/**
 * Takes arrivals; those that come while a commit is under way share the next one (group commit).
 * `accept` resolves after the commit; it throws where the database is away, and nothing was taken.
 */
export class Acceptor {
  readonly #db: Queryable;
  #waiting: Waiting[] = [];
  #busy = 0;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** All arrivals of one interchange are taken in one commit. */
  async accept(arrivals: readonly Arrival[]): Promise<readonly Acceptance[]> {
    const taken = await new Promise<ReadonlySet<string>>((settle, fail) => {
      this.#waiting.push({ arrivals, settle, fail });
      if (this.#busy < 2) void this.#flush();
    });
    return Promise.all(
      arrivals.map((arrival) => (taken.has(arrival.id) ? { kind: 'taken' as const } : this.#known(arrival))),
    );
  }

  async #flush(): Promise<void> {
    this.#busy += 1;
    try {
      while (this.#waiting.length > 0) {
        const share = this.#waiting.splice(0, BATCH);
        try {
          const taken = await this.#insert(share.flatMap((waiting) => waiting.arrivals));
          for (const waiting of share) waiting.settle(taken);
        } catch (thrown) {
          for (const waiting of share) waiting.fail(thrown);
        }
      }
    } finally {
      this.#busy -= 1;
    }
  }

  async #insert(arrivals: readonly Arrival[]): Promise<ReadonlySet<string>> {
    const column = (pick: (arrival: Arrival) => unknown) => arrivals.map((arrival) => pick(arrival) ?? null);
    const { rows } = await this.#db.query<{ id: string }>(ACCEPT, [
      column((a) => a.id),
      column((a) => a.sender),
      column((a) => a.door),
      column((a) => a.format),
      column((a) => a.type),
      column((a) => a.structure),
      column((a) => a.controlId),
      column((a) => a.bodyId),
      column((a) => a.part),
      column((a) => a.bytes),
      column((a) => a.digest),
      column((a) => a.receivedAt),
      column((a) => a.lane),
      column((a) => a.state),
      column((a) => JSON.stringify(a.steps)),
      column((a) => a.receipt),
      column((a) => a.receiptType),
      column((a) => a.barrier),
    ]);
    return new Set(rows.map((row) => row.id));
  }

  async #known(arrival: Arrival): Promise<Acceptance> {
    const { rows } = await this.#db.query<{
      id: string;
      digest: Buffer;
      receipt: Buffer | null;
      receipt_type: string | null;
    }>(KNOWN, [arrival.sender, arrival.controlId]);
    const first = rows[0];
    // the first one came in the same interchange, twice under one id
    if (!first) return { kind: 'reused', id: arrival.id };
    if (!first.digest.equals(arrival.digest)) return { kind: 'reused', id: first.id };
    return {
      kind: 'repeat',
      id: first.id,
      ...(first.receipt && { receipt: first.receipt }),
      ...(first.receipt_type && { receiptType: first.receipt_type }),
    };
  }
}
