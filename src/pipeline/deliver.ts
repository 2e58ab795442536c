import type { Patient, Resource } from '@medplum/fhirtypes';
import type { Attempt } from '../channels/channel.ts';
import { nextAttempt, RETRY_POLICIES } from '../channels/retry.ts';
import type { ErrorCode } from '../errors.ts';
import { isFault } from '../errors.ts';
import { readAcknowledgement } from '../formats/fhir/acknowledgement.ts';
import type { SentNotice } from '../formats/fhir/hospital-notification.ts';
import { minimise } from '../policy/minimise.ts';
import { type AuditRow, audit, insertDecisions } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import {
  claimDue,
  type DueDelivery,
  holdBack,
  nextDue,
  reviveAway,
  type Settled,
  sentProvenances,
  settleDeliveries,
} from '../store/deliveries.ts';
import { readDirectives, readRevisions } from '../store/directives.ts';
import { readVersions } from '../store/resources.ts';
import { setSubscriptionStatus } from '../store/subscriptions.ts';
import { verdictOf } from './acknowledge.ts';
import { decideClaim, decisionRow, isReleased } from './decide.ts';
import type { Footing } from './footing.ts';
import type { Parts } from './parts.ts';
import { buildPayload, type Payload } from './payload.ts';
import { readTarget, type Target } from './target.ts';

const BATCH = 24;

/** A delivery ready to go: decided again, minimised, built, validated. */
interface Ready {
  readonly due: DueDelivery;
  readonly target: Target;
  readonly payload: Payload;
  readonly revision: number;
}

/** What one try came to, with what it does to its lane. */
interface Tried {
  readonly settled: Settled;
  readonly audit: AuditRow;
  /** Set where the recipient is away: nobody in the lane is due before this instant. */
  readonly holdUntil?: string;
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
  const prepared = await prepare(due, { db, footing, now }, parts);
  const revisions = await readRevisions(db, [...new Set(due.flatMap((one) => one.patientId ?? []))]);
  // a directive that changed since the decision: leave it waiting, the next round decides anew
  const ready = prepared.filter(({ due: one, revision }) => (revisions.get(one.patientId ?? '') ?? 0) === revision);
  const tried = (await Promise.all(byPatient(ready).map((line) => sendInOrder(line, parts)))).flat();
  await writeTries(lane, tried, { db, parts });
  const away = tried.some((one) => one.holdUntil);
  return !away && (tried.length > 0 || prepared.length < due.length);
}

interface Preparing {
  readonly db: Queryable;
  readonly footing: Footing;
  readonly now: string;
}

