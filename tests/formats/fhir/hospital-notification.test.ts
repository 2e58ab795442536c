import type { Encounter, Patient } from '@medplum/fhirtypes';
import fc from 'fast-check';
import type { HospitalNotificationInput, NoticeCode } from '../../../src/formats/fhir/hospital-notification.ts';
import {
  noticeOf,
  reportOfAdmissionWanted,
  writeHospitalNotification,
} from '../../../src/formats/fhir/hospital-notification.ts';
import { FACTS, STAY_EVENTS } from '../../../src/formats/fhir/notice.ts';
import { judge, judged } from './judge.ts';
import { STAYS } from './stay-cases.ts';
import type { Change } from './stays.ts';
import { encounter, hospital, hour, municipality, patient, patientWith, play, uuid } from './stays.ts';

const admitted: Encounter = encounter({ start: hour(1) });
const input: HospitalNotificationInput = {
  notice: noticeOf({ event: 'admit', at: hour(1), after: admitted, patientAfter: patient })!,
  patient,
  episodeOfCare: [{ system: 'https://sor2.sum.dsdn.dk/#id=265161000016000', value: uuid(1) }],
  sender: hospital,
  receiver: municipality,
  history: [],
  ids: { bundle: uuid(2), message: uuid(3) },
  now: hour(2),
};

test.each(STAYS)('$name', ({ steps, codes }) => {
  expect(play(steps).codes).toEqual(codes);
});

test('the stays make every code of the overview', () => {
  const all = FACTS.flatMap((fact) => [fact, `RE_${fact}`, `AN_${fact}`]);
  expect(all.filter((code) => !STAYS.some(({ codes }) => codes.includes(code)))).toEqual([]);
});

judged('the judge takes every message of every stay, strictly, and each stay as a series', () => {
  const series = STAYS.map(({ steps }) => play(steps).bundles);
  const faults = judge(series)!.map((lines, index) => [STAYS[index]!.name, ...lines]);
  expect(faults.filter(({ length }) => length > 1)).toEqual([]);
});

judged('the judge takes whatever stays are played at random', () => {
  const change: fc.Arbitrary<Change> = fc.record(
    {
      event: fc.constantFrom(...STAY_EVENTS),
      status: fc.constantFrom<Encounter['status'][]>(
        'planned',
        'arrived',
        'in-progress',
        'onleave',
        'finished',
        'cancelled',
      ),
      class: fc.constantFrom('IMP', 'EMER', 'AMB'),
      unit: fc.constantFrom('a', 'b'),
      start: fc.constantFrom(hour(0), hour(1)),
      leave: fc.constantFrom(null, { start: hour(1) }, { start: hour(1), end: hour(2) }, { start: hour(2) }),
      dead: fc.boolean(),
    },
    { requiredKeys: ['event'] },
  );
  // an open stay has no end, a finished one has: the store sees to it
  const settled = (steps: Change[]) => {
    let status: Encounter['status'] = 'in-progress';
    return steps.map((step, index) => {
      status = step.status ?? status;
      return { start: hour(1), ...step, end: status === 'finished' ? hour(index + 1) : null };
    });
  };
  const stays = fc.sample(fc.array(change, { minLength: 1, maxLength: 12 }).map(settled), {
    numRuns: 150,
    seed: 20260504,
  });
  const series = stays.map((steps) => play(steps).bundles).filter(({ length }) => length > 0);
  expect(series.length).toBeGreaterThan(50);
  const faults = judge(series)!;
  expect(faults.flatMap((lines, index) => lines.map((line) => `${index}: ${line}`))).toEqual([]);
});

test('without a list of what was told, the stored stay says it', () => {
  const leave = encounter({ start: hour(1), status: 'onleave', leave: { start: hour(2) } });
  const back = encounter({ start: hour(1), leave: { start: hour(2), end: hour(3) } });
  const ended = encounter({ start: hour(1), status: 'finished', end: hour(4) });
  const dead = patientWith({ dead: true });
  const at = hour(5);
  const code = (before: Encounter, after: Encounter, extra: object = {}) =>
    noticeOf({ event: 'update', at, before, after, patientBefore: patient, patientAfter: patient, ...extra })?.code;
  expect(code(admitted, leave)).toBe('STOR');
  expect(code(leave, back)).toBe('SLOR');
  expect(code(back, ended)).toBe('SLHJ');
  expect(code(ended, admitted, { event: 'cancel-discharge' })).toBe('AN_SLHJ');
  expect(code(back, leave, { event: 'cancel-return' })).toBe('AN_SLOR');
  expect(code(ended, admitted, { patientBefore: dead })).toBe('AN_MORS');
  expect(code(ended, ended, { patientBefore: dead, patientAfter: dead })).toBeUndefined();
});

