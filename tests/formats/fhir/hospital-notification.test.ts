import {
  noticeOf,
  reportOfAdmissionWanted,
  writeHospitalNotification,
} from '../../../src/formats/fhir/hospital-notification.ts';
import type { NoticeCode } from '../../../src/formats/fhir/notice.ts';
import { judge } from './judge.ts';
import { STAYS } from './stay-cases.ts';
import { encounter, hospital, hour, municipality, patient, play, uuid } from './stays.ts';

test.each(STAYS)('$name', ({ steps, codes }) => {
  expect(play(steps).codes).toEqual(codes);
});

test('the stays make every code of the overview', () => {
  const facts = ['STAA', 'STIN', 'STOR', 'SLOR', 'SLHJ', 'MORS'];
  const all = facts.flatMap((fact) => [fact, `RE_${fact}`, `AN_${fact}`]);
  expect(all.filter((code) => !STAYS.some(({ codes }) => codes.includes(code)))).toEqual([]);
});

(judge ? test : test.skip).each(STAYS)('the judge takes every message and the series: $name', ({ steps }) => {
  const { bundles } = play(steps);
  if (bundles.length > 0) expect(judge!(bundles, { flow: true })).toEqual([]);
});
