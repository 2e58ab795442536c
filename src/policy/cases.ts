import { decide } from './decide.ts';
import type { Decision, DecisionInput } from './decision.ts';
import type { RuleSet } from './rules.ts';

/** What a decision table asserts of one case; what is absent is not asserted. Lists compare as sets. */
export interface ExpectedDecision {
  readonly decision?: string;
  readonly disposition?: string;
  readonly codes?: readonly string[];
  readonly agreement?: string | null;
  readonly basis?: string | null;
  readonly withheld?: readonly string[];
  readonly released?: readonly string[];
  readonly obligations?: readonly string[];
}

export interface DecisionCase {
  readonly id: string;
  readonly title: string;
  readonly input: DecisionInput;
  readonly expected: ExpectedDecision;
}

export interface Difference {
  readonly member: keyof ExpectedDecision;
  readonly expected: unknown;
  readonly got: unknown;
}

/** What a decision says, in the shape a table asserts it. */
function told(decision: Decision): Required<ExpectedDecision> {
  const { decision: verdict, disposition, codes, agreement, basis, released, obligations } = decision;
  const withheld = decision.withheld.map(({ item }) => item);
  return { decision: verdict, disposition, codes, agreement, basis, withheld, released, obligations };
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...new Set(value.map(String))].sort() : (value ?? null);
}

/** The members in which a decision differs from what a case expects. */
export function differences(expected: ExpectedDecision, decision: Decision): Difference[] {
  const found = told(decision);
  return (Object.keys(expected) as (keyof ExpectedDecision)[]).flatMap((member) => {
    const [want, got] = [sorted(expected[member]), sorted(found[member])];
    return JSON.stringify(want) === JSON.stringify(got) ? [] : [{ member, expected: want, got }];
  });
}

/** Runs one case of a table. */
export function runCase({ input, expected }: DecisionCase, rules: RuleSet): Difference[] {
  return differences(expected, decide(input, rules));
}
