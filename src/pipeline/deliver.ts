import type { Attempt } from '../channels/channel.ts';
import { nextAttempt, RETRY_POLICIES } from '../channels/retry.ts';
import type { ErrorCode } from '../errors.ts';
import { readAcknowledgement } from '../formats/fhir/acknowledgement.ts';
import { type AuditRow, audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import {
  claimDue,
  type DueDelivery,
  nextDue,
  reviveAway,
  type Settled,
  settleDeliveries,
} from '../store/deliveries.ts';
import { readRevisions } from '../store/directives.ts';
import { holdLaneUntil, readHold, releaseLanes } from '../store/lane-holds.ts';
import { verdictOf } from './acknowledge.ts';
import type { Parts } from './parts.ts';
import { prepare, type Ready } from './ready.ts';
import { endpointOf, proofOf } from './release.ts';
import { noteTries } from './subscription-life.ts';
import { readTarget, type Target } from './target.ts';

const BATCH = 24;
/** A held lane is asked again after this long at most, unless the recipient asked for more: one try costs it little. */
const LONGEST_HOLD_MS = 60_000;
const PAUSED_MS = 5_000;
const REVIVE_AFTER_MS = 10 * 60_000;

/** What one try came to. */
interface Tried {
  readonly settled: Settled;
  readonly audit: AuditRow;
  /** The recipient said something, be it no. */
  readonly isAnswered: boolean;
  /** The recipient's own wish for how long to leave it alone. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Drains a delivery lane: decides again with this moment's directives, minimises, sends, and writes what came of it. One worker
 * holds the lane by a lock on its own connection: if it dies, the lock is gone at once and the same ids are sent again.
 * @returns milliseconds until the lane has more to do; undefined when it is empty
 */
export async function drainDeliveries(lane: string, parts: Parts): Promise<number | undefined> {
  return parts.db.session(async (db) => {
    const { rows } = await db.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 1)) AS held', [
      lane,
    ]);
    if (!rows[0]?.held) return 500;
    try {
      while (await drainOnce(lane, db, parts));
      return await nextDue(db, lane, parts.now().toISOString());
    } finally {
      await db.query('SELECT pg_advisory_unlock(hashtextextended($1, 1))', [lane]).catch(() => {});
    }
  });
}

/** True where there may be more to do now. */
async function drainOnce(lane: string, db: Queryable, parts: Parts): Promise<boolean> {
  const now = parts.now().toISOString();
  const due = await claimDue(db, lane, now, BATCH);
  if (due.length === 0) return false;
  const footing = await parts.region.current(db);
  const target = await readTarget(db, due[0]!.recipient, footing);
  if (!target) return giveUp(due, 'DELIVERY-RECIPIENT-GONE', { db, now });
  if (target.held) return postpone(lane, { db, now });
  const { ready, settled } = await prepare(roundOf(due, target), { db, footing, target, now }, parts);
  const revisions = await readRevisions(db, [...new Set(due.flatMap((one) => one.patientId ?? []))]);
  // a directive that changed since the decision: leave it waiting, the next round decides anew
  const current = ready.filter(({ due: one, revision }) => (revisions.get(one.patientId ?? '') ?? 0) === revision);
  const tried = (await Promise.all(byPatient(current).map((line) => sendInOrder(line, parts)))).flat();
  const isAway = await writeTries(tried, { lane, target, parts });
  return !isAway && tried.length + settled > 0;
}

/** A MedCom message carries the history of its stay, which the one before it becomes part of only when it was sent: one at a time for each patient. */
function roundOf(due: readonly DueDelivery[], target: Target): readonly DueDelivery[] {
  if (target.channel !== 'medcom-message') return due;
  return due.filter(
    ({ patientId }, index) => !patientId || due.findIndex((one) => one.patientId === patientId) === index,
  );
}

async function giveUp(
  due: readonly DueDelivery[],
  reason: ErrorCode,
  { db, now }: { db: Queryable; now: string },
): Promise<boolean> {
  await settleDeliveries(
    db,
    due.map(({ id }) => ({ id, state: 'refused', reason, finishedAt: now })),
    now,
  );
  return true;
}

/** A paused recipient keeps its place in line; the lane is asked again every few seconds. */
async function postpone(lane: string, { db, now }: { db: Queryable; now: string }): Promise<boolean> {
  await holdLaneUntil(db, lane, { until: new Date(Date.parse(now) + PAUSED_MS).toISOString(), failures: 0 });
  return false;
}

function byPatient(ready: readonly Ready[]): readonly (readonly Ready[])[] {
  return [...Map.groupBy(ready, ({ due }) => due.patientId ?? due.id).values()];
}

/** One patient's deliveries one after the other; after one that must be tried again, or a closed address, the rest wait. */
async function sendInOrder(line: readonly Ready[], parts: Parts): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const ready of line) {
    const attempt = await parts.channels.send(ready.payload.delivery);
    const one = settle(ready, attempt, parts);
    tried.push(one);
    const { state, attempt: record } = one.settled;
    if (state === 'waiting' || state === 'parked' || record?.httpStatus === GONE) break;
  }
  return tried;
}

const GONE = 410;

