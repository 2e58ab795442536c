import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { oioxml } from '../../../src/formats/oioxml/oioxml.ts';
import { bytesOf } from '../letter/fixtures.ts';

const context = { now: '2026-01-12T13:20:00Z', newId: () => '0b0c4c1e-0000-4000-8000-000000000001' };
const NOTICE = Buffer.from(bytesOf('oioxml', 'XDIS20-plain')).toString('latin1');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

/** The notice with its texts replaced; each must stand in it. */
function changed(...changes: readonly (readonly [from: string, to: string])[]): Uint8Array {
  let text = NOTICE;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the notice has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return bytes(text);
}

const found = (data: Uint8Array) => {
  const { issues, messages } = oioxml.read(data);
  return [...issues, ...messages.flatMap((message) => message.issues)];
};
const faults = (data: Uint8Array) =>
  found(data)
    .filter(isFault)
    .map(({ code, place }) => `${code} ${place}`);

function receipt(data: Uint8Array): string {
  const reading = oioxml.read(data);
  const verdicts = reading.messages.map((message) => ({ accepted: message.ok, issues: message.issues }));
  const answer = oioxml.acknowledge(data, reading, verdicts, context);
  return answer ? Buffer.from(answer.body).toString('latin1') : '';
}

const treeOf = (data: Uint8Array) => {
  const [reading] = oioxml.read(data).messages;
  return reading?.ok ? reading.message.tree : undefined;
};

test('the year of the namespace and its prefix do not matter, nor whether there is an Emessage', () => {
  const plain = treeOf(bytes(NOTICE));
  expect(plain).toBeDefined();
  expect(treeOf(changed(['2005/08/07', '2012/03/28']))).toEqual(plain);
  expect(treeOf(changed(['xmlns=', 'xmlns:m='], ['</', '</m:'], [' xmlns:m', ' xmlns:m']))).toBeUndefined();
  const prefixed = NOTICE.replace('xmlns=', 'xmlns:m=').replaceAll(/<(\/?)([A-Z])/g, '<$1m:$2');
  expect(treeOf(bytes(prefixed))).toEqual(plain);
  const bare = NOTICE.replace(/<Emessage[^>]*>.*<\/Envelope>/s, '').replace('</Emessage>', '');
  expect(treeOf(bytes(bare))).toMatchObject({ Letter: (plain as { Letter: unknown }).Letter });
});

test('a type is known by its code, else by its element', () => {
  const typeOf = (data: Uint8Array) => oioxml.read(data).messages.map((message) => message.ok && message.message.type);
  expect(
    typeOf(changed(['<TypeCode>XDIS20</TypeCode>', ''], ['<StatisticalCode>XDIS20</StatisticalCode>', ''])),
  ).toEqual(['XDIS20']);
});

const BAD: readonly (readonly [string, Uint8Array, string])[] = [
  ['a status of discharge', changed(['>indlagt<', '>udskrevet_til_hjemmet<']), 'LETTER-STATUS'],
  ['a date that is none', changed(['<Admission><Date>2026-01-12', '<Admission><Date>2026-02-30']), 'LETTER-DATE'],
  ['a CPR number that is none', changed(['2512489996', '25124899']), 'LETTER-PERSON-NUMBER'],
  ['a letter that says it is another', changed(['XDIS20<', 'XDIS17<']), 'LETTER-TYPE-CONTENT'],
  ['a type nobody knows', changed(['NotificationOfAdmission', 'Novelty'], ['XDIS20', 'XDIS99']), 'LETTER-TYPE-UNKNOWN'],
  [
    'no patient',
    changed([NOTICE.slice(NOTICE.indexOf('<Patient>'), NOTICE.indexOf('<Admission>')), '']),
    'LETTER-MISSING',
  ],
];

