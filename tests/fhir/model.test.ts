import { buildModel, r4Definitions, r4Model } from '../../src/fhir/model.ts';
import { r4Terminology } from '../../src/fhir/terminology.ts';
import { definitionsFile, terminologyFile } from '../../src/library/make-r4.ts';

test('the definitions checked in are those the generator makes', () => {
  expect(JSON.stringify(r4Definitions())).toBe(JSON.stringify(JSON.parse(definitionsFile())));
  const { valueSets, codeSystems } = r4Terminology();
  expect(JSON.stringify([...codeSystems, ...valueSets])).toBe(JSON.stringify(JSON.parse(terminologyFile())));
});

test('the base model loads within 60 ms', () => {
  const start = performance.now();
  const model = buildModel(r4Definitions());
  model.type('Patient');
  expect(performance.now() - start).toBeLessThan(60);
});

test('inherited elements come first, in the order of the definition', () => {
  const names = [...r4Model().type('Patient')!.elements.keys()];
  expect(names.slice(0, 9)).toEqual([
    'id',
    'meta',
    'implicitRules',
    'language',
    'text',
    'contained',
    'extension',
    'modifierExtension',
    'identifier',
  ]);
});

test.each([
  ['Patient', 'deceased', ['boolean', 'dateTime'], false, true],
  ['Patient', 'deceasedBoolean', ['boolean', 'dateTime'], false, true],
  ['Patient', 'deceased[x]', ['boolean', 'dateTime'], false, true],
  ['Patient', 'name', ['HumanName'], true, false],
  ['Patient.contact', 'telecom', ['ContactPoint'], true, false],
  ['Patient.contact', 'extension', ['Extension'], true, false],
  ['Bundle.entry', 'resource', ['Resource'], false, false],
  ['Encounter.location', 'period', ['Period'], false, false],
  ['HumanName', 'given', ['string'], true, false],
  ['Age', 'value', ['decimal'], false, false],
  ['http://hl7.org/fhir/StructureDefinition/Encounter', 'class', ['Coding'], false, false],
  ['string', 'value', ['System.String'], false, false],
])('%s has %s', (type, name, types, isList, isChoice) => {
  expect(r4Model().element(type, name)).toMatchObject({ types, isList, isChoice });
});

test('a content reference is followed', () => {
  expect(r4Model().element('Questionnaire.item', 'item')?.contentReference).toBe('Questionnaire.item');
  expect(r4Model().element('Questionnaire.item.item.item', 'linkId')?.types).toEqual(['string']);
  expect(r4Model().type('Questionnaire.item.item')?.name).toBe('Questionnaire.item');
});

test.each(['Nothing', 'Patient.nothing', 'Patient.name.nothing', '', '.', `Patient${'.contact'.repeat(500)}`])(
  'an unknown name gives undefined: %.20s',
  (name) => {
    expect(r4Model().type(name)).toBeUndefined();
    expect(r4Model().element(name, 'id')).toBeUndefined();
  },
);

test.each(['valueString', 'deceasedString', 'contactName', '__proto__', 'constructor'])('Patient has no %s', (name) => {
  expect(r4Model().element('Patient', name)).toBeUndefined();
});

test('a profile takes the elements of its base and its own cardinalities', () => {
  const model = buildModel([
    ...r4Definitions(),
    {
      resourceType: 'StructureDefinition',
      url: 'urn:test:one-name',
      name: 'OneName',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      derivation: 'constraint',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      differential: { element: [{ path: 'Patient.name', min: 1, max: '1' }] },
    },
  ]);
  expect(model.type('urn:test:one-name|1.0')).toMatchObject({ name: 'Patient', kind: 'resource' });
  expect(model.element('urn:test:one-name', 'name')).toMatchObject({
    min: 1,
    max: 1,
    isList: true,
    types: ['HumanName'],
  });
  expect(model.element('Patient', 'name')).toMatchObject({ min: 0, max: Infinity });
});

test('definitions that are each other’s base do not hang', () => {
  const circular = (url: string, baseDefinition: string) => ({
    resourceType: 'StructureDefinition' as const,
    url,
    name: url,
    status: 'active' as const,
    kind: 'resource' as const,
    abstract: false,
    type: 'Patient',
    derivation: 'constraint' as const,
    baseDefinition,
    differential: { element: [{ path: 'Patient.name' }] },
  });
  const model = buildModel([circular('urn:a', 'urn:b'), circular('urn:b', 'urn:a')]);
  expect(model.type('urn:a')?.elements.size).toBe(1);
});
