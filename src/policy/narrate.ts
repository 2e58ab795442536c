import type { Narrative, Resource } from '@medplum/fhirtypes';
import { isRecord } from './flow.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const MOST_ROWS = 200;
const DEEPEST = 6;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
}

/** Codes, numbers, dates and names of a value in the order they stand; references and systems are left out. */
function words(value: unknown, depth = 0): string[] {
  if (depth > DEEPEST || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((inner) => words(inner, depth + 1));
  if (!isRecord(value)) return [String(value)];
  return Object.entries(value).flatMap(([name, inner]) =>
    ['system', 'reference', 'extension', 'url', 'data', 'div'].includes(name) ? [] : words(inner, depth + 1),
  );
}

/**
 * The narrative of an outgoing resource, made from the elements it has left: the sender's own could tell what was taken out.
 */
export function narrate(resource: Resource): Narrative {
  const rows = Object.entries(resource)
    .filter(([name]) => !['resourceType', 'id', 'meta', 'contained', 'extension'].includes(name))
    .map(([name, value]) => [name, words(value).join(' ')] as const)
    .filter(([, text]) => text !== '')
    .slice(0, MOST_ROWS)
    .map(([name, text]) => `<tr><td>${escaped(name)}</td><td>${escaped(text)}</td></tr>`);
  const body =
    rows.length > 0 ? `<table><tbody>${rows.join('')}</tbody></table>` : `<p>${escaped(resource.resourceType)}</p>`;
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${body}</div>` };
}
