import type { ElementDefinition, Resource, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { isFault } from '../../src/errors.ts';
import { compileValidator } from '../../src/fhir/validate.ts';

const OWN = 'http://example.com/StructureDefinition/';

/** A profile in differential form; `elements` are given by id, from which path and slice name follow. */
function profile(
  name: string,
  type: string,
  elements: Record<string, Partial<ElementDefinition>>,
  base = `http://hl7.org/fhir/StructureDefinition/${type}`,
) {
  const element = Object.entries(elements).map(([id, rest]) => {
    const last = id.slice(id.lastIndexOf('.') + 1);
    const sliceName = last.includes(':') ? last.slice(last.indexOf(':') + 1) : undefined;
    return { id, path: id.replace(/:[^.]*/g, ''), ...(sliceName && { sliceName }), ...rest };
  });
  return {
    resourceType: 'StructureDefinition',
    url: OWN + name,
    name,
    status: 'active',
    kind: type === 'Extension' || type === 'Identifier' ? 'complex-type' : 'resource',
    abstract: false,
    type,
    derivation: 'constraint',
    baseDefinition: base,
    differential: { element },
  } as StructureDefinition;
}

function check(
  definitions: StructureDefinition[],
  resource: unknown,
  asked = definitions[0]!.url,
  valueSets: ValueSet[] = [],
): string[] {
  const validator = compileValidator({ structureDefinitions: definitions, valueSets, codeSystems: [] });
  return validator
    .validate(resource as Resource, { profiles: [asked] })
    .filter(isFault)
    .map(({ code, place, detail }) =>
      [code, place, detail?.slice ?? detail?.rule].filter((part) => part !== undefined).join(' '),
    );
}

const bySystem: ElementDefinition['slicing'] = { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' };
const patient = (rest: object) => ({ resourceType: 'Patient', ...rest });

describe('what a profile may say of one element', () => {
  const strict = profile('Strict', 'Patient', {
    'Patient.name': { min: 1, max: '2' },
    'Patient.name.family': { min: 1, maxLength: 10 },
    'Patient.gender': { fixedCode: 'female' },
    'Patient.maritalStatus': { patternCodeableConcept: { coding: [{ system: 'urn:s', code: 'M' }] } },
    'Patient.multipleBirth[x]': { type: [{ code: 'integer' }] },
    'Patient.multipleBirthInteger': { maxValueInteger: 5 },
    'Patient.photo': { max: '0' },
    'Patient.birthDate': { constraint: [{ key: 'b-1', severity: 'error', human: 'x', expression: "matches('^19')" }] },
  });
  const name = [{ family: 'Berggren' }];

  test.each<[object, string[]]>([
    [{ name }, []],
    [{}, ['FHIR-MIN Patient.name']],
    [{ name: [{ given: ['x'] }] }, ['FHIR-MIN Patient.name[0].family']],
    [{ name: [...name, ...name, ...name] }, ['FHIR-MAX Patient.name']],
    [{ name: [{ family: 'Berggrensen-Test' }] }, ['FHIR-LENGTH Patient.name[0].family']],
    [{ name, gender: 'male' }, ['FHIR-FIXED Patient.gender']],
    [{ name, maritalStatus: { coding: [{ system: 'urn:s', code: 'M', display: 'x' }, { code: 'y' }] } }, []],
    [{ name, maritalStatus: { coding: [{ system: 'urn:t', code: 'M' }] } }, ['FHIR-PATTERN Patient.maritalStatus']],
    [{ name, multipleBirthInteger: 2 }, []],
    [{ name, multipleBirthInteger: 6 }, ['FHIR-RANGE Patient.multipleBirth maxValue']],
    [{ name, multipleBirthBoolean: true }, ['FHIR-TYPE Patient.multipleBirth']],
    [{ name, photo: [{ url: 'http://x.example' }] }, ['FHIR-MAX Patient.photo']],
    [{ name, birthDate: '2001-01-01' }, ['FHIR-INVARIANT Patient.birthDate b-1']],
  ])('%j', (rest, expected) => {
    expect(check([strict], patient(rest))).toEqual(expected);
  });
});

describe('slices', () => {
  const sliced = (
    rules: 'open' | 'closed' | 'openAtEnd',
    more: Record<string, Partial<ElementDefinition>> = {},
    ordered = false,
  ) =>
    profile('Sliced', 'Patient', {
      'Patient.identifier': { slicing: { ...bySystem!, rules, ordered } },
      'Patient.identifier:cpr': { min: 1, max: '1' },
      'Patient.identifier:cpr.system': { fixedUri: 'urn:cpr' },
      'Patient.identifier:cpr.value': { min: 1 },
      'Patient.identifier:local': { min: 0, max: '2' },
      'Patient.identifier:local.system': { fixedUri: 'urn:local' },
      ...more,
    });
  const cpr = { system: 'urn:cpr', value: '1' };
  const local = { system: 'urn:local', value: '2' };

  test.each<[string, StructureDefinition, object[], string[]]>([
    ['open', sliced('open'), [cpr, local, { system: 'urn:x' }], []],
    ['a slice missing', sliced('open'), [local], ['FHIR-SLICE-MIN Patient.identifier cpr']],
    ['a slice too often', sliced('open'), [cpr, cpr], ['FHIR-SLICE-MAX Patient.identifier cpr']],
    ['a fault in a slice', sliced('open'), [{ system: 'urn:cpr' }], ['FHIR-MIN Patient.identifier[0].value']],
    ['closed', sliced('closed'), [cpr, { system: 'urn:x' }], ['FHIR-SLICE-CLOSED Patient.identifier[1]']],
    ['open at the end', sliced('openAtEnd'), [cpr, local, { system: 'urn:x' }], []],
    ['not at the end', sliced('openAtEnd'), [{ system: 'urn:x' }, cpr], ['FHIR-SLICE-ORDER Patient.identifier[1]']],
    ['ordered', sliced('open', {}, true), [cpr, local], []],
    ['out of order', sliced('open', {}, true), [local, cpr], ['FHIR-SLICE-ORDER Patient.identifier[1]']],
  ])('%s', (_, definition, identifier, expected) => {
    expect(check([definition], patient({ identifier }))).toEqual(expected);
  });

  test('a default slice takes the rest', () => {
    const definition = sliced('closed', {
      'Patient.identifier:@default': {},
      'Patient.identifier:@default.value': { min: 1 },
    });
    expect(check([definition], patient({ identifier: [{ system: 'urn:x', value: '3' }, cpr] }))).toEqual([]);
    expect(check([definition], patient({ identifier: [{ system: 'urn:x' }, cpr] }))).toEqual([
      'FHIR-MIN Patient.identifier[0].value',
    ]);
  });

  test('slices of a slice are counted among its items', () => {
    const definition = sliced('open', {
      'Patient.identifier:local': { slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' } },
      'Patient.identifier:local/old': { max: '1' },
      'Patient.identifier:local/old.use': { fixedCode: 'old' },
    });
    expect(
      check([definition], patient({ identifier: [cpr, { ...local, use: 'old' }, { ...local, use: 'old' }] })),
    ).toEqual(['FHIR-SLICE-MAX Patient.identifier old']);
  });

  test.each<[string, ElementDefinition['slicing'], Record<string, Partial<ElementDefinition>>, object, object]>([
    [
      'pattern',
      { discriminator: [{ type: 'pattern', path: '$this' }], rules: 'open' },
      { 'Observation.category:vital': { min: 1, patternCodeableConcept: { coding: [{ code: 'vital' }] } } },
      { category: [{ coding: [{ code: 'vital' }] }] },
      { category: [{ coding: [{ code: 'x' }] }] },
    ],
    [
      'exists',
      { discriminator: [{ type: 'exists', path: 'text' }], rules: 'open' },
      { 'Observation.category:named': { min: 1 }, 'Observation.category:named.text': { min: 1 } },
      { category: [{ text: 'x' }] },
      { category: [{ coding: [{ code: 'x' }] }] },
    ],
    [
      'absence',
      { discriminator: [{ type: 'exists', path: 'text' }], rules: 'open' },
      { 'Observation.category:bare': { min: 1 }, 'Observation.category:bare.text': { max: '0' } },
      { category: [{ coding: [{ code: 'x' }] }] },
      { category: [{ text: 'x' }] },
    ],
    [
      'binding',
      { discriminator: [{ type: 'value', path: '$this' }], rules: 'open' },
      {
        'Observation.category:bound': { min: 1, binding: { strength: 'required', valueSet: 'http://example.com/vs' } },
      },
      { category: [{ coding: [{ system: 'urn:s', code: 'a' }] }] },
      { category: [{ coding: [{ system: 'urn:s', code: 'b' }] }] },
    ],
    [
      'children',
      { discriminator: [{ type: 'value', path: 'coding' }], rules: 'open' },
      { 'Observation.category:coded': { min: 1 }, 'Observation.category:coded.coding.code': { fixedCode: 'a' } },
      { category: [{ coding: [{ code: 'a' }] }] },
      { category: [{ coding: [{ code: 'b' }] }] },
    ],
  ])('told by %s', (_, slicing, slices, good, bad) => {
    const definition = profile('Told', 'Observation', { 'Observation.category': { slicing: slicing! }, ...slices });
    const valueSet = {
      resourceType: 'ValueSet',
      url: 'http://example.com/vs',
      status: 'active',
      compose: { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] },
    } as ValueSet;
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
    expect(check([definition], { ...observation, ...good }, definition.url, [valueSet])).toEqual([]);
    expect(check([definition], { ...observation, ...bad }, definition.url, [valueSet])).toEqual([
      expect.stringMatching(/^FHIR-SLICE-MIN Observation.category/),
    ]);
  });

  test('a choice is told by its type, and its short form is a slice', () => {
    const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
    for (const id of ['Observation.value[x]:valueQuantity', 'Observation.valueQuantity']) {
      const definition = profile('Choice', 'Observation', { [`${id}.code`]: { min: 1 } });
      expect(check([definition], { ...observation, valueQuantity: { value: 1 } })).toEqual([
        'FHIR-MIN Observation.value.code',
      ]);
      expect(check([definition], { ...observation, valueString: 'x' })).toEqual([]);
    }
  });

  test('entries are told by the profile of their resource, one that claims it is judged by it', () => {
    const named = profile('Named', 'Patient', { 'Patient.name': { min: 1 } });
    const bundle = profile('WithNamed', 'Bundle', {
      'Bundle.entry': { slicing: { discriminator: [{ type: 'profile', path: 'resource' }], rules: 'open' } },
      'Bundle.entry:named': { min: 1 },
      'Bundle.entry:named.resource': { type: [{ code: 'Patient', profile: [named.url] }] },
    });
    const of = (resource: object) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: 'urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c', resource }],
    });
    expect(check([bundle, named], of(patient({ name: [{ family: 'x' }] })))).toEqual([]);
    expect(check([bundle, named], of(patient({})))).toEqual(['FHIR-SLICE-MIN Bundle.entry named']);
    expect(check([bundle, named], of(patient({ meta: { profile: [named.url] } })))).toEqual([
      'FHIR-MIN Bundle.entry[0].resource.name',
    ]);
  });

  test('entries are told by the type of their resource', () => {
    const bundle = profile('Typed', 'Bundle', {
      'Bundle.entry': { slicing: { discriminator: [{ type: 'type', path: 'resource' }], rules: 'closed' } },
      'Bundle.entry:patient': { max: '1' },
      'Bundle.entry:patient.resource': { type: [{ code: 'Patient' }] },
    });
    const of = (...resources: object[]) => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: resources.map((resource, at) => ({ fullUrl: `urn:x:${at}`, resource })),
    });
    expect(check([bundle], of(patient({ active: true })))).toEqual([]);
    expect(check([bundle], of({ resourceType: 'Basic', code: { text: 'x' } }))).toEqual([
      'FHIR-SLICE-CLOSED Bundle.entry[0]',
    ]);
    expect(check([bundle], of(patient({ active: true }), patient({ active: false })))).toEqual([
      'FHIR-SLICE-MAX Bundle.entry patient',
    ]);
  });
});

