import { issue } from '../../errors.ts';
import { NOTHING } from '../cell.ts';
import { FUNCTIONS } from '../functions.ts';
import type { Binary, Call, Expression } from './ast.ts';
import type { ExpressionScope } from './compile.ts';
import type { Evaluate } from './evaluation.ts';
import { askLibrary } from './fhirpath-library.ts';
import { printExpression } from './print.ts';

export type Compile = (expression: Expression, scope: ExpressionScope) => Evaluate;
type Named = Extract<Expression, { kind: 'name' | 'variable' }>;

/** A clock of the library's own would make runs differ. */
const CLOCKS: ReadonlySet<string> = new Set(['now', 'today', 'timeOfDay']);

/**
 * A call or operation the fhirpath package runs: what stands before the dot (or left of the operator) is computed here, variables are handed over,
 * the rest is text for the library.
 */
export function compileLibraryCall(expression: Call | Binary, scope: ExpressionScope, compile: Compile): Evaluate {
  const variables = new Map<string, Evaluate>();
  const within = (inner: Expression) => forLibrary(inner, scope, keep);
  const keep = (inner: Named) => variables.set(inner.name, compile(inner, scope));
  const input = expression.kind === 'call' ? expression.of : undefined;
  if (expression.kind === 'binary') variables.set('left', compile(expression.left, scope));
  const text =
    expression.kind === 'call'
      ? printExpression({ kind: 'call', name: expression.name, args: expression.args.map(within), offset: 0 })
      : `%left ${expression.op} ${printExpression(within(expression.right))}`;
  const of = input && compile(input, scope);
  return (run, frame, focus) => {
    const values = Object.fromEntries([...variables].map(([name, evaluate]) => [name, evaluate(run, frame, focus)]));
    if (values.left?.length === 0) return NOTHING;
    return askLibrary({ text, input: of ? of(run, frame, focus) : focus, variables: values }, run.shapes);
  };
}

/** Names of the rule's variables become `%variables`; what the library cannot run (registered functions, clocks) is reported. */
function forLibrary(expression: Expression, scope: ExpressionScope, keep: (variable: Named) => void): Expression {
  const within = (inner: Expression) => forLibrary(inner, scope, keep);
  switch (expression.kind) {
    case 'name':
    case 'variable': {
      const known = scope.slot(expression.name) !== undefined || scope.constant(expression.name) !== undefined;
      if (known) keep(expression);
      return known ? { ...expression, kind: 'variable' } : expression;
    }
    case 'call':
      if (CLOCKS.has(expression.name) || Object.hasOwn(FUNCTIONS, expression.name))
        scope.report(issue('MAP-FUNCTION-INSIDE', scope.place, { name: expression.name }));
      return {
        ...expression,
        args: expression.args.map(within),
        ...(expression.of && { of: within(expression.of) }),
      };
    case 'member':
    case 'sign':
    case 'type':
      return { ...expression, of: within(expression.of) };
    case 'item':
      return { ...expression, of: within(expression.of), by: within(expression.by) };
    case 'binary':
      return { ...expression, left: within(expression.left), right: within(expression.right) };
    default:
      return expression;
  }
}
