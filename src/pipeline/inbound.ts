import type { Resource } from '@medplum/fhirtypes';
import { type Issue, isFault, issue } from '../errors.ts';
import type { NoticeCode } from '../formats/fhir/hospital-notification.ts';
import { classify } from '../policy/classify.ts';
import { audit, insertDecisions } from '../store/audit.ts';
import { enterCodes, type SeenCode } from '../store/codes.ts';
import { isAway, type Queryable, retryDelay } from '../store/database.ts';
import { insertDeliveries, type NewDelivery, toldNotices } from '../store/deliveries.ts';
import { mergePatients } from '../store/merges.ts';
import {
  claimInbound,
  type Finished,
  finishMessages,
  holdLane,
  type InboundRow,
  type StepRecord,
} from '../store/messages.ts';
import { writeResources } from '../store/resources.ts';
import { countEvents, liveSubscriptions } from '../store/subscriptions.ts';
import { readAcknowledgementOf, settleAcknowledgement } from './acknowledge.ts';
import { BatchState, type Wanted } from './batch.ts';
import { type Conversion, convert } from './convert.ts';
import type { Footing } from './footing.ts';
import { deliveryLane } from './lane.ts';
import type { Batch, Outcome } from './outcome.ts';
import type { Parts } from './parts.ts';
import { wantedBy } from './resolve.ts';
import { route } from './route.ts';
import { type Stored, storeBundle } from './store.ts';

const BATCH = 50;
const ATTEMPTS = 6;

/**
 * Works an inbound lane until it is empty: parse, map, validate, store, decide, route, in batches of one transaction each.
 * A message that breaks the program is parked by itself; a database that is away is thrown, and the lane is offered again.
 */
export async function drainInbound(lane: string, parts: Parts): Promise<void> {
  for (;;) {
    const drained = await withRetry(() => drainOnce(lane, BATCH, parts), parts).catch(async (thrown: unknown) => {
      if (isAway(thrown)) throw thrown;
      return drainSingly(lane, parts);
    });
    if (drained === 0) return;
  }
}

/** Conflicts with other lanes pass: the waits grow and are drawn by lot, so that the same two do not meet again and again. */
async function withRetry<T>(work: () => Promise<T>, parts: Parts, attempts = ATTEMPTS): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      const delay = retryDelay(thrown);
      if (delay === undefined || attempt === attempts) throw thrown;
      await new Promise((wait) => setTimeout(wait, delay + parts.random() * Math.min(delay * 2 ** attempt, 1_000)));
    }
  }
}

/** One message at a time, so that the one at fault is found and the others go on. */
async function drainSingly(lane: string, parts: Parts): Promise<number> {
  const [first] = await claimInbound(parts.db, lane, 1);
  try {
    return await withRetry(() => drainOnce(lane, 1, parts), parts, 2 * ATTEMPTS);
  } catch (thrown) {
    if (isAway(thrown)) throw thrown;
    parts.log.error(
      {
        lane,
        error: (thrown as Error).name,
        code: (thrown as { code?: string }).code,
        at: firstFrame(thrown),
      },
      'a step failed; its message is parked',
    );
    return first ? parkFirst(lane, first.id, parts) : 1;
  }
}

/** Where in the program it happened; the error's text could hold content and is not logged. */
function firstFrame(thrown: unknown): string {
  return /at .*?(src\/[\w/.-]+:\d+)/.exec((thrown as Error).stack ?? '')?.[1] ?? 'unknown';
}

/** Parks the message at fault, and no other: somebody else may have worked it meanwhile. */
function parkFirst(lane: string, id: string, parts: Parts): Promise<number> {
  const at = parts.now().toISOString();
  return parts.db.transaction(async (db) => {
    await holdLane(db, lane);
    const rows = (await claimInbound(db, lane, 1)).filter((row) => row.id === id);
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
    const rows = beforeBarrier(await claimInbound(db, lane, limit));
    if (rows.length === 0) return 0;
    return workRows(rows, { db, at, lanes }, parts);
  });
  parts.offer([...lanes]);
  return count === 0 ? passBarrier(lane, parts) : count;
}

/** The rows up to the first that merges two patients: that one waits until it heads both its lanes. */
function beforeBarrier(rows: readonly InboundRow[]): readonly InboundRow[] {
  const at = rows.findIndex((row) => row.barrier !== null);
  return at < 0 ? rows : rows.slice(0, at);
}

/**
 * Works a merge that heads this lane: under the locks of both lanes, when it heads the other one too. Until then the other lane is drained,
 * which ends at the same message. Positions are given in one order, so merges never wait for each other in a circle.
 */
async function passBarrier(lane: string, parts: Parts): Promise<number> {
  const at = parts.now().toISOString();
  const lanes = new Set<string>();
  let waitsFor: string | undefined;
  const count = await parts.db.transaction(async (db) => {
    const [peeked] = await claimInbound(db, lane, 1);
    if (!peeked?.barrier) return 0;
    for (const one of [lane, peeked.barrier].sort()) await holdLane(db, one);
    const [head] = await claimInbound(db, lane, 1);
    const [other] = await claimInbound(db, peeked.barrier, 1);
    if (head?.id !== peeked.id) return 0;
    if (other?.id === peeked.id) return workRows([head], { db, at, lanes }, parts);
    waitsFor = peeked.barrier;
    return 0;
  });
  parts.offer([...lanes]);
  if (waitsFor === undefined) return count;
  await drainInbound(waitsFor, parts);
  return 1;
}

interface Working {
  readonly db: Queryable;
  readonly at: string;
  /** Delivery lanes that have work after the commit. */
  readonly lanes: Set<string>;
}

async function workRows(rows: readonly InboundRow[], { db, at, lanes }: Working, parts: Parts): Promise<number> {
  const footing = await parts.region.current(db);
  const conversions = rows.map((row) => convert(row, { library: parts.library, directory: footing.directory, at }));
  const batch = await loadBatch(db, conversions, { footing, at });
  const outcomes = rows.map((row, index) => work(row, conversions[index]!, batch, parts));
  await write(db, { rows, outcomes, batch }, parts);
  await enterCodes(
    db,
    rows.flatMap((row, index) => seenCodes(row, conversions[index]!)),
    at,
  );
  for (const delivery of outcomes.flatMap((outcome) => outcome.deliveries))
    if (delivery.state === 'waiting') lanes.add(delivery.lane);
  return rows.length;
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

function seenCodes({ id, sender }: InboundRow, { unmapped }: Conversion): readonly SeenCode[] {
  return unmapped.map(({ conceptMap, system = '', code, display, policy }) => ({
    conceptMap,
    sender,
    system,
    code,
    ...(display && { display }),
    policy,
    messageId: id,
  }));
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
    const { labels } = classify(resource, {
      ...(sourceUnit && { sourceUnit }),
      labelsOfUnit: footing.rules.labelsOfUnit,
    });
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

async function write(
  db: Queryable,
  done: { rows: readonly InboundRow[]; outcomes: readonly Outcome[]; batch: Batch },
  parts: Parts,
): Promise<void> {
  const { rows, outcomes, batch } = done;
  const { at } = batch;
  await writeResources(db, batch.state.changes, at);
  for (const [index, { merges = [] }] of outcomes.entries())
    for (const merge of merges)
      await mergePatients(
        db,
        { ...merge, messageId: rows[index]!.id },
        { at, laneOf: (recipient) => deliveryLane(recipient, merge.into) },
      );
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

/** Only what may leave at acceptance is counted: a number for something withheld would be a gap that tells of it. */
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