describe('extensions', () => {
  const colour = profile('colour', 'Extension', {
    'Extension.url': { fixedUri: `${OWN}colour` },
    'Extension.value[x]': { min: 1, type: [{ code: 'code' }] },
  });
  const definition = {
    ...colour,
    context: [{ type: 'element' as const, expression: 'Patient' }],
  } as StructureDefinition;
  const painted = profile('Painted', 'Patient', {
    'Patient.extension:colour': { min: 1, max: '1', type: [{ code: 'Extension', profile: [definition.url] }] },
  });
  const extension = (rest: object) => [{ url: `${OWN}colour`, ...rest }];

  test('a known one is held to its definition wherever it stands', () => {
    expect(check([painted, definition], patient({ extension: extension({ valueCode: 'red' }) }))).toEqual([]);
    expect(check([painted, definition], patient({ extension: extension({ valueString: 'red' }) }))).toEqual([
      'FHIR-TYPE Patient.extension[0].value',
    ]);
    expect(check([painted, definition], patient({}))).toEqual(['FHIR-SLICE-MIN Patient.extension colour']);
  });

  test('it stands where its context allows', () => {
    const misplaced = { resourceType: 'Basic', code: { text: 'x' }, extension: extension({ valueCode: 'red' }) };
    expect(check([definition], misplaced, 'http://hl7.org/fhir/StructureDefinition/Basic')).toEqual([
      'FHIR-EXTENSION-CONTEXT Basic.extension[0]',
    ]);
  });

  test('one on a primitive is found beside it', () => {
    const dated = profile('Dated', 'Patient', {
      'Patient.birthDate.extension:time': {
        min: 1,
        type: [{ code: 'Extension', profile: ['http://example.com/unknown'] }],
      },
    });
    const beside = { extension: [{ url: 'http://example.com/unknown', valueCode: 'x' }] };
    expect(check([dated], patient({ birthDate: '1948-12-25', _birthDate: beside }))).toEqual([]);
    expect(check([dated], patient({ birthDate: '1948-12-25' }))).toEqual([
      'FHIR-SLICE-MIN Patient.birthDate.extension time',
    ]);
  });
});

