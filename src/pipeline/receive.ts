import { createHash } from 'node:crypto';
import { ERRORS, type ErrorCode, type ErrorRow, type Issue, isFault, issue } from '../errors.ts';
import { toOperationOutcome } from '../fhir/outcome.ts';
import type { Format, MessageReading, Reading, SourceMessage, Verdict } from '../formats/format.ts';
import { FORMATS, recogniseFormat } from '../formats/index.ts';
import type { Acceptance, Arrival } from '../store/accept.ts';
import { audit } from '../store/audit.ts';
import { barrierLane, inboundLane } from './lane.ts';
import type { Parts } from './parts.ts';
import type { RegionClient } from './region.ts';

/** Bytes at a door, with who brought them. */
export interface Submission {
  readonly client: RegionClient;
  readonly door: 'http' | 'mllp' | 'file';
  readonly bytes: Uint8Array;
  /** Media type as the sender gave it; the bytes are looked at where it says nothing. */
  readonly contentType?: string;
  /** True: answer in the message's own format wherever it has a receipt. */
  readonly ownReceipt: boolean;
}

/** What the sender gets back, after the commit. */
export interface Receipt {
  readonly format?: string;
  /** Id of the (first) message, for its story. */
  readonly id: string;
  readonly taken: boolean;
  readonly http: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly issues: readonly Issue[];
  /** Lanes that now have work of this submission. */
  readonly lanes?: readonly string[];
}

interface Taking {
  readonly submission: Submission;
  readonly format: Format | undefined;
  readonly reading: Reading;
  readonly ids: readonly string[];
  readonly at: string;
}

const encoder = new TextEncoder();

/**
 * The first step, the same for every door: recognise, read, refuse or take. Resolves after the commit that holds the bytes
 * and their place in a lane; throws where the database is away (nothing was taken, the sender is told to come again).
 */
export async function receive(submission: Submission, parts: Parts): Promise<Receipt> {
  const format = chooseFormat(submission);
  const reading = readWith(format, submission);
  const at = parts.now().toISOString();
  const count = Math.max(1, reading.messages.length);
  const taking: Taking = { submission, format, reading, at, ids: Array.from({ length: count }, () => parts.newId()) };
  const verdicts = judge(taking);
  const first = receiptFor(taking, verdicts, parts);
  const acceptances = await parts.acceptor.accept(arrivals(taking, verdicts, first));
  const lanes = lanesOf(taking, verdicts);
  parts.offer(lanes);
  return { ...(await answer({ taking, verdicts, acceptances, first }, parts)), lanes };
}

function chooseFormat({ bytes, contentType }: Submission): Format | undefined {
  const media = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  const named = FORMATS.filter((format) => media && format.contentTypes.includes(media));
  // application/xml is several formats' word, and many senders say text/plain: then the bytes tell
  return named.length === 1
    ? named[0]
    : (named.find((format) => format.recognise(bytes)) ?? recogniseFormat(bytes) ?? named[0]);
}

function readWith(format: Format | undefined, { bytes }: Submission): Reading {
  if (bytes.length === 0 && !format) return { messages: [], issues: [issue('DOOR-EMPTY')] };
  return format ? format.read(bytes) : { messages: [], issues: [issue('DOOR-FORMAT-UNKNOWN')] };
}

/** One verdict for each message, or a single one where the envelope itself is at fault. */
function judge({ submission, reading }: Taking): readonly Verdict[] {
  const faults = reading.issues.filter(isFault);
  if (faults.length > 0 || reading.messages.length === 0) {
    const issues = faults.length > 0 ? reading.issues : [issue('DOOR-EMPTY')];
    return Array.from({ length: Math.max(1, reading.messages.length) }, () => ({ accepted: false, issues }));
  }
  return refuseTwins(
    reading,
    reading.messages.map((message) => judgeMessage(message, submission.client)),
  );
}

/** Two messages of one interchange under one id: the first is taken, the other would be lost as its repeat. */
function refuseTwins({ messages }: Reading, verdicts: readonly Verdict[]): readonly Verdict[] {
  const seen = new Set<string>();
  return verdicts.map((verdict, part) => {
    const message = messages[part];
    const id = message?.ok ? message.message.controlId : undefined;
    if (!verdict.accepted || !id) return verdict;
    if (seen.has(id)) return { accepted: false, issues: [issue('DOOR-CONTROL-ID-REUSED')] };
    seen.add(id);
    return verdict;
  });
}

function judgeMessage(reading: MessageReading, client: RegionClient): Verdict {
  if (!reading.ok) return { accepted: false, issues: reading.issues };
  if (!speaksFor(client, reading.message)) return { accepted: false, issues: [issue('DOOR-SENDER-UNKNOWN')] };
  return { accepted: true, issues: reading.issues };
}

/** A message that names no sender is the client's own; one that does must name somebody the client may speak for. */
function speaksFor(client: RegionClient, { sender }: SourceMessage): boolean {
  return sender.length === 0 || sender.some(({ value }) => Object.hasOwn(client.senders, value));
}

