import type { Encounter, Patient, Period } from '@medplum/fhirtypes';
import { SYSTEM } from '../../fhir/identifiers.ts';

/** What the stored stay and its patient say, in the words the rules on notices use. */

/** Canonical of the hub's own extension on a stored Encounter: the current or latest leave. */
export const LEAVE_PERIOD = 'http://samspil.dk/fhir/StructureDefinition/leave-period';

export type StayClass = 'IMP' | 'EMER';

const CLASSES: ReadonlyMap<string, StayClass> = new Map([
  ['IMP', 'IMP'],
  ['ACUTE', 'IMP'],
  ['NONAC', 'IMP'],
  ['EMER', 'EMER'],
]);
const OPEN = new Set(['arrived', 'triaged', 'in-progress']);
const CANCELLED = new Set(['cancelled', 'entered-in-error']);
/** Dispositions that hand the patient on: the receiving hospital tells, the giving one does not (S.BR17-19; hospice likewise). */
const HANDED_ON = new Set(['other-hcf', 'hosp', 'psy', '02', '05', '51']);
const DIED = new Set(['exp', '20']);

export function isOpen({ status }: Encounter): boolean {
  return OPEN.has(status);
}

export function isCancelled({ status }: Encounter): boolean {
  return CANCELLED.has(status);
}

export function isKnownStay(stay: Encounter): boolean {
  return isOpen(stay) || stay.status === 'onleave' || stay.status === 'finished';
}

export function startCode(stay: Encounter): 'STAA' | 'STIN' | undefined {
  const found = classOf(stay);
  return found && (found === 'EMER' ? 'STAA' : 'STIN');
}

export function classOf(stay: Encounter): StayClass | undefined {
  return CLASSES.get(stay.class?.code ?? '');
}

export function hasCpr(patient: Patient): boolean {
  return (
    patient.identifier?.some(({ system, value }) => system === SYSTEM.cpr && /^\d{10}$/.test(value ?? '')) ?? false
  );
}

export function isDead(patient: Patient): boolean {
  return patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined;
}

export function isHandedOn(stay: Encounter): boolean {
  return dispositions(stay).some((code) => HANDED_ON.has(code));
}

function dispositions(stay: Encounter): string[] {
  return stay.hospitalization?.dischargeDisposition?.coding?.flatMap(({ code }) => code ?? []) ?? [];
}

export function leaveOf(stay: Encounter): Period | undefined {
  return stay.extension?.find(({ url }) => url === LEAVE_PERIOD)?.valuePeriod;
}

/** A time with a clock; a date alone cannot stand where an instant must. */
export function instant(time: string | undefined): string | undefined {
  return time?.includes('T') ? time : undefined;
}

export function endedInDeath(stay: Encounter): boolean {
  return dispositions(stay).some((code) => DIED.has(code));
}
