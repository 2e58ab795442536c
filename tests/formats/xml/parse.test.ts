import fc from 'fast-check';
import { decodeXml } from '../../../src/formats/xml/decode.ts';
import { elementAt, elementsOf, parseXml, placeOf, textOf, writeXml } from '../../../src/formats/xml/parse.ts';

const bytes = (text: string, encoding: BufferEncoding = 'utf8') => new Uint8Array(Buffer.from(text, encoding));
const codes = (data: Uint8Array) => parseXml(data).issues.map(({ code }) => code);
function root(data: Uint8Array) {
  const parsed = parseXml(data);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

test('elements by local name, with namespace, attributes, text and place', () => {
  const found = root(
    bytes('<?xml version="1.0"?>\n<x:A xmlns:x="urn:a" x:k="1"><B xmlns="urn:b">t<![CDATA[<&]]></B>\n<x:B/></x:A>'),
  );
  expect([found.name, found.namespace, found.attributes]).toEqual(['A', 'urn:a', { k: '1' }]);
  expect(elementsOf(found, 'B').map(({ namespace }) => namespace)).toEqual(['urn:b', 'urn:a']);
  expect(textOf(elementAt(found, 'B'))).toBe('t<&');
  expect(placeOf(elementsOf(found, 'B')[1]!)).toMatch(/^line 3, column \d+ \(B\)$/);
  expect(textOf(elementAt(found, 'C', 'D'))).toBe('');
});

test('no document type, so no entities of its own, and nothing fetched', () => {
  expect(codes(bytes('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))).toEqual(['XML-DTD']);
  expect(codes(bytes('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'))).toEqual(['XML-DTD']);
  expect(codes(bytes('<a>&b;</a>'))).toEqual(['XML-SYNTAX']);
  expect(textOf(root(bytes('<a>&lt;&amp;&#230;</a>')))).toBe('<&æ');
});

test('bounded in depth and number', () => {
  expect(codes(bytes('<a>'.repeat(64) + '</a>'.repeat(64)))).toEqual([]);
  expect(codes(bytes('<a>'.repeat(65) + '</a>'.repeat(65)))).toEqual(['DOOR-TOO-DEEP']);
  expect(codes(bytes(`<a>${'<b/>'.repeat(300_000)}</a>`))).toEqual(['XML-TOO-LARGE']);
});

test.each(['', ' ', '<a', '<a>', '<a></b>', '<a/><b/>', '<a b=1/>', 'a', '<a>\u0001</a>', '<x:a/>', '<a b="" b=""/>'])(
  '%j is no XML',
  (text) => {
    const parsed = parseXml(bytes(text));
    expect(parsed.issues.map(({ code }) => code)).toEqual(['XML-SYNTAX']);
    expect(parsed.issues[0]!.place).toMatch(/^line \d+, column \d+$/);
  },
);

describe('encodings', () => {
  const text = (declared: string) => `<?xml version="1.0"${declared && ` encoding="${declared}"`}?><a>æøå</a>`;
  const read = (data: Uint8Array) => [textOf(root(data)), ...codes(data)];

  test('as declared', () => {
    expect(read(bytes(text('UTF-8')))).toEqual(['æøå']);
    expect(read(bytes(text('ISO-8859-1'), 'latin1'))).toEqual(['æøå']);
    expect(read(bytes(text('windows-1252'), 'latin1'))).toEqual(['æøå']);
    expect(read(bytes(`\uFEFF${text('UTF-16')}`, 'utf16le'))).toEqual(['æøå']);
  });

  test('undeclared Latin-1 and mistaken declarations are read and told', () => {
    expect(read(bytes(text(''), 'latin1'))).toEqual(['æøå', 'XML-ENCODING-ASSUMED']);
    expect(read(bytes(text('ISO-8859-1')))).toEqual(['æøå', 'XML-ENCODING-ASSUMED']);
  });

  test('a byte order mark wins', () => {
    expect(read(bytes(`\uFEFF${text('ISO-8859-1')}`))).toEqual(['æøå']);
  });

  test('bytes that are not what they are declared to be, and encodings unknown, are refused', () => {
    expect(codes(bytes(text('UTF-8'), 'latin1'))).toEqual(['XML-ENCODING']);
    expect(codes(bytes(text('EBCDIC-CP-DK')))).toEqual(['XML-ENCODING']);
  });
});

test('any bytes are decoded or refused, and parsed or refused', () => {
  const junk = fc.array(
    fc.constantFrom('<', '>', '/', 'a', 'b', '"', '=', ' ', '&', ';', '<?xml ', '?>', '<!', '[', 'xmlns', ':'),
    {
      maxLength: 60,
    },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (data) => void decodeXml(data)));
  fc.assert(
    fc.property(junk, (parts) => {
      const parsed = parseXml(bytes(parts.join('')));
      expect(parsed.ok || parsed.issues.length > 0).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('what is written reads as the same', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'æ', '<', '&', '"', '>', ' ') });
  fc.assert(
    fc.property(text, text, (inner, value) => {
      const element = {
        name: 'a',
        namespace: 'urn:x',
        attributes: { b: value },
        children: [inner],
        line: 1,
        column: 1,
      };
      const again = root(bytes(writeXml(element)));
      expect([textOf(again), again.attributes.b, again.namespace]).toEqual([inner, value, 'urn:x']);
    }),
  );
});
