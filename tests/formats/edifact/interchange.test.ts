import { isFault } from '../../../src/errors.ts';
import { edifact } from '../../../src/formats/edifact/edifact.ts';
import { bytesOf, changed, context, NOTICE } from './notice.ts';

const faults = (bytes: Uint8Array) => {
  const { issues, messages } = edifact.read(bytes);
  return [...issues, ...messages.flatMap((message) => message.issues)]
    .filter(isFault)
    .map((found) => `${found.code} ${found.place}`);
};

/** The receipt's segments, UNB and UNH without their ids and times. */
function receipt(bytes: Uint8Array): string[] {
  const reading = edifact.read(bytes);
  const isWhole = !reading.issues.some(isFault);
  const verdicts = reading.messages.map((message) => ({ accepted: isWhole && message.ok, issues: message.issues }));
  const answer = edifact.acknowledge(bytes, reading, verdicts, context);
  return answer ? Buffer.from(answer.body).toString('latin1').split("'\n").slice(0, -1) : [];
}

test('a notice is taken, and answered where a receipt is wanted', () => {
  const { messages, issues } = edifact.read(bytesOf(NOTICE));
  expect(issues).toEqual([]);
  expect(messages[0]).toMatchObject({
    ok: true,
    message: {
      type: 'DIS20',
      structure: 'NotificationOfAdmission',
      version: 'D2030C',
      controlId: 'BRV1',
      patient: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' }],
    },
  });
  expect(receipt(bytesOf(NOTICE))).toEqual([
    'UNA:+.? ',
    'UNB+UNOC:3+5790000999309:14+5790000999101:14+260112:1420+0B0C4C1E000040',
    'UNH+0B0C4C1E000040+CONTRL:D:93A:ZZ:C0330Q+CTL03',
    'UCI+KUV1+5790000999101:14+5790000999309:14+7',
    'UCM+BRV1+MEDDIS:D:93A:UN:D2030C+7',
    'UNT+4+0B0C4C1E000040',
    'UNZ+1+0B0C4C1E000040',
  ]);
});

test('no receipt where none is wanted and all is well, and none for a receipt', () => {
  expect(receipt(changed(['UNB', 'UNB+UNOC:3+5790000999101:14+5790000999309:14+260112:1415+KUV1']))).toEqual([]);
  const control = [
    "UNA:+.? '",
    'UNB+UNOC:3+5790000999309:14+5790000999101:14+260112:1420+KUV2++++1',
    'UNH+BRV2+CONTRL:D:93A:ZZ:C0330Q+CTL03',
    'UCI+KUV1+5790000999101:14+5790000999309:14+7',
    'UNT+3+BRV2',
    'UNZ+1+KUV2',
  ];
  expect(faults(bytesOf(control))).toEqual([]);
  expect(receipt(bytesOf(control))).toEqual([]);
});

