import type { Encounter, Patient, Period } from '@medplum/fhirtypes';
import type { StayClass } from './stay.ts';
import {
  classOf,
  endedInDeath,
  hasCpr,
  instant,
  isCancelled,
  isDead,
  isHandedOn,
  isKnownStay,
  isOpen,
  leaveOf,
  startCode,
} from './stay.ts';

/**
 * Which notice of a hospital stay (advis om sygehusophold, MedCom HospitalNotification 3.0.2) a change of the stored stay is. Words:
 * - **fact**: what a notice tells: STAA acute ambulant, STIN admitted, STOR leave, SLOR back from leave, SLHJ ended, MORS died.
 * - **told**: the codes sent so far about this stay to this receiver, oldest first. They decide what may be corrected or cancelled.
 * - **stage**: where the stay is for somebody who has heard what was told.
 */
export const FACTS = ['STAA', 'STIN', 'STOR', 'SLOR', 'SLHJ', 'MORS'] as const;
export type Fact = (typeof FACTS)[number];
export type NoticeCode = Fact | `RE_${Fact}` | `AN_${Fact}`;

/** What the message said happened. `identify`: an unknown patient got a CPR number; `change-class`: HL7 A06/A07. */
export const STAY_EVENTS = [
  'admit',
  'register',
  'change-class',
  'transfer',
  'discharge',
  'leave',
  'return',
  'update',
  'identify',
  'cancel-admit',
  'cancel-transfer',
  'cancel-discharge',
  'cancel-leave',
  'cancel-return',
] as const;
export type StayEvent = (typeof STAY_EVENTS)[number];

/** Where the patient was before this stay; decides on the report of admission. */
export type CameFrom = 'home' | 'other-region' | 'same-region' | 'acute-ambulant-here';

export interface StayChange {
  readonly event: StayEvent;
  /** The stored Encounter before and after the message. */
  readonly before?: Encounter;
  readonly after: Encounter;
  readonly patientBefore?: Patient;
  readonly patientAfter: Patient;
  /** When it happened by the message itself (instant with zone): stands in where the Encounter has no time of it. */
  readonly at: string;
  /** Codes sent so far; without it they are taken to be those the stored `before` would have caused. */
  readonly told?: readonly NoticeCode[];
  readonly cameFrom?: CameFrom;
  /** The instant of the decision; an admission that lies after it is not told yet (S.BR13). */
  readonly now?: string;
}

export interface Notice {
  readonly code: NoticeCode;
  /** Provenance.activity of the message. */
  readonly activity: string;
  readonly class: StayClass;
  readonly status: 'in-progress' | 'onleave' | 'finished' | 'entered-in-error';
  readonly period: Period;
  /** Start, or start and end, of the leave the notice is about. */
  readonly leave?: Period;
  /** true: a death notice; false: a death notice is taken back. */
  readonly deceased?: boolean;
  /** How the message relates to the one before it. */
  readonly role: 'revision' | 'removal';
  /** Whether the municipality is asked for its report of admission (XDIS16). */
  readonly reportOfAdmission: boolean;
}

type Stage = 'none' | 'acute' | 'admitted' | 'leave' | 'ended' | 'dead';

/** Stage after a fact was told. */
const STAGE: Readonly<Record<Fact, Stage>> = {
  STAA: 'acute',
  STIN: 'admitted',
  STOR: 'leave',
  SLOR: 'admitted',
  SLHJ: 'ended',
  MORS: 'dead',
};

/** Provenance.activity of a fact, without `revise-` or `cancel-`; MORS has none of its own. */
const ACTIVITY: Readonly<Record<Exclude<Fact, 'MORS'>, (stay: StayClass) => string>> = {
  STAA: () => 'admit-emergency',
  STIN: () => 'admit-inpatient',
  STOR: () => 'start-leave-inpatient',
  SLOR: () => 'end-leave-inpatient',
  SLHJ: (stay) => `discharge-${stay === 'EMER' ? 'emergency' : 'inpatient'}-home`,
};

