import { issue } from '../../errors.ts';
import { Cell, isObject, NOTHING } from '../cell.ts';
import { FUNCTIONS } from '../functions.ts';
import type { Call } from './ast.ts';
import type { ExpressionScope } from './compile.ts';
import type { Evaluate } from './evaluation.ts';
import { EvaluationFault, single } from './evaluation.ts';
import type { Compile } from './library-call.ts';

/** A call of a registered function: what stands before its dot, if anything, is its first argument. */
export function compileRegistered(call: Call, scope: ExpressionScope, compile: Compile): Evaluate {
  const row = FUNCTIONS[call.name]!;
  const given = call.of ? [call.of, ...call.args] : call.args;
  const most = row.parameters.at(-1)?.endsWith('...') ? Infinity : row.parameters.length;
  const least = row.parameters.filter((parameter) => !/[?.]$/.test(parameter)).length;
  if (given.length < least || given.length > most) {
    scope.report(issue('MAP-ARGUMENTS', scope.place, { name: call.name, least, most }));
    return () => NOTHING;
  }
  const args = given.map((arg) => compile(arg, scope));
  const lost = issue('MAP-VALUE-LOST', scope.place, { name: call.name }, 'warning');
  const shape = scope.shapes.known(row.gives);
  return (run, frame, focus) => {
    const values = args.map((arg) => textOf(single(arg(run, frame, focus))));
    const made = row.call(run, ...values);
    if (made !== undefined) return [new Cell(made, shape)];
    if (row.converts && values[0] !== undefined) run.report(lost);
    return NOTHING;
  };
}

function textOf(cell: Cell | undefined): string | undefined {
  if (cell === undefined || cell.value === undefined) return undefined;
  if (isObject(cell.value)) throw new EvaluationFault('text');
  return String(cell.value);
}