test('nobody without a CPR number is told of, and one who gets it is told of then', () => {
  const unknown: Patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:1.2.208.176.1.6.1.1', value: '0101901AB2' }],
  };
  const stay = { at: hour(1), after: admitted, told: [] };
  expect(noticeOf({ ...stay, event: 'admit', patientAfter: unknown })).toBeUndefined();
  expect(noticeOf({ ...stay, event: 'identify', before: admitted, patientAfter: patient })?.code).toBe('STIN');
});

test('a stay that becomes of another kind starts when it does, whether the EPJ says so or not', () => {
  const acute = encounter({ class: 'EMER', start: hour(1) });
  const change = {
    event: 'change-class',
    at: hour(5),
    before: acute,
    patientBefore: patient,
    patientAfter: patient,
  } as const;
  const told = ['STAA'] as const;
  const start = (after: Encounter) => noticeOf({ ...change, told, after })?.period.start;
  expect(start(encounter({ start: hour(1) }))).toBe(hour(5));
  expect(start(encounter({ start: hour(4) }))).toBe(hour(4));
});

test('an admission that lies ahead is not told yet', () => {
  const change = { event: 'admit', at: hour(1), after: encounter({ start: hour(9) }), patientAfter: patient } as const;
  expect(noticeOf({ ...change, now: hour(8) })).toBeUndefined();
  expect(noticeOf({ ...change, now: hour(9) })?.code).toBe('STIN');
});

test('a receiver who never heard of a stay does not hear of its leave, end or death', () => {
  const change = { at: hour(3), before: admitted, patientBefore: patient, patientAfter: patient, told: [] } as const;
  expect(
    noticeOf({ ...change, event: 'leave', after: encounter({ start: hour(1), status: 'onleave' }) }),
  ).toBeUndefined();
  expect(
    noticeOf({ ...change, event: 'discharge', after: encounter({ status: 'finished', end: hour(3) }) }),
  ).toBeUndefined();
  expect(
    noticeOf({ ...change, event: 'update', after: admitted, patientAfter: patientWith({ dead: true }) }),
  ).toBeUndefined();
});

test('the report of admission is wanted as the table of the use cases says', () => {
  const wanted = (code: NoticeCode) =>
    (['home', 'other-region', 'same-region', 'acute-ambulant-here'] as const).map((from) =>
      reportOfAdmissionWanted(code, from),
    );
  expect(wanted('STAA')).toEqual([true, true, true, true]);
  expect(wanted('STIN')).toEqual([true, true, false, false]);
  for (const code of ['SLHJ', 'MORS', 'RE_STIN', 'AN_STIN', 'RE_STAA', 'STOR', 'SLOR'] as const)
    expect(wanted(code)).toEqual([false, false, false, false]);
});

test('where the stay came from decides on the request in the header', () => {
  const change = { event: 'admit', at: hour(1), after: admitted, patientAfter: patient } as const;
  expect(noticeOf({ ...change, cameFrom: 'same-region' })?.reportOfAdmission).toBe(false);
  expect(JSON.stringify(writeHospitalNotification(input))).toContain('reportOfAdmissionRecipientExtension');
  const silent = noticeOf({ ...change, cameFrom: 'same-region' })!;
  expect(JSON.stringify(writeHospitalNotification({ ...input, notice: silent }))).not.toContain('reportOfAdmission');
});

test('nothing of the stored patient but number, name and death goes out', () => {
  const rich: Patient = {
    ...patient,
    identifier: [...patient.identifier!, { system: 'urn:oid:1.2.208.176.1.6.1.1', value: '0101901AB2' }],
    address: [{ city: 'Prøveby' }],
    telecom: [{ value: '11111111' }],
    gender: 'female',
    birthDate: '1948-12-25',
    contact: [{ name: { family: 'Nabo' } }],
  };
  const text = JSON.stringify(writeHospitalNotification({ ...input, patient: rich }));
  for (const secret of ['0101901AB2', 'Prøveby', '11111111', 'female', '1948', 'Nabo'])
    expect(text).not.toContain(secret);
});

test('a resend has the same message id and content, another Bundle id and other times', () => {
  const [first, again] = [input, { ...input, ids: { ...input.ids, bundle: uuid(9) }, now: hour(3) }].map(
    writeHospitalNotification,
  );
  const strip = (bundle: typeof first) =>
    JSON.stringify(bundle).replaceAll(hour(2), '').replaceAll(hour(3), '').replaceAll(uuid(9), uuid(2));
  expect(again!.entry![0]!.resource!.id).toBe(first!.entry![0]!.resource!.id);
  expect(again!.id).not.toBe(first!.id);
  expect(strip(again)).toBe(strip(first));
});

test('what a name holds cannot break the narrative', () => {
  const odd = { ...patient, name: [{ use: 'official' as const, family: '<script>alert("x")</script> & \u0001' }] };
  const bundle = writeHospitalNotification({ ...input, patient: odd });
  const found = bundle.entry!.find(({ resource }) => resource?.resourceType === 'Patient')!.resource as Patient;
  expect(found.text!.div).not.toMatch(/<script|&(?!amp;|lt;|gt;|quot;)|\u0001/);
});