const BAD: readonly (readonly [string, Uint8Array, string])[] = [
  ['no UNB', changed(['UNB']), 'EDIFACT-UNB-MISSING line 1, column 1'],
  [
    'UNB twice',
    bytesOf([...NOTICE.slice(0, 2), NOTICE[1]!, ...NOTICE.slice(2)]),
    'EDIFACT-UNB-REPEATED line 3, column 1 (UNB)',
  ],
  ['two interchanges', bytesOf([...NOTICE, ...NOTICE.slice(1)]), 'EDIFACT-SECOND-INTERCHANGE line 29, column 1 (UNB)'],
  ['something after UNZ', bytesOf([...NOTICE, 'NAD+SOR']), 'EDIFACT-AFTER-UNZ line 29, column 1 (NAD)'],
  ['no UNH', changed(['UNH']), 'EDIFACT-UNH-MISSING line 3, column 1 (BGM)'],
  ['no UNT', changed(['UNT']), 'EDIFACT-UNT-MISSING line 26, column 1 (PAS)'],
  ['UNT that counts wrongly', changed(['UNT', 'UNT+26+BRV1']), 'EDIFACT-UNT-COUNT line 27, column 1 (UNT)'],
  ['UNT of another letter', changed(['UNT', 'UNT+25+BRV2']), 'EDIFACT-UNT-REFERENCE line 27, column 1 (UNT)'],
  ['UNT that says nothing', changed(['UNT', 'UNT']), 'EDIFACT-ELEMENT-MISSING line 27, column 1 (UNT 1.1)'],
  ['no UNZ', changed(['UNZ']), 'EDIFACT-UNZ-MISSING line 27, column 1 (UNT)'],
  ['UNZ that counts wrongly', changed(['UNZ', 'UNZ+2+KUV1']), 'EDIFACT-UNZ-COUNT line 28, column 1 (UNZ)'],
  ['UNZ of another interchange', changed(['UNZ', 'UNZ+1+KUV2']), 'EDIFACT-UNZ-REFERENCE line 28, column 1 (UNZ)'],
  ['functional groups', changed(['UNH', 'UNG+MEDDIS']), 'EDIFACT-GROUPS line 3, column 1 (UNG)'],
  ['a date that is none', changed(['DTM+90', 'DTM+90:202602301400:203']), 'LETTER-DATE line 25, column 1 (DTM 1.2)'],
  [
    'a date of another format',
    changed(['DTM+90', 'DTM+90:20260112:203']),
    'LETTER-DATE-FORMAT line 25, column 1 (DTM 1.2)',
  ],
  [
    'a party of no kind',
    changed(['NAD+ROR', 'NAD+XXX+751:KOM:IM++Fjordby Kommune']),
    'LETTER-QUALIFIER line 12, column 1 (NAD 1)',
  ],
  ['a status of discharge', changed(['PAS', 'PAS+UL']), 'LETTER-STATUS line 26, column 1 (PAS 1.1)'],
  [
    'a type nobody knows',
    changed(['UNH', 'UNH+BRV1+MEDDIS:D:93A:UN:D9930C+DIS99']),
    'LETTER-TYPE-UNKNOWN line 3, column 1 (UNH 3)',
  ],
  [
    'a CPR number that is none',
    changed(['PNA', 'PNA+PAT+25124899:::CPR:IM']),
    'LETTER-PERSON-NUMBER Patient.CivilRegistrationNumber',
  ],
];

test.each(BAD)('%s is refused with a place, and answered so', (_name, bytes, expected) => {
  expect(faults(bytes)).toContain(expected);
  const segments = receipt(bytes);
  const hasHeader = edifact.read(bytes).envelope !== undefined && !expected.startsWith('EDIFACT-UNB-MISSING');
  // whom to answer is told by UNB alone
  if (!hasHeader) return expect(segments).toEqual([]);
  expect(segments.find((segment) => segment.startsWith('UCI'))).toBe('UCI+KUV1+5790000999101:14+5790000999309:14+4');
  expect(segments.some((segment) => segment.startsWith('FTX+') && segment.includes(expected.split(' ')[0]!))).toBe(
    true,
  );
});

test('two letters of one number are one too many', () => {
  const letter = NOTICE.slice(2, -1);
  const twice = bytesOf([...NOTICE.slice(0, 2), ...letter, ...letter, 'UNZ+2+KUV1']);
  expect(faults(twice).join()).toContain('EDIFACT-DUPLICATE-MESSAGE');
});

test('of two letters the bad one is refused, the good one taken: a receipt for each', () => {
  const bad = NOTICE.slice(2, -1).map((text) => text.replace('BRV1', 'BRV9').replace('PAS+HS', 'PAS+UL'));
  const segments = receipt(bytesOf([...NOTICE.slice(0, 2), ...NOTICE.slice(2, -1), ...bad, 'UNZ+2+KUV1']));
  expect(segments.filter((segment) => segment.startsWith('UCM'))).toEqual([
    'UCM+BRV9+MEDDIS:D:93A:UN:D2030C+4',
    'UCM+BRV1+MEDDIS:D:93A:UN:D2030C+7',
  ]);
});

test('no text of the letter comes back in what is said of it', () => {
  const bytes = changed(['PNA', 'PNA+PAT+25124899:::CPR:IM'], ['PAS', 'PAS+UL']);
  expect(JSON.stringify(faults(bytes)) + receipt(bytes).join()).not.toContain('25124899');
});
