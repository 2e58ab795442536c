import type { ElementDefinitionConstraint } from '@medplum/fhirtypes';
import { compileFhirPath } from './fhirpath.ts';
import { isObject } from './fhirpath-collections.ts';
import type { Check, JsonObject, Visit } from './visit.ts';

/** Held elsewhere: txt-1 and txt-2 by the rules of the narrative, ele-1 by the rule on empty elements. */
const HELD_ELSEWHERE = new Set(['ele-1', 'txt-1', 'txt-2']);

/**
 * Rules whose expression is slow or cannot say what the specification means, as functions. Keys of the base specification only:
 * - dom-3: a contained resource is referred to from within, or refers to its container;
 * - ref-1: a `#id` leads to a contained resource, and `#` alone to the container.
 */
const NATIVE: Readonly<Record<string, (value: JsonObject, visit: Visit) => boolean>> = {
  'dom-3': (resource) => !Array.isArray(resource.contained) || containedAreUsed(resource, resource.contained),
  'ref-1': ({ reference }, visit) =>
    typeof reference !== 'string' ||
    !reference.startsWith('#') ||
    reference === '#' ||
    visit.references.containedById().has(reference.slice(1)),
};

/** Local links (`#…`) anywhere in a value; one pass without recursion. */
function localLinks(value: unknown): Set<string> {
  const links = new Set<string>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string') {
      if (next.startsWith('#')) links.add(next);
    } else if (isObject(next)) for (const key in next) waiting.push(next[key]);
  }
  return links;
}

function containedAreUsed(resource: JsonObject, contained: readonly unknown[]): boolean {
  const links = localLinks(resource);
  return contained.every(
    (inner) => !isObject(inner) || links.has(`#${String(inner.id)}`) || localLinks(inner).has('#'),
  );
}

const compiled = new Map<string, Check>();

/**
 * The rules of an element, compiled once for each expression; `type` is the type or path they run on.
 * An expression that cannot be parsed or evaluated gives a warning on each value: the resource is not blamed for it.
 */
export function rulesOf(
  constraints: readonly ElementDefinitionConstraint[] | undefined,
  type: string,
): readonly Check[] {
  return (constraints ?? [])
    .filter(({ key, expression }) => key && expression && !HELD_ELSEWHERE.has(key))
    .map((constraint) => {
      const id = `${constraint.key} ${type} ${constraint.severity} ${constraint.expression}`;
      const rule = compiled.get(id) ?? makeRule(constraint, type);
      compiled.set(id, rule);
      return rule;
    });
}

function makeRule({ key, severity, human, expression }: ElementDefinitionConstraint, type: string): Check {
  const rule = key!;
  const report = (visit: Visit) =>
    visit.report('FHIR-INVARIANT', { rule, human: human ?? '' }, severity === 'warning' ? 'warning' : 'error');
  const native = NATIVE[rule];
  if (native)
    return (value, visit) => {
      if (isObject(value) && !native(value, visit)) report(visit);
    };
  const test = tester(expression!, type);
  return (value, visit) => {
    const verdict = test?.(value, visit.around) ?? (test ? false : 'unevaluable');
    if (verdict === 'too costly') visit.report('FHIR-TOO-COSTLY', { rule });
    else if (verdict === 'unevaluable') visit.report('FHIR-INVARIANT-UNEVALUABLE', { rule }, 'warning');
    else if (!verdict) report(visit);
  };
}

function tester(expression: string, type: string) {
  try {
    return compileFhirPath(expression, type).test;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
