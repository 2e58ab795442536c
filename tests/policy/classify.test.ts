import type { Resource } from '@medplum/fhirtypes';
import { CATEGORY_OF_TYPE } from '../../src/policy/categories.ts';
import { classify } from '../../src/policy/classify.ts';
import { highest, LABELS, labelsOfCode, securityOf } from '../../src/policy/labels.ts';
import { rules } from './tables.ts';

const SKS = 'urn:oid:1.2.208.176.2.4';
const ICD = 'http://hl7.org/fhir/sid/icd-10';
const ATC = 'http://www.whocc.no/atc';
const ICPC = 'http://hl7.org/fhir/sid/icpc-2';

const labelled: [string, string, string, string[]][] = [
  ['schizophrenia, SKS', SKS, 'DF200', ['PSY']],
  ['schizophrenia, ICD-10', ICD, 'F20.0', ['PSY']],
  ['lower case', SKS, 'df200', ['PSY']],
  ['alcohol dependence', SKS, 'DF102', ['PSY', 'ETH']],
  ['antipsychotic', ATC, 'N05AH03', ['PSY']],
  ['antidepressant', ATC, 'N06AB04', ['PSY']],
  ['medicine against dependence', ATC, 'N07BB01', ['PSY', 'ETH']],
  ['depression in general practice', ICPC, 'P76', ['PSY']],
  ['HIV disease', SKS, 'DB200', ['HIV']],
  ['HIV status', ICD, 'Z21', ['HIV']],
  ['HIV medicine', ATC, 'J05AR10', ['HIV']],
  ['maltreatment', SKS, 'DT741', ['SDV']],
  ['assault', ICD, 'Y04', ['SDV']],
  ['induced abortion', SKS, 'DO049', ['SEX']],
  ['syphilis', ICD, 'A51', ['STD']],
  ['Huntington', SKS, 'DG109', ['GDIS']],
  ['Down', ICD, 'Q90.9', ['GDIS']],
  ['diabetes', SKS, 'DE119', []],
  ['beta blocker', ATC, 'C07AB02', []],
  ['hypertension in general practice', ICPC, 'K86', []],
  ['laboratory', 'urn:oid:1.2.208.176.2.1', 'NPU03568', []],
];
test.each(labelled)('%s', (_name, system, code, labels) => {
  expect([...labelsOfCode({ system, code })!].sort()).toEqual([...labels].sort());
});

test('a code of another system says nothing', () => {
  expect(labelsOfCode({ system: 'urn:local', code: 'DF200' })).toBeUndefined();
  expect(labelsOfCode({ code: 'DF200' })).toBeUndefined();
  expect(labelsOfCode({ system: SKS })).toBeUndefined();
});

const condition = (code: object): Resource => ({ resourceType: 'Condition', subject: {}, code });
const psychiatric = condition({ coding: [{ system: SKS, code: 'DF329' }] });

test('source department, codes and the sender’s labels add up', () => {
  const { labelsOfUnit } = rules;
  expect(classify(condition({ coding: [{ system: SKS, code: 'DE119' }] }), {})).toEqual({
    category: 'diagnosis',
    labels: ['N'],
  });
  expect(classify(psychiatric, {})).toEqual({ category: 'diagnosis', labels: ['R', 'PSY'] });
  expect(
    classify(condition({ coding: [{ system: SKS, code: 'DE119' }] }), {
      sourceUnit: 'psykiatrisk-ambulatorium',
      labelsOfUnit,
    }).labels,
  ).toEqual(['R', 'PSY']);
  expect(classify(condition({ text: 'x' }), { sourceUnit: 'medicinsk-afdeling', labelsOfUnit }).labels).toEqual(['N']);
  const before = { ...psychiatric, meta: { security: [{ code: 'V' }, { code: 'HIV' }] } } as Resource;
  expect(classify(before, {}).labels).toEqual(['V', 'HIV', 'PSY']);
  expect(classify({ ...condition({}), meta: { security: [{ code: 'R' }] } } as Resource, {}).labels).toEqual(['R']);
});

