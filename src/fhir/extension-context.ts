import type { StructureDefinition } from '@medplum/fhirtypes';
import type { JsonObject, Visit } from './visit.ts';

/** What every element is, and every resource. */
const ANY = new Set(['Element', 'BackboneElement', 'Resource', 'DomainResource']);

/**
 * Does the extension stand where its definition does not allow it (https://hl7.org/fhir/R4/defining-extensions.html#context)? Held for contexts
 * that name a resource or an element of one; contexts by data type, FHIRPath or parent extension are let pass.
 */
export function contextFault({ context = [] }: StructureDefinition, visit: Visit): boolean {
  if (context.length === 0 || !context.every(({ type }) => type === 'element')) return false;
  const [resource, ...names] = placeInResource(visit);
  const parent = names.slice(0, -1);
  return !context.some(({ expression }) => allows(expression.replaceAll('[x]', ''), resource!, parent));
}

function allows(path: string, resource: string, parent: readonly string[]): boolean {
  if (ANY.has(path)) return true;
  if (path.includes('.')) return path === [resource, ...parent].join('.');
  // a bare name is the resource itself, or a data type, which the place alone does not tell
  return parent.length > 0 || path === resource;
}

/** The resource the visit is in, and the element names from it to the extension. */
function placeInResource(visit: Visit): readonly string[] {
  const names = visit.path.filter((part) => typeof part === 'string');
  const from = Math.max(names.lastIndexOf('resource'), names.lastIndexOf('contained'), 0);
  return [String((visit.around.resource as JsonObject).resourceType), ...names.slice(from + 1)];
}
