import fc from 'fast-check';
import { isGln, readPersonNumber, SYSTEM } from '../../src/fhir/identifiers.ts';

test('a CPR number tells birth date and gender, with or without hyphen', () => {
  expect(readPersonNumber('251248-9996')).toEqual({
    kind: 'cpr',
    system: SYSTEM.cpr,
    value: '2512489996',
    birthDate: '1948-12-25',
    gender: 'female',
  });
});

test.each([
  ['0101010000', '1901-01-01'],
  ['0101364000', '2036-01-01'],
  ['0101374000', '1937-01-01'],
  ['0101575000', '2057-01-01'],
  ['0101585000', '1858-01-01'],
  ['2902004001', '2000-02-29'],
])('%s was born on %s', (cpr, birthDate) => {
  expect(readPersonNumber(cpr)?.birthDate).toBe(birthDate);
});

test.each(['3002004001', '2902014001', '0013004001', '9912004001', '251248999', '25124899961', '', 'abcdefghij'])(
  '%s is no person number',
  (text) => {
    expect(readPersonNumber(text)).toBeUndefined();
  },
);

test('replacement numbers are told apart by the 7th character', () => {
  expect(readPersonNumber('0708601GH8')?.kind).toBe('x-ecpr');
  expect(readPersonNumber('0708605GH8')?.kind).toBe('d-ecpr');
  expect(readPersonNumber('4508605GH8')).toBeUndefined();
});

test('a GLN has a GS1 check digit, and one changed digit breaks it', () => {
  expect(isGln('5790000120314')).toBe(true);
  fc.assert(
    fc.property(fc.nat(12), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const digits = [...'5790000120314'].map(Number);
      digits[at] = (digits[at]! + by) % 10;
      expect(isGln(digits.join(''))).toBe(false);
    }),
  );
});
