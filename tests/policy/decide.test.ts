import fc from 'fast-check';
import { decide } from '../../src/policy/decide.ts';
import type { DecisionInput } from '../../src/policy/decision.ts';
import { ordinary, own, request, rules, rulesOf } from './tables.ts';

test('a whole decision, member by member', () => {
  expect(decide(request('Each item has its own reason'), rules)).toEqual({
    decision: 'permit-with-redaction',
    disposition: 'send',
    codes: ['SL41-2-1', 'AGR-OK', 'DIR-NONE', 'MIN-CATEGORY', 'MIN-LABEL', 'MIN-UNLABELLED'],
    basis: 'SL41-2-1',
    agreement: 'B-AFSLUTTET',
    agreement_version: 4,
    directives: { used: [], ignored: [] },
    released: ['identity-1', 'vitals-2'],
    withheld: [
      { item: 'diagnosis-3', code: 'MIN-CATEGORY' },
      { item: 'findings-4', code: 'MIN-LABEL' },
      { item: 'medication-5', code: 'MIN-UNLABELLED' },
    ],
    obligations: ['audit'],
    near_miss: null,
    deadline_minutes: 60,
    terms: {
      categories: ['identity', 'vitals', 'findings', 'medication'],
      free_text: false,
      attachments: false,
      identity_elements: ['identifier', 'name', 'gender', 'birthDate', 'deceased'],
      elements: null,
      kept_labels: [],
    },
    rule_set: rules.version,
    explanation: 'SL41-2-1',
  });
});

test('a whole refusal, member by member', () => {
  expect(decide(request('64 stated as age'), rules)).toEqual({
    decision: 'deny',
    disposition: 'withhold',
    codes: ['SL41-2-1', 'AGR-CRITERIA'],
    basis: 'SL41-2-1',
    agreement: null,
    agreement_version: null,
    directives: { used: [], ignored: [] },
    released: [],
    withheld: [],
    obligations: ['audit'],
    near_miss: { agreement: 'B-AFSLUTTET', version: 4, code: 'AGR-CRITERIA' },
    deadline_minutes: null,
    terms: {
      categories: [],
      free_text: false,
      attachments: false,
      identity_elements: [],
      elements: null,
      kept_labels: [],
    },
    rule_set: rules.version,
    explanation: 'AGR-CRITERIA',
  });
});

test('directives used and ignored are on record', () => {
  const used = (title: string) => decide(request(title), rules).directives;
  expect(used('General opt-out')).toEqual({ used: ['d1'], ignored: [] });
  expect(used('Later consent naming the recipient lifts it')).toEqual({ used: ['d1', 'd2'], ignored: [] });
  expect(used('Block entered in error')).toEqual({ used: [], ignored: [{ id: 'd1', code: 'not-in-effect' }] });
  expect(used("A neighbour's block has no effect")).toEqual({
    used: [],
    ignored: [{ id: 'd1', code: 'DIR-INVALID-GRANTOR' }],
  });
  expect(used('Discharge letter declined, later allowed again')).toEqual({ used: ['d1', 'd2'], ignored: [] });
  expect(used('Block of one item by its id').used).toEqual(['d1']);
  expect(used('Block of another recipient')).toEqual({ used: [], ignored: [] });
  const without = request('Block of data from a place meets the units within it');
  const elsewhere = { ...without.consents[0]!, id: 'd9', scope: { source: 'hjemmesygepleje' } };
  expect(decide({ ...without, consents: [...without.consents, elsewhere] }, rules).directives.used).toEqual(['d1']);
  expect(used('Patient agrees on the spot')).toEqual({ used: ['d1', 'on-the-spot'], ignored: [] });
});

test('an agreement that lacks only the consent it demands is named', () => {
  const decision = decide(request('Shared plan without consent'), rules);
  expect(decision).toMatchObject({ agreement: 'B-DELT-PLAN', agreement_version: 1 });
  expect(decision.near_miss).toEqual({ agreement: 'B-DELT-PLAN', version: 1, code: 'AGR-CONSENT-REQUIRED' });
});

