import type { Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import type { Issue } from '../../src/errors.ts';
import { isFault, sentence } from '../../src/errors.ts';
import { compileValidator } from '../../src/fhir/validate.ts';
import { notification, patient, valid } from './resources.ts';

const validator = compileValidator({ structureDefinitions: [], valueSets: [], codeSystems: [] });
const faults = (resource: unknown) => validator.validate(resource as Resource).filter(isFault);
const told = (resource: unknown) => faults(resource).map(({ code, place }) => `${code} ${place}`);

test.each(valid.map((resource) => [resource.resourceType, resource] as const))(
  'a valid %s has no fault',
  (_, resource) => {
    expect(faults(resource)).toEqual([]);
  },
);

const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };

test.each<[string, unknown, string]>([
  ['an element that does not exist', { resourceType: 'Patient', foo: 1 }, 'FHIR-ELEMENT-UNKNOWN Patient.foo'],
  ['one deeper', { resourceType: 'Patient', name: [{ foo: 1 }] }, 'FHIR-ELEMENT-UNKNOWN Patient.name[0].foo'],
  ['a name no element has', { resourceType: 'Patient', '2512489996': 1 }, 'FHIR-ELEMENT-UNKNOWN Patient.?'],
  ['a choice by its bare name', { ...observation, value: 'x' }, 'FHIR-ELEMENT-UNKNOWN Observation.value'],
  ['a choice of no such type', { ...observation, valueAddress: {} }, 'FHIR-ELEMENT-UNKNOWN Observation.valueAddress'],
  ['two types of one choice', { ...observation, valueString: 'x', valueInteger: 1 }, 'FHIR-CHOICE Observation.value'],
  ['a required element missing', { resourceType: 'Observation', status: 'final' }, 'FHIR-MIN Observation.code'],
  [
    'a required choice missing',
    { resourceType: 'MessageHeader', source: { endpoint: 'urn:x' } },
    'FHIR-MIN MessageHeader.event',
  ],
  ['a list given singly', { resourceType: 'Patient', name: { family: 'x' } }, 'FHIR-LIST-EXPECTED Patient.name'],
  ['a single given as list', { resourceType: 'Patient', gender: ['male'] }, 'FHIR-SINGLE-EXPECTED Patient.gender'],
  ['an empty list', { resourceType: 'Patient', name: [] }, 'FHIR-ELEMENT-EMPTY Patient.name'],
  ['an empty object', { resourceType: 'Patient', maritalStatus: {} }, 'FHIR-ELEMENT-EMPTY Patient.maritalStatus'],
  ['an empty string', { resourceType: 'Patient', id: '' }, 'FHIR-ELEMENT-EMPTY Patient.id'],
  ['null', { resourceType: 'Patient', gender: null }, 'FHIR-JSON-TYPE Patient.gender'],
  ['null in a list', { resourceType: 'Patient', name: [null] }, 'FHIR-JSON-TYPE Patient.name[0]'],
  [
    'null in a list without companion',
    { resourceType: 'Patient', name: [{ given: ['a', null] }] },
    'FHIR-JSON-TYPE Patient.name[0].given[1]',
  ],
  ['a number for a string', { resourceType: 'Patient', id: 1 }, 'FHIR-JSON-TYPE Patient.id'],
  [
    'a string for a number',
    { ...observation, valueQuantity: { value: '1' } },
    'FHIR-JSON-TYPE Observation.value.value',
  ],
  ['a string for an object', { resourceType: 'Patient', name: ['x'] }, 'FHIR-JSON-TYPE Patient.name[0]'],
  ['a malformed date', { resourceType: 'Patient', birthDate: '1948-13-01' }, 'FHIR-FORMAT Patient.birthDate'],
  ['a day that does not exist', { resourceType: 'Patient', birthDate: '2025-02-29' }, 'FHIR-FORMAT Patient.birthDate'],
  [
    'a time without zone',
    { ...observation, effectiveDateTime: '2026-03-01T08:30:00' },
    'FHIR-FORMAT Observation.effective',
  ],
  ['a code of no required set', { resourceType: 'Patient', gender: 'kvinde' }, 'FHIR-CODE Patient.gender'],
  ['a code with a space too many', { resourceType: 'Patient', gender: 'a  b' }, 'FHIR-FORMAT Patient.gender'],
  ['an invariant', { resourceType: 'Patient', contact: [{ gender: 'male' }] }, 'FHIR-INVARIANT Patient.contact[0]'],
  [
    'an invariant on a data type',
    { ...observation, effectivePeriod: { start: '2026-02-01', end: '2026-01-01' } },
    'FHIR-INVARIANT Observation.effective',
  ],
  [
    'a reference to the wrong type',
    { ...observation, subject: { reference: 'Organization/1' } },
    'FHIR-REFERENCE-TYPE Observation.subject',
  ],
  [
    'a local reference to nothing',
    { ...observation, subject: { reference: '#p' } },
    'FHIR-INVARIANT Observation.subject',
  ],
  [
    'a contained resource nobody uses',
    { ...observation, contained: [{ resourceType: 'Patient', id: 'p' }] },
    'FHIR-INVARIANT Observation',
  ],
  [
    'a contained resource that is wrong',
    { ...observation, contained: [{ resourceType: 'Patient', id: 'p', foo: 1 }], subject: { reference: '#p' } },
    'FHIR-ELEMENT-UNKNOWN Observation.contained[0].foo',
  ],
  [
    'a resource of no type',
    { ...observation, contained: [{ id: 'p' }], subject: { reference: '#p' } },
    'FHIR-NOT-A-RESOURCE Observation.contained[0]',
  ],
  ['a data type as resource', { resourceType: 'HumanName' }, 'FHIR-RESOURCE-TYPE Resource'],
  ['an abstract resource', { resourceType: 'DomainResource' }, 'FHIR-RESOURCE-TYPE DomainResource'],
  [
    'an extension with value and children',
    {
      resourceType: 'Patient',
      extension: [{ url: 'http://x.example', valueCode: 'a', extension: [{ url: 'b', valueCode: 'c' }] }],
    },
    'FHIR-INVARIANT Patient.extension[0]',
  ],
  [
    'an extension beside a primitive',
    { resourceType: 'Patient', _birthDate: { foo: 1 } },
    'FHIR-ELEMENT-UNKNOWN Patient.birthDate.foo',
  ],
  [
    'a narrative with a script',
    {
      resourceType: 'Patient',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' },
    },
    'FHIR-NARRATIVE Patient.text.div',
  ],
  [
    'a fullUrl that is not absolute',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'Patient/1', resource: { resourceType: 'Patient', id: '1' } }],
    },
    'FHIR-FULLURL Bundle.entry[0].fullUrl',
  ],
  [
    'a fullUrl of another id',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'https://x.example/Patient/2', resource: { resourceType: 'Patient', id: '1' } }],
    },
    'FHIR-FULLURL Bundle.entry[0].fullUrl',
  ],
  [
    'the same fullUrl twice',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [1, 2].map(() => ({
        fullUrl: 'urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c',
        resource: { resourceType: 'Patient' },
      })),
    },
    'FHIR-INVARIANT Bundle',
  ],
  [
    'a message without header',
    {
      resourceType: 'Bundle',
      type: 'message',
      entry: [{ fullUrl: 'urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c', resource: { resourceType: 'Patient' } }],
    },
    'FHIR-INVARIANT Bundle',
  ],
  [
    'a wrong resource in an entry',
    {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        {
          fullUrl: 'urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c',
          resource: { resourceType: 'Patient', gender: 'x' },
        },
      ],
    },
    'FHIR-CODE Bundle.entry[0].resource.gender',
  ],
])('%s is told with its place', (_, resource, expected) => {
  expect(told(resource)).toEqual([expected]);
});

