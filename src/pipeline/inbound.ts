import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
import { type Issue, isFault, issue } from '../errors.ts';
import type { Notice, NoticeCode } from '../formats/fhir/hospital-notification.ts';
import { classify } from '../policy/classify.ts';
import { type AuditRow, audit, type DecisionRow, insertDecisions } from '../store/audit.ts';
import { isAway, type Queryable, retryDelay } from '../store/database.ts';
import { insertDeliveries, type NewDelivery, toldNotices } from '../store/deliveries.ts';
import {
  claimInbound,
  type Finished,
  finishMessages,
  holdLane,
  type InboundRow,
  type MessageState,
  type StepRecord,
} from '../store/messages.ts';
import { writeResources } from '../store/resources.ts';
import { countEvents, liveSubscriptions, type SubscriptionRow } from '../store/subscriptions.ts';
import { readAcknowledgementOf, settleAcknowledgement } from './acknowledge.ts';
import { BatchState, type Wanted } from './batch.ts';
import { type Candidate, candidatesFor } from './candidates.ts';
import { type Conversion, convert } from './convert.ts';
import { type Claim, decideClaim, decisionRow, isReleased } from './decide.ts';
import type { Footing } from './footing.ts';
import { deliveryLane } from './lane.ts';
import type { Parts } from './parts.ts';
import { wantedBy } from './resolve.ts';
import { type Stored, storeBundle } from './store.ts';

const BATCH = 50;
const ATTEMPTS = 6;

/** What one message came to, before it is written. */
interface Outcome {
  readonly state: MessageState;
  readonly step: string;
  readonly steps: readonly StepRecord[];
  readonly patientId?: string;
  readonly deliveries: NewDelivery[];
  readonly decisions: DecisionRow[];
  readonly audit: AuditRow[];
  readonly acknowledges?: Bundle;
}

interface Batch {
  readonly footing: Footing;
  readonly state: BatchState;
  readonly subscriptions: readonly SubscriptionRow[];
  readonly told: (patientId: string, recipient: string, encounterId: string) => NoticeCode[];
  readonly at: string;
}

/**
 * Works an inbound lane until it is empty: parse, map, validate, store, decide, route, in batches of one transaction each.
 * A message that breaks the program is parked by itself; a database that is away is thrown, and the lane is offered again.
 */
export async function drainInbound(lane: string, parts: Parts): Promise<void> {
  for (;;) {
    const drained = await withRetry(() => drainOnce(lane, BATCH, parts)).catch(async (thrown: unknown) => {
      if (isAway(thrown)) throw thrown;
      return drainSingly(lane, parts);
    });
    if (drained === 0) return;
  }
}

async function withRetry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      const delay = retryDelay(thrown);
      if (delay === undefined || attempt === ATTEMPTS) throw thrown;
      await new Promise((wait) => setTimeout(wait, delay * attempt));
    }
  }
}

/** One message at a time, so that the one at fault is found and the others go on. */
async function drainSingly(lane: string, parts: Parts): Promise<number> {
  try {
    return await withRetry(() => drainOnce(lane, 1, parts));
  } catch (thrown) {
    if (isAway(thrown)) throw thrown;
    parts.log.error(
      { lane, error: (thrown as Error).name, at: firstFrame(thrown) },
      'a step failed; its message is parked',
    );
    return parkFirst(lane, parts);
  }
}

/** Where in the program it happened; the error's text could hold content and is not logged. */
function firstFrame(thrown: unknown): string {
  return /at .*?(src\/[\w/.-]+:\d+)/.exec((thrown as Error).stack ?? '')?.[1] ?? 'unknown';
}

function parkFirst(lane: string, parts: Parts): Promise<number> {
  const at = parts.now().toISOString();
  return parts.db.transaction(async (db) => {
    await holdLane(db, lane);
    const rows = await claimInbound(db, lane, 1);
    const steps = [{ step: 'parse', at, issues: [issue('PIPELINE-INTERNAL')] }];
    await finishMessages(
      db,
      rows.map((row) => ({ seq: row.seq, id: row.id, state: 'parked', step: 'parse', steps })),
      at,
    );
    return rows.length;
  });
}

async function drainOnce(lane: string, limit: number, parts: Parts): Promise<number> {
  const at = parts.now().toISOString();
  const lanes = new Set<string>();
  const count = await parts.db.transaction(async (db) => {
    await holdLane(db, lane);
    const rows = await claimInbound(db, lane, limit);
    if (rows.length === 0) return 0;
    const footing = await parts.region.current(db);
    const conversions = rows.map((row) => convert(row, { library: parts.library, directory: footing.directory, at }));
    const batch = await loadBatch(db, conversions, { footing, at });
    const outcomes = rows.map((row, index) => work(row, conversions[index]!, batch, parts));
    await write(db, { rows, outcomes, batch }, parts);
    for (const delivery of outcomes.flatMap((outcome) => outcome.deliveries))
      if (delivery.state === 'waiting') lanes.add(delivery.lane);
    return rows.length;
  });
  parts.offer([...lanes]);
  return count;
}

async function loadBatch(
  db: Queryable,
  conversions: readonly Conversion[],
  at: { footing: Footing; at: string },
): Promise<Batch> {
  const wanted = conversions.flatMap(({ result }) => (result.ok ? [wantedBy(result.value.bundle)] : []));
  const all: Wanted = {
    patients: wanted.flatMap((one) => one.patients),
    identifiers: wanted.flatMap((one) => one.identifiers),
    named: wanted.flatMap((one) => one.named),
  };
  const state = await BatchState.load(db, all);
  const told = await toldNotices(db, state.patientIds);
  return {
    ...at,
    state,
    subscriptions: await liveSubscriptions(db),
    told(patientId, recipient, encounterId) {
      const key = `${patientId}|${recipient}|${encounterId}`;
      const codes = told.get(key) ?? [];
      told.set(key, codes);
      return codes as NoticeCode[];
    },
  };
}