test('what nothing can judge has no labels, which is not N', () => {
  expect(classify(condition({ text: 'dårlig nat' }), {}).labels).toEqual([]);
  expect(classify(condition({ coding: [{ system: 'urn:local', code: '1' }] }), {}).labels).toEqual([]);
  expect(
    classify({ resourceType: 'Communication', status: 'completed', payload: [{ contentString: 'x' }] }, {}).labels,
  ).toEqual([]);
  const coded = {
    resourceType: 'Composition',
    type: { coding: [{ system: 'http://loinc.org', code: '18842-5' }] },
  } as Resource;
  expect(classify(coded, {}).labels).toEqual([]);
  expect(
    classify({ ...coded, category: [{ coding: [{ system: SKS, code: 'DF200' }] }] } as Resource, {}).labels,
  ).toEqual(['R', 'PSY']);
});

test('codes anywhere in a resource count, contained ones too, labels do not count as codes', () => {
  const statement: Resource = {
    resourceType: 'MedicationStatement',
    status: 'active',
    subject: {},
    contained: [{ resourceType: 'Medication', code: { coding: [{ system: ATC, code: 'N05AX12' }] } }],
  };
  expect(classify(statement, {})).toEqual({ category: 'medication', labels: ['R', 'PSY'] });
  const tagged: Resource = { resourceType: 'Patient', meta: { tag: [{ system: SKS, code: 'DF200' }] } };
  expect(classify(tagged, {})).toEqual({ category: 'identity', labels: ['N'] });
});

const categories: [string, Resource, string][] = [
  ['stay', { resourceType: 'Encounter', status: 'finished', class: {} }, 'admission-status'],
  [
    'vital sign',
    {
      resourceType: 'Observation',
      status: 'final',
      code: {},
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
      ],
    },
    'vitals',
  ],
  [
    'laboratory',
    {
      resourceType: 'Observation',
      status: 'final',
      code: {},
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
    },
    'laboratory',
  ],
  [
    'wish, whatever the category says',
    {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '75320-2' }] },
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }] },
      ],
    },
    'wishes',
  ],
  ['other observation', { resourceType: 'Observation', status: 'final', code: {} }, 'findings'],
  [
    'discharge letter',
    {
      resourceType: 'Composition',
      status: 'final',
      type: { coding: [{ system: 'http://loinc.org', code: '18842-5' }] },
    } as Resource,
    'discharge-letter',
  ],
  [
    'condition with a code of a document',
    { resourceType: 'Condition', subject: {}, code: { coding: [{ system: 'http://loinc.org', code: '18842-5' }] } },
    'diagnosis',
  ],
  ['a type without a row', { resourceType: 'Basic', code: {} }, 'other'],
];
test.each(categories)('category of a %s', (_name, resource, category) => {
  expect(classify(resource, {}).category).toBe(category);
});

test('a type named like a member of every object is no type', () => {
  expect(classify({ resourceType: 'constructor' } as unknown as Resource, {})).toEqual({
    category: 'other',
    labels: [],
  });
  expect(Object.keys(CATEGORY_OF_TYPE)).toContain('Patient');
});

test('the highest confidentiality', () => {
  expect(highest([])).toBe('N');
  expect(highest(['N'])).toBe('N');
  expect(highest(['PSY'])).toBe('R');
  expect(highest(['N', 'R'])).toBe('R');
  expect(highest(['R', 'V', 'N'])).toBe('V');
});

test('security holds the confidentiality and the labels that are kept, in order', () => {
  expect(securityOf(['R', 'SDV', 'PSY', 'HIV'], ['PSY', 'HIV', 'R']).map(({ code }) => code)).toEqual([
    'R',
    'HIV',
    'PSY',
  ]);
  expect(LABELS.has('PSY') && LABELS.has('N') && LABELS.has('NAB') && !LABELS.has('MADEUP')).toBe(true);
});
