import { decide } from '../../src/policy/decide.ts';
import { changesBetween, simulate } from '../../src/policy/simulate.ts';
import { ordinary, own, request, rules, rulesOf } from './tables.ts';

const document = own.agreements['B-AFSLUTTET']!;
const changed = (recipients: object, more: object = {}) =>
  rulesOf({
    ...own,
    agreements: {
      ...own.agreements,
      'B-AFSLUTTET': { ...document, ...more, recipients: { ...document.recipients, ...recipients } },
    },
  });

const stored = [
  { message: 'm1', input: ordinary() },
  { message: 'm2', input: request('64 stated as age') },
  { message: 'm3', input: request('Recipient not in the register') },
  { message: 'm4', input: ordinary() },
  { message: 'm5', input: request('General opt-out') },
];
const NONE = { count: 0, messages: [] };

test('nothing changes under the same rules, and recipients are told in order', () => {
  const result = simulate(
    { before: rules, after: rulesOf(own) },
    stored.toReversed().toSorted((left) => (left.message === 'm3' ? -1 : 1)),
  );
  expect(result).toMatchObject({ before: rules.version, after: rules.version });
  expect(result.recipients).toEqual([
    {
      recipient: 'akutteam',
      decided: 4,
      changes: {
        'newly-sent': NONE,
        'newly-withheld': NONE,
        'more-sent': NONE,
        'more-withheld': NONE,
        'other-ground': NONE,
      },
    },
    {
      recipient: 'ukendt-enhed',
      decided: 1,
      changes: {
        'newly-sent': NONE,
        'newly-withheld': NONE,
        'more-sent': NONE,
        'more-withheld': NONE,
        'other-ground': NONE,
      },
    },
  ]);
});

test('who would newly get something, and in which messages', () => {
  const after = changed({}, { patient_criteria: { min_age: 60 } });
  const [akutteam] = simulate({ before: rules, after }, stored).recipients;
  expect(akutteam?.changes).toEqual({
    'newly-sent': { count: 1, messages: ['m2'] },
    'newly-withheld': NONE,
    'more-sent': NONE,
    'more-withheld': NONE,
    'other-ground': NONE,
  });
});

test('what would be withheld, sent or redacted, with as many examples as asked for', () => {
  const suspended = changed({}, { status: 'suspended' });
  expect(simulate({ before: rules, after: suspended }, stored, 1).recipients[0]?.changes['newly-withheld']).toEqual({
    count: 2,
    messages: ['m1'],
  });
  const narrower = changed({ akutteam: { categories: ['identity', 'vitals'] } });
  expect(simulate({ before: rules, after: narrower }, stored).recipients[0]?.changes['more-withheld']).toEqual({
    count: 2,
    messages: ['m1', 'm4'],
  });
  expect(simulate({ before: narrower, after: rules }, stored).recipients[0]?.changes['more-sent']).toEqual({
    count: 2,
    messages: ['m1', 'm4'],
  });
});

test('an exchange of items is both, another ground is a change of its own', () => {
  const [a, b] = [decide(ordinary(), rules), decide(ordinary(), changed({}, { version: 5 }))];
  expect(changesBetween(a, b)).toEqual(['other-ground']);
  const [left, right] = [
    { ...a, released: ['x', 'y'] },
    { ...b, released: ['y', 'z'] },
  ];
  expect(changesBetween(left, right)).toEqual(['more-sent', 'more-withheld']);
  const refused = decide(request('General opt-out'), rules);
  expect(changesBetween(refused, { ...refused, basis: 'SL41-1' })).toEqual([]);
});

test('a stored request that cannot be read is decided like any other', () => {
  const result = simulate({ before: rules, after: rules }, [{ message: 'm', input: {} as never }]);
  expect(result.recipients).toMatchObject([{ recipient: 'undefined', decided: 1 }]);
});
