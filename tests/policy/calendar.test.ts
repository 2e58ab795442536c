import fc from 'fast-check';
import { addMonths, ageOn, dateOf, dayBefore, isDate, moment } from '../../src/policy/calendar.ts';
import { canonical, contentHash } from '../../src/policy/canonical.ts';

test.each([
  ['2026-02-28', true],
  ['2026-02-29', false],
  ['2024-02-29', true],
  ['2026-04-31', false],
  ['2026-12-31', true],
  ['2026-13-01', false],
  ['2026-00-01', false],
  ['2026-01-00', false],
  ['2026-1-1', false],
  ['x2026-01-01', false],
  ['2026-01-01T00:00:00Z', false],
  [20260101, false],
  [null, false],
])('%s is a date: %s', (text, expected) => expect(isDate(text)).toBe(expected));

const iso = (time: number) => new Date(time).toISOString();
test.each([
  ['2026-01-15', '2026-01-14T23:00:00.000Z', '2026-01-15T22:59:59.999Z'],
  ['2026-07-15', '2026-07-14T22:00:00.000Z', '2026-07-15T21:59:59.999Z'],
  ['2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z'],
  ['2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.999Z'],
  ['2026-12-31', '2026-12-30T23:00:00.000Z', '2026-12-31T22:59:59.999Z'],
])('the Danish day %s lasts from %s to %s', (date, first, last) => {
  const day = moment(date)!;
  expect([iso(day.first), iso(day.last)]).toEqual([first, last]);
});

test('an instant is a moment of its own; what has no zone is none', () => {
  const time = Date.parse('2026-05-12T07:30:00Z');
  expect(moment('2026-05-12T09:30:00+02:00')).toEqual({ first: time, last: time });
  expect(moment('2026-05-12T07:30Z')).toEqual({ first: time, last: time });
  expect(moment('2026-05-12T07:30:00.250Z')!.first).toBe(time + 250);
  for (const text of [
    '2026-05-12T09:30:00',
    '2026-05-12 09:30',
    'now',
    '',
    7,
    undefined,
    '2026-13-12T09:30:00Z',
    'x2026-05-12T07:30Z',
    '2026-05-12T07:30Zx',
  ])
    expect(moment(text)).toBeUndefined();
});

test('the Danish date of an instant', () => {
  expect(dateOf('2026-05-11T22:00:00Z')).toBe('2026-05-12');
  expect(dateOf('2026-05-11T21:59:59Z')).toBe('2026-05-11');
  expect(dateOf('2026-05-12')).toBe('2026-05-12');
  for (const text of [
    '2026-05',
    '2026-05-11T22:00:00',
    'x',
    1,
    null,
    '2026-05-11T22:00:00Zx',
    'x2026-05-11T22:00:00Z',
    '2026-99-11T22:00:00Z',
  ])
    expect(dateOf(text)).toBeUndefined();
});

test.each([
  ['2025-05-12', 12, '2026-05-12'],
  ['2024-02-29', 12, '2025-02-28'],
  ['2024-02-29', 48, '2028-02-29'],
  ['2025-08-31', 6, '2026-02-28'],
  ['2025-12-31', 2, '2026-02-28'],
  ['2025-12-15', 1, '2026-01-15'],
  ['2021-05-12', 60, '2026-05-12'],
])('%s and %i months is %s', (date, months, expected) => expect(addMonths(date, months)).toBe(expected));

test.each([
  ['1961-05-12', '2026-05-12', 65],
  ['1961-05-13', '2026-05-12', 64],
  ['1961-04-30', '2026-05-01', 65],
  ['1960-02-29', '2025-02-28', 64],
  ['1960-02-29', '2025-03-01', 65],
  ['1960-02-29', '2024-02-29', 64],
  ['2026-05-12', '2026-05-12', 0],
])('born %s, on %s: %i years', (birth, date, age) => expect(ageOn(birth, date)).toBe(age));

test('the day before', () => {
  expect(dayBefore('2026-03-01')).toBe('2026-02-28');
  expect(dayBefore('2026-01-01')).toBe('2025-12-31');
});

test('equal content has equal bytes, other content other ones', () => {
  expect(canonical({ b: 1, a: [{ d: 1, c: undefined }] })).toBe('{"a":[{"d":1}],"b":1}');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(contentHash(turned)).toBe(contentHash(value));
      expect(contentHash({ ...value, 'one more': 1 })).not.toBe(contentHash({ ...value, 'one more': 2 }));
    }),
  );
});
