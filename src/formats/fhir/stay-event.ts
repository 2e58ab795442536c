import type { Bundle, Encounter } from '@medplum/fhirtypes';
import { eventOf, headerOf, ownProvenance, resolve, resourcesOf } from './message-facts.ts';
import type { StayEvent } from './notice.ts';

/** HL7 v2 trigger events of a stay (table 0003). */
const TRIGGERS: Readonly<Record<string, StayEvent>> = {
  A01: 'admit',
  A02: 'transfer',
  A03: 'discharge',
  A04: 'register',
  A06: 'change-class',
  A07: 'change-class',
  A08: 'update',
  A11: 'cancel-admit',
  A12: 'cancel-transfer',
  A13: 'cancel-discharge',
  A21: 'leave',
  A22: 'return',
  A52: 'cancel-leave',
  A53: 'cancel-return',
};

/** Activities of HospitalNotification, without `revise-` and `cancel-`. */
const ACTIVITIES: Readonly<Record<string, StayEvent>> = {
  'admit-emergency': 'register',
  'admit-inpatient': 'admit',
  'start-leave-inpatient': 'leave',
  'end-leave-inpatient': 'return',
  'discharge-inpatient-home': 'discharge',
  'discharge-emergency-home': 'discharge',
};
const CANCELS: Readonly<Partial<Record<StayEvent, StayEvent>>> = {
  register: 'cancel-admit',
  admit: 'cancel-admit',
  leave: 'cancel-leave',
  return: 'cancel-return',
  discharge: 'cancel-discharge',
};

/**
 * What a message said happened to a stay: the trigger event of its header (HL7 v2), the activity of its Provenance (MedCom), and where it
 * says neither, as a FHIR resource that comes alone, what the change of status tells.
 * @param before the Encounter as it was stored before the message
 */
export function stayEventOf(bundle: Bundle, before?: Encounter): StayEvent {
  const event = eventOf(bundle);
  if (event && Object.hasOwn(TRIGGERS, event)) return TRIGGERS[event]!;
  return activityEvent(bundle) ?? statusEvent(before, resourcesOf(bundle, 'Encounter')[0]);
}

function activityEvent(bundle: Bundle): StayEvent | undefined {
  const header = headerOf(bundle);
  const told = resourcesOf(bundle, 'Provenance').find((each) => resolve(bundle, each.target?.[0]) === header);
  const activity = (told ?? ownProvenance(bundle))?.activity?.coding?.[0]?.code ?? '';
  const base = activity.replace(/^(revise|cancel)-/, '');
  const event = Object.hasOwn(ACTIVITIES, base) ? ACTIVITIES[base] : undefined;
  if (!event || activity === base) return event;
  return activity.startsWith('cancel-') ? CANCELS[event] : 'update';
}

function statusEvent(before: Encounter | undefined, after: Encounter | undefined): StayEvent {
  const was = before?.status;
  const is = after?.status;
  if (is === was) return 'update';
  if (is === 'cancelled' || is === 'entered-in-error') return 'cancel-admit';
  if (is === 'finished') return 'discharge';
  if (is === 'onleave') return 'leave';
  if (was === 'finished') return 'cancel-discharge';
  return was === 'onleave' ? 'return' : is === 'unknown' ? 'update' : 'admit';
}
