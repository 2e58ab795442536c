import { type Issue, issue } from '../../errors.ts';

/** Service characters as byte values (ISO 9735, 5 and 7); `release` is 0 where the interchange has none. */
export interface Separators {
  readonly component: number;
  readonly element: number;
  readonly release: number;
  readonly terminator: number;
}

/** One segment: `NAD+SOR+4202090:SKS:SST'` has the elements [['SOR'], ['4202090', 'SKS', 'SST']]. */
export interface Segment {
  readonly tag: string;
  readonly elements: readonly (readonly string[])[];
  /** Of its first byte, from 1. */
  readonly line: number;
  readonly column: number;
  /** Of a UNO segment: the raw bytes between it and its UNP. */
  readonly object?: Uint8Array;
}

export interface Tokens {
  readonly segments: readonly Segment[];
  /** Faults of the bytes; `segment` counts from 0 and may be one past the last. */
  readonly faults: readonly { readonly segment: number; readonly issue: Issue }[];
}

const LF = 0x0a;
const CR = 0x0d;
const LEVEL_A: Separators = { component: 0x3a, element: 0x2b, release: 0x3f, terminator: 0x27 };
/** UNOB may use the information separators instead of printable characters (ISO 9735, 5.2). */
const LEVEL_B: Separators = { component: 0x1f, element: 0x1d, release: 0, terminator: 0x1c };
const TAG = /^[A-Z][A-Z0-9]{2}$/;

/** Component (from 1) of an element (from 1); undefined where absent, empty or MedCom's `_`. */
export function component(segment: Segment, element: number, at = 1): string | undefined {
  const text = segment.elements[element - 1]?.[at - 1]?.trim();
  return text === '' || text === '_' ? undefined : text;
}

/** `line 5, column 1 (DTM 1.2)`: where an issue stands, for people and for receipts. */
export function placeOf(segment: Segment, element?: number, at?: number): string {
  const inside = [element, at].filter((part) => part !== undefined).join('.');
  return `line ${segment.line}, column ${segment.column} (${inside ? `${segment.tag} ${inside}` : segment.tag})`;
}

const isBlank = (byte: number) => byte === CR || byte === LF || byte === 0x20 || byte === 0x09;

class Tokenizer {
  readonly segments: Segment[] = [];
  readonly faults: { segment: number; issue: Issue }[] = [];
  readonly #bytes: Buffer;
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #breaks = 0;
  #told = new Set<string>();
  #signs: Separators = LEVEL_A;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): void {
    this.#skipBlank();
    if (!this.#readServiceString()) return;
    for (this.#skipBlank(); this.#at < this.#bytes.length; this.#skipBlank()) if (!this.#readSegment()) break;
    if (this.#breaks) this.#tell(issue('EDIFACT-LINE-BREAK', undefined, { count: this.#breaks }, 'information'), 0);
  }

  #tell(found: Issue, segment = this.segments.length): void {
    this.faults.push({ segment, issue: found });
  }

  #text(from: number, to: number): string {
    return this.#bytes.toString('latin1', from, to);
  }

