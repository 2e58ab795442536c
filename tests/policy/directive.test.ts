import type { Consent, ConsentProvision, ConsentProvisionActor } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { decide } from '../../src/policy/decide.ts';
import { type FlattenOptions, flattenConsent } from '../../src/policy/directive.ts';
import { ordinary, rules } from './tables.ts';

const SOR = 'urn:oid:1.2.208.176.1.1';
const ACTION = 'http://terminology.hl7.org/CodeSystem/consentaction';
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

function consent(provision: ConsentProvision | undefined, more: Partial<Consent> = {}): Consent {
  return {
    resourceType: 'Consent',
    id: 'c1',
    meta: { versionId: '2' },
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ code: '59284-0' }] }],
    patient: { reference: 'Patient/p' },
    performer: [{ reference: 'Patient/p' }],
    dateTime: '2026-02-02',
    ...(provision && { provision }),
    ...more,
  };
}

function flat(resource: Consent, options?: FlattenOptions) {
  const result = flattenConsent(resource, options);
  if (!result.ok) throw new Error('refused');
  return { directives: result.value, places: result.issues.map(({ place }) => place) };
}

const only = (resource: Consent, options?: FlattenOptions) => {
  const { directives, places } = flat(resource, options);
  expect(directives).toHaveLength(1);
  return { ...directives[0]!, places };
};

const place = (value: string, role = 'IRCP'): ConsentProvisionActor => ({
  role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: role }] },
  reference: { type: 'Organization', identifier: { system: SOR, value } },
});

test('general opt-out', () => {
  expect(flat(consent({ type: 'deny' }))).toEqual({
    directives: [
      {
        id: 'c1',
        kind: 'opt-out',
        status: 'active',
        grantor: 'patient',
        given: '2026-02-02',
        consent: 'Consent/c1/_history/2',
        scope: {},
      },
    ],
    places: [],
  });
});

const scopes: [string, ConsentProvision, object][] = [
  ['a place by SOR', { actor: [place('1')] }, { recipient: [`${SOR}|1`] }],
  ['two places are alternatives', { actor: [place('1'), place('2', 'PRCP')] }, { recipient: [`${SOR}|1`, `${SOR}|2`] }],
  [
    'a place by key',
    { actor: [{ ...place('1'), reference: { reference: 'Organization/akutteam' } }] },
    { recipient: ['akutteam'] },
  ],
  [
    'a whole authority',
    {
      actor: [
        {
          ...place('1'),
          extension: [{ url: 'http://samspil.dk/fhir/StructureDefinition/consent-whole-entity', valueBoolean: true }],
        },
      ],
    },
    { recipient_entity: [`${SOR}|1`] },
  ],
  [
    'a named professional',
    { actor: [{ ...place('1'), reference: { type: 'Practitioner', identifier: { value: 'A1B2C' } } }] },
    { professional: ['A1B2C'] },
  ],
  ['lookup', { action: [{ coding: [{ system: ACTION, code: 'access' }] }] }, { action: ['lookup'] }],
  ['disclosure', { action: [{ coding: [{ system: ACTION, code: 'disclose' }] }] }, { action: ['disclose', 'notify'] }],
  [
    'use is both',
    { action: [{ coding: [{ system: ACTION, code: 'use' }] }] },
    { action: ['lookup', 'disclose', 'notify'] },
  ],
  ['purpose of v3', { purpose: [{ system: REASON, code: 'HPAYMT' }] }, { purpose: ['insurance'] }],
  [
    'purpose of the hub',
    { purpose: [{ system: 'http://samspil.dk/fhir/CodeSystem/purpose', code: 'social-casework' }] },
    { purpose: ['social-casework'] },
  ],
  [
    'data from a place',
    { data: [{ meaning: 'authoredby', reference: { identifier: { system: SOR, value: '9' } } }] },
    { source: [`${SOR}|9`] },
  ],
  [
    'one resource',
    { data: [{ meaning: 'instance', reference: { reference: 'Condition/7' } }] },
    { item: ['Condition/7'] },
  ],
  [
    'a resource type',
    { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Condition' }] },
    { category: ['diagnosis'] },
  ],
  ['a document type', { class: [{ system: 'http://loinc.org', code: '18842-5' }] }, { category: ['discharge-letter'] }],
  [
    'the hub’s own category',
    { class: [{ system: 'http://samspil.dk/fhir/CodeSystem/category', code: 'plan' }] },
    { category: ['plan'] },
  ],
  ['a label', { securityLabel: [{ code: 'PSY' }] }, { label: ['PSY'] }],
  [
    'a period of data',
    { dataPeriod: { start: '2019-01-01', end: '2019-12-31' } },
    { data_from: '2019-01-01', data_to: '2019-12-31' },
  ],
  [
    'a year of data',
    { dataPeriod: { start: '2019', end: '2019' } },
    { data_from: '2019-01-01', data_to: '2019-12-31' },
  ],
  [
    'a month of data, leap year',
    { dataPeriod: { start: '2024-02', end: '2024-02' } },
    { data_from: '2024-02-01', data_to: '2024-02-29' },
  ],
  ['an instant is its Danish date', { dataPeriod: { end: '2024-04-30T22:00:00Z' } }, { data_to: '2024-05-01' }],
];
test.each(scopes)('%s', (_name, provision, scope) => {
  const found = only(consent({ type: 'deny', ...provision }));
  expect(found).toMatchObject({ kind: 'opt-out', places: [] });
  expect(found.scope).toEqual(scope);
});

test('Observation as a class means every category an observation can have', () => {
  const { scope } = only(
    consent({ type: 'deny', class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }] }),
  );
  expect(scope.category).toEqual(expect.arrayContaining(['findings', 'vitals', 'laboratory', 'wishes']));
});

