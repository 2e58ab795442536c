import { component, tokenize } from '../../../src/formats/edifact/syntax.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const elements = (text: string) => tokenize(bytes(text)).segments.map(({ tag, elements }) => [tag, ...elements]);
const codes = (text: string) => tokenize(bytes(text)).faults.map(({ issue }) => issue.code);

test('segments, elements and components, with or without UNA', () => {
  expect(elements("UNB+UNOC:3+A:14'NAD+SOR++X'")).toEqual([
    ['UNB', ['UNOC', '3'], ['A', '14']],
    ['NAD', ['SOR'], [''], ['X']],
  ]);
  expect(elements('UNA!*.% ~UNB*UNOC!3~NAD*SOR**X%!Y~')).toEqual([
    ['UNB', ['UNOC', '3']],
    ['NAD', ['SOR'], [''], ['X!Y']],
  ]);
});

test('a released character is itself, also the release character and a terminator', () => {
  expect(elements("FTX+a?+b?:c?'d??'")).toEqual([['FTX', ["a+b:c'd?"]]]);
});

test('a release character at the end of the bytes leaves the segment open', () => {
  expect(codes("NAD+A'FTX+a?'")).toContain('EDIFACT-UNTERMINATED');
});

test('the information separators of level B', () => {
  expect(elements('UNB\x1dUNOB\x1f3\x1dA\x1cNAD\x1dB+:\x1c')).toEqual([
    ['UNB', ['UNOB', '3'], ['A']],
    ['NAD', ['B+:']],
  ]);
});

test('line ends of any kind between segments; one within a segment is a wrapped line', () => {
  expect(elements("UNB+A'\r\nNAD+B'\n\r\nDTM+C'\r")).toEqual([
    ['UNB', ['A']],
    ['NAD', ['B']],
    ['DTM', ['C']],
  ]);
  expect(elements("FTX+one wo\r\nrd'")).toEqual([['FTX', ['one word']]]);
  expect(codes("FTX+one wo\nrd'")).toEqual(['EDIFACT-LINE-BREAK']);
});

test('each segment knows its line and column', () => {
  const { segments } = tokenize(bytes("UNB+A'NAD+B'\r\nDTM+C'\nS01+D'"));
  expect(segments.map(({ line, column }) => [line, column])).toEqual([
    [1, 1],
    [1, 7],
    [2, 1],
    [3, 1],
  ]);
});

test('UTF-8 in a Latin-1 interchange is told from æ ø å', () => {
  expect(codes("FTX+\xe6\xf8\xe5'")).toEqual([]);
  expect(codes(`FTX+${Buffer.from('æøå').toString('latin1')}'`)).toContain('EDIFACT-ENCODING');
});

test('control characters are refused', () => {
  expect(codes("FTX+a\0b'")).toContain('EDIFACT-CHARACTER');
});

test('what is no segment is told, not taken', () => {
  expect(codes("UNB+A'xyz+1'")).toContain('EDIFACT-SEGMENT');
  expect(tokenize(bytes('')).segments).toEqual([]);
});

test('an object is taken raw by its length, whatever its bytes', () => {
  const object = Uint8Array.from({ length: 256 }, (_, at) => at);
  const before = bytes("UNO+1+AID:1+OBJ:TXT:TXT:91+256:14:1:A'");
  const { segments } = tokenize(Buffer.concat([before, object, bytes("UNP+256+1'UNT+5+A'")]));
  expect(segments.map(({ tag }) => tag)).toEqual(['UNO', 'UNP', 'UNT']);
  expect(Buffer.from(segments[0]!.object!)).toEqual(Buffer.from(object));
});

test('an object that is shorter than it says is refused', () => {
  expect(codes("UNO+1+AID:1+OBJ:TXT:TXT:91+999:14:1:A'abcUNP+999+1'UNT+5+A'")).toContain('EDIFACT-OBJECT-LENGTH');
});

test('a component that is absent, empty or MedCom’s underscore is undefined', () => {
  const [segment] = tokenize(bytes("NAD+_+a::_: b'")).segments;
  expect([component(segment!, 1), component(segment!, 2), component(segment!, 2, 2)]).toEqual([
    undefined,
    'a',
    undefined,
  ]);
  expect([component(segment!, 2, 3), component(segment!, 2, 4), component(segment!, 9)]).toEqual([
    undefined,
    'b',
    undefined,
  ]);
});