function settle(ready: Ready, attempt: Attempt, parts: Parts): Tried {
  const { due } = ready;
  const at = parts.now();
  const httpStatus = 'httpStatus' in attempt ? attempt.httpStatus : undefined;
  const reason = 'reason' in attempt ? attempt.reason : undefined;
  const record = {
    number: due.attempts + 1,
    outcome: attempt.outcome,
    ...(reason && { reason }),
    ...(httpStatus && { httpStatus }),
  };
  return {
    settled: { id: due.id, attempt: record, ...outcomeOf(ready, attempt, at, parts.random) },
    audit: {
      kind: attempt.outcome === 'delivered' ? 'released' : 'tried',
      actor: 'samspil',
      messageId: due.messageId,
      deliveryId: due.id,
      decisionId: ready.decisionId,
      patientId: due.patientId,
      detail: { recipient: due.recipient, ...record, ...(hasLeft(attempt) && proof(ready)) },
    },
    isAnswered: attempt.outcome === 'delivered' || attempt.outcome === 'refused',
    retryAfterSeconds: attempt.outcome === 'retry' ? attempt.retryAfterSeconds : undefined,
  };
}

/** The recipient has it, said no to it, or may have it. One that is tried again is told of when it is done. */
function hasLeft(attempt: Attempt): boolean {
  return attempt.outcome !== 'retry' && (attempt.outcome !== 'refused' || attempt.httpStatus !== undefined);
}

function proof({ target, before, payload }: Ready) {
  return proofOf({ endpoint: endpointOf(target.settings), before, after: payload.delivery.body });
}

type Outcome = Omit<Settled, 'id' | 'attempt'>;

function outcomeOf(ready: Ready, attempt: Attempt, at: Date, random: () => number): Outcome {
  if (attempt.outcome === 'delivered') return taken(ready, attempt, at);
  if (attempt.outcome === 'refused') return { state: 'refused', reason: attempt.reason, finishedAt: at.toISOString() };
  const { due, payload, target } = ready;
  const tried = { attempts: due.attempts + 1 - due.triedBefore, firstAttemptAt: due.triedFrom, now: at };
  const retryAfterSeconds = attempt.outcome === 'retry' ? attempt.retryAfterSeconds : undefined;
  const next = nextAttempt({ ...tried, retryAfterSeconds }, target.retry, random);
  // something may have arrived: the history of the stay must know this message
  const provenance = attempt.outcome === 'unknown' && payload.provenance ? { provenance: payload.provenance } : {};
  return next.at
    ? { ...provenance, state: 'waiting', reason: attempt.reason, dueAt: next.at.toISOString() }
    : { ...provenance, state: 'parked', reason: 'DELIVERY-AWAY', finishedAt: at.toISOString() };
}

/** The recipient has the bytes; a MedCom one is done only when it has acknowledged, in its answer or later. */
function taken(
  { due, target, payload }: Ready,
  attempt: Extract<Attempt, { outcome: 'delivered' }>,
  now: Date,
): Outcome {
  const at = now.toISOString();
  if (target.channel !== 'medcom-message') return { state: 'delivered', sentAt: at, finishedAt: at };
  const sent = { sentAt: at, ...(payload.provenance && { provenance: payload.provenance }) };
  const answer = attempt.answer && readAnswer(attempt.answer);
  const isOurs = answer?.ok && answer.value.messageId === (due.externalId ?? due.id);
  if (isOurs) return { ...sent, ...verdictOf({ ...due, attempts: due.attempts + 1 }, answer.value, now) };
  const dueAt = new Date(now.getTime() + RETRY_POLICIES.medcomUnanswered.firstSeconds * 1000).toISOString();
  return { ...sent, state: 'sent', dueAt };
}

function readAnswer(bytes: Uint8Array) {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return readAcknowledgement(parsed as Parameters<typeof readAcknowledgement>[0]);
  } catch {
    return undefined;
  }
}

interface Writing {
  readonly lane: string;
  readonly target: Target;
  readonly parts: Parts;
}

/** Writes what came of a round's tries; true where nobody answered, and the lane is held. */
async function writeTries(tried: readonly Tried[], { lane, target, parts }: Writing): Promise<boolean> {
  if (tried.length === 0) return false;
  const now = parts.now();
  const at = now.toISOString();
  const isAway = !tried.some((one) => one.isAnswered);
  const revived = await parts.db.transaction(async (tx) => {
    await settleDeliveries(
      tx,
      tried.map((one) => one.settled),
      at,
    );
    await audit(
      tx,
      tried.map((one) => one.audit),
      at,
    );
    await noteTries(
      target,
      tried.map((one) => one.settled),
      { db: tx, at },
    );
    if (isAway) {
      const failures = ((await readHold(tx, lane))?.failures ?? 0) + 1;
      await holdLaneUntil(tx, lane, {
        until: holdUntil(tried, failures, { target, now, random: parts.random }),
        failures,
      });
      return [];
    }
    await releaseLanes(tx, [lane]);
    const parkedBefore = new Date(now.getTime() - REVIVE_AFTER_MS).toISOString();
    return reviveAway(tx, { recipient: target.id, parkedBefore }, at);
  });
  parts.offer(revived.filter((other) => other !== lane));
  return isAway;
}

/** The lane backs off by its own count, so that a long outage costs one try now and then, whoever's turn it is. */
function holdUntil(
  tried: readonly Tried[],
  failures: number,
  { target, now, random }: { target: Target; now: Date; random: () => number },
): string {
  const asked = Math.max(0, ...tried.map((one) => (one.retryAfterSeconds ?? 0) * 1000));
  const policy = { ...target.retry, mostAttempts: Number.POSITIVE_INFINITY };
  const own = nextAttempt({ attempts: failures, firstAttemptAt: now, now }, policy, random).at ?? now;
  return new Date(
    now.getTime() + Math.max(asked, Math.min(own.getTime() - now.getTime(), LONGEST_HOLD_MS)),
  ).toISOString();
}
