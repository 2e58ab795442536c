import type { Queryable } from './database.ts';

/** A lane that waits: until when, and after how many tries in a row that nobody answered. */
export interface LaneHold {
  readonly until: Date;
  readonly failures: number;
}

/** Also one that is over: the lane is then tried with one delivery before the others follow. */
export async function readHold(db: Queryable, lane: string): Promise<LaneHold | undefined> {
  return (await db.query<LaneHold>('SELECT until, failures FROM lane_hold WHERE lane = $1', [lane])).rows[0];
}

export async function holdLaneUntil(
  db: Queryable,
  lane: string,
  hold: { until: string; failures: number },
): Promise<void> {
  await db.query(
    `INSERT INTO lane_hold (lane, until, failures) VALUES ($1, $2, $3)
     ON CONFLICT (lane) DO UPDATE SET until = excluded.until, failures = excluded.failures`,
    [lane, hold.until, hold.failures],
  );
}

/** The recipient answers (again), or somebody says that it will. */
export async function releaseLanes(db: Queryable, lanes: readonly string[]): Promise<void> {
  await db.query('DELETE FROM lane_hold WHERE lane = ANY ($1)', [lanes]);
}
