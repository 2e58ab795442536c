import type { Bundle } from '@medplum/fhirtypes';
import { type Acknowledged, readAcknowledgement } from '../formats/fhir/acknowledgement.ts';
import { audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import { findByExternalId, type Settled, settleDeliveries } from '../store/deliveries.ts';
import type { Parts } from './parts.ts';

/** The Bundle itself where it is an acknowledgement of something sent, not a message to pass on. */
export function readAcknowledgementOf(bundle: Bundle): Bundle | undefined {
  return bundle.type === 'message' && readAcknowledgement(bundle).ok ? bundle : undefined;
}

/** How a delivery stands after its recipient's verdict (medcom.md 5.2): taken, refused for good, or to be sent again. */
export function verdictOf(id: string, acknowledged: Acknowledged, at: string): Settled {
  switch (acknowledged.code) {
    case 'ok':
      return { id, state: 'acknowledged', finishedAt: at };
    case 'fatal-error':
      return { id, state: 'refused', reason: 'DELIVERY-REFUSED', finishedAt: at };
    case 'transient-error':
      return {
        id,
        state: 'waiting',
        reason: 'DELIVERY-REFUSED',
        dueAt: new Date(Date.parse(at) + 60_000).toISOString(),
      };
  }
}

interface Arrived {
  readonly bundle: Bundle;
  readonly messageId: string;
  readonly actor: string;
  readonly at: string;
}

/**
 * Matches an acknowledgement that came as a message of its own to the delivery it names. One that names nothing we sent, or
 * comes again, is put on record and changes nothing; a later verdict replaces a transient one only.
 */
export async function settleAcknowledgement(
  db: Queryable,
  { bundle, messageId, actor, at }: Arrived,
  parts: Parts,
): Promise<void> {
  const read = readAcknowledgement(bundle);
  const delivery = read.ok ? await findByExternalId(db, read.value.messageId) : undefined;
  const outcome = !delivery
    ? 'unmatched'
    : delivery.state === 'sent' || delivery.state === 'waiting'
      ? 'settled'
      : 'late';
  if (read.ok && delivery && outcome === 'settled')
    await settleDeliveries(db, [verdictOf(delivery.id, read.value, at)], at);
  if (outcome === 'unmatched') parts.log.warn({ messageId }, 'an acknowledgement names nothing the hub has sent');
  const detail = { outcome, ...(read.ok && { code: read.value.code }) };
  await audit(
    db,
    [{ kind: 'acknowledged', actor, messageId, ...(delivery && { deliveryId: delivery.id }), detail }],
    at,
  );
}