test('validity', () => {
  expect(only(consent({ type: 'permit', period: { start: '2026', end: '2026-06' } }))).toMatchObject({
    kind: 'permit',
    valid_from: '2026-01-01',
    valid_to: '2026-06-30',
  });
});

const unclear: [string, ConsentProvision, string][] = [
  ['a clinical code', { code: [{ coding: [{ code: 'DF20' }] }] }, 'code'],
  ['an actor of another role', { actor: [place('1', 'CST')] }, 'actor[0]'],
  ['an actor that names nobody', { actor: [{ role: place('1').role, reference: {} }] }, 'actor[0]'],
  [
    'a person without authorisation id',
    { actor: [{ ...place('1'), reference: { reference: 'Practitioner/x' } }] },
    'actor[0]',
  ],
  [
    'persons and places mixed',
    { actor: [place('1'), { ...place('1'), reference: { type: 'Practitioner', identifier: { value: 'A' } } }] },
    'actor',
  ],
  ['an unknown action', { action: [{ coding: [{ code: 'correct' }] }] }, 'action[0]'],
  ['an action without code', { action: [{}] }, 'action[0]'],
  ['an unknown purpose', { purpose: [{ system: REASON, code: 'HMARKT' }] }, 'purpose[0]'],
  ['the second purpose', { purpose: [{ system: REASON, code: 'TREAT' }, { code: 'toString' }] }, 'purpose[1]'],
  ['a label without code', { securityLabel: [{}] }, 'securityLabel[0]'],
  ['an unknown class', { class: [{ system: 'http://loinc.org', code: '0' }] }, 'class[0]'],
  ['a type nobody has', { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'constructor' }] }, 'class[0]'],
  ['related data', { data: [{ meaning: 'related', reference: { reference: 'Condition/7' } }] }, 'data[0]'],
  ['data of nobody', { data: [{ meaning: 'authoredby', reference: {} }] }, 'data[0]'],
  ['an instance of nothing', { data: [{ meaning: 'instance', reference: {} }] }, 'data[0]'],
  ['a period that cannot be read', { period: { end: 'someday' } }, 'period'],
  ['a data period that cannot be read', { dataPeriod: { start: '2019-13' } }, 'dataPeriod'],
  [
    'a modifier extension',
    { modifierExtension: [{ url: 'x', valueBoolean: true }] } as ConsentProvision,
    'modifierExtension',
  ],
];
test.each(unclear)('%s is not understood, and says where', (_name, provision, at) => {
  for (const type of ['deny', 'permit'] as const) {
    const found = only(consent({ type, ...provision }));
    expect(found).toMatchObject({ kind: 'not-understood', places: [`Consent.provision.${at}`] });
    expect(decide({ ...ordinary(), consents: [{ ...found, scope: {} }] }, rules)).toMatchObject({
      decision: 'deny',
      disposition: 'manual-review',
    });
  }
});

