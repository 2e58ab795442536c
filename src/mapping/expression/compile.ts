import type { Issue } from '../../errors.ts';
import { issue } from '../../errors.ts';
import { Cell, children, childrenOf, NOTHING } from '../cell.ts';
import { hint } from '../did-you-mean.ts';
import { FUNCTIONS } from '../functions.ts';
import type { Shapes } from '../shape.ts';
import type { Binary, Call, Expression, Literal } from './ast.ts';
import type { Evaluate } from './evaluation.ts';
import { EvaluationFault, single, truth } from './evaluation.ts';
import { compileLibraryCall } from './library-call.ts';
import { asCells, OPERATORS, type Operate } from './operators.ts';
import { LIBRARY_FUNCTIONS, PATH_FUNCTIONS } from './path-functions.ts';
import { compileRegistered } from './registered.ts';
import { isOfType } from './type-test.ts';

/** What an expression is compiled against. */
export interface ExpressionScope {
  readonly shapes: Shapes;
  /** The slot of a variable of the rule, by name; undefined where there is none. */
  slot(name: string): number | undefined;
  /** A constant of the map (`let`). */
  constant(name: string): Evaluate | undefined;
  /** Hears what is wrong with the expression. */
  report(found: Issue): void;
  /** `file:line:column` of the rule the expression stands in. */
  readonly place: string;
}

const URLS: Readonly<Record<string, string>> = {
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
  ucum: 'http://unitsofmeasure.org',
};

/**
 * Compiles FHIRPath to a closure. Bare names that are variables of the rule mean the variable, as in HL7's engine; everything else as in FHIRPath.
 * Unknown functions and variables are reported (MAP-FUNCTION-UNKNOWN, MAP-VARIABLE-UNKNOWN) and compile to nothing.
 */
export function compileExpression(expression: Expression, scope: ExpressionScope): Evaluate {
  switch (expression.kind) {
    case 'literal':
      return compileLiteral(expression, scope);
    case 'name':
      return compileName(expression.name, scope);
    case 'variable':
      return compileVariable(expression.name, scope);
    case 'special':
      return compileSpecial(expression.name);
    case 'member':
      return compileMember(compileExpression(expression.of, scope), expression.name);
    case 'item': {
      const [of, by] = [compileExpression(expression.of, scope), compileExpression(expression.by, scope)];
      return (run, frame, focus) => {
        const index = single(by(run, frame, focus))?.value;
        const item = typeof index === 'number' ? of(run, frame, focus)[index] : undefined;
        return item ? [item] : NOTHING;
      };
    }
    case 'sign': {
      const of = compileExpression(expression.of, scope);
      if (expression.sign === '+') return of;
      const zero = [new Cell(0)];
      return (run, frame, focus) => {
        const cells = of(run, frame, focus);
        return cells.length === 0 ? NOTHING : OPERATORS['-'](zero, cells, scope.shapes);
      };
    }
    case 'type': {
      const { test, type } = expression;
      const of = compileExpression(expression.of, scope);
      return (run, frame, focus) => {
        const cell = single(of(run, frame, focus));
        if (!cell) return NOTHING;
        const fits = isOfType(cell, type, run.shapes);
        if (test === 'is') return asCells(fits);
        return fits ? [cell] : NOTHING;
      };
    }
    case 'binary':
      return compileBinary(expression, scope);
    case 'call':
      return compileCall(expression, scope);
  }
}

function compileBinary(expression: Binary, scope: ExpressionScope): Evaluate {
  const { right, op } = expression;
  if (right.kind === 'literal' && right.type === 'quantity')
    return compileLibraryCall(expression, scope, compileExpression);
  const [left, other] = [compileExpression(expression.left, scope), compileExpression(right, scope)];
  const operate = OPERATORS[op];
  const [a, b] = [constants.get(left), constants.get(other)];
  const folded = a && b && fold(operate, a, b, scope.shapes);
  if (folded) return constant(folded);
  if (b) return (run, frame, focus) => operate(left(run, frame, focus), b, run.shapes);
  if (op === 'and' || op === 'or') return shortCircuit(op, left, other);
  return (run, frame, focus) => operate(left(run, frame, focus), other(run, frame, focus), run.shapes);
}

/** The right side is not looked at where the left one decides. */
function shortCircuit(op: 'and' | 'or', left: Evaluate, right: Evaluate): Evaluate {
  const [operate, deciding] = [OPERATORS[op], op === 'or'];
  return (run, frame, focus) => {
    const cells = left(run, frame, focus);
    return truth(cells) === deciding ? asCells(deciding) : operate(cells, right(run, frame, focus), run.shapes);
  };
}

function compileLiteral(literal: Literal, { shapes }: ExpressionScope): Evaluate {
  return constant(literalCells(literal, shapes));
}

