/** The formats `escape(text, from, to)` reads and writes; `none` is plain text. */
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ENTITY = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g;

function fromXml(text: string): string {
  return text.replace(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name) return NAMED[name]!;
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function toXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? '&quot;');
}

interface EscapeFormat {
  /** Undefined: the text is not of this format. */
  read(text: string): string | undefined;
  write(text: string): string;
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const plain: EscapeFormat = { read: (text) => text, write: (text) => text };
const xml: EscapeFormat = { read: fromXml, write: toXml };

const FORMATS: Readonly<Record<string, EscapeFormat>> = {
  none: plain,
  text: plain,
  xml,
  html: xml,
  json: {
    read: (text) => attempt(() => String(JSON.parse(`"${text}"`))),
    write: (text) => JSON.stringify(text).slice(1, -1),
  },
  url: {
    read: (text) => attempt(() => decodeURIComponent(text)),
    write: (text) => encodeURIComponent(text.toWellFormed()),
  },
  base64: {
    read: (text) => Buffer.from(text, 'base64').toString(),
    write: (text) => Buffer.from(text).toString('base64'),
  },
};

export const isEscapeFormat = (name: string) => Object.hasOwn(FORMATS, name);

export function unescapeFrom(text: string, format: string): string | undefined {
  return FORMATS[format]?.read(text);
}

export function escapeAs(text: string, format: string): string {
  return FORMATS[format]!.write(text);
}
