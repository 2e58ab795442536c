import { agreementHash, approve, isApproved } from '../../src/policy/agreement.ts';
import { changeFaults, diffAgreements } from '../../src/policy/agreement-diff.ts';
import { checkDocument, checkTerms } from '../../src/policy/agreement-schema.ts';
import { compileRules, decide } from '../../src/policy/decide.ts';
import { approved, draft } from './documents.ts';
import { own, request } from './tables.ts';

const input = {
  ...request('Directive of an unknown kind about someone else'),
  trigger: 'wound-treated',
  consents: [],
  recipient: { org: 'hjemmesygepleje', role: 'nurse', health_professional: true, treatment_relation: 'current' },
};

function verdict(document: typeof draft, approvals?: 'bound' | 'stated') {
  const compiled = compileRules({
    organisations: own.organisations,
    agreements: [document],
    ...(approvals && { approvals }),
  });
  return compiled.ok
    ? decide(input, compiled.value).codes.join(' ')
    : compiled.issues.map(({ code }) => code).join(' ');
}

test('an approval is bound to the content it was given to', () => {
  const document = approved(draft);
  expect(checkDocument(document, 'x')).toEqual([]);
  expect(verdict(document)).toBe('SL41-2-1 AGR-OK DIR-NONE MIN-CATEGORY');
  const changed = {
    ...document,
    recipients: { hjemmesygepleje: { categories: ['identity', 'findings', 'plan', 'vitals'] } },
  };
  expect(verdict(changed)).toBe('SL41-2-1 AGR-NOT-APPROVED');
});

test('an approval without a hash counts only where approvals are taken at their word', () => {
  const parties = draft.parties.map((one) => ({ ...one, approval: 'approved' }));
  expect(verdict({ ...draft, parties })).toBe('SL41-2-1 AGR-NOT-APPROVED');
  expect(verdict({ ...draft, parties }, 'stated')).toBe('SL41-2-1 AGR-OK DIR-NONE MIN-CATEGORY');
});

test('status and approvals are the life of a version, everything else its content', () => {
  const hash = agreementHash(draft);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(agreementHash({ ...approved(draft), status: 'suspended' })).toBe(hash);
  const reordered = Object.fromEntries(Object.entries(draft).reverse()) as unknown as typeof draft;
  expect(agreementHash(reordered)).toBe(hash);
  for (const change of [
    { title: 'x' },
    { version: 3 },
    { valid_to: '2027-01-01' },
    { excluded_labels: [] },
    { parties: draft.parties.slice(1) },
  ])
    expect(agreementHash({ ...draft, ...change })).not.toBe(hash);
  const sector = draft.parties.map((one) => ({ ...one, sector: 'state' }));
  expect(agreementHash({ ...draft, parties: sector })).not.toBe(hash);
});

test('approving: only by a party, with who, when and where it was minuted', () => {
  const one = approve(draft, { party: 'region-nord', by: 'Rådet', at: '2025-12-13T10:00:00+01:00', reference: '7' })!;
  expect(one.parties[0]).toEqual({
    ...draft.parties[0],
    approval: 'approved',
    approved_by: 'Rådet',
    approved_at: '2025-12-13T10:00:00+01:00',
    reference: '7',
    document_hash: agreementHash(draft),
  });
  expect(one.parties[1]).toBe(draft.parties[1]);
  expect(approve(draft, { party: 'nobody', by: 'x', at: 'x', reference: 'x' })).toBeUndefined();
  expect(isApproved(one.parties[0]!, agreementHash(draft), false)).toBe(true);
  expect(isApproved(one.parties[1]!, agreementHash(draft), true)).toBe(false);
});

