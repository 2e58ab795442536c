import { isFault } from '../../../src/errors.ts';
import type { Verdict } from '../../../src/formats/format.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { ADMISSION, admissionWith, bytesOf, latin1 } from './messages.ts';

const context = { now: '2026-03-01T11:00:05Z', newId: () => '0b0c4c1e-0000-4000-8000-000000000001' };
const MSH = ADMISSION[0]!;

function answer(bytes: Uint8Array, verdict?: Partial<Verdict>): string | undefined {
  const reading = hl7v2.read(bytes);
  const verdicts = reading.messages.map((message) => ({ accepted: message.ok, issues: message.issues, ...verdict }));
  const receipt = hl7v2.acknowledge(bytes, reading, verdicts, context);
  return receipt && new TextDecoder().decode(receipt.body);
}

test('taken: AA with the control id, parties changed places', () => {
  expect(answer(bytesOf(ADMISSION))).toBe(
    'MSH|^~\\&|SAMSPIL|RM|EPJ|AUH|20260301120005+0100||ACK^A01^ACK|0b0c4c1e000040008000|P|2.5\rMSA|AA|K1\r',
  );
});

test('a faulty message: AE and one ERR for each fault, with its place and no payload', () => {
  const bytes = bytesOf(admissionWith({ PID: 'PID|1||3202489996^^^CPR~3302489996^^^CPR||Berggren' }));
  expect(answer(bytes)!.split('\r').slice(1)).toEqual([
    'MSA|AE|K1',
    expect.stringMatching(
      /^ERR\|\|PID\^1\^3\^1\^1\|102\^Data type error\^HL70357\|E\|HL7-PERSON-NUMBER\^\^L\|\|\|The value is marked/,
    ),
    expect.stringMatching(/^ERR\|\|PID\^1\^3\^2\^1\|102/),
    '',
  ]);
  expect(answer(bytes)).not.toMatch(/32024|Berggren/);
});

test.each([
  ['an unknown event', MSH.replace('A01^ADT_A01', 'A99'), 'AR', '201^Unsupported event code'],
  ['an unknown type', MSH.replace('ADT^A01^ADT_A01', 'QQQ^Q99'), 'AR', '200^Unsupported message type'],
  ['an unknown version', MSH.replace('|2.5', '|2.5.9.9'), 'AR', '203^Unsupported version id'],
])('%s: AR', (_, header, code, error) => {
  const text = answer(bytesOf(admissionWith({ MSH: header })))!;
  expect(text).toContain(`MSA|${code}|K1\r`);
  expect(text).toContain(`|${error}^HL70357|E|`);
});

test('the hub’s own fault: AR, to be sent again', () => {
  const verdict = { accepted: false, transient: true, issues: [{ code: 'DOOR-BUSY', severity: 'error' }] } as const;
  expect(answer(bytesOf(ADMISSION), verdict)).toMatch(
    /MSA\|AR\|K1\rERR\|\|\|207\^Application internal error\^HL70357\|E\|DOOR-BUSY/,
  );
});

test('before 2.5: text in MSA-3, one ERR with its parts as subcomponents', () => {
  const header = MSH.replace('|2.5', '|2.3').replace('A01^ADT_A01', 'A01');
  const text = answer(bytesOf(admissionWith({ MSH: header, PID: 'PID|1||3202489996^^^CPR' })))!;
  expect(text).toContain('||ACK^A01|');
  expect(text).toMatch(
    /\rMSA\|AE\|K1\|The value is marked as a person number[^|]*\rERR\|PID\^1\^3\^HL7-PERSON-NUMBER&Data type error&L\r$/,
  );
});

test.each([
  ['2.1', 'ACK'],
  ['2.2', 'ACK'],
  ['2.3.1', 'ACK^A01'],
  ['2.4', 'ACK^A01^ACK'],
])('the type of a receipt in version %s is %s', (version, type) => {
  expect(answer(bytesOf(admissionWith({ MSH: MSH.replace('|2.5', `|${version}`) })))).toContain(`||${type}|`);
});

