import type { Bundle, Encounter, Patient } from '@medplum/fhirtypes';
import type { Party, SentNotice, StayChange } from '../../../src/formats/fhir/hospital-notification.ts';
import { noticeOf, sentNotice, writeHospitalNotification } from '../../../src/formats/fhir/hospital-notification.ts';
import { LEAVE_PERIOD } from '../../../src/formats/fhir/stay.ts';

/** One stay played step by step: each step changes the stored stay, asks for its notice and sends it. Ids and times are counted. */
export const hospital: Party = {
  sor: '265161000016000',
  gln: '5790001500016',
  name: 'Akutafdelingen, Prøvehospitalet',
};
export const municipality: Party = { sor: '953741000016009', gln: '5790001500023', name: 'Prøve Kommune' };

export const patient: Patient = {
  resourceType: 'Patient',
  id: 'p',
  identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' }],
  name: [{ use: 'official', family: 'Berggren', given: ['Nancy Ann', 'Test'] }],
};

export type Change = Partial<Pick<StayChange, 'event' | 'cameFrom' | 'now'>> & {
  readonly status?: Encounter['status'];
  readonly class?: string;
  readonly start?: string;
  readonly end?: string | null;
  readonly leave?: { start: string; end?: string } | null;
  readonly disposition?: string;
  readonly unit?: string;
  readonly dead?: boolean;
  readonly died?: string;
};

export function encounter(state: Change): Encounter {
  return {
    resourceType: 'Encounter',
    id: 'e',
    status: state.status ?? 'in-progress',
    class: { code: state.class ?? 'IMP' },
    ...((state.start || state.end) && {
      period: { ...(state.start && { start: state.start }), ...(state.end && { end: state.end }) },
    }),
    ...(state.unit && { serviceProvider: { reference: `Organization/${state.unit}` } }),
    ...(state.leave && { extension: [{ url: LEAVE_PERIOD, valuePeriod: state.leave }] }),
    ...(state.disposition && { hospitalization: { dischargeDisposition: { coding: [{ code: state.disposition }] } } }),
  };
}

export function patientWith({ dead, died }: Change): Patient {
  return {
    ...patient,
    ...(dead !== undefined && { deceasedBoolean: dead }),
    ...(died !== undefined && { deceasedDateTime: died }),
  };
}

export const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
export const hour = (number: number) => `2026-05-04T${String(number).padStart(2, '0')}:00:00+02:00`;

/** Plays a stay; the codes of the notices (undefined where there is none) and the messages sent. */
export function play(steps: readonly Change[]): {
  codes: (string | undefined)[];
  bundles: Bundle[];
  sent: SentNotice[];
} {
  let state: Change = {};
  let before: Encounter | undefined;
  let patientBefore: Patient | undefined;
  const sent: SentNotice[] = [];
  const bundles: Bundle[] = [];
  const codes = steps.map((step, index) => {
    state = { ...state, ...step };
    const after = encounter(state);
    const patientAfter = patientWith(state);
    const at = hour(index + 1);
    const { event = 'update', cameFrom, now } = step;
    const notice = noticeOf({
      event,
      at,
      after,
      patientAfter,
      told: sent.map(({ code }) => code),
      ...(before && { before, patientBefore: patientBefore! }),
      ...(cameFrom && { cameFrom }),
      ...(now && { now }),
    });
    before = after;
    patientBefore = patientAfter;
    if (!notice) return undefined;
    const input = {
      notice,
      patient: patientAfter,
      episodeOfCare: [{ system: 'https://sor2.sum.dsdn.dk/#id=265161000016000', value: uuid(1) }],
      sender: hospital,
      receiver: municipality,
      history: [...sent],
      ids: { bundle: uuid(1000 + index), message: uuid(2000 + index) },
      now: `2026-05-04T${String(index + 1).padStart(2, '0')}:05:00+02:00`,
    };
    bundles.push(writeHospitalNotification(input));
    sent.push(sentNotice(input));
    return notice.code;
  });
  return { codes, bundles, sent };
}
