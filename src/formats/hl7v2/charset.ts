/**
 * Character sets of HL7 v2 messages. MSH-18 (table 0211) names one; most senders leave it out or name one they do not use,
 * so the bytes have the last word: what is valid UTF-8 and has a byte above 127 is UTF-8, everything else is what MSH-18 says, else windows-1252
 * (a superset of ISO 8859-1, as browsers read that name; WHATWG Encoding Standard 4.2).
 */
const BY_NAME: Readonly<Record<string, string>> = {
  ASCII: 'windows-1252',
  'ISO IR6': 'windows-1252',
  '8859/1': 'windows-1252',
  'ISO IR100': 'windows-1252',
  '8859/2': 'iso-8859-2',
  '8859/3': 'iso-8859-3',
  '8859/4': 'iso-8859-4',
  '8859/5': 'iso-8859-5',
  '8859/6': 'iso-8859-6',
  '8859/7': 'iso-8859-7',
  '8859/8': 'iso-8859-8',
  '8859/9': 'windows-1254',
  '8859/15': 'iso-8859-15',
  'UNICODE UTF-8': 'utf-8',
  UNICODE: 'utf-8',
  'UTF-8': 'utf-8',
  UTF8: 'utf-8',
};

/** Names senders write that are no entry of table 0211 but clear all the same (`ISO-8859-1`, `iso8859-1`, `Windows-1252`). */
function looseName(name: string): string | undefined {
  const iso = /^ISO[-_ ]?8859[-_ /]?(\d{1,2})$/.exec(name);
  if (iso) return BY_NAME[`8859/${iso[1]}`];
  return /^(CP|WINDOWS)[-_ ]?1252$/.test(name) ? 'windows-1252' : undefined;
}

/** The WHATWG label of a character set named in MSH-18 (first repetition), or undefined where the hub cannot read it. */
export function charsetNamed(name: string): string | undefined {
  const upper = name.trim().toUpperCase();
  return BY_NAME[upper] ?? looseName(upper);
}

export interface DecodedText {
  /** The text, byte order mark included as U+FEFF. */
  readonly text: string;
  /** WHATWG label: `utf-8`, `windows-1252` … */
  readonly charset: string;
  /** False where bytes stand that the character set does not have; they are U+FFFD in `text`. */
  readonly isExact: boolean;
}

function decodeAs(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decodes the bytes of a message; `named` is the label found by {@link charsetNamed}. Never throws. */
export function decodeText(bytes: Uint8Array, named?: string): DecodedText {
  const utf8 = decodeAs(bytes, 'utf-8');
  // pure ASCII reads the same in all of them; the named one is kept for the answer
  if (utf8 !== undefined && (utf8.length !== bytes.length || named === undefined || named === 'utf-8'))
    return { text: utf8, charset: 'utf-8', isExact: true };
  const charset = named === undefined || named === 'utf-8' ? 'windows-1252' : named;
  const text = decodeAs(bytes, charset);
  if (text !== undefined) return { text, charset, isExact: true };
  return { text: new TextDecoder(charset, { ignoreBOM: true }).decode(bytes), charset, isExact: false };
}

const reverseTables = new Map<string, ReadonlyMap<string, number>>();

function reverseTable(charset: string): ReadonlyMap<string, number> {
  const known = reverseTables.get(charset);
  if (known) return known;
  const characters = new TextDecoder(charset).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const table = new Map([...characters].map((character, byte) => [character, byte]));
  reverseTables.set(charset, table);
  return table;
}

/** The bytes of a text; a character the set does not have becomes `?`. What {@link decodeText} read exactly comes back byte for byte. */
export function encodeText(text: string, charset: string): Uint8Array {
  if (charset === 'utf-8') return new TextEncoder().encode(text);
  const table = reverseTable(charset);
  return Uint8Array.from(text, (character) => table.get(character) ?? 0x3f);
}