test.each([[undefined], [null], [1], ['Patient'], [[]], [{}], [{ resourceType: 1 }]])('%p is no resource', (value) => {
  expect(faults(value)).toEqual([{ code: 'FHIR-NOT-A-RESOURCE', severity: 'error' }]);
});

test('a claim to a profile that is not known is a warning at its place', () => {
  const resource = { resourceType: 'Patient', meta: { profile: ['http://example.com/unknown'] } };
  expect(validator.validate(resource as Resource).filter(({ code }) => code === 'FHIR-PROFILE-UNKNOWN')).toEqual([
    { code: 'FHIR-PROFILE-UNKNOWN', severity: 'warning', place: 'Patient.meta.profile[0]' },
  ]);
});

test('a profile asked for that is not known is an error', () => {
  expect(validator.validate(patient(), { profiles: ['http://example.com/unknown'] }).filter(isFault)).toEqual([
    { code: 'FHIR-PROFILE-UNKNOWN', severity: 'error', place: 'Patient' },
  ]);
});

test('issues are not listed without end, and warnings crowd out no errors', () => {
  const errors = faults({ resourceType: 'Patient', name: Array(5000).fill({ foo: 1 }) });
  expect([errors.length, errors.at(-1)!.code]).toEqual([501, 'FHIR-TOO-MANY']);
  const entry = Array.from({ length: 2000 }, (_, at) => ({
    fullUrl: `urn:x:${at}`,
    resource: { resourceType: 'Patient', active: true },
  }));
  const bundle = { resourceType: 'Bundle', type: 'collection', entry };
  expect(faults(bundle)).toEqual([]);
  expect(validator.validate(bundle as Resource).at(-1)).toMatchObject({ code: 'FHIR-TOO-MANY', severity: 'warning' });
  const last = { ...entry[0], fullUrl: 'urn:y', resource: { resourceType: 'Patient', gender: 'x' } };
  expect(told({ ...bundle, entry: [...entry, last] })).toEqual(['FHIR-CODE Bundle.entry[2000].resource.gender']);
});