function work(row: InboundRow, conversion: Conversion, batch: Batch, parts: Parts): Outcome {
  const steps = [...conversion.steps];
  const nothing = { deliveries: [], decisions: [], audit: [] };
  if (!conversion.result.ok) return stopped(row, conversion.step, steps, conversion.result.issues);
  const { bundle } = conversion.result.value;
  const acknowledges = readAcknowledgementOf(bundle);
  if (acknowledges) return { ...nothing, state: 'done', step: 'acknowledge', steps, acknowledges };
  const fork = batch.state.fork();
  const { stored, issues } = storeBundle(bundle, fork, {
    messageId: row.id,
    at: batch.at,
    newId: parts.newId,
    label: labelWith(row, batch.footing),
  });
  steps.push(storeStep(batch.at, stored, issues));
  if (issues.some(isFault)) return stopped(row, 'store', steps, issues);
  batch.state.keep(fork);
  return route({ row, bundle, stored, steps }, batch, parts);
}

function stopped(row: InboundRow, step: string, steps: readonly StepRecord[], issues: readonly Issue[]): Outcome {
  const codes = [...new Set(issues.filter(isFault).map((found) => found.code))];
  return {
    state: 'stopped',
    step,
    steps,
    deliveries: [],
    decisions: [],
    audit: [{ kind: 'stopped', actor: row.sender, messageId: row.id, detail: { step, codes } }],
  };
}

function storeStep(at: string, { changes }: Stored, issues: readonly Issue[]): StepRecord {
  const made = changes.flatMap((change) => (change ? [{ ...change.ref, outcome: change.outcome }] : []));
  return { step: 'store', at, made, ...(issues.length > 0 && { issues }) };
}

/** Labels are given when a resource is made, from its codes and the unit it comes from (consent.md 2.4). */
function labelWith(row: InboundRow, footing: Footing): (resource: Resource) => Resource {
  const sourceUnit = footing.region.clients.get(row.sender)?.organisation;
  return (resource) => {
    const { labels } = classify(resource, sourceUnit ? { sourceUnit } : {});
    const security = labels.map((code) => ({
      system: CONFIDENTIALITY.has(code) ? CONFIDENTIALITY_SYSTEM : SENSITIVITY_SYSTEM,
      code,
    }));
    return { ...resource, meta: { ...resource.meta, ...(security.length > 0 && { security }) } } as Resource;
  };
}

const CONFIDENTIALITY = new Set(['U', 'L', 'M', 'N', 'R', 'V']);
const CONFIDENTIALITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const SENSITIVITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

interface Routable {
  readonly row: InboundRow;
  readonly bundle: Bundle;
  readonly stored: Stored;
  readonly steps: StepRecord[];
}

/** Steps decide and route: a decision for each candidate; who may have it gets a delivery, who may not a withheld one with its reason. */
function route({ row, bundle, stored, steps }: Routable, batch: Batch, parts: Parts): Outcome {
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
  return { state: 'done', step: 'route', steps, ...(patientId && { patientId }), deliveries, decisions, audit: audits };
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

async function write(
  db: Queryable,
  done: { rows: readonly InboundRow[]; outcomes: readonly Outcome[]; batch: Batch },
  parts: Parts,
): Promise<void> {
  const { rows, outcomes, batch } = done;
  const { at } = batch;
  await writeResources(db, batch.state.changes, at);
  for (const [index, outcome] of outcomes.entries())
    if (outcome.acknowledges)
      await settleAcknowledgement(
        db,
        {
          bundle: outcome.acknowledges,
          messageId: rows[index]!.id,
          actor: rows[index]!.sender,
          at,
          footing: batch.footing,
        },
        parts,
      );
  const finished = rows.map((row, index): Finished => {
    const { state, step, steps, patientId } = outcomes[index]!;
    return { seq: row.seq, id: row.id, state, step, steps, ...(patientId && { patientId }) };
  });
  await finishMessages(db, finished, at);
  await insertDecisions(
    db,
    outcomes.flatMap((outcome) => outcome.decisions),
    at,
  );
  await audit(
    db,
    outcomes.flatMap((outcome) => outcome.audit),
    at,
  );
  await insertDeliveries(
    db,
    await numberEvents(
      db,
      outcomes.flatMap((outcome) => outcome.deliveries),
    ),
    at,
  );
}

/** Event numbers of subscriptions count what happened, whether or not it may be delivered: a gap says nothing about a patient. */
async function numberEvents(db: Queryable, deliveries: readonly NewDelivery[]): Promise<readonly NewDelivery[]> {
  const counts = new Map<string, number>();
  const subscriptionOf = ({ recipient, state }: NewDelivery) =>
    recipient.startsWith('Subscription/') && state === 'waiting' ? recipient.slice('Subscription/'.length) : undefined;
  for (const delivery of deliveries) {
    const id = subscriptionOf(delivery);
    if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const next = await countEvents(db, counts);
  return deliveries.map((delivery) => {
    const id = subscriptionOf(delivery);
    const number = id ? next.get(id) : undefined;
    if (!id || number === undefined) return delivery;
    next.set(id, number + 1);
    return { ...delivery, eventNumber: String(number) };
  });
}
