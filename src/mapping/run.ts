import type { Issue } from '../errors.ts';
import { isFault, issue } from '../errors.ts';
import type { Cell, Json } from './cell.ts';
import type { EvaluationRun } from './expression/evaluation.ts';
import type { Directory } from './functions.ts';
import type { Shape, Shapes } from './shape.ts';
import type { SourcePath } from './source-path.ts';

/** A rule, by its place in the maps. */
export interface RuleSite {
  readonly map: string;
  readonly group: string;
  /** The rule's name, or its number in the group: `#3`. */
  readonly rule: string;
  readonly line: number;
  /** `file:line:column`. */
  readonly place: string;
}

/** An object the map made: taken away again if nothing was put into it, else checked for what it must have. */
export interface MadeObject {
  readonly value: Json;
  readonly shape: Shape | undefined;
  readonly owner: Json | undefined;
  readonly key: string;
  readonly rule: RuleSite;
}

/** One thing put into the target, before paths are worked out. */
export interface RawTrace {
  readonly owner: Json;
  readonly key: string;
  readonly value: unknown;
  readonly rule: RuleSite;
  readonly source: SourcePath | undefined;
  readonly codeRow: string | undefined;
}

/** A code no ConceptMap row was found for. */
export interface UnmappedCode {
  /** Canonical (or file) of the ConceptMap that has no row. */
  readonly conceptMap: string;
  readonly system?: string;
  readonly code: string;
  readonly display?: string;
  /** `wait`: the message should wait for a row; `continue`: it went on with its local code. */
  readonly policy: 'wait' | 'continue';
  /** `file:line:column` of the rule. */
  readonly place: string;
}

export interface RunOptions {
  readonly clock: string;
  readonly seed: string;
  readonly sender?: string;
  readonly directory?: Directory;
}

/** So many rules may run, groups call each other so deep, and issues be told, before a run is stopped. */
export const LIMITS = { steps: 5_000_000, depth: 150, issues: 100 } as const;

/** Leaves a run that took too long or went too deep; caught where the run began. */
export class Halt extends Error {
  override readonly name = 'Halt';
  readonly issue: Issue;
  constructor(found: Issue) {
    super(found.code);
    this.issue = found;
  }
}

/** All that changes while one source is mapped. */
export class Run implements EvaluationRun {
  readonly shapes: Shapes;
  readonly clock: string;
  readonly seed: string;
  readonly sender: string | undefined;
  readonly directory: Directory | undefined;
  readonly uuids = new Map<string, string>();
  index = 0;
  readonly issues: Issue[] = [];
  readonly unmapped: UnmappedCode[] = [];
  readonly made: MadeObject[] = [];
  /** Lists whose marked item goes last when all is done. */
  lasts: Map<unknown[], unknown> | undefined;
  firsts: Set<unknown[]> | undefined;
  shared: Map<Json, Map<string, Cell>> | undefined;
  /** A list holds a null in the place of a value still to come (or only an extension). */
  hasNulls = false;
  /** Row of the ConceptMap the last `translate` used. */
  codeRow: string | undefined;
  /** Coverage or a trace was asked for. */
  isTracked = false;
  reads: Set<SourcePath> | undefined;
  rulesRun: Set<RuleSite> | undefined;
  trace: RawTrace[] | undefined;
  /** The source item the rule at work runs for; kept only for a trace. */
  item: Cell | undefined;
  logs: { readonly rule: RuleSite; readonly text: string }[] = [];
  #steps = 0;
  #depth = 0;
  #uuids = 0;

  constructor(shapes: Shapes, options: RunOptions) {
    this.shapes = shapes;
    this.clock = options.clock;
    this.seed = options.seed;
    this.sender = options.sender;
    this.directory = options.directory;
  }

  /** Counts one rule at work. */
  step(rule: RuleSite): void {
    if (++this.#steps > LIMITS.steps) throw new Halt(issue('MAP-TOO-LONG', rule.place, { limit: LIMITS.steps }));
    this.rulesRun?.add(rule);
  }

  enter(place: string): void {
    if (++this.#depth > LIMITS.depth) throw new Halt(issue('MAP-TOO-DEEP', place, { limit: LIMITS.depth }));
  }

  leave(): void {
    this.#depth--;
  }

  report(found: Issue): void {
    const known = this.issues.some(
      ({ code, place, detail }) =>
        code === found.code && place === found.place && detail?.element === found.detail?.element,
    );
    if (!known && (isFault(found) || this.issues.length < LIMITS.issues)) this.issues.push(found);
    if (this.issues.length > 2 * LIMITS.issues) throw new Halt(found);
  }

  nextUuid(): string {
    return String(++this.#uuids);
  }
}
