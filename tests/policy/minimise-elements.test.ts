import type { Observation, Patient, Reference, Resource } from '@medplum/fhirtypes';
import { decide } from '../../src/policy/decide.ts';
import type { Terms } from '../../src/policy/decision.ts';
import { itemId, minimise } from '../../src/policy/minimise.ts';
import { ordinary, rules } from './tables.ts';

const SECRET = 'HEMMELIGT';
const open: Terms = {
  categories: null,
  free_text: true,
  attachments: true,
  identity_elements: null,
  elements: null,
  kept_labels: [],
};

function released(resource: Resource, terms: Terms, others: readonly Resource[] = []) {
  const decision = { ...decide(ordinary(), rules), released: [itemId(resource)], terms };
  return minimise([resource, ...others], decision)[0] as unknown as Record<string, unknown>;
}

const observation = (component: object, more: object = {}): Observation =>
  ({
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '1' }] },
    component: [{ interpretation: 'H', ...component }],
    ...more,
  }) as unknown as Observation;

const TEXT = [
  'text',
  'note',
  'comment',
  'description',
  'patientInstruction',
  'additionalInstruction',
  'contentString',
  'valueString',
  'answer',
];
test.each(TEXT)('free text within an element: %s', (name) => {
  const resource = observation({ [name]: SECRET });
  expect(released(resource, { ...open, free_text: false }).component).toEqual([{ interpretation: 'H' }]);
  expect(released(resource, open).component).toEqual([{ interpretation: 'H', [name]: SECRET }]);
});

const FILES = ['contentAttachment', 'valueAttachment', 'photo', 'presentedForm', 'attachment'];
test.each(FILES)('a file within an element: %s', (name) => {
  const resource = observation({ [name]: { data: SECRET } });
  expect(released(resource, { ...open, attachments: false }).component).toEqual([{ interpretation: 'H' }]);
  expect(released(resource, open).component).toEqual([{ interpretation: 'H', [name]: { data: SECRET } }]);
});

test.each(['display', 'id', 'modifierExtension', '_valueCode'])('never leaves, wherever it stands: %s', (name) => {
  expect(released(observation({ [name]: SECRET }), open).component).toEqual([{ interpretation: 'H' }]);
});

test.each([
  'Patient',
  'RelatedPerson',
  'Organization',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'HealthcareService',
])('the text of a name is no free text: %s', (resourceType) => {
  const resource = { resourceType, id: 'x', identifier: [{ text: 'Nord' }] } as unknown as Resource;
  expect(released(resource, { ...open, free_text: false }).identifier).toEqual([{ text: 'Nord' }]);
});

describe('references', () => {
  const performer = (reference: Reference, others: readonly Resource[] = []) =>
    (released(observation({}, { performer: [reference] }), open, others).performer as Reference[] | undefined)?.[0];

  test.each([
    'Patient',
    'Organization',
    'Practitioner',
    'PractitionerRole',
    'Location',
    'HealthcareService',
    'Endpoint',
  ])('to a %s elsewhere stays', (type) =>
    expect(performer({ reference: `${type}/9`, type } as Reference)).toEqual({ reference: `${type}/9`, type }),
  );
  test.each([
    'Condition/9',
    'Observation/9',
    'urn:uuid:9',
    'Practitioner',
    'practitioner/9',
    '#x',
    'x-Practitioner/9/more',
    'urn:oid:9',
  ])('to anything else goes: %s', (reference) => expect(performer({ reference })).toBeUndefined());
  test('absolute and versioned ones are told by type and id', () => {
    const hidden: Resource = { resourceType: 'Practitioner', id: 'h' };
    for (const reference of [
      'https://x.example/fhir/Practitioner/h',
      'Practitioner/h/_history/12',
      'urn:uuid:h',
      'urn:oid:h',
    ])
      expect(performer({ reference }, [hidden])).toBeUndefined();
    expect(
      performer({ reference: 'https://x.example/fhir/Practitioner/other-longer-id/_history/12' }, [hidden]),
    ).toEqual({
      reference: 'https://x.example/fhir/Practitioner/other-longer-id/_history/12',
    });
  });
  test('to oneself by urn stays', () => {
    expect(performer({ reference: 'urn:uuid:o' })).toEqual({ reference: 'urn:uuid:o' });
    expect(performer({ reference: 'urn:oid:o' })).toEqual({ reference: 'urn:oid:o' });
  });
  test('identifiers of persons and places stay, with use and type, and no others', () => {
    const sor = { system: 'urn:oid:1.2.208.176.1.1', value: '1' };
    expect(
      performer({ type: 'Organization', identifier: { use: 'official', ...sor, assigner: { display: SECRET } } }),
    ).toEqual({
      type: 'Organization',
      identifier: { use: 'official', ...sor },
    });
    expect(performer({ identifier: sor })).toEqual({ identifier: sor });
    expect(performer({ reference: 'Condition/9', identifier: sor })).toEqual({ identifier: sor });
    expect(performer({ reference: 'Organization/9', identifier: { system: 'urn:local', value: SECRET } })).toEqual({
      reference: 'Organization/9',
    });
    expect(performer({ identifier: { system: 'urn:local', value: SECRET } })).toBeUndefined();
    expect(performer({ identifier: { value: SECRET } })).toBeUndefined();
    expect(performer({ display: SECRET })).toBeUndefined();
  });
});

