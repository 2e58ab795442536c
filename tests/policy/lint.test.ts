import type { Criteria } from '../../src/policy/agreement.ts';
import { compileCriteria } from '../../src/policy/criteria.ts';
import { truthOf } from '../../src/policy/criteria-lint.ts';
import { compileRules } from '../../src/policy/decide.ts';
import { approved, draft } from './documents.ts';
import { own } from './tables.ts';

const organisations = own.organisations;
const found = (...agreements: unknown[]) =>
  compileRules({ organisations, agreements: agreements as never }).issues.map(
    ({ code, severity, place }) => `${severity} ${code} ${place}`,
  );

test('a sound document has nothing to say', () => {
  expect(found(approved(draft))).toEqual([]);
});

const trial = {
  ...draft,
  kind: 'trial',
  trial_permission: { granted_by: 'x', reference: 'x', conditions: '', valid_to: '2026-06-30' },
};
const at = (place: string) => `SAAR-2026 v2/${place}`;
const odd: [string, object, string][] = [
  ['unknown legal basis', { legal_basis: ['SL41-2-1', 'SL99'] }, `error POLICY-CODE-UNKNOWN ${at('legal_basis')}`],
  ['basis for another action', { actions: ['lookup'] }, `error POLICY-BASIS-UNFIT ${at('legal_basis')}`],
  ['one action without basis', { actions: ['disclose', 'lookup'] }, `error POLICY-BASIS-UNFIT ${at('legal_basis')}`],
  ['basis for another purpose', { purpose: 'quality' }, `error POLICY-BASIS-UNFIT ${at('legal_basis')}`],
  [
    'no category',
    { recipients: { hjemmesygepleje: { categories: [] } } },
    `error POLICY-RECIPIENT-EMPTY ${at('recipients/hjemmesygepleje')}`,
  ],
  [
    'unknown category',
    { recipients: { hjemmesygepleje: { categories: ['identity', 'moods'] } } },
    `warning POLICY-CODE-UNKNOWN ${at('recipients/hjemmesygepleje')}`,
  ],
  ['unknown label', { excluded_labels: ['PSYK'] }, `warning POLICY-CODE-UNKNOWN ${at('recipients/hjemmesygepleje')}`],
  [
    'unknown label of a recipient',
    { recipients: { hjemmesygepleje: { categories: ['plan'], excluded_labels: ['X'] } } },
    `warning POLICY-CODE-UNKNOWN ${at('recipients/hjemmesygepleje')}`,
  ],
  [
    'unknown kept label',
    { recipients: { hjemmesygepleje: { categories: ['plan'], kept_labels: ['X'] } } },
    `warning POLICY-CODE-UNKNOWN ${at('recipients/hjemmesygepleje')}`,
  ],
  ['excluded and required', { required_labels: ['PSY'] }, `error POLICY-LABEL-CONTRADICTION ${at('excluded_labels')}`],
  [
    'excluded and kept',
    { recipients: { hjemmesygepleje: { categories: ['plan'], kept_labels: ['PSY'] } } },
    `error POLICY-LABEL-CONTRADICTION ${at('excluded_labels')}`,
  ],
  [
    'excluded for the recipient and required',
    {
      excluded_labels: [],
      required_labels: ['HIV'],
      recipients: { hjemmesygepleje: { categories: ['plan'], excluded_labels: ['HIV'] } },
    },
    `error POLICY-LABEL-CONTRADICTION ${at('excluded_labels')}`,
  ],
  ['ends before it begins', { valid_to: '2025-12-31' }, `error POLICY-VALIDITY ${at('valid_to')}`],
  ['a day that does not exist', { valid_to: '2026-02-29' }, `error POLICY-VALIDITY ${at('valid_to')}`],
  ['a first day that does not exist', { valid_from: '2026-02-30' }, `error POLICY-VALIDITY ${at('valid_to')}`],
  ['trial without end', { ...trial, valid_to: undefined }, `error POLICY-TRIAL-END ${at('valid_to')}`],
  [
    'trial longer than its permission',
    { ...trial, valid_to: '2026-07-01' },
    `error POLICY-TRIAL-END ${at('valid_to')}`,
  ],
  [
    'criteria nobody meets',
    { patient_criteria: { min_age: 65, max_age: 64 } },
    `error POLICY-CRITERIA-NEVER ${at('patient_criteria')}`,
  ],
  [
    'criteria everybody meets',
    { patient_criteria: { min_age: 0 } },
    `error POLICY-CRITERIA-ALWAYS ${at('patient_criteria')}`,
  ],
  [
    'a recipient nobody is',
    { recipients: { nowhere: { categories: ['plan'] } } },
    `warning POLICY-RECIPIENT-UNKNOWN ${at('recipients/nowhere')}`,
  ],
  [
    'a recipient that is no party',
    { recipients: { laegehus: { categories: ['plan'] } } },
    `warning POLICY-RECIPIENT-NOT-PARTY ${at('recipients/laegehus')}`,
  ],
  [
    'a kind of unit that is no party',
    { recipients: { 'own-gp': { categories: ['plan'] } } },
    `warning POLICY-RECIPIENT-NOT-PARTY ${at('recipients/own-gp')}`,
  ],
  ['unknown operator', { patient_criteria: { older_than: 60 } }, `error POLICY-SHAPE ${at('patient_criteria')}`],
  ['unknown status', { status: 'perhaps' }, `error POLICY-SHAPE ${at('status')}`],
  [
    'a party without approval record',
    { parties: [{ party: 'region-nord' }, draft.parties[1]] },
    `error POLICY-SHAPE ${at('parties/0/approval')}`,
  ],
];
test.each(odd)('%s', (_name, change, issue) => {
  expect(found({ ...draft, ...change })).toEqual([issue]);
});