function nested(levels: number): unknown {
  let value: unknown = { url: 'http://x.example', valueCode: 'x' };
  for (let level = 0; level < levels; level++) value = { url: 'http://x.example', extension: [value] };
  return value;
}

test.each<[string, unknown]>([
  ['extensions', { resourceType: 'Patient', extension: [nested(50_000)] }],
  ['an unknown element', { resourceType: 'Patient', foo: nested(50_000) }],
  ['a primitive', { resourceType: 'Patient', birthDate: nested(50_000) }],
  [
    'a coding',
    {
      ...observation,
      code: { coding: [{ code: 'x', foo: nested(50_000) }] },
      component: [{ code: { coding: [{ code: 'x', foo: nested(50_000) }] } }],
      valueInteger: 1,
    },
  ],
])('depth in %s ends in a refusal', (_, resource) => {
  expect(faults(resource).length).toBeGreaterThan(0);
});

test.each<[string, () => unknown]>([
  [
    'entries',
    () => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: Array.from({ length: 20_000 }, (_, at) => ({
        fullUrl: `urn:x:${at}`,
        resource: { resourceType: 'Patient', id: `${at}` },
      })),
    }),
  ],
  [
    'contained',
    () => ({
      ...observation,
      contained: Array.from({ length: 20_000 }, (_, at) => ({ resourceType: 'Patient', id: `${at}` })),
    }),
  ],
  [
    'codings',
    () => ({
      ...observation,
      valueInteger: 1,
      code: { coding: Array.from({ length: 20_000 }, (_, at) => ({ code: `${at}` })) },
      component: [{ code: { coding: Array.from({ length: 20_000 }, (_, at) => ({ code: `x${at}` })) } }],
    }),
  ],
  [
    'ids compared with ids',
    () => ({
      resourceType: 'ImplementationGuide',
      url: 'urn:x',
      name: 'X',
      status: 'draft',
      packageId: 'x',
      fhirVersion: ['4.0.1'],
      definition: {
        grouping: Array.from({ length: 4000 }, (_, at) => ({ id: `${at}`, name: 'x' })),
        resource: Array.from({ length: 4000 }, () => ({ reference: { reference: 'Patient/1' }, groupingId: '3999' })),
      },
    }),
  ],
  ['a long text', () => ({ resourceType: 'Patient', name: [{ text: ' x'.repeat(500_000) }] })],
  ['base64', () => ({ resourceType: 'Binary', contentType: 'text/plain', data: ' '.repeat(2_000_000) })],
])('many %s do not hang', (_, make) => {
  const resource = make();
  const start = performance.now();
  faults(resource);
  expect(performance.now() - start).toBeLessThan(5000);
});

test('any JSON gets issues, never an exception', () => {
  const names = fc.constantFrom(
    'resourceType',
    'id',
    'name',
    'contained',
    'extension',
    '_birthDate',
    'valueString',
    'entry',
    'resource',
    'reference',
    'meta',
    'profile',
    'text',
    'div',
    'x',
  );
  const types = fc.constantFrom('Patient', 'Bundle', 'Observation', 'Parameters', 'Nothing');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 6 },
      types,
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(names, tie('value'), { maxKeys: 6 }),
  }));
  fc.assert(
    fc.property(types, value, (resourceType, content) => {
      const resource = typeof content === 'object' ? { ...content, resourceType } : content;
      return Array.isArray(validator.validate(resource as Resource));
    }),
    { numRuns: 2000 },
  );
});

/** Every way to spoil one place of a resource. */
function* spoiled(value: unknown, put: (changed: unknown) => unknown): Generator<unknown> {
  for (const wrong of [null, 7, 'SECRET 251248-9996', [], {}, [['SECRET']], { SECRET: 'SECRET' }]) yield put(wrong);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value))
    yield* spoiled(child, (changed) =>
      put(Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }),
    );
}

test('no place of a message can be spoiled so that validation throws or tells what stood there', () => {
  let count = 0;
  for (const resource of spoiled(notification(), (changed) => changed)) {
    count++;
    const text = JSON.stringify(
      validator.validate(resource as Resource).map((found: Issue) => [found, sentence(found)]),
    );
    expect(text).not.toMatch(/SECRET|251248|Berggren/);
  }
  expect(count).toBeGreaterThan(1000);
});