test('version and time of the original stay, nothing else of its meta', () => {
  const meta = {
    versionId: '3',
    lastUpdated: '2026-05-12T07:00:00Z',
    profile: ['x'],
    source: SECRET,
    tag: [{ code: SECRET }],
  };
  const [security] = [[{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }]];
  expect(released(observation({}, { meta }), open).meta).toEqual({
    versionId: '3',
    lastUpdated: '2026-05-12T07:00:00Z',
    security,
  });
  expect(released(observation({}), open).meta).toEqual({ security });
});

test('what is left empty is left out', () => {
  const resource = observation({}, { method: { text: SECRET }, note: [], bodySite: { coding: [{ display: SECRET }] } });
  const out = released(resource, { ...open, free_text: false });
  expect(Object.keys(out)).toEqual(['resourceType', 'id', 'meta', 'text', 'status', 'code', 'component']);
});

test('an identifier beside other members is no reference', () => {
  const resource = observation({ device: { identifier: { system: 'urn:local', value: '7' }, status: 'active' } });
  expect(released(resource, open).component).toEqual([
    { interpretation: 'H', device: { identifier: { system: 'urn:local', value: '7' }, status: 'active' } },
  ]);
});

test('nesting comes to an end', () => {
  let deep: unknown = SECRET;
  for (let level = 0; level < 60; level += 1) deep = { extra: deep };
  expect(JSON.stringify(released(observation({ deep }), open))).not.toContain(SECRET);
  let list: unknown = [SECRET];
  for (let level = 0; level < 60; level += 1) list = [list];
  expect(JSON.stringify(released(observation({ list }), open))).not.toContain(SECRET);
});

test('a resource without id is never released by chance', () => {
  const patient = { resourceType: 'Patient', name: [{ family: SECRET }] } as Patient;
  const decision = { ...decide(ordinary(), rules), released: ['Patient/p'], terms: open };
  expect(minimise([patient], decision)).toEqual([]);
});

test('the narrative names elements and what they hold, without systems, addresses and references', () => {
  const resource = observation(
    { valueQuantity: { value: 7, system: 'http://unitsofmeasure.org', code: 'mmol/L' } },
    { subject: { reference: 'Patient/9' }, effectivePeriod: { start: '2026-05-12' }, derivedFrom: [] },
  );
  expect(released(resource, open).text).toEqual({
    status: 'generated',
    div: '<div xmlns="http://www.w3.org/1999/xhtml"><table><tbody><tr><td>status</td><td>final</td></tr><tr><td>code</td><td>1</td></tr><tr><td>effectivePeriod</td><td>2026-05-12</td></tr><tr><td>component</td><td>H 7 mmol/L</td></tr></tbody></table></div>',
  });
});