test('a trial within its permission is sound, also on the last day', () => {
  expect(found({ ...trial, valid_to: '2026-06-30' })).toEqual([]);
  const { valid_to: _, ...open } = trial.trial_permission;
  expect(found({ ...trial, trial_permission: open })).toEqual([]);
});

test('a stale approval is seen', () => {
  expect(found({ ...approved(draft), title: 'andet' })).toEqual([
    'warning POLICY-APPROVAL-STALE SAAR-2026 v2/parties/0',
    'warning POLICY-APPROVAL-STALE SAAR-2026 v2/parties/1',
  ]);
});

test('a recipient that becomes a party by a dated change is one', () => {
  const moved = {
    ...draft,
    recipients: { akutteam: { categories: ['plan'] } },
    parties: [draft.parties[0], { ...draft.parties[1], party: 'somebody' }],
  };
  expect(found(moved)).toEqual([]);
});

describe('overlaps', () => {
  const other = { ...draft, id: 'ANDEN', version: 1, recipients: { hjemmesygepleje: { categories: ['identity'] } } };
  const overlap = ['warning POLICY-OVERLAP SAAR-2026 v2/recipients'];
  test('same flow, same days, other categories', () => expect(found(draft, other)).toEqual(overlap));
  test('same categories in another order', () => {
    const same = { ...other, recipients: { hjemmesygepleje: { categories: ['plan', 'identity', 'findings'] } } };
    expect(found(draft, same)).toEqual([]);
  });
  test('a day in common', () => {
    expect(found(draft, { ...other, valid_from: '2025-01-01', valid_to: '2026-01-01' })).toEqual(overlap);
    expect(found(draft, { ...other, valid_from: '2025-01-01', valid_to: '2025-12-31' })).toEqual([]);
    expect(found(draft, { ...other, valid_from: '2026-12-31', valid_to: undefined })).toEqual(overlap);
    expect(found(draft, { ...other, valid_from: '2027-01-01', valid_to: undefined })).toEqual([]);
  });
  test('triggers in common', () => {
    expect(found(draft, { ...other, trigger: 'any' })).toEqual(overlap);
    expect(found({ ...draft, trigger: 'any' }, { ...other, trigger: 'x' })).toEqual(overlap);
    expect(found(draft, { ...other, trigger: ['x', 'wound-treated'] })).toEqual(overlap);
    expect(found(draft, { ...other, trigger: ['x', 'y'] })).toEqual([]);
  });
  test('another action, purpose or recipient', () => {
    expect(found(draft, { ...other, actions: ['lookup'], legal_basis: ['SL42A-1'] })).toEqual([]);
    expect(found(draft, { ...other, purpose: 'insurance', legal_basis: ['SL43-1'] })).toEqual([]);
    expect(found(draft, { ...other, recipients: { akutteam: { categories: ['identity'] } } })).toEqual([]);
  });
  test('versions of one agreement do not overlap, they follow each other', () => {
    expect(found(draft, { ...other, id: draft.id })).toEqual([]);
  });
});

test('the same id and version twice is refused', () => {
  expect(found(draft, draft)).toEqual(['error POLICY-VERSION-TWICE SAAR-2026 v2']);
});

test('what is no document is refused with a place', () => {
  expect(found(null)[0]).toMatch(/^error POLICY-SHAPE/);
  expect(found('x')[0]).toMatch(/^error POLICY-SHAPE/);
});

const places: [string, unknown, string[]][] = [
  ['no sector', { legal_entity: 'a', branch: 'health', name: 'x' }, ['sector']],
  ['an empty authority', { sector: 'a', legal_entity: '', branch: 'health' }, ['legal_entity']],
  ['nothing', null, ['sector', 'legal_entity', 'branch']],
  ['changes that are no list', { sector: 'a', legal_entity: 'a', branch: 'a', changes: {} }, ['changes']],
  ['a change without a day', { sector: 'a', legal_entity: 'a', branch: 'a', changes: [{ from: '2027' }] }, ['changes']],
  ['part of nothing', { sector: 'a', legal_entity: 'a', branch: 'a', part_of: 'nowhere' }, ['part_of']],
  ['labels that are no list', { sector: 'a', legal_entity: 'a', branch: 'a', labels: 'PSY' }, ['labels']],
  ['a label that is no text', { sector: 'a', legal_entity: 'a', branch: 'a', labels: [1] }, ['labels']],
];
test.each(places)('an organisation that cannot be used is refused: %s', (_name, one, elements) => {
  const result = compileRules({ organisations: { one: one as never }, agreements: [] });
  expect(result.ok).toBe(false);
  expect(result.issues).toEqual(
    elements.map((element) => ({ code: 'POLICY-ORGANISATION', severity: 'error', place: 'one', detail: { element } })),
  );
});

