import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import type { Comment, Token } from './lexer.ts';
import { spotFinder, tokenize } from './lexer.ts';

/** How deep parentheses, rules and paths may nest; deeper text is a mistake or an attack. */
export const DEEPEST = 64;

/** Leaves the parser from any depth; caught where parsing began, never seen outside this room. */
export class SyntaxFault extends Error {
  override readonly name = 'SyntaxFault';
  readonly expected: string;
  readonly offset: number;
  constructor(expected: string, offset: number) {
    super(expected);
    this.expected = expected;
    this.offset = offset;
  }
}

/** A cursor over the tokens of one text, shared by the parsers of maps and of FHIRPath. */
export class TokenStream {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;
  #comments: Comment[] = [];

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.#comments.push(...this.#tokens[0]!.comments);
  }

  get token(): Token {
    return this.#tokens[this.#position]!;
  }

  ahead(count = 1): Token {
    return this.#tokens[Math.min(this.#position + count, this.#tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#comments.push(...this.#tokens[++this.#position]!.comments);
    return token;
  }

  /** Comments passed since the last call. */
  takeComments(): Comment[] {
    const taken = this.#comments;
    this.#comments = [];
    return taken;
  }

  /** Comments on the line just finished; later ones stay for what follows. */
  takeTrailing(): string | undefined {
    const next = this.#comments.findIndex((comment) => !comment.trailing);
    const taken = this.#comments.splice(0, next < 0 ? this.#comments.length : next);
    return taken.length > 0 ? taken.map((comment) => comment.text).join(' ') : undefined;
  }

  is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'symbol' || this.token.kind === 'name');
  }

  takeIf(text: string): boolean {
    const found = this.is(text);
    if (found) this.take();
    return found;
  }

  expect(text: string): Token {
    if (!this.is(text)) this.fail(`'${text}'`);
    return this.take();
  }

  /** A plain or backquoted name. */
  name(what = 'a name'): string {
    if (this.token.kind !== 'name' && this.token.kind !== 'quoted-name') this.fail(what);
    return this.take().text;
  }

  fail(expected: string, offset = this.token.start): never {
    throw new SyntaxFault(expected, offset);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.#depth > DEEPEST) this.fail(`no more than ${DEEPEST} levels of nesting`);
    const made = parse();
    this.#depth--;
    return made;
  }
}

export function syntaxIssue(fault: SyntaxFault, text: string, file: string): Issue {
  const { line, column } = spotFinder(text)(fault.offset);
  return issue('MAP-SYNTAX', `${file}:${line}:${column}`, { expected: fault.expected });
}