function arrivals(taking: Taking, verdicts: readonly Verdict[], receipt: Receipt): readonly Arrival[] {
  const { submission, format, reading, ids, at } = taking;
  const digest = createHash('sha256').update(submission.bytes).digest();
  return verdicts.map((verdict, part) => {
    const message = reading.messages[part];
    const source = message?.ok ? message.message : undefined;
    const issues = verdict.issues.length > 0 ? { issues: verdict.issues } : {};
    return {
      id: ids[part]!,
      sender: submission.client.id,
      door: submission.door,
      bodyId: ids[0]!,
      part,
      digest,
      receivedAt: at,
      state: verdict.accepted ? 'received' : 'refused',
      steps: [{ step: 'receive', at, ...issues }],
      receipt: receipt.body,
      receiptType: receipt.contentType,
      ...(part === 0 && { bytes: submission.bytes }),
      ...(format && { format: format.id }),
      ...(source && { type: source.type, structure: source.structure, controlId: source.controlId }),
      ...(verdict.accepted && source && lanesFor(source, submission.client.id)),
    };
  });
}

function lanesFor(source: SourceMessage, client: string): { lane: string; barrier?: string } {
  const lane = inboundLane(source.patient, client);
  const barrier = barrierLane(source.mergedFrom);
  return { lane, ...(barrier && { barrier }) };
}

function lanesOf({ reading, submission }: Taking, verdicts: readonly Verdict[]): readonly string[] {
  return reading.messages.flatMap((message, part) =>
    message.ok && verdicts[part]?.accepted ? [inboundLane(message.message.patient, submission.client.id)] : [],
  );
}

async function answer(
  {
    taking,
    verdicts,
    acceptances,
    first,
  }: { taking: Taking; verdicts: readonly Verdict[]; acceptances: readonly Acceptance[]; first: Receipt },
  parts: Parts,
): Promise<Receipt> {
  const { submission, at } = taking;
  const known = acceptances.flatMap((acceptance) => (acceptance.kind === 'taken' ? [] : [acceptance]))[0];
  if (!known) {
    if (!first.taken) await auditRefusal(taking, verdicts, parts);
    return first;
  }
  const isReused = acceptances.some(({ kind }) => kind === 'reused');
  if (!isReused && known.kind === 'repeat' && known.receipt) {
    await audit(parts.db, [{ kind: 'repeat', actor: submission.client.id, messageId: known.id }], at);
    return { ...first, id: known.id, body: known.receipt, contentType: known.receiptType ?? first.contentType };
  }
  const again = verdicts.map((verdict, part) =>
    acceptances[part]?.kind === 'reused' ? { accepted: false, issues: [issue('DOOR-CONTROL-ID-REUSED')] } : verdict,
  );
  await audit(
    parts.db,
    [
      {
        kind: 'refused',
        actor: submission.client.id,
        messageId: known.id,
        detail: { codes: ['DOOR-CONTROL-ID-REUSED'] },
      },
    ],
    at,
  );
  return { ...receiptFor(taking, again, parts), id: known.id };
}

async function auditRefusal(
  { submission, at, ids }: Taking,
  verdicts: readonly Verdict[],
  parts: Parts,
): Promise<void> {
  const codes = [...new Set(verdicts.flatMap((verdict) => verdict.issues.map((found) => found.code)))];
  await audit(parts.db, [{ kind: 'refused', actor: submission.client.id, messageId: ids[0]!, detail: { codes } }], at);
}

function receiptFor(taking: Taking, verdicts: readonly Verdict[], parts: Parts): Receipt {
  const { submission, format, reading, ids, at } = taking;
  const issues = verdicts.flatMap((verdict) => verdict.issues);
  const taken = verdicts.some((verdict) => verdict.accepted);
  const base = {
    id: ids[0]!,
    taken,
    issues,
    http: taken ? 202 : statusOf(issues),
    ...(format && { format: format.id }),
  };
  const wanted = submission.ownReceipt || format?.id === 'hl7v2';
  const own = wanted
    ? format?.acknowledge(submission.bytes, reading, verdicts, { now: at, newId: parts.newId })
    : undefined;
  if (own) return { ...base, contentType: own.contentType, body: own.body };
  const body = taken ? jsonReceipt(ids, verdicts) : toOperationOutcome(issues);
  return {
    ...base,
    contentType: taken ? 'application/json' : 'application/fhir+json',
    body: encoder.encode(JSON.stringify(body)),
  };
}

function jsonReceipt(ids: readonly string[], verdicts: readonly Verdict[]) {
  return {
    id: ids[0],
    status: 'accepted',
    messages: verdicts.map(({ accepted, issues }, part) => ({
      id: ids[part],
      status: accepted ? 'accepted' : 'refused',
      ...(issues.length > 0 && { outcome: toOperationOutcome(issues) }),
    })),
  };
}

/** The HTTP status of the first fault. */
export function statusOf(issues: readonly Issue[]): number {
  const found = issues.find(isFault);
  const row: ErrorRow | undefined = found && ERRORS[found.code as ErrorCode];
  return row?.http ?? 400;
}
