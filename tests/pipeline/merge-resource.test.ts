import type { Encounter, Patient, Resource } from '@medplum/fhirtypes';
import { firstVersion, mergeResource } from '../../src/pipeline/merge-resource.ts';

const gone = (path: string) => ({
  url: 'http://samspil.dk/fhir/StructureDefinition/deleted-element',
  valueString: path,
});
const LEAVE = 'http://samspil.dk/fhir/StructureDefinition/leave-period';
const stay: Encounter = {
  resourceType: 'Encounter',
  id: 'e',
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  period: { start: '2026-03-10T06:35:00+01:00', end: '2026-03-11T10:00:00+01:00' },
  extension: [{ url: LEAVE, valuePeriod: { start: '2026-03-10T12:00:00+01:00' } }],
};
const person: Patient = {
  resourceType: 'Patient',
  id: 'p',
  identifier: [{ system: 'a', value: '1' }],
  telecom: [
    { use: 'home', value: '1' },
    { use: 'work', value: '2' },
  ],
  deceasedBoolean: true,
};
const told = (more: object) =>
  ({ resourceType: 'Encounter', status: 'in-progress', class: stay.class, ...more }) as unknown as Resource;

test('what is given replaces, what is absent stays, and nothing of the version before is written over', () => {
  const before = structuredClone(stay);
  expect(mergeResource(stay, told({ period: { start: '2026-03-10T07:00:00+01:00' } }))).toMatchObject({
    status: 'in-progress',
    period: { start: '2026-03-10T07:00:00+01:00', end: '2026-03-11T10:00:00+01:00' },
  });
  expect(stay).toEqual(before);
});

test('A13: a discharge taken back takes its end with it', () => {
  const merged = mergeResource(stay, told({ extension: [gone('Encounter.period.end')] })) as Encounter;
  expect(merged.period).toEqual({ start: stay.period!.start });
  expect(merged.extension).toEqual(stay.extension);
});

test('an unknown status and a class without meaning are no news', () => {
  const vague = {
    status: 'unknown',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'NI' },
  };
  expect(mergeResource(stay, told(vague))).toMatchObject({ status: 'finished', class: { code: 'IMP' } });
});

test('A22: the end of a leave keeps the start told before', () => {
  const absent = {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  };
  const back = told({ extension: [{ url: LEAVE, valuePeriod: { _start: absent, end: '2026-03-10T18:00:00+01:00' } }] });
  expect((mergeResource(stay, back) as Encounter).extension).toEqual([
    { url: LEAVE, valuePeriod: { start: '2026-03-10T12:00:00+01:00', end: '2026-03-10T18:00:00+01:00' } },
  ]);
});

test('A53: a leave’s end is taken back by its extension', () => {
  const ended = mergeResource(stay, told({ extension: [{ url: LEAVE, valuePeriod: { start: 'x', end: 'y' } }] }));
  const path = `Encounter.extension('${LEAVE}').value.end`;
  expect((mergeResource(ended, told({ extension: [gone(path)] })) as Encounter).extension).toEqual([
    { url: LEAVE, valuePeriod: { start: 'x' } },
  ]);
});

test('one of several telephones, and a choice element, are deleted by their path', () => {
  const news = {
    resourceType: 'Patient',
    extension: [gone("Patient.telecom.where(use = 'home')"), gone('Patient.deceased')],
  } as Resource;
  const merged = mergeResource(person, news) as Patient;
  expect(merged.telecom).toEqual([{ use: 'work', value: '2' }]);
  expect(merged).not.toHaveProperty('deceasedBoolean');
});

test('identifiers add up', () => {
  const news = { resourceType: 'Patient', identifier: [{ system: 'b', value: '2' }] } as Patient;
  expect((mergeResource(person, news) as Patient).identifier).toEqual([
    { system: 'b', value: '2' },
    { system: 'a', value: '1' },
  ]);
});

test('a first version carries no wishes to delete', () => {
  expect(firstVersion(told({ extension: [gone('Encounter.period.end')] }))).not.toHaveProperty('extension');
});
