import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { ADMISSION, admissionWith, bytesOf, faults, said, taken } from './messages.ts';

const MSH = ADMISSION[0]!;

describe('refused, with a code and a place', () => {
  test.each<[string, string[], string[]]>([
    ['no patient', admissionWith({ PID: undefined }), ['HL7-SEGMENT-MISSING PID']],
    ['cut off in the header', ['MSH|^~\\&|EPJ|AU'], ['HL7-FIELD-MISSING MSH-9']],
    ['patient before its event', [MSH, ADMISSION[2]!, ADMISSION[1]!, ADMISSION[3]!], ['HL7-SEGMENT-PLACE EVN']],
    ['visit before the patient', [MSH, ADMISSION[1]!, ADMISSION[3]!, ADMISSION[2]!], ['HL7-SEGMENT-PLACE PID']],
    [
      'results of two patients',
      [MSH.replace('ADT^A01^ADT_A01', 'ORU^R01'), ADMISSION[2]!, 'OBR|1', 'PID|2||1412755018^^^CPR', 'OBR|1'],
      ['HL7-SEVERAL-PATIENTS PID[2]'],
    ],
    ['two patients', [...ADMISSION.slice(0, 3), ADMISSION[2]!, ADMISSION[3]!], ['HL7-SEGMENT-PLACE PID[2]']],
    ['unknown event', admissionWith({ MSH: MSH.replace('A01^ADT_A01', 'A99') }), ['HL7-EVENT-UNKNOWN MSH-9.2']],
    [
      'event of an object',
      admissionWith({ MSH: MSH.replace('A01^ADT_A01', 'constructor') }),
      ['HL7-EVENT-UNKNOWN MSH-9.2'],
    ],
    ['unknown type', admissionWith({ MSH: MSH.replace('ADT^', 'XXX^') }), ['HL7-TYPE-UNSUPPORTED MSH-9.1']],
    ['no control id', admissionWith({ MSH: MSH.replace('|K1|', '||') }), ['HL7-FIELD-MISSING MSH-10']],
    ['long control id', admissionWith({ MSH: MSH.replace('|K1|', `|${'K'.repeat(200)}|`) }), ['HL7-FIELD-LONG MSH-10']],
    ['version 3', admissionWith({ MSH: MSH.replace('|2.5', '|3.0') }), ['HL7-VERSION MSH-12']],
    ['impossible day', admissionWith({ PID: 'PID|1||4711~3202489996^^^CPR' }), ['HL7-PERSON-NUMBER PID-3[2].1']],
    ['long field', admissionWith({ PID: `${ADMISSION[2]}|${'x'.repeat(70_000)}` }), ['HL7-FIELD-LONG PID-12']],
    ['too many segments', [...ADMISSION, ...Array.from({ length: 25_000 }, () => 'OBX|1')], ['HL7-TOO-MANY MSH']],
    ['line without a segment', [...ADMISSION, 'hej med dig'], ['HL7-SEGMENT-NAME line 5']],
    ['segment with another separator', [...ADMISSION, 'NTE^1^^tekst'], ['HL7-SEGMENT-NAME line 5']],
    [
      'a merge without its other number',
      [MSH.replace('A01^ADT_A01', 'A40'), ...ADMISSION.slice(1, 3)],
      ['HL7-SEGMENT-MISSING MRG'],
    ],
    [
      'a result without its order',
      [MSH.replace('ADT^A01^ADT_A01', 'ORU^R01'), ADMISSION[2]!, 'OBX|1|ST|a||b'],
      ['HL7-SEGMENT-MISSING OBR'],
    ],
  ])('%s', (_, lines, expected) => {
    expect(faults(lines)).toEqual(expected);
  });

  test('cut off: the last segment has no end, and the visit never came', () => {
    const text = [...ADMISSION.slice(0, 2), 'PID|1||25124'].join('\r');
    const [message] = hl7v2.read(new TextEncoder().encode(text)).messages;
    expect(message?.issues.map(({ code }) => code)).toContain('HL7-CUT-OFF');
  });

  test.each([
    ['no visit', admissionWith({ PV1: undefined }), 'HL7-SEGMENT-MISSING'],
    ['no identifier', admissionWith({ PID: 'PID|1||||Berggren' }), 'HL7-FIELD-MISSING'],
  ])('%s is said, and read all the same', (_, lines, code) => {
    const [message] = hl7v2.read(bytesOf(lines)).messages;
    expect(message?.ok).toBe(true);
    expect(message?.issues.map((found) => found.code)).toContain(code);
  });

  test.each([
    ['MSH', 'HL7-SEPARATORS MSH-1'],
    ['MSHA^~\\&|', undefined],
    ['MSH|^^\\&|EPJ', 'HL7-SEPARATORS MSH-2'],
    ['MSH|^a\\&|EPJ', 'HL7-SEPARATORS MSH-2'],
    ['MSH||EPJ', 'HL7-SEPARATORS MSH-2'],
    ['MSH|^~\\&#!?|EPJ', 'HL7-SEPARATORS MSH-2'],
  ])('the separators of %s', (header, expected) => {
    if (expected !== undefined) expect(faults([header])).toEqual([expected]);
    else expect(hl7v2.read(bytesOf([header])).issues).toMatchObject([{ code: 'HL7-NO-MSH', place: 'line 1' }]);
  });

  test.each([
    ['', 'DOOR-EMPTY', undefined],
    ['\r\n\r\n', 'HL7-NO-MSH', 'line 1'],
    ['hej', 'HL7-NO-MSH', 'line 1'],
    [ADMISSION.slice(1).join('\r'), 'HL7-NO-MSH', 'line 1'],
    [[ADMISSION[2], ...ADMISSION].join('\r'), 'HL7-NO-MSH', 'line 1'],
  ])('bytes that are no message: %j', (text, code, place) => {
    const reading = hl7v2.read(new TextEncoder().encode(text));
    expect(reading.issues[0]).toMatchObject({ code, severity: 'error', ...(place && { place }) });
  });
});