test('the nearest miss is the one that carried farthest, whatever the order of the agreements', () => {
  const miss = decide(request("Another trigger than the agreement's"), rules).near_miss;
  expect(miss).toEqual({ agreement: 'B-AFSLUTTET', version: 4, code: 'AGR-TRIGGER' });
  expect(decide(request('A unit nobody made an agreement with'), rules).near_miss).toBeNull();
});

test('what a party withdrew from still keeps out what it kept out', () => {
  const narrow = own.agreements['B-STATUS-SMAL']!;
  const withdrawn = { ...narrow, parties: narrow.parties.map((one) => ({ ...one, approval: 'withdrawn' })) };
  const input = request('Two agreements cover the flow: the narrower speaks, never the union');
  const changed = rulesOf({ ...own, agreements: { ...own.agreements, 'B-STATUS-SMAL': withdrawn } });
  expect(decide(input, changed)).toMatchObject({ agreement: 'B-STATUS-BRED', released: ['identity-1', 'vitals-2'] });
  // one that never was in force keeps nothing out
  const proposed = { ...narrow, parties: narrow.parties.map((one) => ({ ...one, approval: 'proposed' })) };
  const open = rulesOf({ ...own, agreements: { ...own.agreements, 'B-STATUS-SMAL': proposed } });
  expect(decide(input, open)).toMatchObject({
    agreement: 'B-STATUS-BRED',
    released: ['identity-1', 'vitals-2', 'findings-3'],
  });
});

test('a limit that a withdrawn agreement set by label or age holds too', () => {
  const narrow = own.agreements['B-STATUS-SMAL']!;
  const recipients = {
    hjemmesygepleje: {
      categories: ['identity', 'vitals', 'findings', 'medication', 'plan', 'wishes'],
      max_age_months: 6,
    },
  };
  const parties = narrow.parties.map((one) => ({ ...one, approval: 'withdrawn' }));
  const changed = rulesOf({
    ...own,
    agreements: { ...own.agreements, 'B-STATUS-SMAL': { ...narrow, parties, recipients, excluded_labels: ['HIV'] } },
  });
  const input = request('Two agreements cover the flow: the narrower speaks, never the union');
  const items = [
    input.items[0]!,
    { ...input.items[1]!, recorded: '2024-01-01' },
    { ...input.items[2]!, labels: ['R', 'HIV'] },
    { ...input.items[2]!, id: 'findings-4' },
  ];
  expect(decide({ ...input, items }, changed).withheld).toEqual([
    { item: 'vitals-2', code: 'MIN-AGE-LIMIT' },
    { item: 'findings-3', code: 'MIN-LABEL' },
  ]);
});

test('a newer version takes over on its first day, once every party has approved it', () => {
  const old = own.agreements['B-AFSLUTTET']!;
  const documents = (approval: string, status = 'in-force') => [
    { ...old, id: 'B', version: 1 },
    {
      ...old,
      id: 'B',
      version: 2,
      status,
      valid_from: '2026-05-12',
      recipients: { 'own-gp': { categories: ['identity', 'vitals'] } },
      parties: old.parties.map((one) => ({ ...one, approval })),
    },
  ];
  const verdict = (approval: string, now: string, status?: string) => {
    const compiled = rulesOf({ organisations: own.organisations, agreements: documents(approval, status) as never });
    return decide({ ...ordinary(), now }, compiled).codes.join(' ');
  };
  expect(verdict('approved', '2026-05-11T23:59:59+02:00')).toBe('SL41-2-1 AGR-OK DIR-NONE');
  // version 2 no longer has the acute team among its recipients
  expect(verdict('approved', '2026-05-12T00:00:00+02:00')).toBe('SL41-2-1 AGR-EXPIRED');
  expect(verdict('proposed', '2026-05-12T00:00:00+02:00')).toBe('SL41-2-1 AGR-OK DIR-NONE');
  expect(verdict('withdrawn', '2026-05-12T00:00:00+02:00')).toBe('SL41-2-1 AGR-EXPIRED');
  expect(verdict('approved', '2026-05-12T00:00:00+02:00', 'draft')).toBe('SL41-2-1 AGR-OK DIR-NONE');
});

