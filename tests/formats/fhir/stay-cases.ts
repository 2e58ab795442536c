import type { Change } from './stays.ts';
import { hour } from './stays.ts';

/** Stays of HospitalNotification: what happened step by step, and which notice each step must be (undefined = none). */
export interface StayCase {
  readonly name: string;
  readonly steps: readonly Change[];
  readonly codes: readonly (string | undefined)[];
}

const admit: Change = { event: 'admit', class: 'IMP', start: hour(1), unit: 'a' };
const acute: Change = { event: 'register', class: 'EMER', start: hour(1), unit: 'a' };
const discharge = (at: number): Change => ({ event: 'discharge', status: 'finished', end: hour(at) });
const leave = (at: number): Change => ({ event: 'leave', status: 'onleave', leave: { start: hour(at) } });
const back = (from: number, to: number): Change => ({
  event: 'return',
  status: 'in-progress',
  leave: { start: hour(from), end: hour(to) },
});

export const STAYS: readonly StayCase[] = [
  { name: 'admitted and discharged', steps: [admit, discharge(2)], codes: ['STIN', 'SLHJ'] },
  { name: 'acute ambulant and home', steps: [acute, discharge(2)], codes: ['STAA', 'SLHJ'] },
  {
    name: 'acute, then admitted: no discharge between, no second report',
    steps: [acute, { event: 'admit', class: 'IMP', start: hour(2) }, discharge(3)],
    codes: ['STAA', 'STIN', 'SLHJ'],
  },
  {
    name: 'acute corrected, then called off',
    steps: [
      acute,
      { event: 'update', start: '2026-05-04T00:30:00+02:00' },
      { event: 'cancel-admit', status: 'cancelled' },
    ],
    codes: ['STAA', 'RE_STAA', 'AN_STAA'],
  },
  {
    name: 'admission corrected twice, then called off',
    steps: [
      admit,
      { event: 'update', unit: 'b' },
      { event: 'update', start: '2026-05-04T00:30:00+02:00' },
      { event: 'cancel-admit', status: 'entered-in-error' },
    ],
    codes: ['STIN', 'RE_STIN', 'RE_STIN', 'AN_STIN'],
  },
  {
    name: 'leave and back, both corrected',
    steps: [
      admit,
      leave(2),
      { event: 'update', leave: { start: '2026-05-04T02:30:00+02:00' } },
      back(2, 4),
      { event: 'update', leave: { start: hour(2), end: '2026-05-04T03:30:00+02:00' } },
      { ...discharge(6), leave: null },
      { event: 'update', end: '2026-05-04T05:30:00+02:00' },
    ],
    codes: ['STIN', 'STOR', 'RE_STOR', 'SLOR', 'RE_SLOR', 'SLHJ', 'RE_SLHJ'],
  },
  {
    name: 'leave called off, another leave, its end called off',
    steps: [
      admit,
      leave(2),
      { event: 'cancel-leave', status: 'in-progress', leave: null },
      leave(4),
      back(4, 5),
      { event: 'cancel-return', status: 'onleave', leave: { start: hour(4) } },
      back(4, 7),
      discharge(8),
    ],
    codes: ['STIN', 'STOR', 'AN_STOR', 'STOR', 'SLOR', 'AN_SLOR', 'SLOR', 'SLHJ'],
  },
  {
    name: 'discharged on leave without coming back',
    steps: [admit, leave(2), { ...discharge(3), leave: null }],
    codes: ['STIN', 'STOR', 'SLHJ'],
  },
  {
    name: 'discharge called off and made again',
    steps: [admit, discharge(2), { event: 'cancel-discharge', status: 'in-progress', end: null }, discharge(4)],
    codes: ['STIN', 'SLHJ', 'AN_SLHJ', 'SLHJ'],
  },
  {
    name: 'acute discharge corrected and called off',
    steps: [
      acute,
      discharge(2),
      { event: 'update', end: '2026-05-04T01:30:00+02:00' },
      { event: 'cancel-discharge', status: 'in-progress', end: null },
    ],
    codes: ['STAA', 'SLHJ', 'RE_SLHJ', 'AN_SLHJ'],
  },
  {
    name: 'died in the stay, time corrected, taken back',
    steps: [
      admit,
      { ...discharge(2), dead: true },
      { event: 'update', end: '2026-05-04T01:45:00+02:00' },
      { event: 'cancel-discharge', status: 'in-progress', end: null, dead: false },
      discharge(5),
    ],
    codes: ['STIN', 'MORS', 'RE_MORS', 'AN_MORS', 'SLHJ'],
  },
  {
    name: 'died on leave',
    steps: [admit, leave(2), { event: 'update', died: hour(3) }],
    codes: ['STIN', 'STOR', 'MORS'],
  },
  {
    name: 'died on a corrected leave, taken back',
    steps: [
      admit,
      leave(2),
      { event: 'update', leave: { start: '2026-05-04T02:30:00+02:00' } },
      { event: 'update', dead: true },
      { event: 'update', dead: false },
    ],
    codes: ['STIN', 'STOR', 'RE_STOR', 'MORS', 'AN_MORS'],
  },
  {
    name: 'died after a discharge was called off',
    steps: [
      acute,
      discharge(2),
      { event: 'cancel-discharge', status: 'in-progress', end: null },
      { event: 'discharge', status: 'finished', end: hour(4), disposition: 'exp' },
    ],
    codes: ['STAA', 'SLHJ', 'AN_SLHJ', 'MORS'],
  },
  {
    name: 'dead on arrival',
    steps: [{ ...acute, status: 'finished', end: hour(1), dead: true }],
    codes: ['MORS'],
  },
  {
    name: 'moves inside the hospital and clinical updates are nobody’s news',
    steps: [
      admit,
      { event: 'transfer', unit: 'b' },
      { event: 'update' },
      { event: 'cancel-transfer', unit: 'a' },
      discharge(5),
    ],
    codes: ['STIN', undefined, undefined, undefined, 'SLHJ'],
  },
  {
    name: 'handed over to another hospital: the giving one is silent',
    steps: [admit, { ...discharge(2), disposition: 'other-hcf' }],
    codes: ['STIN', undefined],
  },
  {
    name: 'admitted by a mistaken move from acute',
    steps: [
      acute,
      { event: 'transfer', class: 'IMP', unit: 'b' },
      { event: 'cancel-transfer', class: 'EMER', unit: 'a' },
    ],
    codes: ['STAA', 'STIN', 'AN_STIN'],
  },
  {
    name: 'planned, then there; the plan is not told',
    steps: [
      { event: 'admit', status: 'planned', class: 'IMP', start: hour(1) },
      { event: 'admit', status: 'in-progress' },
    ],
    codes: [undefined, 'STIN'],
  },
  {
    name: 'admitted, then only acute ambulant',
    steps: [admit, { event: 'change-class', class: 'EMER', start: hour(2) }, discharge(3)],
    codes: ['STIN', 'STAA', 'SLHJ'],
  },
  {
    name: 'no leave from an acute ambulant stay',
    steps: [acute, leave(2), { event: 'return', status: 'in-progress', leave: null }, discharge(4)],
    codes: ['STAA', undefined, undefined, 'SLHJ'],
  },
  {
    name: 'only the latest message may be called off or corrected',
    steps: [admit, leave(2), { event: 'cancel-admit', status: 'cancelled' }],
    codes: ['STIN', 'STOR', undefined],
  },
  {
    name: 'a late admission does not reopen a stay that ended',
    steps: [admit, discharge(2), { event: 'admit', status: 'in-progress', end: null }],
    codes: ['STIN', 'SLHJ', undefined],
  },
  {
    name: 'an outpatient visit',
    steps: [{ event: 'register', class: 'AMB', start: hour(1) }, discharge(2)],
    codes: [undefined, undefined],
  },
];