const truths: [Criteria, string][] = [
  [{}, 'always'],
  [{ min_age: 0 }, 'always'],
  [{ min_age: 1 }, 'sometimes'],
  [{ max_age: 129 }, 'sometimes'],
  [{ max_age: 130 }, 'always'],
  [{ min_age: 131 }, 'never'],
  [{ min_age: 65, max_age: 65 }, 'sometimes'],
  [{ min_age: 66, max_age: 65 }, 'never'],
  [{ min_age: 65, all_of: [{ max_age: 64 }] }, 'never'],
  [{ all_of: [{ min_age: 65 }, { max_age: 64 }] }, 'never'],
  [{ all_of: [{ any_of: [{ min_age: 9, max_age: 8 }] }] }, 'never'],
  [{ any_of: [{ min_age: 9, max_age: 8 }] }, 'never'],
  [{ any_of: [{ min_age: 9, max_age: 8 }, { min_age: 9 }] }, 'sometimes'],
  [{ any_of: [{ min_age: 65 }, { max_age: 64 }] }, 'always'],
  [{ any_of: [{ min_age: 65 }, { max_age: 63 }] }, 'sometimes'],
  [{ any_of: [{ max_age: 30 }, { min_age: 31, max_age: 60 }, { min_age: 50 }] }, 'always'],
  [{ any_of: [{ min_age: 65 }, { max_age: 64, medicines_more_than: 6 }] }, 'sometimes'],
  [{ any_of: [{ min_age: 0 }, { medicines_more_than: 6 }] }, 'always'],
  [{ min_age: 18, any_of: [{ min_age: 65 }, { max_age: 64 }] }, 'sometimes'],
  [{ medicines_more_than: 6 }, 'sometimes'],
  [{ all_of: [{ living_place: 'nursing-home' }] }, 'sometimes'],
  [{ all_of: [{ min_age: 0 }] }, 'always'],
];
test.each(truths)('criteria %j hold %s', (criteria, truth) => {
  expect(truthOf(criteria)).toBe(truth);
});

const nobody = { age: undefined, medicines: undefined, diagnosisGroups: undefined, livingPlace: undefined };
const holds: [Criteria, object, boolean][] = [
  [{ min_age: 65 }, { age: 65 }, true],
  [{ min_age: 65 }, { age: 64 }, false],
  [{ min_age: 65 }, {}, false],
  [{ max_age: 17 }, { age: 17 }, true],
  [{ max_age: 17 }, { age: 18 }, false],
  [{ max_age: 17 }, {}, false],
  [{ medicines_more_than: 6 }, { medicines: 7 }, true],
  [{ medicines_more_than: 6 }, { medicines: 6 }, false],
  [{ medicines_more_than: 6 }, { medicines: '7' }, false],
  [{ medicines_more_than: 6 }, { medicines: Number.POSITIVE_INFINITY }, false],
  [{ medicines_more_than: 6 }, {}, false],
  [{ diagnosis_group: 'copd' }, { diagnosisGroups: ['copd', 'x'] }, true],
  [{ diagnosis_group: ['a', 'copd'] }, { diagnosisGroups: ['copd'] }, true],
  [{ diagnosis_group: 'copd' }, { diagnosisGroups: ['x'] }, false],
  [{ diagnosis_group: 'copd' }, { diagnosisGroups: 'copd' }, false],
  [{ diagnosis_group: 'copd' }, {}, false],
  [{ living_place: 'home' }, { livingPlace: 'home' }, true],
  [{ living_place: ['home', 'inn'] }, { livingPlace: 'inn' }, true],
  [{ living_place: 'home' }, {}, false],
  [{ any_of: [{ min_age: 65 }, { living_place: 'home' }] }, { livingPlace: 'home' }, true],
  [{ any_of: [{ min_age: 65 }, { living_place: 'home' }] }, {}, false],
  [{ all_of: [{ min_age: 65 }, { living_place: 'home' }] }, { livingPlace: 'home' }, false],
  [{ all_of: [{ min_age: 65 }, { living_place: 'home' }] }, { age: 70, livingPlace: 'home' }, true],
  [{}, {}, true],
  [{ older_than: 1 } as Criteria, { age: 70 }, false],
  [{ min_age: '1' } as unknown as Criteria, { age: 70 }, false],
  [{ any_of: [] }, { age: 70 }, false],
  [{ all_of: [] }, { age: 70 }, false],
  [{ diagnosis_group: [] }, { diagnosisGroups: [] }, false],
  [{ living_place: [1] } as unknown as Criteria, { livingPlace: 1 }, false],
  [{ toString: 1 } as unknown as Criteria, { age: 70 }, false],
];
test.each(holds)('criteria %j on %j: %s', (criteria, facts, expected) => {
  expect(compileCriteria(criteria)({ ...nobody, ...facts })).toBe(expected);
});