describe('references', () => {
  const named = profile('Named', 'Patient', { 'Patient.name': { min: 1 } });
  const about = profile('About', 'Observation', {
    'Observation.subject': {
      min: 1,
      type: [{ code: 'Reference', targetProfile: [named.url], aggregation: ['bundled'] }],
    },
  });
  const of = (subject: string, target: object) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      {
        fullUrl: 'https://x.example/fhir/Observation/o',
        resource: {
          resourceType: 'Observation',
          id: 'o',
          meta: { profile: [about.url] },
          status: 'final',
          code: { text: 'x' },
          subject: { reference: subject },
        },
      },
      { fullUrl: 'https://x.example/fhir/Patient/p', resource: { resourceType: 'Patient', id: 'p', ...target } },
    ],
  });
  const base = 'http://hl7.org/fhir/StructureDefinition/Bundle';

  test.each<[string, object, string[]]>([
    ['Patient/p', { name: [{ text: 'x' }] }, []],
    ['https://x.example/fhir/Patient/p', { name: [{ text: 'x' }] }, []],
    ['Patient/p', { active: true }, ['FHIR-PROFILE-NONE Bundle.entry[0].resource.subject']],
    ['Patient/q', { name: [{ text: 'x' }] }, ['FHIR-REFERENCE-UNRESOLVED Bundle.entry[0].resource.subject']],
    [
      'Group/p',
      { name: [{ text: 'x' }] },
      [
        'FHIR-REFERENCE-TYPE Bundle.entry[0].resource.subject',
        'FHIR-REFERENCE-UNRESOLVED Bundle.entry[0].resource.subject',
      ],
    ],
  ])('%s to %j', (subject, target, expected) => {
    expect(check([about, named], of(subject, target), base)).toEqual(expected);
  });

  test('profiles that refer to each other do not go round for ever', () => {
    const first = profile('First', 'Patient', {
      'Patient.link.other': { type: [{ code: 'Reference', targetProfile: [`${OWN}Second`] }] },
    });
    const second = profile('Second', 'Patient', {
      'Patient.link.other': { type: [{ code: 'Reference', targetProfile: [first.url] }] },
    });
    const entry = ['a', 'b'].map((id, at) => ({
      fullUrl: `https://x.example/Patient/${id}`,
      resource: {
        resourceType: 'Patient',
        id,
        meta: { profile: [at === 0 ? first.url : second.url] },
        link: [{ other: { reference: `Patient/${at === 0 ? 'b' : 'a'}` }, type: 'seealso' }],
      },
    }));
    expect(check([first, second], { resourceType: 'Bundle', type: 'collection', entry }, base)).toEqual([]);
  });
});