/**
 * The notice a change of a stay is, by the code overview and the sequencing rules of HospitalNotification (use cases S1-S7, S.BR5-S.BR26).
 * @returns undefined where there is nothing to tell: an internal move, a clinical update, a hand-over to another hospital, an outpatient
 * visit, a patient without CPR number, or a correction of something that is no longer the latest message
 */
export function noticeOf(change: StayChange): Notice | undefined {
  if (!hasCpr(change.patientAfter)) return undefined;
  const told = change.told ?? toldBy(change.before, change.patientBefore);
  const code = codeOf(change, told);
  return code && noticeFor(code, change, told);
}

export function factOf(code: NoticeCode): Fact {
  return code.slice(-4) as Fact;
}

/** Facts that stand when every cancellation has taken its own away, oldest first. */
export function standing(told: readonly NoticeCode[]): Fact[] {
  const facts: Fact[] = [];
  for (const code of told) {
    if (code.startsWith('AN_')) facts.splice(facts.lastIndexOf(factOf(code)), facts.includes(factOf(code)) ? 1 : 0);
    else if (!code.startsWith('RE_')) facts.push(factOf(code));
  }
  return facts;
}

/**
 * Table 3.5: whether the notice asks the municipality for its report of admission.
 * @param cameFrom where the patient was before; `home` = no earlier stay
 */
export function reportOfAdmissionWanted(code: NoticeCode, cameFrom: CameFrom): boolean {
  return code === 'STAA' || (code === 'STIN' && (cameFrom === 'home' || cameFrom === 'other-region'));
}

function codeOf(change: StayChange, told: readonly NoticeCode[]): NoticeCode | undefined {
  const { event, after } = change;
  const stage = stageOf(told);
  if (event.startsWith('cancel-') || isCancelled(after)) {
    const cancelled = cancellation(change, told);
    if (cancelled || event !== 'cancel-transfer') return cancelled;
  }
  if (stage === 'dead') return hasDied(change) ? correction(change, told) : 'AN_MORS';
  if (hasDied(change)) return stage === 'ended' || !isTellable(change, stage) ? undefined : 'MORS';
  if (after.status === 'finished') return ending(change, told, stage);
  if (after.status === 'onleave') return onLeave(change, told, stage);
  if (!isOpen(after)) return undefined;
  return opening(change, told, stage);
}

/** A notice can be the first of a stay only if it begins one; a death may (dead on arrival). */
function isTellable({ before, after }: StayChange, stage: Stage): boolean {
  return stage !== 'none' || (classOf(after) !== undefined && (before === undefined || !isKnownStay(before)));
}

/** What an event called off, if it is what the latest message told (S.BR22); a wrong type is cancelled, never corrected (S.BR20). */
function cancellation({ event, after }: StayChange, told: readonly NoticeCode[]): NoticeCode | undefined {
  const last = told.at(-1);
  if (!last || last.startsWith('AN_')) return undefined;
  const fact = factOf(last);
  const calledOff: Readonly<Record<Fact, boolean>> = {
    STAA: event === 'cancel-admit' || isCancelled(after),
    STIN:
      event === 'cancel-admit' ||
      isCancelled(after) ||
      (event === 'cancel-transfer' && classOf(after) === 'EMER' && standing(told).includes('STAA')),
    STOR: event === 'cancel-leave',
    SLOR: event === 'cancel-return',
    SLHJ: event === 'cancel-discharge',
    MORS: event === 'cancel-discharge',
  };
  return calledOff[fact] ? `AN_${fact}` : undefined;
}

function ending(change: StayChange, told: readonly NoticeCode[], stage: Stage): NoticeCode | undefined {
  if (stage === 'ended') return correction(change, told);
  if (stage === 'none' || isHandedOn(change.after)) return undefined;
  return 'SLHJ';
}

/** Leave is told only of an admitted patient (S.BR14). */
function onLeave(change: StayChange, told: readonly NoticeCode[], stage: Stage): NoticeCode | undefined {
  if (stage === 'admitted') return 'STOR';
  return stage === 'leave' ? correction(change, told) : undefined;
}

