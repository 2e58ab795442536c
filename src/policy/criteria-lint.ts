import type { Criteria } from './agreement.ts';

/** What a condition can be over all patients, as far as its numbers tell. */
export type Truth = 'always' | 'never' | 'sometimes';

/** Nobody is older; used only to see conditions nobody can meet. */
const OLDEST = 130;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ANYBODY: Bounds = { least: 0, most: OLDEST };

/** Ages that an object's own members and its `all_of` parts leave. */
function agesOf({ min_age, max_age, all_of }: Criteria): Bounds {
  return (all_of ?? [])
    .map(agesOf)
    .reduce((left, right) => ({ least: Math.max(left.least, right.least), most: Math.min(left.most, right.most) }), {
      least: min_age ?? 0,
      most: max_age ?? OLDEST,
    });
}

/** Members that say something about more than age. */
function others({ min_age: _1, max_age: _2, all_of, any_of, ...rest }: Criteria): boolean {
  return Object.keys(rest).length > 0 || (all_of ?? []).some(others) || any_of !== undefined;
}

/** Several stretches of age that leave no gap between them. */
function coverAll(bounds: readonly Bounds[]): boolean {
  let reached = ANYBODY.least;
  for (const { least, most } of bounds.toSorted((left, right) => left.least - right.least)) {
    if (least > reached) return false;
    reached = Math.max(reached, most + 1);
  }
  return reached > ANYBODY.most;
}

/** Whether criteria say anything at all, as far as ages and nesting show; `{}` is no criterion and holds for everybody by intention. */
export function truthOf(criteria: Criteria): Truth {
  const ages = agesOf(criteria);
  if (ages.least > ages.most) return 'never';
  const parts = (criteria.any_of ?? []).map(truthOf);
  if (parts.length > 0 && parts.every((part) => part === 'never')) return 'never';
  if ((criteria.all_of ?? []).some((part) => truthOf(part) === 'never')) return 'never';
  const alternatives = criteria.any_of ?? [];
  const anyAlways = parts.includes('always') || coverAll(alternatives.filter((one) => !others(one)).map(agesOf));
  const { any_of: _any, ...own } = criteria;
  const rest = ages.least <= ANYBODY.least && ages.most >= ANYBODY.most && !others(own);
  return rest && (alternatives.length === 0 || anyAlways) ? 'always' : 'sometimes';
}