test('a directive of uncertain date, or under a modifier, is not understood', () => {
  expect(only(consent({ type: 'deny' }, { dateTime: '2026' }))).toMatchObject({
    kind: 'not-understood',
    places: ['Consent.dateTime'],
  });
  expect(only(consent({ type: 'deny' }, { dateTime: undefined }))).toMatchObject({ kind: 'not-understood', given: '' });
  const modified = consent({ type: 'deny' }, { modifierExtension: [{ url: 'x' }] });
  expect(only(modified)).toMatchObject({ kind: 'not-understood', places: ['Consent.modifierExtension'] });
});

test('no type: the base policy speaks, or the rule is not understood', () => {
  const rule = (code: string) => ({
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code }] },
  });
  expect(only(consent({}, rule('OPTOUT'))).kind).toBe('opt-out');
  expect(only(consent({}, rule('OPTIN'))).kind).toBe('permit');
  expect(only(consent(undefined, rule('OPTOUT'))).kind).toBe('opt-out');
  expect(only(consent({})).kind).toBe('not-understood');
  expect(only(consent(undefined)).kind).toBe('not-understood');
});

describe('exceptions', () => {
  const withException = (base: ConsentProvision, inner: ConsentProvision) =>
    flat(consent({ ...base, provision: [inner] }));

  test('an exception inherits the conditions of its parent and lifts it at the same moment', () => {
    const { directives } = withException(
      {
        type: 'deny',
        purpose: [{ system: REASON, code: 'TREAT' }],
        period: { start: '2026-01-01', end: '2026-12-31' },
      },
      {
        type: 'permit',
        actor: [{ ...place('1'), reference: { reference: 'Organization/akutteam' } }],
        period: { start: '2025-01-01', end: '2026-06-30' },
      },
    );
    expect(directives).toMatchObject([
      { id: 'c1', kind: 'opt-out', scope: { purpose: ['treatment'] }, valid_to: '2026-12-31' },
      {
        id: 'c1.1',
        kind: 'permit',
        exception_to: 'c1',
        scope: { purpose: ['treatment'], recipient: ['akutteam'] },
        valid_from: '2026-01-01',
        valid_to: '2026-06-30',
      },
    ]);
    expect(decide({ ...ordinary(), consents: directives }, rules).codes).toEqual([
      'SL41-1',
      'AGR-OK',
      'DIR-CONSENT-OK',
    ]);
  });

  test('an opt-out within a permit keeps back what it names', () => {
    const { directives } = withException(
      { type: 'permit' },
      { type: 'deny', data: [{ meaning: 'authoredby', reference: { reference: 'Organization/psykiatrien' } }] },
    );
    expect(directives.map(({ kind, exception_to }) => [kind, exception_to])).toEqual([
      ['permit', undefined],
      ['opt-out', undefined],
    ]);
    const input = { ...ordinary(), consents: directives };
    const items = [...input.items, { ...input.items[3]!, id: 'medication-5', source: 'psykiatrisk-ambulatorium' }];
    expect(decide({ ...input, items }, rules).withheld).toEqual([{ item: 'medication-5', code: 'DIR-OPT-OUT-SOURCE' }]);
  });

  test('conditions that exclude each other can never hold', () => {
    const { directives } = withException(
      { type: 'deny', actor: [place('1')] },
      { type: 'permit', actor: [place('2')] },
    );
    expect(directives.map(({ id }) => id)).toEqual(['c1']);
  });

  test('a root without type only holds what its exceptions share', () => {
    const { directives } = withException(
      { actor: [place('1')] },
      { type: 'deny', purpose: [{ system: REASON, code: 'TREAT' }] },
    );
    expect(directives).toMatchObject([
      { id: 'c1.1', kind: 'opt-out', scope: { recipient: [`${SOR}|1`], purpose: ['treatment'] } },
    ]);
    const strange = withException({ code: [{}] }, { type: 'deny' });
    expect(strange.directives.map(({ kind }) => kind)).toEqual(['not-understood', 'not-understood']);
  });

  test('a third level is not understood', () => {
    const deep = withException({ type: 'deny' }, { type: 'permit', provision: [{ type: 'deny' }] });
    expect(deep.directives.map(({ kind }) => kind)).toEqual(['opt-out', 'not-understood']);
    expect(deep.places).toEqual(['Consent.provision.provision[0].provision']);
  });
});

