import type { Bundle, Patient } from '@medplum/fhirtypes';
import type { Notice } from '../formats/fhir/hospital-notification.ts';
import type { AuditRow, DecisionRow } from '../store/audit.ts';
import type { NewDelivery } from '../store/deliveries.ts';
import type { InboundRow, StepRecord } from '../store/messages.ts';
import { type Candidate, candidatesFor } from './candidates.ts';
import { type Claim, decideClaim, decisionRow, isReleased } from './decide.ts';
import type { Footing } from './footing.ts';
import { deliveryLane } from './lane.ts';
import type { Batch, Outcome } from './outcome.ts';
import type { Parts } from './parts.ts';
import type { Stored } from './store.ts';

export interface Routable {
  readonly row: InboundRow;
  readonly bundle: Bundle;
  readonly stored: Stored;
  readonly steps: StepRecord[];
}

/** Steps decide and route: a decision for each candidate; who may have it gets a delivery, who may not a withheld one with its reason. */
export function route({ row, bundle, stored, steps }: Routable, batch: Batch, parts: Parts): Outcome {
  const { patientId } = stored;
  const patient = patientId ? (batch.state.current('Patient', patientId)?.content as Patient | undefined) : undefined;
  const deliveries: NewDelivery[] = [];
  const decisions: DecisionRow[] = [];
  const audits: AuditRow[] = [];
  if (patientId && patient) {
    const event = {
      stored,
      bundle,
      patient,
      at: row.receivedAt.toISOString(),
      told: (recipient: string, encounterId: string) => batch.told(patientId, recipient, encounterId),
    };
    const senderOrganisation = senderOf(row, bundle, batch.footing);
    for (const candidate of candidatesFor(event, batch.footing, batch.subscriptions)) {
      const id = parts.newId();
      const claim = claimOf(candidate, { patient, senderOrganisation }, batch);
      const decided = decideClaim(claim, batch.footing, batch.at);
      const decision = decisionRow(decided, {
        id: parts.newId(),
        deliveryId: id,
        messageId: row.id,
        patientId,
        recipient: candidate.recipient,
        phase: 'acceptance',
      });
      decisions.push(decision);
      deliveries.push(deliveryOf({ id, row, candidate, claim, patientId }, decided.decision));
      audits.push({
        kind: 'decided',
        actor: 'samspil',
        messageId: row.id,
        deliveryId: id,
        decisionId: decision.id,
        patientId,
        detail: { recipient: candidate.recipient, codes: decided.decision.codes },
      });
      if (candidate.notice && isReleased(decided.decision))
        batch.told(patientId, candidate.recipient, candidate.focus.id).push(candidate.notice.code);
    }
  }
  steps.push({
    step: 'decide',
    at: batch.at,
    made: decisions.map(({ id, recipient, outcome }) => ({ id, recipient, outcome })),
  });
  steps.push({
    step: 'route',
    at: batch.at,
    made: deliveries.map(({ id, recipient, state }) => ({ id, recipient, state })),
  });
  const { merges } = stored;
  for (const { from, into } of merges)
    audits.push({ kind: 'merged', actor: row.sender, messageId: row.id, patientId: into, detail: { from } });
  return {
    state: 'done',
    step: 'route',
    steps,
    ...(patientId && { patientId }),
    deliveries,
    decisions,
    audit: audits,
    merges,
  };
}

/** The organisation that speaks: the one the message names as sender among those the client may speak for, else the client's own. */
function senderOf(row: InboundRow, bundle: Bundle, { region }: Footing): string {
  const client = region.clients.get(row.sender);
  const header = bundle.entry?.find(({ resource }) => resource?.resourceType === 'MessageHeader')?.resource;
  const named =
    header?.resourceType === 'MessageHeader'
      ? [header.source?.name, header.source?.software, header.source?.endpoint]
      : [];
  const spoken = named.flatMap((name) => (name && client?.senders[name]) || []);
  return spoken[0] ?? client?.organisation ?? row.sender;
}

function claimOf(candidate: Candidate, who: { patient: Patient; senderOrganisation: string }, { state }: Batch): Claim {
  const patientId = who.patient.id!;
  const resources = [...candidate.resources].flatMap((ref) => {
    const content = state.current(ref.type, ref.id)?.content;
    return content ? [{ ref, content }] : [];
  });
  const hasPatient = resources.some(({ ref }) => ref.type === 'Patient');
  const patientVersion = state.current('Patient', patientId)!;
  const self = {
    ref: { type: 'Patient', id: patientId, version: patientVersion.version },
    content: patientVersion.content,
  };
  return {
    ...candidate,
    ...who,
    resources: hasPatient ? resources : [...resources, self],
    directives: state.directives(patientId),
    // registers of others are asked before sending: nothing outside is waited for in the transaction that takes a message
    consentSource: 'ok',
  };
}

function deliveryOf(
  {
    id,
    row,
    candidate,
    claim,
    patientId,
  }: { id: string; row: InboundRow; candidate: Candidate; claim: Claim; patientId: string },
  decision: Parameters<typeof isReleased>[0],
): NewDelivery {
  const released = isReleased(decision) || decision.disposition === 'hold-and-retry';
  const notice: { notice?: Notice } = candidate.notice ? { notice: candidate.notice } : {};
  return {
    id,
    messageId: row.id,
    patientId,
    recipient: candidate.recipient,
    topic: candidate.topic.id,
    lane: deliveryLane(candidate.recipient, patientId),
    state: released ? 'waiting' : 'withheld',
    ...(!released && { reason: decision.explanation }),
    // the MessageHeader.id of a MedCom message, by which its acknowledgement names it
    ...(candidate.notice && !candidate.recipient.startsWith('Subscription/') && { externalId: id }),
    content: {
      resources: claim.resources.map(({ ref }) => ref),
      focus: candidate.focus,
      senderOrganisation: claim.senderOrganisation,
      occurredAt: row.receivedAt.toISOString(),
      ...notice,
    },
  };
}