/** Decides each delivery at this moment; what may not leave is settled here and now, with its decision on record. */
async function prepare(
  due: readonly DueDelivery[],
  { db, footing, now }: Preparing,
  parts: Parts,
): Promise<readonly Ready[]> {
  const recipient = due[0]!.recipient;
  const target = await readTarget(db, recipient, footing);
  if (!target) return withhold(due, 'DELIVERY-RECIPIENT-GONE', { db, now });
  if (target.held) return postpone(due, { db, now });
  const patientIds = [...new Set(due.flatMap((one) => one.patientId ?? []))];
  const directives = await readDirectives(db, patientIds);
  const refs = [
    ...new Map(
      due.flatMap((one) => one.content.resources).map((ref) => [`${ref.type}/${ref.id}/${ref.version}`, ref]),
    ).values(),
  ];
  const versions = new Map((await readVersions(db, refs)).map((row) => [`${row.type}/${row.id}/${row.version}`, row]));
  const ready: Ready[] = [];
  const withheld: Settled[] = [];
  const decisions: Parameters<typeof insertDecisions>[1][number][] = [];
  const audits: AuditRow[] = [];
  for (const one of due) {
    const resources = one.content.resources.flatMap((ref) => {
      const row = versions.get(`${ref.type}/${ref.id}/${ref.version}`);
      return row ? [{ ref, content: row.content }] : [];
    });
    const patient = resources.find(({ content }) => content.resourceType === 'Patient')?.content as Patient | undefined;
    const topic = footing.region.topics.get(one.topic);
    const known = directives.get(one.patientId ?? '');
    if (!patient || !topic || !known) {
      withheld.push({ id: one.id, state: 'withheld', reason: 'DELIVERY-RECIPIENT-GONE', finishedAt: now });
      continue;
    }
    const claim = {
      ...target,
      topic,
      patient,
      resources,
      directives: known,
      senderOrganisation: one.content.senderOrganisation,
    };
    const decided = decideClaim(claim, footing, now);
    const row = decisionRow(decided, {
      id: parts.newId(),
      deliveryId: one.id,
      messageId: one.messageId,
      patientId: one.patientId,
      recipient,
      phase: 'delivery',
    });
    decisions.push(row);
    const about = {
      actor: 'samspil',
      messageId: one.messageId,
      deliveryId: one.id,
      decisionId: row.id,
      patientId: one.patientId,
    };
    audits.push({ kind: 'decided', ...about, detail: { recipient, codes: decided.decision.codes } });
    if (decided.decision.disposition === 'hold-and-retry') {
      withheld.push({
        id: one.id,
        state: 'waiting',
        reason: decided.decision.explanation,
        dueAt: new Date(Date.parse(now) + 60_000).toISOString(),
      });
      continue;
    }
    if (!isReleased(decided.decision)) {
      withheld.push({ id: one.id, state: 'withheld', reason: decided.decision.explanation, finishedAt: now });
      continue;
    }
    const released = minimise(
      resources.map(({ content }) => content),
      decided.decision,
    );
    const payload = await build(one, { target, released, db, footing, now }, parts);
    const fault = payload && parts.library.validate(payload.resource).find(isFault);
    if (!payload || fault) {
      parts.log.error(
        { deliveryId: one.id, code: fault?.code, place: fault?.place },
        'a delivery does not conform and does not leave',
      );
      withheld.push({ id: one.id, state: 'parked', reason: 'DELIVERY-NOT-CONFORMANT', finishedAt: now });
    } else ready.push({ due: one, target, payload, revision: known.revision });
  }
  await parts.db.transaction(async (tx) => {
    await insertDecisions(tx, decisions, now);
    await audit(tx, audits, now);
    await settleDeliveries(tx, withheld, now);
  });
  return ready;
}

async function build(
  due: DueDelivery,
  look: Preparing & { target: Target; released: readonly Resource[] },
  parts: Parts,
): Promise<Payload | undefined> {
  const { db, footing, target, released, now } = look;
  const sender = footing.region.organisations.get(due.content.senderOrganisation);
  if (!sender) return undefined;
  const isMedcom = target.channel === 'medcom-message' && due.patientId;
  const history = isMedcom
    ? ((await sentProvenances(db, {
        patientId: due.patientId!,
        recipient: due.recipient,
        before: due.seq,
        encounterId: due.content.focus.id,
      })) as SentNotice[])
    : [];
  return buildPayload({
    due,
    target,
    released,
    sender,
    history,
    attemptId: parts.newId(),
    now,
    baseUrl: parts.baseUrl(),
  });
}

async function withhold(
  due: readonly DueDelivery[],
  reason: ErrorCode,
  { db, now }: { db: Queryable; now: string },
): Promise<readonly Ready[]> {
  await settleDeliveries(
    db,
    due.map(({ id }) => ({ id, state: 'refused' as const, reason, finishedAt: now })),
    now,
  );
  return [];
}

/** A paused recipient keeps its place in line; the lane is asked again every half minute, and at once when it is resumed. */
async function postpone(
  due: readonly DueDelivery[],
  { db, now }: { db: Queryable; now: string },
): Promise<readonly Ready[]> {
  await holdBack(db, due[0]!.lane, new Date(Date.parse(now) + 30_000).toISOString());
  return [];
}

function byPatient(ready: readonly Ready[]): readonly (readonly Ready[])[] {
  return [...Map.groupBy(ready, ({ due }) => due.patientId ?? due.id).values()];
}