test.each(BAD)('%s is refused with a place, and answered so', (_name, data, code) => {
  expect(faults(data).map((fault) => fault.split(' ')[0])).toContain(code);
  for (const { place } of found(data).filter(isFault)) expect(place).toMatch(/^(line \d+, column \d+|[A-Z])/);
  const answer = receipt(data);
  expect(answer).toContain('<NegativeReceipt>');
  expect(answer).toContain(code);
  expect(answer).not.toContain('25124899');
});

test('a receipt names envelope, letter and version; a positive one only where it is wanted', () => {
  expect(receipt(bytes(NOTICE))).toBe('');
  const answer = receipt(changed(['minuspositivkvitt', 'pluspositivkvitt']));
  for (const part of ['<PositiveReceipt>', 'XCTL03', 'KUVDIS201', 'BRVDIS201', 'D2030C'])
    expect(answer).toContain(part);
  const { messages, issues } = oioxml.read(bytes(answer));
  expect([...issues, ...messages.flatMap((message) => message.issues)].filter(isFault)).toEqual([]);
  expect(messages.map((message) => message.ok && message.message.structure)).toEqual(['Receipt']);
  // receipts are not receipted
  expect(receipt(bytes(answer))).toBe('');
});

test('what is no letter is refused', () => {
  expect(faults(bytes('<Emessage/>'))).toEqual(['OIOXML-ROOT line 1, column 11 (Emessage)']);
  expect(faults(bytes('<Edifact><UNB/></Edifact>'))[0]).toMatch(/^OIOXML-ROOT line 1/);
  expect(faults(bytes(''))).toEqual(['DOOR-EMPTY undefined']);
  expect(faults(bytes(NOTICE.slice(0, -20)))[0]).toMatch(/^XML-SYNTAX line 2/);
});

test('clipped names and 32 digits are kept as they stand', () => {
  const tree = treeOf(changed(['>M2<', '>Organkirurgi og Transplantation, s*<'])) as { Sender: { UnitName: string } };
  expect(tree.Sender.UnitName).toBe('Organkirurgi og Transplantation, s*');
  expect(tree).toMatchObject({ Letter: { NotificationIdentifier: '0A1B2C3D4E5F60718293A4B5C6D7E8F1' } });
});

test('names that mean something to JavaScript are names', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const data = changed(['<Admission>', `<${name}><polluted>yes</polluted></${name}><Admission>`]);
    expect(oioxml.read(data).messages[0]!.ok).toBe(true);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((treeOf(data) as { polluted?: unknown }).polluted).toBeUndefined();
  }
});

test('a notice with bytes changed, lost or cut off is read and answered', () => {
  const whole = bytes(NOTICE);
  const change = fc.record({
    at: fc.nat(whole.length - 1),
    byte: fc.nat(255),
    lost: fc.nat(60),
    end: fc.nat(whole.length),
  });
  const holds = (data: Uint8Array) => {
    const reading = oioxml.read(data);
    if (!reading.messages.some((message) => message.ok)) expect(faults(data).length).toBeGreaterThan(0);
    const answer = receipt(data);
    if (answer) expect(faults(bytes(answer))).toEqual([]);
    oioxml.recognise(data);
  };
  fc.assert(
    fc.property(change, (one) => {
      const data = whole.slice();
      data[one.at] = one.byte;
      holds(data);
      holds(Buffer.concat([whole.subarray(0, one.at), whole.subarray(one.at + one.lost)]));
      holds(whole.subarray(0, one.end));
    }),
    { numRuns: 300 },
  );
});

test('elements moved, doubled and emptied are read and answered', () => {
  const parts = NOTICE.match(/<[^>]+>|[^<]+/g)!;
  fc.assert(
    fc.property(fc.nat(parts.length - 1), fc.nat(parts.length - 1), (from, to) => {
      const data = bytes(parts.toSpliced(to, 0, parts[from]!).join(''));
      expect(oioxml.read(data).messages.length + faults(data).length).toBeGreaterThan(0);
      receipt(data);
    }),
    { numRuns: 300 },
  );
});