describe('enhanced mode', () => {
  const asking = (accept: string, application: string, pid = ADMISSION[2]!) =>
    answer(bytesOf(admissionWith({ MSH: `${MSH}|||${accept}|${application}`, PID: pid })))?.match(/MSA\|(..)/)?.[1];
  const broken = 'PID|1||3202489996^^^CPR';
  test.each([
    ['AL', 'NE', 'CA', 'CE'],
    ['AL', 'AL', 'CA', 'CE'],
    ['NE', 'AL', 'AA', 'AE'],
    ['', 'AL', 'AA', 'AE'],
    ['ER', 'NE', undefined, 'CE'],
    ['SU', 'NE', 'CA', undefined],
    ['ER', 'SU', 'AA', 'CE'],
    ['NE', 'NE', undefined, undefined],
  ])('MSH-15 %s, MSH-16 %s: taken %s, faulty %s', (accept, application, good, bad) => {
    expect(asking(accept, application)).toBe(good);
    expect(asking(accept, application, broken)).toBe(bad);
  });
});

test('the sender’s separators and character set are used', () => {
  const lines = ADMISSION.map((line) => line.replaceAll('|', '#'));
  const bytes = latin1(`${lines.join('\r').replace('EPJ#AUH', 'EPJ#Århus').replace('#2.5', '#2.5######8859/1')}\r`);
  const reading = hl7v2.read(bytes);
  const receipt = hl7v2.acknowledge(bytes, reading, [{ accepted: true, issues: [] }], context)!;
  const text = new TextDecoder('latin1').decode(receipt.body);
  expect(text).toMatch(/^MSH#\^~\\&#SAMSPIL#RM#EPJ#Århus#/);
  expect(text).toContain('#2.5######8859/1\rMSA#AA#K1\r');
});

test('a receipt is never acknowledged', () => {
  const lines = ['MSH|^~\\&|A|B|C|D|20260301||ACK^A01^ACK|K9|P|2.5', 'MSA|AA|K1'];
  expect(hl7v2.read(bytesOf(lines)).messages[0]!.ok).toBe(true);
  expect(answer(bytesOf(lines))).toBeUndefined();
});

test.each(['', 'hej', 'MSH', 'MSH|^^|'])('even bytes that are no message get an answer: %j', (text) => {
  expect(answer(new TextEncoder().encode(text))).toMatch(/^MSH\|\^~\\&\|.*\rMSA\|AE\|\rERR\|/);
});

test('separators that cannot be used still let the control id through', () => {
  const text = answer(bytesOf([MSH.replace('^~\\&', '^^^^')]));
  expect(text).toContain('MSA|AE|K1\r');
});

test('a batch is answered by a batch, message by message', () => {
  const second = admissionWith({ MSH: MSH.replace('|K1|', '|K2|'), PID: 'PID|1||3202489996^^^CPR' });
  const text = answer(bytesOf(['BHS|^~\\&|EPJ', ...ADMISSION, ...second, 'BTS|2']))!;
  expect(text.split('\r').map((line) => line.slice(0, 9))).toEqual([
    'FHS|^~\\&|',
    'BHS|^~\\&|',
    'MSH|^~\\&|',
    'MSA|AA|K1',
    'MSH|^~\\&|',
    'MSA|AE|K2',
    'ERR||PID^',
    'BTS|2',
    'FTS|1',
    '',
  ]);
});

test('an envelope that does not hold is answered once, and nothing of it is taken', () => {
  const text = answer(bytesOf(['BHS|^~\\&|EPJ', ...ADMISSION, 'BTS|7']))!;
  expect(text.match(/MSA\|AE\|/g)).toHaveLength(1);
  expect(hl7v2.read(bytesOf([...ADMISSION, 'BTS|7'])).issues.some(isFault)).toBe(true);
});
