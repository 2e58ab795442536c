import fc from 'fast-check';
import { escapeText, unescapeText } from '../../../src/formats/hl7v2/escape.ts';
import { openFile, writeFile } from '../../../src/formats/hl7v2/file.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { USUAL } from '../../../src/formats/hl7v2/separators.ts';
import { ADMISSION } from './messages.ts';

const context = { now: '2026-03-01T11:00:05Z', newId: () => '0b0c4c1e-0000-4000-8000-000000000001' };
const whole = new TextEncoder().encode(`${ADMISSION.join('\r')}\rOBX|1|CE|a^b||c&d~e\rZXX|1\rNTE|1||\\.br\\\r`);

/** Reads and answers; whatever was refused says where and has a code. */
function holds(bytes: Uint8Array): void {
  const reading = hl7v2.read(bytes);
  for (const message of reading.messages)
    if (!message.ok) {
      expect(message.issues.some((issue) => issue.severity === 'error')).toBe(true);
      for (const issue of message.issues) expect(issue.place).toMatch(/^([A-Z][A-Z0-9]{2}|line \d)/);
    }
  if (reading.messages.length === 0) expect(reading.issues.some((issue) => issue.severity === 'error')).toBe(true);
  const verdicts = reading.messages.map((message) => ({ accepted: message.ok, issues: message.issues }));
  hl7v2.acknowledge(bytes, reading, verdicts, context);
  hl7v2.recognise(bytes);
}

test('any bytes are read and answered', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), holds), { numRuns: 500 });
});

test('any text of HL7’s own characters is read and answered', () => {
  const unit = fc.constantFrom(
    '|',
    '^',
    '~',
    '\\',
    '&',
    '\r',
    '\n',
    '"',
    'MSH|',
    'PID|',
    'PV1|',
    'OBX',
    'A',
    '0',
    'æ',
    '\x0b',
    '\x1c',
  );
  const noise = fc.string({ unit, maxLength: 120 });
  fc.assert(
    fc.property(noise, (text) => holds(new TextEncoder().encode(`MSH|^~\\&|${text}`))),
    { numRuns: 500 },
  );
});

test('a good message with bytes cut out, doubled or changed is read and answered', () => {
  const change = fc.tuple(fc.nat(whole.length), fc.nat(40), fc.uint8Array({ maxLength: 10 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
      let bytes = [...whole];
      for (const [at, length, other] of changes) bytes = [...bytes.slice(0, at), ...other, ...bytes.slice(at + length)];
      holds(Uint8Array.from(bytes));
    }),
    { numRuns: 500 },
  );
});

test('a message cut off anywhere is taken or refused, never half understood', () => {
  const need = ADMISSION.slice(0, 3).join('\r').length;
  for (let length = 0; length <= need; length++) {
    const reading = hl7v2.read(whole.subarray(0, length));
    expect(reading.messages.some((message) => message.ok)).toBe(false);
  }
});

test('bytes that were read are written back the same', () => {
  const text = fc.string({
    unit: fc.constantFrom('|', '\r', '\n', 'PID', 'é', 'Å', '\uFEFF', '^', 'a'),
    maxLength: 100,
  });
  fc.assert(
    fc.property(text, (sample) => {
      const bytes = new TextEncoder().encode(sample);
      expect(writeFile(openFile(bytes))).toEqual(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const file = openFile(bytes);
      if (file.isExact) expect(writeFile(file)).toEqual(bytes);
    }),
  );
});

test('text written with escapes is read back', () => {
  const text = fc.string({
    unit: fc.constantFrom('|', '^', '~', '\\', '&', 'a', 'E', '.br', '\n', 'Ø'),
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (sample) => {
      const written = escapeText(sample, USUAL);
      expect(written).not.toMatch(/[|^~&\n]/);
      expect(unescapeText(written, USUAL, 'utf-8')).toBe(sample);
    }),
  );
});

test('hostile sizes are read in a moment', () => {
  const header = `${ADMISSION[0]}\r`;
  for (const hostile of ['~'.repeat(2_000_000), '^'.repeat(2_000_000), '&'.repeat(2_000_000), '\\'.repeat(2_000_000)]) {
    const started = performance.now();
    holds(new TextEncoder().encode(`${header}PID|1||${hostile}`));
    holds(new TextEncoder().encode(`${header}${'NK1\r'.repeat(50_000)}OBX|1|ST|||${hostile}`));
    expect(performance.now() - started).toBeLessThan(5_000);
  }
});