describe('grantor', () => {
  const related = (code: string): Partial<Consent> => ({
    contained: [
      {
        resourceType: 'RelatedPerson',
        id: 'r',
        patient: { reference: 'Patient/p' },
        relationship: [{ coding: [{ code }] }],
      },
    ],
    performer: [{ reference: '#r' }],
  });
  test.each([
    ['MTH', 'parent'],
    ['GUARD', 'guardian'],
    ['HPOWATT', 'attorney'],
    ['NOK', 'next-of-kin'],
    ['NBOR', 'other-person'],
  ])('relationship %s is %s', (code, grantor) =>
    expect(only(consent({ type: 'deny' }, related(code))).grantor).toBe(grantor),
  );

  test('who is not in the resource is asked for, and else not entitled', () => {
    const outside = consent({ type: 'deny' }, { performer: [{ reference: 'RelatedPerson/9' }] });
    expect(only(outside).grantor).toBe('other-person');
    expect(
      only(outside, { grantorOf: (reference) => (reference === 'RelatedPerson/9' ? 'parent' : undefined) }).grantor,
    ).toBe('parent');
    expect(only(consent({ type: 'deny' }, { performer: [{ reference: 'Patient/another' }] })).grantor).toBe(
      'other-person',
    );
    expect(only(consent({ type: 'deny' }, { performer: undefined })).grantor).toBe('patient');
  });
});

test('form: told, signed document, or unknown', () => {
  const form = (more: Partial<Consent>) => only(consent({ type: 'permit' }, more)).form;
  expect(
    form({ extension: [{ url: 'http://samspil.dk/fhir/StructureDefinition/consent-form', valueCode: 'oral' }] }),
  ).toBe('oral');
  expect(form({ sourceAttachment: { contentType: 'application/pdf' } })).toBe('written');
  expect(form({ sourceReference: { reference: 'DocumentReference/1' } })).toBe('written');
  expect(form({})).toBeUndefined();
});

test('a consent to a trial is bound to its agreement; an opt-out never is', () => {
  const policy = { policyRule: { coding: [{ code: 'http://samspil.dk/agreement/B-PROEVE|1' }] } };
  expect(only(consent({ type: 'permit' }, policy)).scope).toEqual({ agreement: 'B-PROEVE' });
  expect(
    only(consent({ type: 'permit' }, { policy: [{ uri: 'http://samspil.dk/agreement/B-PROEVE' }] })).scope,
  ).toEqual({ agreement: 'B-PROEVE' });
  expect(only(consent({ type: 'deny' }, policy)).scope).toEqual({});
});

test('places become keys where they are known', () => {
  const keyOf = (name: string) => (name === `${SOR}|1` ? 'akutteam' : undefined);
  expect(only(consent({ type: 'deny', actor: [place('1'), place('2')] }), { keyOf }).scope.recipient).toEqual([
    'akutteam',
    `${SOR}|2`,
  ]);
});

test('a consent that is not about sharing gives no directive and says so', () => {
  const result = flattenConsent(consent({ type: 'permit' }, { scope: { coding: [{ code: 'adr' }] } }));
  expect(result).toMatchObject({
    ok: true,
    value: [],
    issues: [{ code: 'DIRECTIVE-NO-BEARING', severity: 'information' }],
  });
});

test('a revoked consent stays on record as inactive', () => {
  expect(only(consent({ type: 'deny' }, { status: 'inactive' }))).toMatchObject({
    status: 'inactive',
    kind: 'opt-out',
  });
});

test.each([
  ['null', null],
  ['a patient', { resourceType: 'Patient' }],
  ['text', 'Consent'],
  ['members of no shape', { resourceType: 'Consent', provision: { actor: 7, provision: 'x' } }],
])('what is no Consent is refused: %s', (_name, value) => {
  expect(flattenConsent(value as unknown as Consent)).toMatchObject({
    ok: false,
    issues: [{ code: 'DIRECTIVE-NOT-CONSENT' }],
  });
});

test('whatever stands in a Consent, it never opens what was shut without it', () => {
  const shut = { ...ordinary(), consents: [] as never[] };
  const released = decide(shut, rules).released;
  fc.assert(
    fc.property(fc.anything({ maxDepth: 5 }), (provision) => {
      const result = flattenConsent({ ...consent(undefined), provision } as unknown as Consent);
      if (!result.ok) return;
      const decision = decide({ ...shut, consents: result.value }, rules);
      expect(decision.released.every((item) => released.includes(item))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
