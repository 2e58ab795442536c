import { edifact } from './edifact/edifact.ts';
import { fhir } from './fhir/index.ts';
import type { Format, FormatId } from './format.ts';
import { hl7v2 } from './hl7v2/index.ts';
import { nemsis } from './nemsis/index.ts';
import { oioxml } from './oioxml/oioxml.ts';
import { ppj } from './ppj/index.ts';

/** What there is: one row for each sender format, asked in this order when a message does not say what it is. */
export const FORMATS: readonly Format[] = [hl7v2, edifact, oioxml, fhir, ppj, nemsis];

export function formatNamed(id: string): Format | undefined {
  return FORMATS.find((format) => format.id === (id as FormatId));
}

/** The format of a Content-Type (parameters ignored); undefined where several formats share the type or none has it. */
export function formatOfContentType(contentType: string): Format | undefined {
  const bare = contentType.split(';', 1)[0]!.trim().toLowerCase();
  const found = FORMATS.filter((format) => format.contentTypes.includes(bare));
  return found.length === 1 ? found[0] : undefined;
}

/** The format some bytes look like, by a cheap look at their beginning; undefined where none knows them. */
export function recogniseFormat(bytes: Uint8Array): Format | undefined {
  return FORMATS.find((format) => format.recognise(bytes));
}