/** Expressions that are the same whatever the source: worked out once. */
const constants = new WeakMap<Evaluate, readonly Cell[]>();

/** An operation on values it cannot work with is left to the run, which tells it. */
function fold(operate: Operate, a: readonly Cell[], b: readonly Cell[], shapes: Shapes): readonly Cell[] | undefined {
  try {
    return operate(a, b, shapes);
  } catch (fault) {
    if (!(fault instanceof EvaluationFault)) throw fault;
    return undefined;
  }
}

function constant(cells: readonly Cell[]): Evaluate {
  const evaluate: Evaluate = () => cells;
  constants.set(evaluate, cells);
  return evaluate;
}

export function literalCells({ type, value, unit }: Literal, shapes: Shapes): readonly Cell[] {
  if (type === 'empty') return NOTHING;
  if (type === 'boolean') return asCells(value === 'true');
  if (type === 'integer' || type === 'decimal') return [new Cell(Number(value), shapes.known(type))];
  if (type === 'quantity')
    return [new Cell({ value: Number(value), unit: unit!.replace(/^'|'$/g, '') }, shapes.known('Quantity'))];
  return [new Cell(value, shapes.known(type))];
}

function compileName(name: string, scope: ExpressionScope): Evaluate {
  const variable = variableOf(name, scope);
  if (variable) return variable;
  const isTypeName = /^[A-Z]/.test(name);
  return (run, _frame, focus) => {
    if (focus.length === 1) {
      const cell = focus[0]!;
      const found = children(cell, name, run);
      return found.length === 0 && isTypeName && isOfType(cell, name, run.shapes) ? focus : found;
    }
    return childrenOf(focus, name, run);
  };
}

function variableOf(name: string, scope: ExpressionScope): Evaluate | undefined {
  const slot = scope.slot(name);
  if (slot === undefined) return scope.constant(name);
  return (_run, frame) => {
    const cell = frame[slot];
    return cell ? [cell] : NOTHING;
  };
}

function compileVariable(name: string, scope: ExpressionScope): Evaluate {
  const found = variableOf(name, scope);
  if (found) return found;
  if (Object.hasOwn(URLS, name)) {
    const cells = [new Cell(URLS[name])];
    return () => cells;
  }
  if (name === 'context') return (_run, _frame, focus) => focus;
  scope.report(issue('MAP-VARIABLE-UNKNOWN', scope.place, { name }));
  return () => NOTHING;
}

function compileSpecial(name: '$this' | '$index' | '$total'): Evaluate {
  if (name === '$index') return (run) => [new Cell(run.index)];
  return (_run, _frame, focus) => focus;
}

function compileMember(of: Evaluate, name: string): Evaluate {
  return (run, frame, focus) => childrenOf(of(run, frame, focus), name, run);
}

function compileCall(call: Call, scope: ExpressionScope): Evaluate {
  const { name } = call;
  if (Object.hasOwn(FUNCTIONS, name)) return compileRegistered(call, scope, compileExpression);
  if (Object.hasOwn(PATH_FUNCTIONS, name)) return compilePathFunction(call, scope);
  if (LIBRARY_FUNCTIONS.has(name)) return compileLibraryCall(call, scope, compileExpression);
  const known = [...Object.keys(FUNCTIONS), ...Object.keys(PATH_FUNCTIONS), ...LIBRARY_FUNCTIONS];
  scope.report(issue('MAP-FUNCTION-UNKNOWN', scope.place, { name, hint: hint(name, known) }));
  return () => NOTHING;
}

function compilePathFunction(call: Call, scope: ExpressionScope): Evaluate {
  const { args: arity, invoke, direct } = PATH_FUNCTIONS[call.name]!;
  if (call.args.length < arity[0] || call.args.length > arity[1]) {
    scope.report(issue('MAP-ARGUMENTS', scope.place, { name: call.name, least: arity[0], most: arity[1] }));
    return () => NOTHING;
  }
  const takesType = call.name === 'is' || call.name === 'as' || call.name === 'ofType';
  const types = call.args.map((arg) => typeNameOf(arg));
  const args = takesType ? [] : call.args.map((arg) => compileExpression(arg, scope));
  const of = call.of && compileExpression(call.of, scope);
  if (of && direct) return (run, frame, focus) => direct(of(run, frame, focus), run);
  return (run, frame, focus) => invoke({ input: of ? of(run, frame, focus) : focus, args, types, run, frame, focus });
}

/** `string`, `FHIR.string` or `System.String` as an argument. */
function typeNameOf(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  return expression.kind === 'member' && expression.of.kind === 'name'
    ? `${expression.of.name}.${expression.name}`
    : undefined;
}
