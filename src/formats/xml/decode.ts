import { done, type Issue, issue, type Result, refused } from '../../errors.ts';

/** Labels senders use, by the decoder that reads them. ISO 8859-1 is read as its superset windows-1252, as browsers do. */
const DECODER: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  'iso8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  'iso-8859-15': 'iso-8859-15',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
};

const MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The text of some bytes in an encoding; undefined where they are no such text. */
function decodeAs(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const declaredIn = (bytes: Uint8Array) =>
  /^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']{1,40})["']/.exec(
    Buffer.from(bytes.subarray(0, 200)).toString('latin1'),
  )?.[1];

const assumed = (encoding: string): Issue => issue('XML-ENCODING-ASSUMED', undefined, { encoding }, 'information');

/**
 * The text of an XML document: by its byte order mark, else by its declaration, else UTF-8, and windows-1252 where it is no UTF-8
 * (real senders write Latin-1 without saying so; formats 3.2). Bytes declared Latin-1 that are valid UTF-8 with letters beyond
 * ASCII are read as UTF-8: Latin-1 text hardly ever is.
 */
export function decodeXml(bytes: Uint8Array): Result<string> {
  const mark = MARKS.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  const declared = mark ? undefined : declaredIn(bytes);
  const encoding = mark?.[0] ?? (declared === undefined ? undefined : DECODER[declared.toLowerCase()]);
  if (declared !== undefined && encoding === undefined)
    return refused(issue('XML-ENCODING', 'line 1, column 1', { encoding: 'of the XML declaration' }));
  const isSingleByte = encoding === undefined || encoding === 'windows-1252';
  const utf8 = isSingleByte ? decodeAs('utf-8', bytes) : undefined;
  // only ASCII: nothing to tell apart
  if (utf8 !== undefined && (encoding === undefined || utf8.length === bytes.length)) return done(utf8);
  if (utf8 !== undefined) return done(utf8, [assumed('UTF-8')]);
  const text = decodeAs(encoding ?? 'windows-1252', bytes);
  if (text === undefined) return refused(issue('XML-ENCODING', 'line 1, column 1', { encoding: encoding! }));
  return done(text, encoding === undefined ? [assumed('windows-1252')] : []);
}
