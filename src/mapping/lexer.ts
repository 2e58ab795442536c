import type { Spot } from './ast.ts';

/** One token of a map. FML and the FHIRPath inside it share their tokens. */
export interface Token {
  readonly kind: 'name' | 'quoted-name' | 'string' | 'number' | 'time' | 'metadata' | 'symbol' | 'unknown' | 'end';
  /** The text as meant: escapes resolved, quotes off. A `time` token keeps its `@`; a `metadata` token is the line after `///`. */
  readonly text: string;
  /** `'` or `"` for strings. */
  readonly quote?: string;
  readonly start: number;
  readonly end: number;
  /** Comments since the previous token, without their slashes; the first may stand on the previous token's line. */
  readonly comments: readonly Comment[];
  /** An empty line stood before the token (or before its comments). */
  readonly gap: boolean;
}

export interface Comment {
  readonly text: string;
  /** On the line where the previous token ended. */
  readonly trailing: boolean;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/([^\r\n]*)/y;
const BLOCK_COMMENT = /\/\*([\s\S]*?)\*\//y;
const METADATA = /\/\/\/[ \t]*([A-Za-z_][\w.]*[ \t]*=[ \t]*(?:"""[\s\S]*?"""|[^\r\n]*))/y;
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['quoted-name', /`(?:[^`\\]|\\.)*`/y],
  ['string', /'(?:[^'\\]|\\[\s\S])*'/y],
  ['string', /"(?:[^"\\]|\\[\s\S])*"/y],
  [
    'time',
    /@(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?|\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)/y,
  ],
  ['number', /\d+(?:\.\d+)?/y],
  ['symbol', /->|\.\.|<<|>>|<=|>=|<-|>-|!=|!~|==|\$(?:this|index|total)\b|[.,;:(){}[\]=~<>+\-*/&|%]/y],
];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_whole, hex: string | undefined, char: string) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[char] ?? char),
  );
}

interface Between {
  readonly position: number;
  readonly comments: readonly Comment[];
  readonly gap: boolean;
}

/** Skips space and comments from `start`. `///` is a comment too once it does not look like metadata. */
function skip(text: string, start: number): Between {
  const comments: Comment[] = [];
  let position = start;
  let gap = false;
  let sameLine = start > 0;
  for (;;) {
    SPACE.lastIndex = position;
    const space = SPACE.exec(text)?.[0];
    if (space !== undefined) {
      const lines = space.split('\n').length - 1;
      if (lines > 0) sameLine = false;
      if (lines > 1 && comments.every((comment) => comment.trailing)) gap = true;
      position += space.length;
      continue;
    }
    METADATA.lastIndex = position;
    if (METADATA.test(text)) break;
    LINE_COMMENT.lastIndex = BLOCK_COMMENT.lastIndex = position;
    const found = LINE_COMMENT.exec(text) ?? BLOCK_COMMENT.exec(text);
    if (!found) break;
    comments.push({ text: found[1]!.trim(), trailing: sameLine });
    position += found[0].length;
  }
  return { position, comments, gap };
}

/** Cuts a map into tokens; never throws: what is no token becomes one of kind `unknown`, one character long. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    const between = skip(text, position);
    const token = tokenAt(text, between);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    position = token.end;
  }
}

function tokenAt(text: string, { position, comments, gap }: Between): Token {
  if (position >= text.length) return { kind: 'end', text: '', start: position, end: position, comments, gap };
  METADATA.lastIndex = position;
  const metadata = METADATA.exec(text);
  if (metadata)
    return { kind: 'metadata', text: metadata[1]!, start: position, end: METADATA.lastIndex, comments, gap };
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    const quoted = kind === 'string' || kind === 'quoted-name';
    return {
      kind,
      text: quoted ? unescaped(found.slice(1, -1)) : found,
      ...(kind === 'string' && { quote: found[0]! }),
      start: position,
      end: position + found.length,
      comments,
      gap,
    };
  }
  return { kind: 'unknown', text: text[position]!, start: position, end: position + 1, comments, gap };
}

/** Line and column (from 1) of a character offset. */
export function spotOf(text: string, offset: number): Spot {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** Gives a function from offset to spot that reads the text once. */
export function spotFinder(text: string): (offset: number) => Spot {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}