  #here(offset = this.#at): string {
    return `line ${this.#line}, column ${offset - this.#lineStart + 1}`;
  }

  /** A fault that would repeat itself for every character is told once, where it stands first. */
  #tellOnce(code: 'EDIFACT-ENCODING' | 'EDIFACT-CHARACTER', offset: number): void {
    const key = `${code} ${this.segments.length}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#tell(issue(code, this.#here(offset)));
  }

  #newLine(offset: number): void {
    // CR LF is one line end
    if (this.#bytes[offset] === CR && this.#bytes[offset + 1] === LF) return;
    this.#line++;
    this.#lineStart = offset + 1;
  }

  #skipBlank(): void {
    while (this.#at < this.#bytes.length && isBlank(this.#bytes[this.#at]!)) {
      if (this.#bytes[this.#at] !== 0x20 && this.#bytes[this.#at] !== 0x09) this.#newLine(this.#at);
      this.#at++;
    }
  }

  /** UNA names component, element, decimal mark, release, a reserved space and terminator; without it the defaults hold. */
  #readServiceString(): boolean {
    const start = this.#text(this.#at, this.#at + 9);
    if (!start.startsWith('UNA')) {
      if (start.startsWith('UNB') && start.charCodeAt(3) === LEVEL_B.element) this.#signs = LEVEL_B;
      return true;
    }
    const [componentSign, elementSign, , release, , terminator] = [...start.slice(3)].map((sign) => sign.charCodeAt(0));
    const signs = [componentSign, elementSign, release, terminator];
    if (
      start.length < 9 ||
      new Set(signs).size !== 4 ||
      signs.some((sign) => /[\w\r\n]/.test(String.fromCharCode(sign!)))
    ) {
      this.#tell(issue('EDIFACT-UNA', this.#here()));
      return false;
    }
    this.#signs = {
      component: componentSign!,
      element: elementSign!,
      // a blank says that no release character is used (ISO 9735, 7)
      release: release === 0x20 ? 0 : release!,
      terminator: terminator!,
    };
    this.#at += 9;
    return true;
  }

  /** Reads up to the terminator; false where nothing more can be read. */
  #readSegment(): boolean {
    const { line, column } = { line: this.#line, column: this.#at - this.#lineStart + 1 };
    const elements = this.#readElements();
    if (!elements) {
      this.#tell(issue('EDIFACT-UNTERMINATED', `line ${line}, column ${column}`));
      return false;
    }
    const [[tag = ''] = [], ...rest] = elements;
    if (!TAG.test(tag)) {
      this.#tell(issue('EDIFACT-SEGMENT', `line ${line}, column ${column}`));
      return false;
    }
    const segment: Segment = { tag, elements: rest, line, column };
    if (tag !== 'UNO') return this.segments.push(segment) > 0;
    return this.#readObject(segment);
  }

  #readElements(): string[][] | undefined {
    const bytes = this.#bytes;
    const { component: colon, element: plus, release, terminator } = this.#signs;
    const elements: string[][] = [[]];
    let pieces = '';
    let from = this.#at;
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === colon || byte === plus || byte === terminator) {
        elements.at(-1)!.push(pieces + this.#text(from, at));
        pieces = '';
        from = at + 1;
        if (byte === plus) elements.push([]);
        if (byte === terminator) {
          this.#at = from;
          return elements;
        }
      } else if (byte === release && release) {
        pieces += this.#text(from, at);
        // what follows is text, whatever it is
        from = ++at;
      } else if (byte === CR || byte === LF) {
        pieces += this.#text(from, at);
        from = at + 1;
        if (byte === LF || bytes[from] !== LF) this.#breaks++;
        this.#newLine(at);
      } else if (byte < 0x20 || byte >= 0x7f) this.#look(byte, at);
    }
    return undefined;
  }

  /** Beyond ASCII only the printable half of ISO 8859-1 is allowed; UTF-8 betrays itself by its lead bytes. */
  #look(byte: number, at: number): void {
    const next = this.#bytes[at + 1] ?? 0;
    if ((byte === 0xc2 || byte === 0xc3) && next >= 0x80 && next < 0xc0) this.#tellOnce('EDIFACT-ENCODING', at);
    else if (byte < 0xa0 && byte !== 0x09) this.#tellOnce('EDIFACT-CHARACTER', at);
  }

  /** UNO says how many raw bytes follow its terminator; UNP stands right behind them (MEDBIN; formats 2.6). */
  #readObject(segment: Segment): boolean {
    const length = Number(/^\d{1,10}$/.exec(segment.elements[3]?.[0] ?? '')?.[0] ?? Number.NaN);
    const end = this.#at + length;
    const next = Number.isNaN(end) ? '' : this.#text(end, end + 12).replace(/^[\r\n]+/, '');
    if (!next.startsWith('UNP')) {
      this.#tell(issue('EDIFACT-OBJECT-LENGTH', placeOf(segment, 4)));
      this.segments.push(segment);
      return false;
    }
    this.segments.push({ ...segment, object: this.#bytes.subarray(this.#at, end) });
    this.#at = end;
    return true;
  }
}

/**
 * Cuts raw bytes into segments (ISO 9735 version 3). Text is ISO 8859-1; release characters are undone; line breaks inside
 * segments are dropped, as some senders wrap lines at 80 columns; the bytes of binary objects are left alone.
 * Never throws; linear in the number of bytes.
 */
export function tokenize(bytes: Uint8Array): Tokens {
  const tokenizer = new Tokenizer(bytes);
  tokenizer.run();
  return tokenizer;
}
