/**
 * The lanes' scheduler. A job is a lane to drain, not a message: its data is empty, its name the lane.
 * It may forget everything at any time: rows in PostgreSQL are the truth, and a sweeper offers lanes with rows again.
 */
export interface LaneQueue {
  readonly kind: 'redis' | 'postgres';
  /** Asks for a run of each lane, `delay` milliseconds from now; a lane that waits or runs already gets one more run, never two at once. */
  offer(lanes: readonly string[], delay?: number): Promise<void>;
  /** Starts to run lanes, `concurrency` at once. A throw of `drain` means: again later. */
  work(drain: (lane: string) => Promise<void>, concurrency: number): Promise<void>;
  close(): Promise<void>;
}
