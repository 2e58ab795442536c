import { sentence } from '../errors.ts';
import type { Decision } from '../policy/decision.ts';
import { explain } from '../policy/explain.ts';
import { decisionsOfMessage, type KeptDecision } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import { type AttemptRow, attemptsOf, type DeliveryRow, deliveriesOf } from '../store/deliveries.ts';
import type { MessageRow } from '../store/messages.ts';
import type { Decided } from './decide.ts';

/** Who reads a story. A sender learns that its message was taken and where it went, never that or why somebody was left out. */
export type Reader = 'sender' | 'operator';

/** The whole story of a message: steps with their times and issues, decisions with reasons, deliveries with tries. No payload. */
export async function storyOf(db: Queryable, message: MessageRow, reader: Reader) {
  const deliveries = await deliveriesOf(db, message.id);
  const visible = reader === 'operator' ? deliveries : deliveries.filter(({ state }) => state !== 'withheld');
  const attempts = reader === 'operator' ? await attemptsOf(db, message.id) : [];
  const decisions = reader === 'operator' ? await decisionsOfMessage(db, message.id) : [];
  const { id, sender, door, format, type, state, step, receivedAt, finishedAt, part } = message;
  const steps = message.steps.filter((one) => reader === 'operator' || !['decide', 'route'].includes(one.step));
  return {
    id,
    state,
    step,
    sender,
    door,
    format,
    type,
    ...(part > 0 && { part }),
    receivedAt,
    finishedAt,
    steps: steps.map(({ issues, ...one }) => ({
      ...one,
      ...(issues && { issues: issues.map((found) => ({ ...found, text: sentence(found) })) }),
    })),
    ...(reader === 'operator' && { decisions: decisions.map(tellDecision) }),
    deliveries: visible.map((delivery) => tellDelivery(delivery, attempts)),
  };
}

export function tellDecision({ id, deliveryId, recipient, phase, at, outcome, ruleSet, content }: KeptDecision) {
  const decision: Decision = (content as Decided).decision;
  const { codes, basis, agreement, agreement_version, withheld, obligations, disposition } = decision;
  return {
    id,
    deliveryId,
    recipient,
    phase,
    at,
    outcome,
    disposition,
    codes,
    basis,
    ...(agreement && { agreement: { id: agreement, version: agreement_version } }),
    withheld,
    obligations,
    ruleSet,
    explanation: { da: explain(decision, 'staff', 'da'), en: explain(decision, 'staff', 'en') },
  };
}

function tellDelivery(
  {
    id,
    recipient,
    topic,
    state,
    reason,
    attempts,
    externalId,
    eventNumber,
    createdAt,
    dueAt,
    sentAt,
    finishedAt,
  }: DeliveryRow,
  all: readonly AttemptRow[],
) {
  const tries = all.filter((attempt) => attempt.deliveryId === id).map(({ deliveryId: _, ...attempt }) => attempt);
  return {
    id,
    recipient,
    topic,
    state,
    ...(reason && { reason }),
    attempts,
    ...(externalId && { messageHeaderId: externalId }),
    ...(eventNumber && { eventNumber }),
    createdAt,
    ...(state === 'waiting' && { dueAt }),
    ...(sentAt && { sentAt }),
    ...(finishedAt && { finishedAt }),
    ...(tries.length > 0 && { tries }),
  };
}
