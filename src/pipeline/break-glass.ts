import { done, issue, type Result, refused } from '../errors.ts';
import { danishDate } from '../fhir/danish-time.ts';
import { audit } from '../store/audit.ts';
import type { Queryable } from '../store/database.ts';
import {
  countEmergencies,
  insertEmergency,
  type Reopened,
  reopenWithheld,
  setEventNumbers,
} from '../store/emergencies.ts';
import { findPatients } from '../store/resources.ts';
import { countEvents, liveSubscriptions } from '../store/subscriptions.ts';
import type { Parts } from './parts.ts';

const HOUR = 3_600_000;
const SUBSCRIPTION = 'Subscription/';
/** An override holds for eight hours, and reaches back as far. */
export const OVERRIDE_HOURS = 8;
/** More than this many in a day by one person is worth somebody's look. */
const ALARM_ABOVE = 3;
const WORKING_DAYS = 3;

export interface Declaration {
  readonly patient: { readonly system: string; readonly value: string };
  /** Organisation of the region it is declared for: one unit. */
  readonly recipient: string;
  readonly kind: 'patient-unreachable' | 'patient-agrees';
  readonly reason: string;
  readonly person: string;
  readonly role: string;
  readonly client: string;
}

export interface Declared {
  readonly id: string;
  readonly validUntil: string;
  readonly followUpDue: string;
}

/**
 * Declares an emergency override (§ 41 stk. 2 nr. 4, § 42 a stk. 2): what the law makes of it is the decision's to say. What was withheld
 * from that unit in the last eight hours is decided anew. Audited, queued for follow-up, and an alarm where one person does it often.
 */
export async function declareEmergency(given: Declaration, parts: Parts): Promise<Result<Declared>> {
  const { region } = await parts.region.current(parts.db);
  if (!region.organisations.has(given.recipient)) return refused(issue('EMERGENCY-RECIPIENT', 'recipient'));
  const [patientId] = (await findPatients(parts.db, [given.patient])).values();
  if (!patientId) return refused(issue('EMERGENCY-PATIENT', 'patient'));
  const at = parts.now();
  const now = at.toISOString();
  const id = parts.newId();
  const dueAt = workingDaysAfter(at, WORKING_DAYS);
  const since = new Date(at.getTime() - OVERRIDE_HOURS * HOUR).toISOString();
  const subscribed = (await liveSubscriptions(parts.db)).filter(
    ({ client }) => region.clients.get(client)?.organisation === given.recipient,
  );
  const named = [...region.recipients.values()].filter(({ organisation }) => organisation === given.recipient);
  const recipients = [...named.map((one) => one.id), ...subscribed.map((one) => `Subscription/${one.id}`)];
  const { lanes, count } = await parts.db.transaction(async (db) => {
    await insertEmergency(db, { ...given, id, patientId, declaredAt: now, dueAt });
    await audit(
      db,
      [
        {
          kind: 'emergency',
          actor: given.client,
          patientId,
          detail: {
            emergency: id,
            person: given.person,
            role: given.role,
            recipient: given.recipient,
            override: given.kind,
          },
        },
      ],
      now,
    );
    const day = new Date(at.getTime() - 24 * HOUR).toISOString();
    const declared = await countEmergencies(db, { client: given.client, person: given.person, since: day });
    if (declared > ALARM_ABOVE)
      await audit(
        db,
        [
          {
            kind: 'alarm',
            actor: given.client,
            detail: { alarm: 'emergency-rate', person: given.person, count: declared },
          },
        ],
        now,
      );
    const reopened = await reopenWithheld(db, { patientId, recipients, since, now });
    await numberReopened(db, reopened);
    return { lanes: [...new Set(reopened.map(({ lane }) => lane))], count: declared };
  });
  if (count > ALARM_ABOVE)
    parts.log.warn({ client: given.client, count }, 'one person declares many emergency overrides');
  parts.offer(lanes);
  return done({ id, validUntil: new Date(at.getTime() + OVERRIDE_HOURS * HOUR).toISOString(), followUpDue: dueAt });
}

/** An event withheld when it came was never counted; its subscriber's count goes on with it. */
async function numberReopened(db: Queryable, reopened: readonly Reopened[]): Promise<void> {
  const uncounted = reopened
    .filter(({ recipient, eventNumber }) => recipient.startsWith(SUBSCRIPTION) && eventNumber === null)
    .sort((one, other) => Number(one.seq) - Number(other.seq));
  const bySubscription = Map.groupBy(uncounted, ({ recipient }) => recipient.slice(SUBSCRIPTION.length));
  const counts = new Map([...bySubscription].map(([id, events]) => [id, events.length]));
  const first = await countEvents(db, counts);
  const numbers = [...bySubscription].flatMap(([id, events]) =>
    events.map((event, place) => [event.id, (first.get(id) ?? 1) + place] as const),
  );
  await setEventNumbers(db, new Map(numbers));
}

/** Monday to Friday, by the Danish calendar day; holidays are not known here and only make the date earlier. */
export function workingDaysAfter(from: Date, days: number): string {
  let at = from.getTime();
  for (let left = days; left > 0; ) {
    at += 24 * HOUR;
    const weekday = new Date(`${danishDate(new Date(at).toISOString())}T12:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return new Date(at).toISOString();
}
