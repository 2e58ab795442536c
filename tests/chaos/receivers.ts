import type { Bundle, Encounter, Parameters, Patient } from '@medplum/fhirtypes';
import { writeAcknowledgement } from '../../src/formats/fhir/acknowledgement.ts';
import type { Answer, Received } from '../helpers/receiver.ts';

/** What a recipient has seen, one row per request in the order they came. */
export interface Seen {
  /** MessageHeader.id, or the webhook's id: what a repeat has in common with the first. */
  readonly id: string;
  readonly cpr?: string;
  /** `admission status`. */
  readonly notice?: string;
  readonly eventNumber?: number;
}

const find = <T>(bundle: Bundle, type: string) =>
  bundle.entry?.find(({ resource }) => resource?.resourceType === type)?.resource as T | undefined;

/** A municipality that reads HospitalNotifications and acknowledges each in its answer, repeats too. */
export function municipality(seen: Seen[]) {
  return ({ body }: Received): Answer => {
    const original = JSON.parse(String(body)) as Bundle;
    const stay = find<Encounter>(original, 'Encounter');
    const cpr = find<Patient>(original, 'Patient')?.identifier?.[0]?.value;
    const id = original.entry![0]!.resource!.id!;
    seen.push({ id, notice: `${stay?.period?.start?.slice(0, 10)} ${stay?.status}`, ...(cpr && { cpr }) });
    const ids = { bundle: crypto.randomUUID(), message: crypto.randomUUID() };
    const answer = writeAcknowledgement({ original, code: 'ok', issues: [], ids, now: new Date().toISOString() });
    return { status: 200, contentType: 'application/fhir+json', body: JSON.stringify(answer) };
  };
}

/** A subscriber to the R5 backport: it knows an event by its number and the delivery by the webhook's id. */
export function subscriber(seen: Seen[]) {
  return ({ headers, body }: Received): Answer => {
    const status = find<Parameters>(JSON.parse(String(body)) as Bundle, 'Parameters');
    const isEvent = status?.parameter?.some(
      ({ name, valueCode }) => name === 'type' && valueCode === 'event-notification',
    );
    const event = status?.parameter?.find(({ name }) => name === 'notification-event');
    const number = event?.part?.find(({ name }) => name === 'event-number')?.valueString;
    if (isEvent) seen.push({ id: String(headers['webhook-id']), eventNumber: Number(number) });
    return { status: 200 };
  };
}

/** A recipient that now and then says it is busy, and now and then takes a message and does not answer. */
export function moody(answer: (request: Received) => Answer, random: () => number) {
  return async (request: Received): Promise<Answer> => {
    if (random() < 0.01) return { status: 503 };
    const taken = answer(request);
    if (random() < 0.01) return { status: 502 };
    return taken;
  };
}
