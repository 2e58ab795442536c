import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { edifact } from '../../../src/formats/edifact/edifact.ts';
import { tokenize } from '../../../src/formats/edifact/syntax.ts';
import { bytesOf, context, NOTICE } from './notice.ts';

/** Reads and answers; what is refused has a code, and a place where there are bytes to point to. */
function holds(bytes: Uint8Array): void {
  const reading = edifact.read(bytes);
  const found = [...reading.issues, ...reading.messages.flatMap((message) => message.issues)];
  if (!reading.messages.some((message) => message.ok)) expect(found.some(isFault)).toBe(true);
  const verdicts = reading.messages.map((message) => ({ accepted: message.ok, issues: message.issues }));
  const answer = edifact.acknowledge(bytes, reading, verdicts, context);
  // an answer is itself an interchange without fault
  if (answer) expect(edifact.read(answer.body).issues.filter(isFault)).toEqual([]);
  edifact.recognise(bytes);
}

const whole = bytesOf(NOTICE);

test('any bytes are read and answered', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), holds), { numRuns: 500 });
});

test('any sequence of EDIFACT’s own words is read and answered', () => {
  const word = fc.constantFrom(
    'UNA:+.? ',
    'UNB',
    'UNH',
    'UNT',
    'UNZ',
    'UNO',
    'S01',
    'NAD',
    'DTM',
    '+',
    ':',
    "'",
    '?',
    '1',
    'æ',
    '\n',
  );
  const text = fc.array(word, { maxLength: 80 }).map((words) => new Uint8Array(Buffer.from(words.join(''), 'latin1')));
  fc.assert(fc.property(text, holds), { numRuns: 500 });
});

test('a notice with bytes changed, lost or cut off is read and answered', () => {
  const at = fc.nat(whole.length - 1);
  const change = fc.record({ at, byte: fc.nat(255), lost: fc.nat(30), end: fc.nat(whole.length) });
  fc.assert(
    fc.property(change, (one) => {
      const bytes = whole.slice();
      bytes[one.at] = one.byte;
      holds(bytes);
      holds(Buffer.concat([whole.subarray(0, one.at), whole.subarray(one.at + one.lost)]));
      holds(whole.subarray(0, one.end));
    }),
    { numRuns: 300 },
  );
});

test('segments dropped, doubled or exchanged are read and answered', () => {
  const order = fc.array(fc.nat(NOTICE.length - 1), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(order, (indexes) => holds(bytesOf(indexes.map((index) => NOTICE[index]!)))),
    { numRuns: 300 },
  );
});

test('what is released reads as itself', () => {
  const sign = fc.constantFrom('a', 'æ', '?', '+', ':', "'", ' ', '.');
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
      const text = signs.join('');
      const released = text.replace(/[?'+:]/g, '?$&');
      const [segment] = tokenize(new Uint8Array(Buffer.from(`FTX+${released}+end'`, 'latin1'))).segments;
      expect(segment!.elements).toEqual([[text], ['end']]);
    }),
  );
});
