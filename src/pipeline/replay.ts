import { done, issue, type Result, refused } from '../errors.ts';
import { FORMATS } from '../formats/index.ts';
import { audit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { readBody, readMessage, requeue } from '../store/messages.ts';
import { barrierLane, inboundLane } from './lane.ts';

/** Where a message may be taken up again. Everything before `store` is worked anew in any case: it is pure, and the bytes are kept. */
export const REPLAY_STEPS = ['parse', 'map', 'validate', 'store', 'decide', 'route'] as const;
export type ReplayStep = (typeof REPLAY_STEPS)[number];

export interface Replay {
  readonly id: string;
  readonly from: ReplayStep;
  readonly actor: string;
}

/**
 * Puts a message that was stopped or parked back into its patient's lane, behind what waits there. One that went through is not
 * run again: what it sent has gone, and sending again is the delivery's business (redrive).
 * @returns the lane that now has work
 */
export async function requeueMessage(
  { id, from, actor }: Replay,
  store: Database,
  at: string,
): Promise<Result<string>> {
  const message = await readMessage(store, id);
  if (!message) return refused(issue('DOOR-NOT-FOUND'));
  if (message.state !== 'stopped' && message.state !== 'parked') return refused(issue('REPLAY-STATE'));
  const bytes = await readBody(store, message.bodyId);
  if (!bytes) return refused(issue('REPLAY-GONE'));
  const reading = FORMATS.find((format) => format.id === message.format)?.read(bytes).messages[message.part];
  const lane = inboundLane(reading?.ok ? reading.message.patient : [], message.sender);
  const barrier = barrierLane(reading?.ok ? reading.message.mergedFrom : undefined);
  await store.transaction(async (db) => {
    await requeue(db, [{ id, lane, fromStep: from, ...(barrier && { barrier }) }]);
    await db.query(`UPDATE message SET state = 'received', finished_at = NULL WHERE id = $1`, [id]);
    await audit(db, [{ kind: 'replayed', actor, messageId: id, detail: { from } }], at);
  });
  return done(lane);
}
