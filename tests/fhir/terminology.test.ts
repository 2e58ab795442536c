import type { CodeSystem, ValueSet, ValueSetCompose } from '@medplum/fhirtypes';
import { buildTerminology, r4Terminology } from '../../src/fhir/terminology.ts';

const system = {
  resourceType: 'CodeSystem',
  url: 'urn:s',
  status: 'active',
  content: 'complete',
  concept: [{ code: 'a', concept: [{ code: 'a1' }, { code: 'a2' }] }, { code: 'b' }],
} as CodeSystem;
const set = (url: string, compose: ValueSetCompose) =>
  ({ resourceType: 'ValueSet', url, status: 'active', compose }) as ValueSet;
const contains = (compose: ValueSetCompose, code: string, of: string | undefined = 'urn:s', others: ValueSet[] = []) =>
  buildTerminology([set('urn:v', compose), ...others], [system]).contains('urn:v|1.0', of, code);

test.each<[string, ValueSetCompose, string, boolean | undefined]>([
  ['listed', { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] }, 'a', true],
  ['not listed', { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] }, 'b', false],
  ['all of a system', { include: [{ system: 'urn:s' }] }, 'a2', true],
  ['none of a system', { include: [{ system: 'urn:s' }] }, 'x', false],
  ['is-a', { include: [{ system: 'urn:s', filter: [{ property: 'concept', op: 'is-a', value: 'a' }] }] }, 'a', true],
  [
    'descendent-of',
    { include: [{ system: 'urn:s', filter: [{ property: 'concept', op: 'descendent-of', value: 'a' }] }] },
    'a',
    false,
  ],
  [
    'is-not-a',
    { include: [{ system: 'urn:s', filter: [{ property: 'concept', op: 'is-not-a', value: 'a' }] }] },
    'b',
    true,
  ],
  [
    'a filter not known here',
    { include: [{ system: 'urn:s', filter: [{ property: 'colour', op: '=', value: 'red' }] }] },
    'a',
    undefined,
  ],
  [
    'excluded',
    { include: [{ system: 'urn:s' }], exclude: [{ system: 'urn:s', concept: [{ code: 'b' }] }] },
    'b',
    false,
  ],
  ['a system not known here', { include: [{ system: 'urn:other' }] }, 'a', false],
])('%s', (_, compose, code, expected) => {
  expect(contains(compose, code)).toBe(expected);
});

test('a code of a system not known here cannot be told', () => {
  expect(contains({ include: [{ system: 'urn:other' }] }, 'x', 'urn:other')).toBeUndefined();
  const open = buildTerminology([set('urn:v', { include: [{ system: 'urn:other' }] })], []);
  expect(open.contains('urn:v', undefined, 'x')).toBeUndefined();
});

test('a code system that is not complete leaves it open', () => {
  const fragment = { ...system, content: 'fragment' } as CodeSystem;
  const terminology = buildTerminology([set('urn:v', { include: [{ system: 'urn:s' }] })], [fragment]);
  expect(terminology.contains('urn:v', 'urn:s', 'x')).toBeUndefined();
});

test('value sets include value sets; one not known leaves it open, a circle ends', () => {
  const inner = set('urn:inner', { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] });
  expect(contains({ include: [{ valueSet: ['urn:inner'] }] }, 'a', 'urn:s', [inner])).toBe(true);
  expect(contains({ include: [{ valueSet: ['urn:inner'] }] }, 'b', 'urn:s', [inner])).toBe(false);
  expect(contains({ include: [{ valueSet: ['urn:gone'] }] }, 'a')).toBeUndefined();
  expect(contains({ include: [{ valueSet: ['urn:v'] }] }, 'a')).toBeUndefined();
});

test('several sources of one include must all have the code', () => {
  const inner = set('urn:inner', { include: [{ system: 'urn:s', concept: [{ code: 'a' }, { code: 'b' }] }] });
  const compose = { include: [{ system: 'urn:s', concept: [{ code: 'a' }], valueSet: ['urn:inner'] }] };
  expect([contains(compose, 'a', 'urn:s', [inner]), contains(compose, 'b', 'urn:s', [inner])]).toEqual([true, false]);
});

test('FHIR’s own value sets are there', () => {
  const { valueSets, codeSystems } = r4Terminology();
  const terminology = buildTerminology(valueSets, codeSystems);
  expect(terminology.contains('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1', undefined, 'female')).toBe(
    true,
  );
  expect(terminology.contains('http://hl7.org/fhir/ValueSet/administrative-gender', undefined, 'kvinde')).toBe(false);
  const encounterClass = 'http://terminology.hl7.org/ValueSet/v3-ActEncounterCode';
  const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  expect([
    terminology.contains(encounterClass, actCode, 'IMP'),
    terminology.contains(encounterClass, actCode, 'PATDOC'),
  ]).toEqual([true, false]);
});
