import type { Result } from '../../errors.ts';
import { done, issue, refused } from '../../errors.ts';
import { SyntaxFault, TokenStream } from '../token-stream.ts';
import type { BinaryOperator, Expression, Literal } from './ast.ts';
import { BINDING, CALENDAR_UNITS, SIGN_BINDING, TYPE_BINDING } from './ast.ts';

/** Parses one FHIRPath text; `place` begins the place of a fault (`MAP-SYNTAX`), followed by the column. */
export function parseExpression(text: string, place: string): Result<Expression> {
  const stream = new TokenStream(text);
  try {
    const expression = readExpression(stream);
    if (stream.token.kind !== 'end') stream.fail('an operator or the end of the expression');
    return done(expression);
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    return refused(issue('MAP-SYNTAX', `${place}:${fault.offset + 1}`, { expected: fault.expected }));
  }
}

/** Reads an expression from the stream and stops at the first token that cannot continue it. */
export function readExpression(stream: TokenStream, loosest = 0): Expression {
  return stream.nested(() => {
    let left = readOperand(stream);
    for (;;) {
      const next = readTail(stream, left, loosest);
      if (!next) return left;
      left = next;
    }
  });
}

function readTail(stream: TokenStream, left: Expression, loosest: number): Expression | undefined {
  const { text, kind, start } = stream.token;
  if (kind !== 'symbol' && kind !== 'name') return undefined;
  if (text === 'is' || text === 'as') {
    if (TYPE_BINDING <= loosest) return undefined;
    stream.take();
    return { kind: 'type', test: text, of: left, type: readTypeName(stream), offset: start };
  }
  if (!Object.hasOwn(BINDING, text)) return undefined;
  const op = text as BinaryOperator;
  if (BINDING[op] <= loosest) return undefined;
  stream.take();
  return { kind: 'binary', op, left, right: readExpression(stream, BINDING[op]), offset: start };
}

function readTypeName(stream: TokenStream): string {
  const names: string[] = [];
  do {
    if (!/^\w+$/.test(stream.token.text)) stream.fail('a type name');
    names.push(stream.name('a type name'));
  } while (stream.takeIf('.'));
  return names.join('.');
}

function readOperand(stream: TokenStream): Expression {
  const { text, start } = stream.token;
  if (stream.is('+') || stream.is('-')) {
    stream.take();
    return { kind: 'sign', sign: text as '+' | '-', of: readExpression(stream, SIGN_BINDING), offset: start };
  }
  return readPath(stream, readTerm(stream));
}

/** `.name`, `.call(...)` and `[index]` after a term. */
export function readPath(stream: TokenStream, term: Expression): Expression {
  let path = term;
  for (;;) {
    const { start } = stream.token;
    if (stream.takeIf('.')) path = readStep(stream, path, start);
    else if (stream.takeIf('[')) {
      const by = readExpression(stream);
      stream.expect(']');
      path = { kind: 'item', of: path, by, offset: start };
    } else return path;
  }
}

function readStep(stream: TokenStream, of: Expression, offset: number): Expression {
  if (stream.token.text.startsWith('$') && stream.token.kind === 'symbol')
    return { kind: 'special', name: stream.take().text as '$this', offset };
  const name = stream.name('an element or a function');
  if (stream.is('(')) return { kind: 'call', of, name, args: readArguments(stream), offset };
  return { kind: 'member', of, name, offset };
}

export function readArguments(stream: TokenStream): Expression[] {
  stream.expect('(');
  const args: Expression[] = [];
  if (stream.takeIf(')')) return args;
  do args.push(readExpression(stream));
  while (stream.takeIf(','));
  stream.expect(')');
  return args;
}

function readTerm(stream: TokenStream): Expression {
  const { kind, text, start } = stream.token;
  if (kind === 'string' || kind === 'number' || kind === 'time') return readLiteral(stream);
  if (stream.takeIf('(')) {
    const inner = readExpression(stream);
    stream.expect(')');
    return inner;
  }
  if (stream.is('{') && stream.ahead().text === '}') {
    stream.take();
    stream.take();
    return { kind: 'literal', type: 'empty', value: '', offset: start };
  }
  if (stream.takeIf('%')) {
    const name = stream.token.kind === 'string' ? stream.take().text : stream.name('the name of a variable');
    return { kind: 'variable', name, offset: start };
  }
  if (kind === 'symbol' && text.startsWith('$'))
    return { kind: 'special', name: stream.take().text as '$this', offset: start };
  if (kind === 'name' && (text === 'true' || text === 'false')) {
    stream.take();
    return { kind: 'literal', type: 'boolean', value: text, offset: start };
  }
  const name = stream.name('an expression');
  if (stream.is('(')) return { kind: 'call', name, args: readArguments(stream), offset: start };
  return { kind: 'name', name, offset: start };
}

/** A string, number, quantity, date, dateTime or time. */
export function readLiteral(stream: TokenStream): Literal {
  const { kind, text, start } = stream.take();
  if (kind === 'string') return { kind: 'literal', type: 'string', value: text, offset: start };
  if (kind === 'time') return { kind: 'literal', ...timeLiteral(text), offset: start };
  const unit = stream.token;
  if (unit.kind === 'name' && CALENDAR_UNITS.has(unit.text)) {
    stream.take();
    return { kind: 'literal', type: 'quantity', value: text, unit: unit.text, offset: start };
  }
  if (unit.kind === 'string' && unit.quote === "'") {
    stream.take();
    return { kind: 'literal', type: 'quantity', value: text, unit: `'${unit.text}'`, offset: start };
  }
  return { kind: 'literal', type: text.includes('.') ? 'decimal' : 'integer', value: text, offset: start };
}

function timeLiteral(text: string): Pick<Literal, 'type' | 'value'> {
  const value = text.slice(1);
  if (value.startsWith('T')) return { type: 'time', value: value.slice(1) };
  return { type: value.includes('T') ? 'dateTime' : 'date', value };
}
