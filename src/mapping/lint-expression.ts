import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import { hint } from './did-you-mean.ts';
import type { Expression } from './expression/ast.ts';
import type { Shape } from './shape.ts';

/** What is known of a value before it is there. */
export interface Typed {
  readonly shape: Shape;
  readonly isList: boolean;
}

export interface ExpressionSight {
  /** Type of what bare names are children of. */
  readonly focus: Typed | undefined;
  variable(name: string): Typed | undefined;
  /** Whether a variable of that name, typed or not, stands before the element. */
  hides(name: string): boolean;
  readonly place: string;
  tell(found: Issue): void;
}

/** Functions that give items of what they are called on. */
const KEEPING: ReadonlySet<string> = new Set(['where', 'first', 'last', 'tail', 'skip', 'take', 'single', 'distinct']);
/** Functions whose arguments are computed on each item. */
const ON_ITEMS: ReadonlySet<string> = new Set(['where', 'select', 'all', 'exists', 'repeat']);

/** Tells elements no type has (MAP-ELEMENT-UNKNOWN); gives the type of the expression where it can be told. */
export function lintExpression(expression: Expression, sight: ExpressionSight): Typed | undefined {
  switch (expression.kind) {
    case 'name':
      if (sight.hides(expression.name)) return sight.variable(expression.name);
      if (sight.focus?.shape.name === expression.name) return sight.focus;
      return step(sight.focus, expression.name, sight);
    case 'variable':
      return sight.variable(expression.name);
    case 'special':
      return expression.name === '$this' ? sight.focus : undefined;
    case 'member':
      return step(lintExpression(expression.of, sight), expression.name, sight);
    case 'item':
      lintExpression(expression.by, sight);
      return lintExpression(expression.of, sight);
    case 'sign':
    case 'type':
      lintExpression(expression.of, sight);
      return undefined;
    case 'binary':
      lintExpression(expression.left, sight);
      lintExpression(expression.right, sight);
      return undefined;
    case 'call': {
      const of = expression.of && lintExpression(expression.of, sight);
      const isTypeTest = ['is', 'as', 'ofType'].includes(expression.name);
      const inner = ON_ITEMS.has(expression.name) ? { ...sight, focus: expression.of ? of : sight.focus } : sight;
      if (!isTypeTest) for (const arg of expression.args) lintExpression(arg, inner);
      return KEEPING.has(expression.name) ? of : undefined;
    }
    default:
      return undefined;
  }
}

function step(typed: Typed | undefined, name: string, { place, tell }: ExpressionSight): Typed | undefined {
  if (!typed || typed.shape.kind === 'open') return undefined;
  const { shape } = typed;
  if (shape.kind === 'primitive') return name === 'value' ? typed : undefined;
  const element = shape.element(name);
  if (!element) {
    if (name === 'resourceType') return undefined;
    tell(issue('MAP-ELEMENT-UNKNOWN', place, { type: shape.name, name, hint: hint(name, shape.names) }, 'warning'));
    return undefined;
  }
  const [option] = element.options;
  return element.options.length === 1 && option?.shape && !option.shape.isAbstract
    ? { shape: option.shape, isList: typed.isList || element.isList }
    : undefined;
}
