import type { Issue } from '../../errors.ts';
import type { Cell, Navigation } from '../cell.ts';
import type { FunctionContext } from '../functions.ts';

/** The variables of one call of a group, by slot; a slot holds nothing until its rule has run. */
export type Frame = (Cell | undefined)[];

/** What an expression may look at while it runs. */
export interface EvaluationRun extends Navigation, FunctionContext {
  /** `$index` of the innermost `where`, `select`, `all` or `exists`. */
  index: number;
  /** Hears what was lost on the way without stopping it. */
  report(found: Issue): void;
}

/** A compiled expression: `focus` is what bare names are children of, and what `$this` means. */
export type Evaluate = (run: EvaluationRun, frame: Frame, focus: readonly Cell[]) => readonly Cell[];

/** An expression that cannot go on with the values it got (several where one is needed, text where a number is). Becomes a located issue. */
export class EvaluationFault extends Error {
  override readonly name = 'EvaluationFault';
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** The one item of a collection, or undefined if empty; several are a fault. */
export function single(cells: readonly Cell[]): Cell | undefined {
  if (cells.length > 1) throw new EvaluationFault('one value where there are several');
  return cells[0];
}

/** FHIRPath's singleton evaluation: a lone boolean is itself, another lone item is true, nothing is undefined. */
export function truth(cells: readonly Cell[]): boolean | undefined {
  const value = single(cells)?.value;
  if (cells.length === 0) return undefined;
  return typeof value === 'boolean' ? value : true;
}
