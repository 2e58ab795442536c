import { RETRY_POLICIES } from '../channels/retry.ts';
import { isAway } from '../store/database.ts';
import { resendUnanswered } from '../store/deliveries.ts';
import { lanesWithWork } from '../store/messages.ts';
import { requestedSubscriptions } from '../store/subscriptions.ts';
import { drainDeliveries } from './deliver.ts';
import { beat, greet } from './greet.ts';
import { drainInbound } from './inbound.ts';
import { greetingLane, type LaneKind, readLane } from './lane.ts';
import type { Parts } from './parts.ts';
import { tick } from './subscription-life.ts';

/** What draining a lane means, by its kind; a number is when it wants to be offered again, in milliseconds. */
const DRAINS: Readonly<Record<LaneKind, (lane: string, parts: Parts) => Promise<unknown>>> = {
  in: drainInbound,
  out: drainDeliveries,
  greet: (lane, parts) => greet(readLane(lane).rest, parts),
  beat: (lane, parts) => beat(readLane(lane).rest, parts),
};

/** Runs one lane; called by the queue, at most once at a time for each lane. */
export async function drainLane(lane: string, parts: Parts): Promise<void> {
  const { kind } = readLane(lane);
  try {
    const wait = await DRAINS[kind]?.(lane, parts);
    if (typeof wait === 'number') await parts.queue.offer([lane], wait);
  } catch (thrown) {
    const { name, code } = thrown as { name: string; code?: string };
    if (isAway(thrown)) parts.log.warn({ lane, code }, 'the database is away; the lane is offered again');
    else parts.log.error({ lane, error: name, code, at: frameOf(thrown) }, 'a lane failed; it is offered again');
  }
}

/** Where in the program; the text of an error could hold content and is not logged. */
export function frameOf(thrown: unknown): string {
  return /(src\/[\w/.-]+:\d+)/.exec((thrown as Error)?.stack ?? '')?.[1] ?? 'unknown';
}

/**
 * Offers lanes that have rows and perhaps no job: what a crash between commit and offer, a flushed Redis or a failed lane left.
 * Rows in PostgreSQL are the truth; an offer too many does nothing.
 */
export async function sweep(parts: Parts): Promise<void> {
  const now = parts.now().toISOString();
  const resent = await resendUnanswered(parts.db, now, RETRY_POLICIES.medcomUnanswered.mostAttempts);
  const ticked = await tick(parts);
  const lanes = await lanesWithWork(parts.db, now);
  const greetings = (await requestedSubscriptions(parts.db)).map(greetingLane);
  await parts.queue.offer([...new Set([...lanes, ...resent, ...ticked, ...greetings])]);
}
