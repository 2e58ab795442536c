import type { ErrorCode, Issue } from '../errors.ts';
import { isFault } from '../errors.ts';
import type { Surroundings } from './fhirpath-collections.ts';
import { References } from './references.ts';

/** Checks one value and reports on the visit. */
export type Check = (value: unknown, visit: Visit) => void;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Errors, and warnings, listed of one resource at most; that there are more is said. */
export const MOST_ISSUES = 500;
/** Steps the expressions of one validation may take: so many, and more for each object there is; a cost that grows with its square is cut off. */
const STEPS = 1_000_000;
const STEPS_PER_OBJECT = 100;

/** References followed from one to the next to see if what they lead to conforms; a longer chain is judged link by link as the walk comes by. */
const MOST_FOLLOWED = 24;

/** One walk through one resource: where it is, what it found, and what expressions may ask of the place. */
export class Visit {
  issues: Issue[] = [];
  readonly path: (string | number)[] = [];
  around: Surroundings;
  references: References;
  readonly root: JsonObject;
  readonly #asks: Pick<Surroundings, 'conformsTo' | 'memberOf'>;
  readonly #budget = { left: STEPS };
  /** Verdicts already reached, by value and profile; `undefined` while one is being reached, which ends circles. */
  readonly #verdicts = new Map<unknown, Map<string, boolean | undefined>>();
  #following = 0;
  #counts = { error: 0, warning: 0 };
  readonly #reported = new Map<unknown, Set<string>>();

  /** `name` is the type of the root, for places. */
  constructor(root: JsonObject, name: string, asks: (visit: Visit) => Pick<Surroundings, 'conformsTo' | 'memberOf'>) {
    this.root = root;
    this.path.push(name);
    this.#asks = asks(this);
    this.references = new References(root);
    this.around = this.#surroundings(root, root);
  }

  report(code: ErrorCode, detail?: Issue['detail'], severity: Issue['severity'] = 'error'): void {
    const kind = severity === 'error' || severity === 'fatal' ? 'error' : 'warning';
    const count = ++this.#counts[kind];
    if (count <= MOST_ISSUES) this.issues.push({ code, severity, place: this.place(), ...(detail && { detail }) });
    else if (count === MOST_ISSUES + 1)
      this.issues.push({ code: 'FHIR-TOO-MANY', severity: kind, detail: { limit: MOST_ISSUES } });
  }

  grant(): void {
    this.#budget.left += STEPS_PER_OBJECT;
  }

  /** The place as a FHIRPath with indices: `Bundle.entry[0].resource.name[1].family`. */
  place(): string {
    return this.path
      .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
      .join('');
  }

  /** Runs `walk` one step further down. */
  at<T>(part: string | number, walk: () => T): T {
    this.path.push(part);
    const result = walk();
    this.path.pop();
    return result;
  }

  /** Enters a resource inside another: `contained` shares the root of its container, an entry of a Bundle is a root of its own. */
  within(resource: JsonObject, how: { contained: boolean; fullUrl?: string | undefined }, walk: () => void): void {
    const { around, references } = this;
    const { contained, fullUrl } = how;
    this.references = contained ? references : references.entering(resource, fullUrl);
    this.around = this.#surroundings(resource, contained ? around.rootResource : resource);
    walk();
    this.around = around;
    this.references = references;
  }

  #surroundings(resource: unknown, rootResource: unknown): Surroundings {
    const { references } = this;
    const resolve = (reference: string) => references.resolve(reference);
    return { resource, rootResource, resolve, budget: this.#budget, ...this.#asks };
  }

  /** Does `walk` find no error? What it finds is not reported. */
  silently(walk: () => void): boolean {
    const { issues } = this;
    const counts = this.#counts;
    this.issues = [];
    this.#counts = { error: 0, warning: 0 };
    walk();
    const clean = !this.issues.some(isFault);
    this.issues = issues;
    this.#counts = counts;
    return clean;
  }

  /** Does the value conform to the profile? Worked out once; inside a circle it counts as conforming. */
  conforms(value: unknown, profile: string, check: () => void): boolean {
    const known = this.#verdicts.get(value) ?? new Map<string, boolean | undefined>();
    this.#verdicts.set(value, known);
    if (known.has(profile)) return known.get(profile) ?? true;
    if (this.#following >= MOST_FOLLOWED) return true;
    known.set(profile, undefined);
    this.#following++;
    const verdict = this.silently(check);
    this.#following--;
    known.set(profile, verdict);
    return verdict;
  }

  /** Reports what `check` finds, once for each value and profile. */
  once(value: unknown, profile: string, check: () => void): void {
    const reported = this.#reported.get(value) ?? new Set<string>();
    this.#reported.set(value, reported);
    if (reported.has(profile)) return;
    reported.add(profile);
    check();
  }
}