function opening(change: StayChange, told: readonly NoticeCode[], stage: Stage): NoticeCode | undefined {
  const start = startCode(change.after);
  if (!start || isAhead(change)) return undefined;
  if (stage === 'none') return beginsStay(change) ? start : undefined;
  if (stage === 'leave') return 'SLOR';
  if (stage === 'acute' && start === 'STIN') return 'STIN';
  if (stage === 'admitted' && start === 'STAA') return 'STAA';
  // a stay that ended is reopened by cancel-discharge only; a late or repeated message does not reopen it
  return stage === 'ended' ? undefined : correction(change, told);
}

function beginsStay({ event, before }: StayChange): boolean {
  if (event === 'identify') return true;
  if (event === 'admit' || event === 'register' || event === 'change-class') return true;
  return before?.status === 'planned' && event !== 'transfer';
}

/** An update that changed a time or the unit of what was told last; a transfer inside the hospital is none (S.BR5). */
function correction(change: StayChange, told: readonly NoticeCode[]): NoticeCode | undefined {
  const { before, after, event } = change;
  const last = told.at(-1);
  if (!last || last.startsWith('AN_') || !before || event === 'transfer' || event === 'cancel-transfer')
    return undefined;
  const fact = factOf(last);
  const was = toldFacts(fact, before, change.patientBefore);
  const is = toldFacts(fact, after, change.patientAfter);
  // a time that was not known before is news about the stay, not a correction of what was told
  return was.some((each, index) => each !== undefined && each !== is[index]) ? `RE_${fact}` : undefined;
}

/** The times and the unit a notice of this fact tells. */
function toldFacts(fact: Fact, stay: Encounter, patient: Patient | undefined): (string | number | undefined)[] {
  const leave = leaveOf(stay);
  const end = stay.period?.end ?? instant(patient?.deceasedDateTime);
  const own = {
    STAA: [],
    STIN: [],
    STOR: [leave?.start],
    SLOR: [leave?.start, leave?.end],
    SLHJ: [end],
    MORS: [end],
  }[fact];
  const times = [stay.period?.start, ...own].map((time) => time && Date.parse(time));
  return [...times, stay.serviceProvider?.reference ?? stay.serviceProvider?.identifier?.value];
}

function noticeFor(code: NoticeCode, change: StayChange, told: readonly NoticeCode[]): Notice {
  const fact = factOf(code);
  const kind = code.startsWith('RE_') ? 'RE' : code.startsWith('AN_') ? 'AN' : undefined;
  const stay = classFor(fact, change, told);
  return {
    code,
    activity: activityFor(code, stay, told),
    class: stay,
    ...(fact === 'MORS' ? deathState(code, change, told) : state(code, change, told)),
    role: kind === 'AN' && fact !== 'MORS' ? 'removal' : 'revision',
    reportOfAdmission: reportOfAdmissionWanted(code, change.cameFrom ?? camePreviously(told)),
  };
}

/** The class keeps the value of the previous message, but where a stay starts. */
function classFor(fact: Fact, { after }: StayChange, told: readonly NoticeCode[]): StayClass {
  if (fact === 'STAA') return 'EMER';
  const facts = standing(told);
  if (facts.length > 0 && (fact === 'SLHJ' || fact === 'MORS'))
    return facts.findLast((each) => each === 'STAA' || each === 'STIN') === 'STAA' ? 'EMER' : 'IMP';
  return fact === 'MORS' ? (classOf(after) ?? 'IMP') : 'IMP';
}

function activityFor(code: NoticeCode, stay: StayClass, told: readonly NoticeCode[]): string {
  const fact = factOf(code);
  if (fact === 'MORS') return currentActivity(stay, told);
  const base = ACTIVITY[fact](stay);
  return code.startsWith('RE_') ? `revise-${base}` : code.startsWith('AN_') ? `cancel-${base}` : base;
}