test('a chain of references is not followed without end', () => {
  const part = profile('Part', 'Organization', {
    'Organization.partOf': { type: [{ code: 'Reference', targetProfile: [`${OWN}Part`] }] },
    'Organization.name': { min: 1 },
  });
  const count = 20_000;
  const entry = Array.from({ length: count }, (_, at) => ({
    fullUrl: `https://x.example/Organization/${at}`,
    resource: {
      resourceType: 'Organization',
      id: `${at}`,
      meta: { profile: [part.url] },
      name: 'x',
      ...(at + 1 < count && { partOf: { reference: `Organization/${at + 1}` } }),
    },
  }));
  const bundle = { resourceType: 'Bundle', type: 'collection', entry };
  expect(check([part], bundle, 'http://hl7.org/fhir/StructureDefinition/Bundle')).toEqual([]);
});

describe('profiles upon profiles', () => {
  const parent = profile('Parent', 'Patient', {
    'Patient.identifier': { min: 1, slicing: bySystem! },
    'Patient.identifier:cpr': { max: '1' },
    'Patient.identifier:cpr.system': { fixedUri: 'urn:cpr' },
  });
  const child = profile(
    'Child',
    'Patient',
    { 'Patient.identifier:cpr': { min: 1 }, 'Patient.identifier:cpr.value': { min: 1 } },
    parent.url,
  );

  test('a differential is laid over that of its base', () => {
    expect(check([child, parent], patient({ identifier: [{ system: 'urn:x' }] }))).toEqual([
      'FHIR-SLICE-MIN Patient.identifier cpr',
    ]);
    expect(check([child, parent], patient({ identifier: [{ system: 'urn:cpr' }] }))).toEqual([
      'FHIR-MIN Patient.identifier[0].value',
    ]);
    expect(check([child, parent], patient({ identifier: [{ system: 'urn:cpr', value: '1' }] }))).toEqual([]);
  });

  test('elements without ids are told by path and slice name', () => {
    const bare = (definition: StructureDefinition) => ({
      ...definition,
      differential: { element: definition.differential!.element.map(({ id: _id, ...element }) => element) },
    });
    expect(check([bare(child), bare(parent)], patient({ identifier: [{ system: 'urn:cpr' }] }))).toEqual([
      'FHIR-MIN Patient.identifier[0].value',
    ]);
  });

  test('a base that is not known, and a circle of bases, break the profile and say so', () => {
    expect(check([child], patient({}))).toEqual(['FHIR-PROFILE-BROKEN Patient']);
    const circular = { ...parent, baseDefinition: child.url };
    expect(check([child, circular], patient({}))).toEqual(['FHIR-PROFILE-BROKEN Patient']);
  });

  test('a profile of another type is refused', () => {
    expect(check([parent], { resourceType: 'Basic', code: { text: 'x' } })).toEqual(['FHIR-PROFILE-TYPE Basic']);
  });

  test('a profile of a data type is held where it is named', () => {
    const uuid = profile('Uuid', 'Identifier', {
      'Identifier.value': {
        constraint: [{ key: 'u-1', severity: 'error', human: 'x', expression: "startsWith('urn:uuid:')" }],
      },
    });
    const user = profile('User', 'Patient', {
      'Patient.identifier': { type: [{ code: 'Identifier', profile: [uuid.url] }] },
    });
    expect(check([user, uuid], patient({ identifier: [{ value: 'x' }] }))).toEqual([
      'FHIR-INVARIANT Patient.identifier[0].value u-1',
    ]);
  });

  test('an expression that cannot be read is a warning, and blames nobody', () => {
    const odd = profile('Odd', 'Patient', {
      Patient: { constraint: [{ key: 'o-1', severity: 'error', human: 'x', expression: 'name.(' }] },
    });
    expect(check([odd], patient({ active: true }))).toEqual([]);
    const issues = compileValidator({ structureDefinitions: [odd], valueSets: [], codeSystems: [] }).validate(
      patient({ active: true }) as Resource,
      { profiles: [odd.url] },
    );
    expect(issues).toContainEqual({
      code: 'FHIR-INVARIANT-UNEVALUABLE',
      severity: 'warning',
      place: 'Patient',
      detail: { rule: 'o-1' },
    });
  });

  test('an alias stands for a canonical that is not at hand', () => {
    const validator = compileValidator({
      structureDefinitions: [parent],
      valueSets: [],
      codeSystems: [],
      aliases: { 'http://published.example/P': parent.url },
      mustKnow: ['http://published.example/'],
    });
    const claiming = (claim: string) =>
      validator
        .validate(patient({ meta: { profile: [claim] } }) as Resource)
        .filter(isFault)
        .map(({ code }) => code);
    expect(claiming('http://published.example/P|1.0')).toEqual(['FHIR-MIN']);
    expect(claiming('http://published.example/Q')).toEqual(['FHIR-PROFILE-UNKNOWN']);
  });
});
