import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { recogniseFormat } from '../../../src/formats/index.ts';
import { nemsis } from '../../../src/formats/nemsis/index.ts';

const folder = resolve(import.meta.dirname, '../../../fixtures/nemsis');
const fixture = (name: string) => readFileSync(join(folder, name, 'message.xml'), 'utf8');
const plain = fixture('plain');
const read = (text: string) => nemsis.read(Buffer.from(text));
const issuesOf = (text: string) => {
  const { messages, issues } = read(text);
  return [...issues, ...messages.flatMap((each) => each.issues)].map(({ code, place }) => `${code} ${place}`);
};
const treeOf = (text: string, index = 0) => {
  const found = read(text).messages[index];
  return found?.ok ? found.message.tree : found?.issues;
};

test.each(readdirSync(folder))('the case %s is recognised and taken', (name) => {
  expect(recogniseFormat(Buffer.from(fixture(name)))?.id).toBe('nemsis');
  expect(issuesOf(fixture(name))).toEqual([]);
});

test('a report says who it is from and of', () => {
  expect(read(plain).messages).toMatchObject([
    {
      ok: true,
      message: {
        controlId: '3f0c8a52-6c1e-4b8e-9a43-0d5b7b1f6a01',
        structure: 'PatientCareReport',
        sender: [{ system: 'http://samspil.dk/fhir/sid/nemsis/agency', value: 'PR0017' }],
        patient: [
          { system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' },
          { system: 'http://samspil.dk/fhir/sid/nemsis/report', value: 'PR0017#N-1' },
        ],
      },
    },
  ]);
});

test('each report of a data set is a message of its own', () => {
  const broken = fixture('odd').replace('<eRecord.01>N-3</eRecord.01>', '');
  expect(read(fixture('odd')).messages.map(({ ok }) => ok)).toEqual([true, true]);
  expect(read(broken).messages.map(({ ok }) => ok)).toEqual([false, true]);
});

test('absent values give their reason beside them, repeated elements are lists, groups know their position', () => {
  expect(treeOf(fixture('odd'), 1)).toMatchObject({
    ePatient: { ePatient_01_NV: '7701003' },
    eVitals: { eVitals_VitalGroup: { eVitals_12_PN: '8801023', position: '1' } },
  });
  expect(treeOf(fixture('rich'))).toMatchObject({
    ePatient: { ePatient_05: { value: 'Prøvevej 3', StreetAddress2: 'st. tv.' } },
    eVitals: { eVitals_VitalGroup: [{ position: '1' }, { position: '2' }] },
    eMedications: { eMedications_MedicationGroup: [{}, { eMedications_03: { PN: '8801007' } }, {}] },
  });
});

const change = (from: string, to: string) => plain.replace(from, to);
test.each([
  [
    'another root',
    change('<EMSDataSet xmlns', '<Other xmlns').replace('</EMSDataSet>', '</Other>'),
    /^NEMSIS-ROOT line 2/,
  ],
  ['another namespace', change('http://www.nemsis.org', 'http://example.org'), /^NEMSIS-ROOT line 2/],
  ['no report', plain.replace(/<PatientCareReport[\s\S]*<\/PatientCareReport>/, ''), /^NEMSIS-EMPTY line 2/],
  ['no report number', change('<eRecord.01>N-1</eRecord.01>', ''), /^NEMSIS-MISSING line 9/],
  ['a section nobody knows', change('<eVitals>', '<eSecret/><eVitals>'), /^NEMSIS-SECTION line 14, column \d+$/],
  ['sections out of order', change('<eVitals>', '<eTimes/><eVitals>'), /^NEMSIS-ORDER line 14/],
  [
    'an element of another section',
    change('<eVitals.12>97</eVitals.12>', '<eTimes.12>97</eTimes.12>'),
    /^NEMSIS-ELEMENT line 14, column \d+$/,
  ],
  [
    'a time without zone',
    change('2026-05-04T10:14:00+02:00', '2026-05-04T10:14:00'),
    /^NEMSIS-VALUE line 14.*eVitals\.01/,
  ],
  ['a pulse of words', change('>92<', '>fast<'), /^NEMSIS-VALUE line 14.*eVitals\.10/],
  ['a pulse nobody has', change('>92<', '>9200<'), /^NEMSIS-VALUE line 14.*eVitals\.10/],
  ['nothing, without a reason', change('>92<', '><'), /^NEMSIS-VALUE line 14.*eVitals\.10/],
  ['a reason nobody knows', change('<eVitals.12>97<', '<eVitals.12 PN="1">97<'), /^NEMSIS-ABSENT line 14.*eVitals\.12/],
  ['nil, and a value', change('<eVitals.12>', '<eVitals.12 xsi:nil="true">'), /^NEMSIS-ABSENT line 14.*eVitals\.12/],
  ['XML that breaks off', plain.slice(0, 900), /^XML-SYNTAX line \d+/],
  ['entities', change('<EMSDataSet', '<!DOCTYPE x [<!ENTITY a "b">]><EMSDataSet'), /^XML-DTD line 2/],
])('refused by place: %s', (_name, text, expected) => {
  const issues = issuesOf(text);
  expect(issues[0]).toMatch(expected);
  expect(issues.join()).not.toMatch(/2512489996|Berggren/);
});

test('whatever the bytes, they are taken or refused with a reason', () => {
  const cut = fc
    .tuple(fc.nat(plain.length), fc.nat(60), fc.string({ maxLength: 5 }))
    .map(([at, length, text]) => plain.slice(0, at) + text + plain.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(cut, fc.string()), (text) => {
      const { messages, issues } = read(text);
      nemsis.recognise(Buffer.from(text));
      if (messages.length === 0) expect(issues.some(isFault)).toBe(true);
      for (const each of messages) expect(each.ok || each.issues.some(isFault)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const shared = join(
  process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../../shared'),
  'samples/prehospital/nemsis',
);
if (!existsSync(shared)) console.warn('The samples (../shared) are not here: NEMSIS files of others are not tried.');
(existsSync(shared) ? test : test.skip)('the standard’s own test cases are taken', () => {
  const all = readdirSync(shared).map((name) => issuesOf(readFileSync(join(shared, name), 'utf8')));
  expect(all.flat()).toEqual([]);
});
