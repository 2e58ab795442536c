import { FUNCTIONS, type FunctionContext } from '../../src/mapping/functions.ts';

const context: FunctionContext = {
  clock: '2025-03-01T12:00:00+01:00',
  seed: 'seed',
  sender: 'epj',
  uuids: new Map(),
  directory: {
    organisation: ({ system, value }) =>
      system === 'https://www.gs1.org/gln' && value === '5790000000005' ? { sor: '123', name: 'Ward' } : undefined,
  },
};
const call = (name: string, ...args: (string | undefined)[]) => FUNCTIONS[name]!.call(context, ...args);

test.each([
  ['hl7DateTime', '2025', '2025'],
  ['hl7DateTime', '202503', '2025-03'],
  ['hl7DateTime', '20250301', '2025-03-01'],
  ['hl7DateTime', '2025030114', '2025-03-01T14:00:00+01:00'],
  ['hl7DateTime', '202507011430', '2025-07-01T14:30:00+02:00'],
  ['hl7DateTime', '20250701143059.1234', '2025-07-01T14:30:59.1234+02:00'],
  ['hl7DateTime', '20250301143000+0000', '2025-03-01T14:30:00Z'],
  ['hl7DateTime', '20250301143000-0500', '2025-03-01T14:30:00-05:00'],
  ['hl7DateTime', '20250329023000', '2025-03-29T02:30:00+01:00'],
  ['hl7DateTime', '20250330023000', '2025-03-30T03:30:00+02:00'],
  ['hl7DateTime', '20251026023000', '2025-10-26T02:30:00+02:00'],
  ['hl7DateTime', '20250229', undefined],
  ['hl7DateTime', '20251301', undefined],
  ['hl7DateTime', '2025030125', undefined],
  ['hl7DateTime', '20250301143060+0100', undefined],
  ['hl7DateTime', 'yesterday', undefined],
  ['hl7DateTime', '', undefined],
  ['hl7DateTime', undefined, undefined],
  ['hl7Date', '20250301143000', '2025-03-01'],
  ['hl7Date', '202503', '2025-03'],
  ['hl7Instant', '20250301', undefined],
  ['hl7Instant', '20250301143000', '2025-03-01T14:30:00+01:00'],
  ['danishInstant', '202501011200', '2025-01-01T12:00:00+01:00'],
  ['danishDate', '2025-06-30T22:30:00Z', '2025-07-01'],
  ['personNumber', '251248-9996', '2512489996'],
  ['personNumber', '3213000000', undefined],
  ['personNumberSystem', '2512489996', 'urn:oid:1.2.208.176.1.2'],
  ['birthDateOf', '2512489996', '1948-12-25'],
  ['genderOf', '2512489996', 'female'],
  ['decimal', '+005.40', 5.4],
  ['decimal', '-.5', -0.5],
  ['decimal', '<5', undefined],
  ['escapeXml', 'a < b & "c"\u0000', 'a &lt; b &amp; &quot;c&quot;'],
  ['narrative', 'a\r\nb <i>', '<div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b &lt;i&gt;</p></div>'],
  ['narrative', '  ', undefined],
])('%s(%j) is %j', (name, argument, expected) => {
  expect(call(name, argument)).toBe(expected);
});

test('the directory answers for what it knows', () => {
  expect(call('directory', 'https://www.gs1.org/gln', '5790000000005', 'sor')).toBe('123');
  expect(call('directory', 'https://www.gs1.org/gln', '5790000000005', 'gln')).toBeUndefined();
  expect(call('directory', 'https://www.gs1.org/gln', '5790000000012', 'sor')).toBeUndefined();
  expect(call('directory', 'https://www.gs1.org/gln', '5790000000005', 'constructor')).toBeUndefined();
});

test('ids are UUIDs of version 5, the same for the same parts', () => {
  expect(call('uuidOf', 'a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(call('urnOf', 'a', 'b')).toBe(`urn:uuid:${call('uuidOf', 'a', 'b')}`);
  expect(call('uuidOf', undefined, '')).toBeUndefined();
});

test('the clock and the sender are those of the run', () => {
  expect([call('clock'), call('sender')]).toEqual([context.clock, 'epj']);
});

test('every row says what it does', () => {
  for (const [name, row] of Object.entries(FUNCTIONS)) expect([name, row.does.length > 20]).toEqual([name, true]);
});
