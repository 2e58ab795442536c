import type { AuditEvent } from '@medplum/fhirtypes';
import { directiveAuditEvent, overrideAuditEvent } from '../policy/audit-change.ts';
import { CITIZEN_TEXTS, citizenView } from '../policy/audit-citizen.ts';
import { type Decided, decisionAuditEvent, releaseAuditEvent } from '../policy/audit-event.ts';
import { explain } from '../policy/explain.ts';
import { type AuditedRow, auditOfPatient } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import type { Region } from './region.ts';

/** Who reads: the protection officer sees ids and codes, the citizen sentences and names of organisations. */
export type AuditReader = 'officer' | 'citizen';

export interface TrailQuery {
  readonly patientId: string;
  readonly reader: AuditReader;
  /** Only what was recorded before this place: the next page. */
  readonly before: string | null;
  readonly limit: number;
}

export interface Trail {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** Where the next page starts; absent: there is none. */
  readonly next?: string;
}

interface Rendered {
  readonly event: AuditEvent;
  /** For the citizen; absent: the event says nothing that another does not say better. */
  readonly text?: string;
}

type Rendering = (row: AuditedRow, observer: string) => Rendered | undefined;

/** What there is on a patient, by kind of audit row. */
const RENDERINGS: Readonly<Record<string, Rendering>> = {
  decided: renderDecision,
  released: renderRelease,
  tried: renderRelease,
  directive: (row, observer) => ({
    event: directiveAuditEvent(row.detail as never, changeContext(row, observer)),
    text: CITIZEN_TEXTS.directive,
  }),
  emergency: (row, observer) => ({
    event: overrideAuditEvent(row.detail as never, changeContext(row, observer)),
    text: CITIZEN_TEXTS.emergency,
  }),
};
export const AUDITED_KINDS: readonly string[] = Object.keys(RENDERINGS);

/** What happened with a patient's data and directives, as AuditEvents (BALP shapes), out of the append-only record. */
export async function auditTrail(
  db: Queryable,
  { patientId, reader, before, limit }: TrailQuery,
  { region, observer }: { region: Region; observer: string },
): Promise<Trail> {
  const rows = await auditOfPatient(db, { patientId, kinds: AUDITED_KINDS, before, limit });
  const events = rows.flatMap((row) => {
    const rendered = RENDERINGS[row.kind]?.(row, observer);
    if (!rendered) return [];
    if (reader === 'officer') return [rendered.event];
    const { text } = rendered;
    const nameOf = (id: string) => region.organisations.get(id)?.name;
    return text ? [citizenView(rendered.event, { text, nameOf })] : [];
  });
  return { events, ...(rows.length === limit && { next: rows.at(-1)!.seq }) };
}

const eventId = ({ seq }: AuditedRow) => `audit-${seq}`;

function contextOf(row: AuditedRow, observer: string) {
  return {
    id: eventId(row),
    recorded: row.at.toISOString(),
    decision: row.decisionId!,
    patient: row.patientId,
    observer,
    ...(row.messageId && { message: row.messageId }),
  };
}

function changeContext(row: AuditedRow, observer: string) {
  return { id: eventId(row), recorded: row.at.toISOString(), patient: row.patientId, observer, client: row.actor };
}

function renderDecision(row: AuditedRow, observer: string): Rendered | undefined {
  if (!row.decision) return undefined;
  const decided = row.decision as Decided;
  const event = decisionAuditEvent(decided, contextOf(row, observer));
  // a permit at acceptance releases nothing: the decision that does comes later and has its own event
  const isLast = row.phase !== 'acceptance' || decided.decision.decision === 'deny';
  return { event, ...(isLast && { text: explain(decided.decision, 'patient', 'da') }) };
}

interface ReleaseDetail {
  readonly outcome: string;
  readonly reason?: string;
  readonly endpoint?: string;
  readonly sha256Before: string;
  readonly sha256After: string;
}

/** Bytes that left: taken, refused, or perhaps arrived. What is tried again is told of when it is done. */
function renderRelease(row: AuditedRow, observer: string): Rendered | undefined {
  const { outcome, reason, endpoint, sha256Before, sha256After } = row.detail as unknown as ReleaseDetail;
  if (!row.decision || endpoint === undefined) return undefined;
  const event = releaseAuditEvent(row.decision as Decided, {
    ...contextOf(row, observer),
    delivery: row.deliveryId!,
    endpoint,
    payloadBefore: sha256Before,
    payloadAfter: sha256After,
  });
  if (outcome === 'delivered') return { event, text: CITIZEN_TEXTS.released };
  return { event: { ...event, outcome: '4', ...(reason && { outcomeDesc: reason }) }, text: CITIZEN_TEXTS.refused };
}