describe('taken, with a word', () => {
  test.each<[string, string[], string]>([
    ['no EVN', admissionWith({ EVN: undefined }), 'warning HL7-SEGMENT-MISSING EVN'],
    ['no version', admissionWith({ MSH: MSH.replace('|2.5', '') }), 'warning HL7-VERSION-MISSING MSH-12'],
    ['relatives after the visit', [...ADMISSION, 'NK1|1|Test^Rel'], 'warning HL7-SEGMENT-LATE NK1'],
    ['a segment of other messages', [...ADMISSION, 'RF1|P'], 'information HL7-SEGMENT-UNLISTED RF1'],
    ['three separators', admissionWith({ MSH: MSH.replace('^~\\&', '^~\\') }), 'warning HL7-SEPARATORS-FEW MSH-2'],
    ['a control character', [...ADMISSION, 'NTE|1||a\x01b'], 'warning HL7-CONTROL-CHARACTER NTE-3'],
  ])('%s', (_, lines, expected) => {
    expect(said(lines)).toEqual([expected]);
  });

  test('control characters do not reach the tree, written or escaped', () => {
    const message = taken([...ADMISSION, 'NTE|1||a\x00b\\X00\\c\td']);
    expect(message.tree.NTE).toMatchObject([{ NTE_3: ['abc\td'] }]);
  });

  test('no more than 200 issues are told, faults first', () => {
    const reading = hl7v2.read(bytesOf([...ADMISSION, ...Array.from({ length: 500 }, () => 'RF1|P'), ADMISSION[2]!]));
    const [message] = reading.messages;
    expect(message!.ok).toBe(false);
    expect(message!.issues).toHaveLength(200);
    expect(message!.issues[0]!.code).toBe('HL7-SEGMENT-PLACE');
  });
});

describe('batches', () => {
  const second = admissionWith({ MSH: MSH.replace('|K1|', '|K2|') });
  const file = (count: number, files = 1) => [
    'FHS|^~\\&|EPJ',
    'BHS|^~\\&|EPJ',
    ...ADMISSION,
    ...second,
    `BTS|${count}`,
    `FTS|${files}`,
  ];

  test('each message is read on its own', () => {
    const lines = file(2);
    lines.splice(lines.length - 4, 1, 'PID|1||3202489996^^^CPR');
    const reading = hl7v2.read(bytesOf(lines));
    expect(reading.issues).toEqual([]);
    expect(reading.messages.map((message) => message.ok)).toEqual([true, false]);
    expect(reading.messages[1]).toMatchObject({ controlId: 'K2', type: 'ADT^A01' });
  });

  test('a wrong count stops the whole file', () => {
    expect(hl7v2.read(bytesOf(file(3))).issues).toMatchObject([
      { code: 'HL7-BATCH-COUNT', place: 'BTS-1', severity: 'error' },
    ]);
    expect(hl7v2.read(bytesOf(file(2, 4))).issues).toMatchObject([{ code: 'HL7-BATCH-COUNT', place: 'FTS-1' }]);
  });

  test('messages may follow each other without a batch, also with separators of their own', () => {
    const other = second.map((line) => line.replaceAll('|', '#'));
    const reading = hl7v2.read(bytesOf([...ADMISSION, ...other]));
    expect(reading.messages.map((message) => message.ok && message.message.controlId)).toEqual(['K1', 'K2']);
  });

  test('captured frames are read without their frame', () => {
    const text = ADMISSION.join('\r');
    const reading = hl7v2.read(new TextEncoder().encode(`\x0b${text}\x1c\r\x0b${second.join('\r')}\r\x1c\r`));
    expect(reading.issues).toEqual([]);
    expect(reading.messages.map((message) => message.ok)).toEqual([true, true]);
  });
});
