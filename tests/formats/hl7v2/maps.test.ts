import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { isFault } from '../../../src/errors.ts';
import { cases, convert, fixtures, validator } from './conversion.ts';

const resources = (bundle: Bundle, type: string) =>
  (bundle.entry ?? []).flatMap(({ resource }) => (resource?.resourceType === type ? [resource] : []));

test('there are a plain, a rich and an odd case of each event', () => {
  const kinds = cases.map((name) => name.split('-').slice(0, 2).join('-'));
  for (const kind of new Set(kinds))
    for (const sort of ['plain', 'rich', 'odd']) expect(cases).toContain(`${kind}-${sort}`);
});

describe.each(cases)('%s', (name) => {
  const { message, bundle, issues } = convert(name);

  test('is what was expected', () => {
    const expected = JSON.parse(readFileSync(resolve(fixtures, name, 'expected.json'), 'utf8'));
    expect(JSON.parse(JSON.stringify(bundle))).toEqual(expected);
  });

  test('is valid', () => {
    expect([...issues, ...validator.validate(bundle)].filter(isFault)).toEqual([]);
  });

  test('its header names sender and focus, each resource once', () => {
    const urls = (bundle.entry ?? []).map((entry) => entry.fullUrl);
    expect(new Set(urls).size).toBe(urls.length);
    expect(bundle.entry![0]!.resource!.resourceType).toBe('MessageHeader');
    const text = JSON.stringify(bundle);
    const named = [...text.matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map((match) => match[1]);
    expect(named.filter((reference) => !urls.includes(reference))).toEqual([]);
  });

  test('the patient has the numbers that chose the lane', () => {
    const [patient] = resources(bundle, 'Patient') as Patient[];
    const given = (patient?.identifier ?? []).map(({ system, value }) => ({ system, value }));
    expect(given).toEqual(expect.arrayContaining([...message.patient]));
    expect(given).toHaveLength(message.patient.length);
  });

  test('no explicit null became a value', () => {
    expect(JSON.stringify(bundle)).not.toContain('\\"\\"');
  });
});

test('the same message gives the same bytes', () => {
  expect(JSON.stringify(convert('adt-a01-rich').bundle)).toBe(JSON.stringify(convert('adt-a01-rich').bundle));
});
