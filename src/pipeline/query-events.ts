import type { Bundle, Resource } from '@medplum/fhirtypes';
import { notificationBundle } from '../channels/subscription-notification.ts';
import type { ContentLevel } from '../channels/subscription-request.ts';
import { isFault } from '../errors.ts';
import type { Decision } from '../policy/decision.ts';
import { recipientNotice } from '../policy/neutral.ts';
import { type AuditRow, audit, type DecisionRow, insertDecisions } from '../store/audit.ts';
import { type DueDelivery, numberedEvents } from '../store/deliveries.ts';
import type { SubscriptionRow } from '../store/subscriptions.ts';
import { readClaims } from './claims.ts';
import { type Claim, decideClaim, decisionRow, releasedOf } from './decide.ts';
import type { Parts } from './parts.ts';
import { eventOf } from './payload.ts';
import { proofOf } from './release.ts';
import type { Target } from './target.ts';

/** Most events in one answer; whoever wants more asks on from the last number. */
export const MOST_EVENTS = 100;

export interface EventQuery {
  /** Event numbers, inclusive; no `until`: up to the latest. */
  readonly from: string;
  readonly until: string | null;
  readonly content: ContentLevel;
}

/** One event, decided at this moment. */
interface Again {
  readonly due: DueDelivery;
  readonly claim?: Claim;
  readonly row?: DecisionRow;
  readonly decision?: Decision;
  /** What may leave, minimised and conformant; empty: nothing. */
  readonly released: readonly Resource[];
}

/**
 * Events of a subscription once more, as their owner asks for them (`$events`): each is decided anew, with the directives of this moment. One
 * that may not be had keeps its number and time and has nothing else, so that neither a gap nor a shape tells of it. Permits, denials and
 * what is released are on record before the answer leaves.
 */
export async function queryEvents(
  target: Target & { readonly subscription: SubscriptionRow },
  query: EventQuery,
  parts: Parts,
): Promise<Bundle> {
  const { db } = parts;
  const now = parts.now().toISOString();
  const footing = await parts.region.current(db);
  const due = await numberedEvents(db, { recipient: target.id, ...query, limit: MOST_EVENTS });
  const claimOf = await readClaims(due, { db, footing, target }, parts);
  const again = due.map((one) => {
    const claim = claimOf(one);
    return claim ? decideAgain(one, claim, { now, footing, parts }) : { due: one, released: [] };
  });
  const bundle = bundleOf(again, { target, query, now, parts });
  await parts.db.transaction(async (tx) => {
    const decisions = again.flatMap(({ row }) => row ?? []);
    await insertDecisions(tx, decisions, now);
    const endpoint = `${parts.baseUrl()}/fhir/${target.id}/$events`;
    await audit(
      tx,
      again.flatMap((one) => auditOf(one, { bundle, endpoint, client: target.subscription.client })),
      now,
    );
  });
  return bundle;
}

function decideAgain(
  due: DueDelivery,
  claim: Claim,
  { now, footing, parts }: { now: string; footing: Parameters<typeof decideClaim>[1]; parts: Parts },
): Again {
  const decided = decideClaim(claim, footing, now);
  const { messageId, patientId, recipient } = due;
  const row = decisionRow(decided, {
    id: parts.newId(),
    deliveryId: due.id,
    messageId,
    patientId,
    recipient,
    phase: 'query',
  });
  const { decision } = decided;
  const contents = claim.resources.map(({ content }) => content);
  const minimised = releasedOf(decided, contents);
  const isSound = minimised.every((resource) => !parts.library.validate(resource).some(isFault));
  return { due, claim, row, decision, released: isSound ? minimised : [] };
}

const REDACTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'REDACTED' };

function bundleOf(
  again: readonly Again[],
  of: {
    target: Target & { readonly subscription: SubscriptionRow };
    query: EventQuery;
    now: string;
    parts: Parts;
  },
): Bundle {
  const { target, query, now, parts } = of;
  const { id, topic, status, events: eventCount } = target.subscription;
  const bundle = notificationBundle({
    id: parts.newId(),
    statusId: parts.newId(),
    timestamp: now,
    baseUrl: `${parts.baseUrl()}/fhir`,
    type: 'query-event',
    subscription: { id, topic, status, content: query.content, eventCount },
    events: again.map(({ due, released }) => eventOf(due, released)),
  });
  const isTold = again.some(({ decision }) => decision && recipientNotice(decision, target.organisation).filtered);
  return isTold ? { ...bundle, meta: { ...bundle.meta, security: [REDACTED] } } : bundle;
}

function auditOf(
  { due, claim, row, released }: Again,
  { bundle, endpoint, client }: { bundle: Bundle; endpoint: string; client: string },
): readonly AuditRow[] {
  if (!row || !claim) return [];
  const about = { messageId: due.messageId, deliveryId: due.id, decisionId: row.id, patientId: due.patientId };
  const { recipient } = due;
  const { codes } = (row.content as { decision: Decision }).decision;
  const decided = { ...about, kind: 'decided', actor: 'samspil', detail: { recipient, codes } };
  if (released.length === 0) return [decided];
  const before = claim.resources.map(({ content }) => content);
  const proof = proofOf({ endpoint, before, after: new TextEncoder().encode(JSON.stringify(bundle)) });
  return [
    decided,
    { ...about, kind: 'released', actor: client, detail: { recipient, outcome: 'delivered', ...proof } },
  ];
}
