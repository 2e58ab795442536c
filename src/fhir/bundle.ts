import { isObject } from './fhirpath-collections.ts';
import type { JsonObject, Visit } from './visit.ts';

/**
 * Rules on `Bundle.entry.fullUrl` that no invariant states (https://hl7.org/fhir/R4/bundle.html#references): it is absolute, agrees with type
 * and id of the resource where it is a RESTful address, and is there in documents and messages.
 */
export function checkBundle(bundle: JsonObject, visit: Visit): void {
  if (!Array.isArray(bundle.entry)) return;
  const needed = bundle.type === 'message' || bundle.type === 'document';
  bundle.entry.forEach((entry, index) => {
    const rule = isObject(entry) ? faultOf(entry, needed) : undefined;
    if (rule)
      visit.at('entry', () => visit.at(index, () => visit.at('fullUrl', () => visit.report('FHIR-FULLURL', { rule }))));
  });
}

const RESTFUL = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/;

function faultOf({ fullUrl, resource }: JsonObject, needed: boolean): string | undefined {
  if (!isObject(resource)) return undefined;
  if (fullUrl === undefined) return needed ? 'every entry of a message or document has one' : undefined;
  if (typeof fullUrl !== 'string') return undefined;
  if (!/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(fullUrl)) return 'it is an absolute URI';
  const [, type, id] = RESTFUL.exec(fullUrl) ?? [];
  if (type === undefined) return undefined;
  return type === resource.resourceType && id === resource.id
    ? undefined
    : 'it ends with the type and the id of the resource';
}