const incomplete: [string, (one: Record<string, unknown>) => unknown, string][] = [
  ['no retention', ({ retention: _, ...rest }) => rest, 'x/retention'],
  ['no text', ({ text: _, ...rest }) => rest, 'x/text'],
  ['no incident contact', ({ incident_contact: _, ...rest }) => rest, 'x/incident_contact'],
  ['an unknown member', (one) => ({ ...one, except: [] }), 'x'],
  ['an unknown operator', (one) => ({ ...one, patient_criteria: { older_than: 3 } }), 'x/patient_criteria'],
  ['a criterion of text', (one) => ({ ...one, patient_criteria: { min_age: '18' } }), 'x/patient_criteria/min_age'],
  ['an empty alternative', (one) => ({ ...one, patient_criteria: { any_of: [] } }), 'x/patient_criteria/any_of'],
  [
    'an approval without hash',
    (one) => ({ ...one, parties: draft.parties.map((p) => ({ ...p, approval: 'approved' })) }),
    'x/parties/0/document_hash',
  ],
  [
    'a party without record',
    (one) => ({
      ...one,
      parties: [...draft.parties, { party: 'z', legal_entity: 'z', sector: 'z', branch: 'health' }],
    }),
    'x/parties/2/approval',
  ],
  ['one party', (one) => ({ ...one, parties: draft.parties.slice(1) }), 'x/parties'],
  ['a trial without permission', (one) => ({ ...one, kind: 'trial' }), 'x/trial_permission'],
  ['version zero', (one) => ({ ...one, version: 0 }), 'x/version'],
];
test.each(incomplete)('a document on file is complete: %s', (_name, change, place) => {
  const found = checkDocument(change(draft as unknown as Record<string, unknown>), 'x');
  expect(found.map((one) => one.place)).toContain(place);
  expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['POLICY-SHAPE']));
});

test('what decides needs less, and nesting has an end', () => {
  expect(checkTerms({ ...own.agreements['B-AFSLUTTET'], id: 'B' }, 'B')).toEqual([]);
  let criteria: object = { min_age: 1 };
  for (let depth = 0; depth < 40; depth += 1) criteria = { all_of: [criteria] };
  expect(checkTerms({ ...draft, patient_criteria: criteria }, 'x')).toMatchObject([
    { code: 'POLICY-SHAPE', detail: { rule: 'depth' } },
  ]);
  expect(checkTerms(null, 'x')).toMatchObject([{ code: 'POLICY-SHAPE' }]);
});

test('the difference between two documents, by path', () => {
  const after = {
    ...approved(draft),
    deadline_minutes: 60,
    recipients: { ...draft.recipients, 'own-gp': { categories: ['identity'] } },
    retention: { months: 60, onward_use: 'Kun til behandling.' },
  };
  const { supersedes: _, ...before } = draft;
  expect(
    diffAgreements(before, { ...after, supersedes: draft.supersedes!, parties: draft.parties.toReversed() }),
  ).toEqual([
    { path: '/deadline_minutes', before: 240, after: 60 },
    { path: '/recipients/own-gp', after: { categories: ['identity'] } },
    { path: '/supersedes', after: { id: 'SAAR-2026', version: 1 } },
  ]);
  expect(diffAgreements(draft, { ...draft, parties: approved(draft).parties }).map(({ path }) => path)).toContain(
    '/parties/aaby-kommune/document_hash',
  );
  expect(diffAgreements(draft, { ...draft, excluded_labels: ['PSY', 'HIV'] })).toEqual([
    { path: '/excluded_labels/1', after: 'HIV' },
  ]);
  expect(
    diffAgreements({ ...draft, recipients: { 'a/b~c': { categories: [] } } }, { ...draft, recipients: {} }),
  ).toEqual([{ path: '/recipients', before: { 'a/b~c': { categories: [] } }, after: {} }]);
  expect(
    diffAgreements(
      { ...draft, recipients: { 'a/b~c': { categories: ['x'] }, d: { categories: [] } } },
      { ...draft, recipients: { d: { categories: [] } } },
    ),
  ).toEqual([{ path: '/recipients/a~1b~0c', before: { categories: ['x'] } }]);
  expect(diffAgreements(draft, draft)).toEqual([]);
});

test('a version somebody has approved does not change', () => {
  const bound = approved(draft);
  expect(changeFaults(bound, { ...bound, title: 'x' })).toMatchObject([
    { code: 'POLICY-VERSION-CHANGED', place: 'SAAR-2026 v2' },
  ]);
  expect(changeFaults(bound, { ...bound, status: 'suspended' })).toEqual([]);
  expect(changeFaults(bound, { ...bound, title: 'x', version: 3 })).toEqual([]);
  expect(changeFaults(bound, { ...bound, title: 'x', id: 'other' })).toEqual([]);
  expect(changeFaults(draft, { ...draft, title: 'x' })).toEqual([]);
  const withdrawn = { ...draft, parties: [draft.parties[0]!, { ...draft.parties[1]!, approval: 'withdrawn' }] };
  expect(changeFaults(withdrawn, { ...withdrawn, title: 'x' })).toHaveLength(1);
});