test('a rule that fails refuses with a code', () => {
  const input = ordinary();
  Object.defineProperty(input.patient, 'capacity', {
    get() {
      throw new Error('a fact that cannot be read');
    },
  });
  const withConsent = { ...input, consents: request('General opt-out').consents };
  expect(decide(withConsent, rules)).toMatchObject({
    decision: 'deny',
    codes: ['SYS-RULE-FAULT'],
    disposition: 'manual-review',
  });
});

test('a request is left as it was', () => {
  for (const { input } of own.cases) {
    const before = JSON.stringify(input);
    decide(input, rules);
    expect(JSON.stringify(input)).toBe(before);
  }
});

const broken: [string, unknown][] = [
  ['null', null],
  ['a list', []],
  ['text', 'permit'],
  ['no sender', { ...ordinary(), sender: undefined }],
  ['no patient', { ...ordinary(), patient: null }],
  ['recipient is text', { ...ordinary(), recipient: 'akutteam' }],
  ['consents is no list', { ...ordinary(), consents: {} }],
  ['items is no list', { ...ordinary(), items: null }],
  ['an item without id', { ...ordinary(), items: [{ category: 'vitals', labels: ['N'] }] }],
  ['an item without category', { ...ordinary(), items: [{ id: 'x', labels: ['N'] }] }],
  ['an item that is null', { ...ordinary(), items: [null] }],
  ['labels that are no list', { ...ordinary(), items: [{ id: 'x', category: 'vitals', labels: 'N' }] }],
  ['a label that is no text', { ...ordinary(), items: [{ id: 'x', category: 'vitals', labels: [7] }] }],
  ['action is a number', { ...ordinary(), action: 1 }],
  ['now is a date', { ...ordinary(), now: '2026-05-12' }],
  ['now is no date', { ...ordinary(), now: 'now' }],
  ['now does not exist', { ...ordinary(), now: '2026-13-12T09:30:00Z' }],
];
test.each(broken)('a request that cannot be decided is refused: %s', (_name, input) => {
  expect(decide(input as DecisionInput, rules)).toMatchObject({
    decision: 'deny',
    codes: ['SYS-INPUT-INVALID'],
    released: [],
  });
});

test('any value at all gets an answer, and it is no', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 4, withNullPrototype: true }), (value) => {
      expect(decide(value as DecisionInput, rules).decision).toBe('deny');
    }),
    { numRuns: 500 },
  );
});

test('a whole override, member by member', () => {
  const input = request('Override opens data a patient blocked by source');
  const decision = decide(input, rules);
  expect(decision).toMatchObject({
    decision: 'permit',
    basis: 'SL42A-2',
    agreement: null,
    agreement_version: null,
    directives: { used: [], ignored: [] },
    released: ['identity-1', 'findings-2', 'medication-3'],
    withheld: [],
    deadline_minutes: null,
    explanation: 'SL42A-2',
  });
});

test('a basis that cannot be declined hears no directive', () => {
  const decision = decide(request('Admission notice of a psychiatric stay: fact and times only'), rules);
  expect(decision).toMatchObject({
    directives: { used: [], ignored: [] },
    withheld: [],
    released: ['identity-1', 'admission-status-2'],
  });
});

test('directives are told in the order of their ids, whatever the order they came in', () => {
  const [block] = request('General opt-out').consents;
  const all = ['c', 'a', 'b'].map((id) => ({ ...block!, id }));
  expect(decide({ ...ordinary(), consents: all }, rules).directives.used).toEqual(['a', 'b', 'c']);
  const gone = all.map((one) => ({ ...one, status: 'inactive' }));
  expect(decide({ ...ordinary(), consents: gone }, rules).directives.ignored.map(({ id }) => id)).toEqual([
    'a',
    'b',
    'c',
  ]);
  const future = { ...block!, id: 'x', given: '2027-01-01' };
  expect(decide({ ...ordinary(), consents: [future] }, rules).directives.ignored).toEqual([
    { id: 'x', code: 'not-in-effect' },
  ]);
  const nameless = { ...block!, id: 7 as unknown as string };
  expect(decide({ ...ordinary(), consents: [nameless, null as never] }, rules).directives.used).toEqual(['', '']);
});
