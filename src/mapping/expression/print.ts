import type { Expression, Literal } from './ast.ts';
import { BINDING, SIGN_BINDING, TYPE_BINDING } from './ast.ts';

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that would be read as something else where an operand stands. */
const OPERATOR_WORDS = new Set(['true', 'false']);
const ESCAPED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\\': '\\\\' };

/** A text in quotes of the given kind, with what must be escaped escaped. */
export function quoted(text: string, quote: "'" | '"' | '`'): string {
  const body = text.replace(/[\\\n\r\t\f'"`]/g, (char) => ESCAPED[char] ?? (char === quote ? `\\${char}` : char));
  return `${quote}${body}${quote}`;
}

export function printName(name: string): string {
  return PLAIN_NAME.test(name) && !OPERATOR_WORDS.has(name) ? name : quoted(name, '`');
}

/** The one way an expression is written: single spaces around operators, single quotes, only the parentheses that are needed. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return printLiteral(expression);
    case 'name':
      return printName(expression.name);
    case 'variable':
      return `%${printName(expression.name)}`;
    case 'special':
      return expression.name;
    case 'member':
      return `${printTerm(expression.of)}.${printName(expression.name)}`;
    case 'call': {
      const args = expression.args.map(printExpression).join(', ');
      return `${expression.of ? `${printTerm(expression.of)}.` : ''}${printName(expression.name)}(${args})`;
    }
    case 'item':
      return `${printTerm(expression.of)}[${printExpression(expression.by)}]`;
    case 'sign':
      return `${expression.sign}${printTerm(expression.of)}`;
    case 'type':
      return `${printAbove(expression.of, TYPE_BINDING - 1)} ${expression.test} ${expression.type}`;
    case 'binary': {
      const binding = BINDING[expression.op];
      // operators of one strength lean left, so an equally strong right side needs its parentheses
      return `${printAbove(expression.left, binding - 1)} ${expression.op} ${printAbove(expression.right, binding)}`;
    }
  }
}

export function printLiteral({ type, value, unit }: Literal): string {
  if (type === 'string') return quoted(value, "'");
  if (type === 'empty') return '{}';
  if (type === 'quantity') return `${value} ${unit}`;
  if (type === 'time') return `@T${value}`;
  return type === 'date' || type === 'dateTime' ? `@${value}` : value;
}

function bindingOf(expression: Expression): number {
  if (expression.kind === 'binary') return BINDING[expression.op];
  if (expression.kind === 'type') return TYPE_BINDING;
  return expression.kind === 'sign' ? SIGN_BINDING : Infinity;
}

function printAbove(expression: Expression, binding: number): string {
  const text = printExpression(expression);
  return bindingOf(expression) > binding ? text : `(${text})`;
}

/** As the start of a path: everything with an operator in parentheses. */
function printTerm(expression: Expression): string {
  const text = printExpression(expression);
  return bindingOf(expression) === Infinity ? text : `(${text})`;
}
