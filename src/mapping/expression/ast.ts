/** FHIRPath (http://hl7.org/fhirpath/N1/) as a tree. `offset` counts characters from the start of the text that was parsed. */
export type Expression =
  | Literal
  | { readonly kind: 'name'; readonly name: string; readonly offset: number }
  | { readonly kind: 'variable'; readonly name: string; readonly offset: number }
  | { readonly kind: 'special'; readonly name: '$this' | '$index' | '$total'; readonly offset: number }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly offset: number }
  | Call
  | { readonly kind: 'item'; readonly of: Expression; readonly by: Expression; readonly offset: number }
  | { readonly kind: 'sign'; readonly sign: '+' | '-'; readonly of: Expression; readonly offset: number }
  | Binary
  | {
      readonly kind: 'type';
      readonly test: 'is' | 'as';
      readonly of: Expression;
      readonly type: string;
      readonly offset: number;
    };

export interface Literal {
  readonly kind: 'literal';
  readonly type: 'string' | 'boolean' | 'integer' | 'decimal' | 'date' | 'dateTime' | 'time' | 'quantity' | 'empty';
  /** The value without quotes or `@`; for a quantity its number. */
  readonly value: string;
  /** Of a quantity: a calendar word (`days`) or a UCUM unit in quotes (`'mg'`). */
  readonly unit?: string;
  readonly offset: number;
}

export interface Call {
  readonly kind: 'call';
  /** Absent: a call at the start of a path, as `iif(...)` or a registered function. */
  readonly of?: Expression;
  readonly name: string;
  readonly args: readonly Expression[];
  readonly offset: number;
}

export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly offset: number;
}

/** Operators by how tightly they bind (http://hl7.org/fhirpath/N1/#operator-precedence); `is`/`as` bind at 10, signs at 13. */
export const BINDING = {
  '*': 12,
  '/': 12,
  div: 12,
  mod: 12,
  '+': 11,
  '-': 11,
  '&': 11,
  '|': 9,
  '>': 8,
  '<': 8,
  '>=': 8,
  '<=': 8,
  '=': 7,
  '~': 7,
  '!=': 7,
  '!~': 7,
  in: 6,
  contains: 6,
  and: 5,
  xor: 4,
  or: 4,
  implies: 3,
} as const;
export const TYPE_BINDING = 10;
export const SIGN_BINDING = 13;

export type BinaryOperator = keyof typeof BINDING;

export const CALENDAR_UNITS: ReadonlySet<string> = new Set(
  ['year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap((unit) => [unit, `${unit}s`]),
);