/** One patient's deliveries one after the other; after one that must be tried again the rest wait. */
async function sendInOrder(line: readonly Ready[], parts: Parts): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const ready of line) {
    const attempt = await parts.channels.send(ready.payload.delivery);
    const one = settle(ready, attempt, parts);
    tried.push(one);
    if (one.settled.state === 'waiting' || one.settled.state === 'parked') break;
  }
  return tried;
}

function settle(ready: Ready, attempt: Attempt, parts: Parts): Tried {
  const { due, payload, target } = ready;
  const at = parts.now().toISOString();
  const httpStatus = 'httpStatus' in attempt ? attempt.httpStatus : undefined;
  const reason = 'reason' in attempt ? attempt.reason : undefined;
  const record = {
    number: due.attempts + 1,
    outcome: attempt.outcome,
    ...(reason && { reason }),
    ...(httpStatus && { httpStatus }),
  };
  const release: AuditRow = {
    kind: attempt.outcome === 'delivered' ? 'released' : 'tried',
    actor: 'samspil',
    messageId: due.messageId,
    deliveryId: due.id,
    patientId: due.patientId,
    detail: { recipient: due.recipient, ...record },
  };
  const base = { id: due.id, attempt: record };
  switch (attempt.outcome) {
    case 'delivered':
      return { settled: { ...base, ...taken(ready, attempt, at) }, audit: release };
    case 'refused':
      return { settled: { ...base, state: 'refused', reason: attempt.reason, finishedAt: at }, audit: release };
    default: {
      const retryAfterSeconds = attempt.outcome === 'retry' ? attempt.retryAfterSeconds : undefined;
      const next = nextAttempt(
        { attempts: record.number, firstAttemptAt: due.createdAt, now: parts.now(), retryAfterSeconds },
        target.retry,
        parts.random,
      );
      // something may have arrived: the history of the stay must know this message
      const provenance = attempt.outcome === 'unknown' && payload.provenance ? { provenance: payload.provenance } : {};
      if (!next.at)
        return {
          settled: { ...base, ...provenance, state: 'parked', reason: 'DELIVERY-AWAY', finishedAt: at },
          audit: release,
        };
      const dueAt = next.at.toISOString();
      return {
        settled: { ...base, ...provenance, state: 'waiting', reason: attempt.reason, dueAt },
        audit: release,
        holdUntil: dueAt,
      };
    }
  }
}

/** The recipient has the bytes; a MedCom one is done only when it has acknowledged, in its answer or later. */
function taken(
  { due, target, payload }: Ready,
  attempt: Extract<Attempt, { outcome: 'delivered' }>,
  at: string,
): Omit<Settled, 'id'> {
  if (target.channel !== 'medcom-message') return { state: 'delivered', sentAt: at, finishedAt: at };
  const sent = { sentAt: at, ...(payload.provenance && { provenance: payload.provenance }) };
  const answer = attempt.answer && readAnswer(attempt.answer);
  const matches = answer?.ok && answer.value.messageId === (due.externalId ?? due.id);
  if (matches) return { ...sent, ...verdictOf(due.id, answer.value, at) };
  const dueAt = new Date(Date.parse(at) + RETRY_POLICIES.medcomUnanswered.firstSeconds * 1000).toISOString();
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

async function writeTries(
  lane: string,
  tried: readonly Tried[],
  { db, parts }: { db: Queryable; parts: Parts },
): Promise<void> {
  if (tried.length === 0) return;
  const at = parts.now().toISOString();
  const until = tried.flatMap((one) => one.holdUntil ?? []).sort()[0];
  await parts.db.transaction(async (tx) => {
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
    if (until) await holdBack(tx, lane, until);
  });
  const recipient = lane.slice('out:'.length, lane.lastIndexOf(':'));
  if (!until && tried.some((one) => one.settled.attempt!.number > 1)) await reviveAway(db, recipient, at);
  const gone = tried.some((one) => one.settled.attempt?.httpStatus === 410);
  if (gone && recipient.startsWith('Subscription/'))
    await setSubscriptionStatus(
      db,
      recipient.slice('Subscription/'.length),
      { status: 'off', error: 'CHANNEL-GONE' },
      at,
    );
}
