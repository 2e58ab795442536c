import type { Criteria } from './agreement.ts';

/** The facts criteria are held against; a fact that is missing fails the criterion that needs it. */
export interface CriteriaFacts {
  readonly age: number | undefined;
  readonly medicines: unknown;
  readonly diagnosisGroups: unknown;
  readonly livingPlace: unknown;
}

export type Criterion = (facts: CriteriaFacts) => boolean;

const NEVER: Criterion = () => false;

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const isWords = (value: unknown) => listOf(value).length > 0 && listOf(value).every((one) => typeof one === 'string');

interface Operator {
  readonly takes: (value: unknown) => boolean;
  readonly compile: (value: never) => Criterion;
}

/** Every operator there is. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  min_age: { takes: isNumber, compile: (least: number) => (facts) => facts.age !== undefined && facts.age >= least },
  max_age: { takes: isNumber, compile: (most: number) => (facts) => facts.age !== undefined && facts.age <= most },
  medicines_more_than: {
    takes: isNumber,
    compile: (count: number) => (facts) => isNumber(facts.medicines) && facts.medicines > count,
  },
  diagnosis_group: {
    takes: isWords,
    compile: (groups: unknown) => (facts) =>
      Array.isArray(facts.diagnosisGroups) &&
      listOf(groups).some((group) => listOf(facts.diagnosisGroups).includes(group)),
  },
  living_place: {
    takes: isWords,
    compile: (places: unknown) => (facts) => listOf(places).includes(facts.livingPlace),
  },
  any_of: {
    takes: (value) => Array.isArray(value) && value.length > 0,
    compile: (parts: readonly Criteria[]) => {
      const compiled = parts.map(compileCriteria);
      return (facts) => compiled.some((criterion) => criterion(facts));
    },
  },
  all_of: {
    takes: (value) => Array.isArray(value) && value.length > 0,
    compile: (parts: readonly Criteria[]) => {
      const compiled = parts.map(compileCriteria);
      return (facts) => compiled.every((criterion) => criterion(facts));
    },
  },
};

/**
 * Criteria as a function. An operator or value that is not among the closed ones never holds: it cannot widen whom an agreement covers.
 * The schema refuses such a document, and criteria nested without end, before this is reached.
 */
export function compileCriteria(criteria: Criteria): Criterion {
  const parts = Object.entries(criteria).map(([name, value]) => {
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name]! : undefined;
    return operator?.takes(value) ? operator.compile(value as never) : NEVER;
  });
  return (facts) => parts.every((part) => part(facts));
}