/** A death repeats the activity of the latest message; a cancellation cannot be repeated, so then the stage that stands is named. */
function currentActivity(stay: StayClass, told: readonly NoticeCode[]): string {
  const last = told.findLast((code) => factOf(code) !== 'MORS');
  if (last && !last.startsWith('AN_')) return activityFor(last, stay, told);
  if (stageOf(told) === 'leave') return ACTIVITY.STOR(stay);
  return stay === 'EMER' ? ACTIVITY.STAA(stay) : ACTIVITY.STIN(stay);
}

type State = Pick<Notice, 'status' | 'period' | 'leave' | 'deceased'>;

/** When the stay began; of one that becomes of another kind, when it did: that is a stay of its own in HospitalNotification 3.0.2. */
function startOf(code: NoticeCode, { before, after, at }: StayChange, told: readonly NoticeCode[]): string {
  const start = after.period?.start ?? before?.period?.start ?? at;
  const becomes = (code === 'STIN' || code === 'STAA') && standing(told).length > 0;
  return becomes && start === before?.period?.start ? at : start;
}

/** Status and times by the code overview: only those the code is about. */
function state(code: NoticeCode, change: StayChange, told: readonly NoticeCode[]): State {
  const { before, after, at } = change;
  const start = startOf(code, change, told);
  const leave = leaveOf(after) ?? (before && leaveOf(before));
  switch (code) {
    case 'AN_STAA':
    case 'AN_STIN':
      return { status: 'entered-in-error', period: { start } };
    case 'STOR':
    case 'RE_STOR':
    case 'AN_SLOR':
      return { status: 'onleave', period: { start }, leave: { start: leave?.start ?? at } };
    case 'SLOR':
    case 'RE_SLOR':
      return {
        status: 'in-progress',
        period: { start },
        leave: { start: leave?.start ?? start, end: leave?.end ?? at },
      };
    case 'SLHJ':
    case 'RE_SLHJ':
      return { status: 'finished', period: { start, end: after.period?.end ?? at } };
    default:
      return { status: 'in-progress', period: { start } };
  }
}

function deathState(code: NoticeCode, change: StayChange, told: readonly NoticeCode[]): State {
  const { before, after, patientAfter, at } = change;
  const start = after.period?.start ?? before?.period?.start ?? at;
  if (code === 'AN_MORS') {
    const onLeave = stageOf(told.filter((each) => factOf(each) !== 'MORS')) === 'leave';
    const leave = leaveOf(after) ?? (before && leaveOf(before));
    return onLeave
      ? { status: 'onleave', period: { start }, leave: { start: leave?.start ?? at }, deceased: false }
      : { status: 'in-progress', period: { start }, deceased: false };
  }
  const end = after.period?.end ?? instant(patientAfter.deceasedDateTime) ?? at;
  // dead on arrival: start and end are the same moment
  return { status: 'finished', period: { start: told.length === 0 ? end : start, end }, deceased: true };
}

function stageOf(told: readonly NoticeCode[]): Stage {
  const last = standing(told).at(-1);
  return last ? STAGE[last] : 'none';
}

function camePreviously(told: readonly NoticeCode[]): CameFrom {
  return standing(told).at(-1) === 'STAA' ? 'acute-ambulant-here' : 'home';
}

/** What the receiver would have been told of a stay that is stored like this. */
function toldBy(before: Encounter | undefined, patient: Patient | undefined): NoticeCode[] {
  const start = before && startCode(before);
  if (!before || !start || !isKnownStay(before)) return [];
  const leave = leaveOf(before);
  const leaves: NoticeCode[] =
    !leave || start === 'STAA' ? [] : before.status === 'onleave' ? ['STOR'] : ['STOR', 'SLOR'];
  const ends: NoticeCode[] = before.status !== 'finished' ? [] : patient && isDead(patient) ? ['MORS'] : ['SLHJ'];
  return [start, ...leaves, ...ends];
}

function isAhead({ after, now }: StayChange): boolean {
  return now !== undefined && Date.parse(after.period?.start ?? '') > Date.parse(now);
}

function hasDied({ patientAfter, after }: StayChange): boolean {
  return isDead(patientAfter) || endedInDeath(after);
}
