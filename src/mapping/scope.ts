import type { Issue } from '../errors.ts';
import type { Group } from './ast.ts';
import type { Cell } from './cell.ts';
import type { CodeMap, CodeMaps } from './concept-map.ts';
import type { ExpressionScope } from './expression/compile.ts';
import type { Evaluate } from './expression/evaluation.ts';
import type { RuleSite, Run } from './run.ts';
import type { Shape, Shapes } from './shape.ts';

/** A group as rules call it. */
export interface GroupUnit {
  readonly definition: Group;
  /** Type of each parameter; undefined where none is written. */
  readonly inputs: readonly (Shape | undefined)[];
  readonly call: (run: Run, args: readonly (Cell | undefined)[]) => void;
}

/** What a group's rules are compiled against: everything around the group that a name in it may mean. */
export interface GroupContext {
  readonly shapes: Shapes;
  readonly codes: CodeMaps;
  report(found: Issue): void;
  group(name: string): GroupUnit | undefined;
  groupNames(): Iterable<string>;
  /** The default group for a pair of types, and for a source type alone (`type+`). */
  defaultGroup(source: string, target: string | undefined): GroupUnit | undefined;
  /** The shape a type name of the map means: an alias of `uses`, else a type of the model. */
  type(name: string): Shape | undefined;
  codeMap(name: string): CodeMap | undefined;
  constant(name: string): Evaluate | undefined;
}

/** Slots of one group's frame; each variable has its own, so nothing needs restoring. */
export class SlotCounter {
  count = 0;
  next(): number {
    return this.count++;
  }
}

/**
 * The variables in sight at a rule. Sources and targets are two lists, as one name may stand for both (`ext.value as v -> tgt.extension as ext`);
 * where either may be meant, the source is.
 */
export class Scope {
  readonly sources: Map<string, number>;
  readonly targets: Map<string, number>;
  readonly slots: SlotCounter;

  constructor(slots: SlotCounter, outer?: Scope) {
    this.slots = slots;
    this.sources = new Map(outer?.sources);
    this.targets = new Map(outer?.targets);
  }

  inner(): Scope {
    return new Scope(this.slots, this);
  }

  addSource(name: string): number {
    const slot = this.slots.next();
    this.sources.set(name, slot);
    return slot;
  }

  addTarget(name: string): number {
    const slot = this.slots.next();
    this.targets.set(name, slot);
    return slot;
  }

  find(name: string, first: 'source' | 'target' = 'source'): number | undefined {
    const [one, other] = first === 'source' ? [this.sources, this.targets] : [this.targets, this.sources];
    return one.get(name) ?? other.get(name);
  }

  /** As expressions of a rule see it. */
  forExpressions(context: GroupContext, rule: RuleSite): ExpressionScope {
    return {
      shapes: context.shapes,
      place: rule.place,
      slot: (name) => this.find(name),
      constant: (name) => context.constant(name),
      report: (found) => context.report(found),
    };
  }
}
