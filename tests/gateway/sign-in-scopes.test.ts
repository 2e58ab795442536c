import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { covers, grantScopes, isScope, OWN_SCOPES, SUPPORTED_SCOPES } from '../../src/gateway/sign-in/scopes.ts';

const GRANTS: [asked: string, registered: string[], granted: string[]][] = [
  ['system/Encounter.rs', ['system/Encounter.cruds'], ['system/Encounter.rs']],
  ['system/Encounter.cruds', ['system/Encounter.rs'], ['system/Encounter.rs']],
  ['system/*.rs', ['system/Encounter.cruds', 'system/Patient.r'], ['system/Encounter.rs', 'system/Patient.r']],
  ['system/Patient.r', ['system/*.rs'], ['system/Patient.r']],
  ['system/Encounter.read', ['system/Encounter.cruds'], ['system/Encounter.rs']],
  ['system/Encounter.write', ['system/Encounter.cruds'], ['system/Encounter.cud']],
  ['system/Encounter.*', ['system/Encounter.rs'], ['system/Encounter.rs']],
  ['system/Encounter.d', ['system/Encounter.cru'], []],
  ['system/Encounter.sr', ['system/Encounter.cruds'], []],
  ['system/Encounter.', ['system/Encounter.cruds'], []],
  ['system/encounter.r', ['system/*.cruds'], []],
  ['user/Encounter.r', ['system/*.cruds'], []],
  ['system/Encounter.rs?status=finished', ['system/*.cruds'], []],
  ['samspil/dpo', ['samspil/dpo'], ['samspil/dpo']],
  ['samspil/dpo', ['samspil/operate', 'system/*.cruds'], []],
  ['samspil/dpo samspil/dpo', ['samspil/dpo'], ['samspil/dpo']],
  ['samspil/*', ['samspil/dpo'], []],
  ['toString __proto__', ['samspil/dpo'], []],
  ['', ['samspil/dpo'], []],
];

test.each(GRANTS)('asked %j of %j', (asked, registered, granted) => {
  expect(grantScopes(asked, registered)).toEqual(granted);
});

describe('for any scopes whatever', () => {
  const letters = fc.subarray([...'cruds']).filter((some) => some.length > 0);
  const type = fc.constantFrom('*', 'Encounter', 'Patient', 'Consent');
  const fhir = fc.tuple(type, letters).map(([name, may]) => `system/${name}.${may.join('')}`);
  const scope = fc.oneof(fhir, fc.constantFrom(...Object.keys(OWN_SCOPES)));

  test('nobody gets more than the registration covers, nor more than was asked', () => {
    fc.assert(
      fc.property(fc.array(scope), fc.array(scope), (asked, registered) => {
        for (const given of grantScopes(asked.join(' '), registered)) {
          expect(covers(registered, given)).toBe(true);
          expect(covers(asked, given)).toBe(true);
          expect(isScope(given)).toBe(true);
        }
      }),
    );
  });

  test('what is asked and registered alike is given', () => {
    fc.assert(
      fc.property(scope, (one) => {
        expect(covers(grantScopes(one, [one]), one)).toBe(true);
      }),
    );
  });

  test('no text is a scope by accident, and none makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(scope), (text, registered) => {
        for (const given of grantScopes(text, registered)) expect(covers(registered, given)).toBe(true);
        if (!isScope(text)) expect(covers(registered, text)).toBe(false);
      }),
    );
  });
});

test('scopes of two rows add up; a wildcard type covers each type', () => {
  expect(covers(['system/Encounter.c', 'system/Encounter.rs'], 'system/Encounter.crs')).toBe(true);
  expect(covers(['system/*.r'], 'system/Patient.r')).toBe(true);
  expect(covers(['system/Patient.r'], 'system/*.r')).toBe(false);
  expect(covers(['system/Patient.r'], 'system/Patient.rs')).toBe(false);
  expect(covers(['system/*.r', 'samspil/dpo'], 'samspil/operate')).toBe(false);
});

test('every scope of the discovery document means something', () => {
  expect(SUPPORTED_SCOPES.filter((scope) => !isScope(scope))).toEqual([]);
});
