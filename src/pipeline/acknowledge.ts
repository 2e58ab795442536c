import type { Bundle } from '@medplum/fhirtypes';
import { nextAttempt, RETRY_POLICIES } from '../channels/retry.ts';
import type { ErrorCode } from '../errors.ts';
import { type Acknowledged, readAcknowledgement } from '../formats/fhir/acknowledgement.ts';
import { audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import { findByExternalId, type Judged, type Settled, settleDeliveries } from '../store/deliveries.ts';
import type { Footing } from './footing.ts';
import type { Parts } from './parts.ts';
import { readTarget } from './target.ts';

/** The Bundle itself where it is an acknowledgement of something sent, not a message to pass on. */
export function readAcknowledgementOf(bundle: Bundle): Bundle | undefined {
  return bundle.type === 'message' && readAcknowledgement(bundle).ok ? bundle : undefined;
}

/** A recipient with a fault of its own is asked again after a minute, then ever later, and no more than ten times in a day. */
const TRANSIENT = {
  ...RETRY_POLICIES.medcomUnanswered,
  firstSeconds: 60,
  leastSeconds: 60,
  factor: 2,
  mostAttempts: 10,
};

/** How a delivery stands after its recipient's verdict (medcom.md 5.2): taken, refused for good, or to be sent again. */
export function verdictOf(
  of: Pick<Judged, 'id' | 'attempts' | 'triedFrom' | 'triedBefore'>,
  { code }: Acknowledged,
  now: Date,
): Omit<Settled, 'attempt'> {
  const finishedAt = now.toISOString();
  const refused = { id: of.id, state: 'refused', reason: 'DELIVERY-REFUSED' satisfies ErrorCode, finishedAt } as const;
  if (code === 'ok') return { id: of.id, state: 'acknowledged', finishedAt };
  if (code === 'fatal-error') return refused;
  const tried = { attempts: of.attempts - of.triedBefore, firstAttemptAt: of.triedFrom, now };
  const next = nextAttempt(tried, TRANSIENT, () => 1);
  return next.at
    ? { id: of.id, state: 'waiting', reason: 'DELIVERY-REFUSED' satisfies ErrorCode, dueAt: next.at.toISOString() }
    : refused;
}

interface Arrived {
  readonly bundle: Bundle;
  readonly messageId: string;
  /** The client that brought it. */
  readonly actor: string;
  readonly at: string;
  readonly footing: Footing;
}

/**
 * Matches an acknowledgement that came as a message of its own to the delivery it names. One that names nothing we sent, comes
 * from somebody who does not belong to the recipient, or comes again, is put on record and changes nothing; a later verdict
 * replaces a transient one only.
 */
export async function settleAcknowledgement(db: Queryable, arrived: Arrived, parts: Parts): Promise<void> {
  const { bundle, messageId, actor, at } = arrived;
  const read = readAcknowledgement(bundle);
  const delivery = read.ok ? await findByExternalId(db, read.value.messageId) : undefined;
  const outcome = await weigh(db, delivery, arrived);
  if (read.ok && delivery && outcome === 'settled')
    await settleDeliveries(db, [verdictOf(delivery, read.value, new Date(at))], at);
  if (outcome === 'unmatched') parts.log.warn({ messageId }, 'an acknowledgement names nothing the hub has sent');
  if (outcome === 'foreign') parts.log.warn({ messageId }, 'an acknowledgement is not its sender’s to give');
  const detail = { outcome, ...(read.ok && { code: read.value.code }) };
  await audit(
    db,
    [{ kind: 'acknowledged', actor, messageId, ...(delivery && { deliveryId: delivery.id }), detail }],
    at,
  );
}

/** Deliveries a verdict may still be given on; parked ones too, as some of their tries may have arrived. */
const OPEN: readonly Judged['state'][] = ['waiting', 'sent', 'parked'];

async function weigh(
  db: Queryable,
  delivery: Judged | undefined,
  { actor, footing }: Arrived,
): Promise<'unmatched' | 'foreign' | 'late' | 'settled'> {
  if (!delivery) return 'unmatched';
  const { clients, organisations } = footing.region;
  const speaker = organisations.get(clients.get(actor)?.organisation ?? '');
  const target = await readTarget(db, delivery.recipient, footing);
  if (!speaker || speaker.legal_entity !== target?.organisation.legal_entity) return 'foreign';
  return OPEN.includes(delivery.state) ? 'settled' : 'late';
}
