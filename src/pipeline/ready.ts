import type { Resource } from '@medplum/fhirtypes';
import { type ErrorCode, isFault } from '../errors.ts';
import type { SentNotice } from '../formats/fhir/hospital-notification.ts';
import type { Decision } from '../policy/decision.ts';
import { type AuditRow, audit, type DecisionRow, insertDecisions } from '../store/audit.ts';
import { type DueDelivery, type Settled, sentProvenances, settleDeliveries } from '../store/deliveries.ts';
import { type Looking, readClaims } from './claims.ts';
import { type Claim, decideClaim, decisionRow, isReleased, releasedOf } from './decide.ts';
import type { Parts } from './parts.ts';
import { buildPayload, type Payload } from './payload.ts';
import type { Target } from './target.ts';

/** A delivery ready to go: decided again, minimised, built, validated. */
export interface Ready {
  readonly due: DueDelivery;
  readonly target: Target;
  readonly payload: Payload;
  /** The decision that lets it go, and the resources before they were minimised. */
  readonly decisionId: string;
  readonly before: readonly Resource[];
  /** Of the patient's directives, as they were when it was decided. */
  readonly revision: number;
}

export interface Preparing extends Looking {
  readonly now: string;
}

/** What the decision at this moment makes of a delivery: ready, or settled here and now. */
interface Prepared {
  readonly ready?: Ready;
  readonly settled?: Settled;
  readonly decision?: DecisionRow;
}

const HOLD_MS = 60_000;

/**
 * Decides each delivery at this moment; what may not leave is settled with its decision on record. After one that has to
 * wait, later ones of the same patient are left as they are.
 * @returns those ready to be sent, and how many were settled without being sent
 */
export async function prepare(
  due: readonly DueDelivery[],
  look: Preparing,
  parts: Parts,
): Promise<{ ready: readonly Ready[]; settled: number }> {
  const { db, now } = look;
  const claimOf = await readClaims(due, look, parts);
  const histories =
    look.target.channel === 'medcom-message' ? await sentProvenances(db, due) : new Map<string, readonly unknown[]>();
  const prepared: Prepared[] = [];
  const stuck = new Set<string>();
  for (const one of due) {
    if (one.patientId && stuck.has(one.patientId)) continue;
    const claim = claimOf(one);
    const made = claim
      ? prepareOne(one, claim, { ...look, parts, history: histories.get(one.id) ?? [] })
      : gone(one, now);
    prepared.push(made);
    if (one.patientId && (made.settled?.state === 'waiting' || made.settled?.state === 'parked'))
      stuck.add(one.patientId);
  }
  const settled = prepared.flatMap((one) => one.settled ?? []);
  const decisions = prepared.flatMap((one) => one.decision ?? []);
  await parts.db.transaction(async (tx) => {
    await insertDecisions(tx, decisions, now);
    await audit(tx, decisions.map(auditOf), now);
    await settleDeliveries(tx, settled, now);
  });
  return { ready: prepared.flatMap((one) => one.ready ?? []), settled: settled.length };
}

/** Nobody, or nothing, to decide about any more. */
function gone({ id }: DueDelivery, now: string): Prepared {
  return { settled: { id, state: 'withheld', reason: 'DELIVERY-RECIPIENT-GONE' satisfies ErrorCode, finishedAt: now } };
}

function auditOf(row: DecisionRow): AuditRow {
  const { id, deliveryId, messageId, patientId, recipient } = row;
  const { codes } = (row.content as { decision: Decision }).decision;
  return {
    kind: 'decided',
    actor: 'samspil',
    messageId,
    deliveryId,
    decisionId: id,
    patientId,
    detail: { recipient, codes },
  };
}

interface Building extends Preparing {
  readonly parts: Parts;
  /** What was sent before about the stay, oldest first. */
  readonly history: readonly unknown[];
}

function prepareOne(due: DueDelivery, claim: Claim, look: Building): Prepared {
  const { now, footing, target, parts } = look;
  const decided = decideClaim(claim, footing, now);
  const decision = decisionRow(decided, {
    id: parts.newId(),
    deliveryId: due.id,
    messageId: due.messageId,
    patientId: due.patientId,
    recipient: due.recipient,
    phase: 'delivery',
  });
  const { disposition, explanation } = decided.decision;
  if (disposition === 'hold-and-retry') {
    const dueAt = new Date(Date.parse(now) + HOLD_MS).toISOString();
    return { decision, settled: { id: due.id, state: 'waiting', reason: explanation, dueAt } };
  }
  if (!isReleased(decided.decision))
    return { decision, settled: { id: due.id, state: 'withheld', reason: explanation, finishedAt: now } };
  const contents = claim.resources.map(({ content }) => content);
  const payload = build(due, releasedOf(decided, contents), look);
  const fault = payload && parts.library.validate(payload.resource).find(isFault);
  if (payload && !fault)
    return {
      decision,
      ready: { due, target, payload, decisionId: decision.id, before: contents, revision: claim.directives.revision },
    };
  const found = { deliveryId: due.id, code: fault?.code, place: fault?.place };
  parts.log.error(found, 'a delivery does not conform and does not leave');
  return {
    decision,
    settled: { id: due.id, state: 'parked', reason: 'DELIVERY-NOT-CONFORMANT' satisfies ErrorCode, finishedAt: now },
  };
}

function build(
  due: DueDelivery,
  released: readonly Resource[],
  { footing, target, now, parts, history }: Building,
): Payload | undefined {
  const sender = footing.region.organisations.get(due.content.senderOrganisation);
  if (!sender) return undefined;
  return buildPayload({
    due,
    target,
    released,
    sender,
    history: history as readonly SentNotice[],
    attemptId: parts.newId(),
    now,
    baseUrl: parts.baseUrl(),
  });
}
