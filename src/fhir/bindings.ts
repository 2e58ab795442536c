import { isObject } from './fhirpath-collections.ts';
import { withoutVersion } from './model.ts';
import type { Terminology } from './terminology.ts';
import type { Check } from './visit.ts';

/** A required binding, compiled: reports a code known not to be in the value set; what cannot be told from here is let pass. */
export function bindingCheck(terminology: Terminology, canonical: string): Check | undefined {
  const expansion = terminology.expansion(canonical);
  if (!expansion) return undefined;
  const valueSet = withoutVersion(canonical);
  // a plain code is the common case, and one set answers it
  const codes = new Set([...expansion.codes.values()].flatMap((each) => [...each]));
  return (value, visit) => {
    if (typeof value === 'string' && codes.has(value)) return;
    if (isMember(terminology, valueSet, value) === false) visit.report('FHIR-CODE', { valueSet });
  };
}

/** Is the code, Coding, CodeableConcept or Quantity in the value set? Undefined: cannot be told. */
export function isMember(terminology: Terminology, valueSet: string, value: unknown): boolean | undefined {
  if (typeof value === 'string') return terminology.contains(valueSet, undefined, value);
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.coding)) return anyMember(terminology, valueSet, value.coding);
  if ('text' in value && !('code' in value)) return false;
  if (typeof value.code !== 'string')
    return 'code' in value || 'system' in value || 'display' in value ? false : undefined;
  return typeof value.system === 'string' ? terminology.contains(valueSet, value.system, value.code) : false;
}

function anyMember(terminology: Terminology, valueSet: string, codings: readonly unknown[]): boolean | undefined {
  const verdicts = codings.map((coding) => isMember(terminology, valueSet, coding));
  if (verdicts.includes(true)) return true;
  return verdicts.includes(undefined) ? undefined : false;
}
