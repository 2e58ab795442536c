import { isObject } from './fhirpath-collections.ts';
import { narrativeFault } from './narrative.ts';
import { jsonTypeOf, PRIMITIVES } from './primitives.ts';
import { typeNamed } from './references.ts';
import type { Check, JsonObject, Visit } from './visit.ts';

const ARTICLE = { boolean: 'true or false', number: 'a number', string: 'a string' } as const;

/** A primitive: its JSON type, then its form; a type not in the table is taken as a string. */
export function primitiveCheck(code: string): Check {
  const holds = PRIMITIVES[code] ?? PRIMITIVES.string!;
  const json = jsonTypeOf(code);
  const type = code.replace('System.', '').toLowerCase() === json ? json : code;
  return (value, visit) => {
    if (!holds(value)) {
      if (typeof value !== json) visit.report('FHIR-JSON-TYPE', { type, expected: ARTICLE[json] });
      else visit.report(value === '' ? 'FHIR-ELEMENT-EMPTY' : 'FHIR-FORMAT', { type });
    } else if (code === 'xhtml') narrative(value as string, visit);
  };
}

function narrative(xhtml: string, visit: Visit): void {
  const rule = narrativeFault(xhtml);
  if (rule) visit.report('FHIR-NARRATIVE', { rule });
}

const BASE = 'http://hl7.org/fhir/StructureDefinition/';

/** A reference leads to one of the types allowed, as far as its type can be told; undefined if every type is. */
export function referenceCheck(targetProfiles: readonly string[] | undefined): Check | undefined {
  if (!targetProfiles?.length || !targetProfiles.every((profile) => profile.startsWith(BASE))) return undefined;
  const allowed = new Set(targetProfiles.map((profile) => profile.slice(BASE.length)));
  if (allowed.has('Resource')) return undefined;
  const names = [...allowed].join(', ');
  return (value, visit) => {
    if (!isObject(value)) return;
    const type = referencedType(value, visit);
    if (type !== undefined && !allowed.has(type)) visit.report('FHIR-REFERENCE-TYPE', { allowed: names });
  };
}

/** The type of what is referred to: as the reference names it, as the resource found has it, or as `Reference.type` says. */
export function referencedType({ reference, type }: JsonObject, visit: Visit): string | undefined {
  if (typeof reference === 'string') {
    const found = typeNamed(reference) ?? visit.references.resolve(reference)?.resourceType;
    if (typeof found === 'string') return found;
  }
  return typeof type === 'string' && !type.includes('/') ? type : undefined;
}
