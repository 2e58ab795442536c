import { done, type Issue, issue, type Result } from '../../errors.ts';
import { EVENTS } from './events.ts';
import type { Segment } from './segments.ts';
import type { Separators } from './separators.ts';

export interface MessageType {
  /** `ADT`, `ORU` … */
  readonly code: string;
  /** `A01`; empty of an acknowledgement without one. */
  readonly event: string;
  /** `ADT_A01`; by the event, whatever MSH-9.3 says. */
  readonly structure: string;
}

/** Events of message codes that have had only one, left out by old senders. */
const ONLY_EVENT: Readonly<Record<string, string>> = { ORU: 'R01', ORM: 'O01', OML: 'O21' };

function declaredType(header: Segment, separators: Separators): [string, string, string] {
  const [code = '', event = '', structure = ''] = (header.fields[9] ?? '').split(separators.component);
  const joined = /^([A-Z]{3})_([A-Z]\d\d)$/.exec(code.trim());
  return joined ? [joined[1]!, joined[2]!, code.trim()] : [code.trim(), event.trim(), structure.trim()];
}

function eventOf(code: string, event: string, structure: string, events: Segment | undefined): string {
  if (event !== '') return event;
  const told = /^[A-Z]{3}_([A-Z]\d\d)$/.exec(structure)?.[1] ?? events?.fields[1]?.trim();
  return told || (ONLY_EVENT[code] ?? '');
}

/**
 * What a message is. Old and careless senders write `ADT`, `ADT_A01` or a wrong third part (`ADT^A01^ADT^A01`): the event decides.
 * @param events the EVN segment, whose EVN-1 helps where MSH-9 names no event
 */
export function readMessageType(
  header: Segment,
  events: Segment | undefined,
  separators: Separators,
): Result<MessageType> {
  const [code, declaredEvent, declaredStructure] = declaredType(header, separators);
  if (code === '') return { ok: false, issues: [issue('HL7-FIELD-MISSING', 'MSH-9', { field: 'MSH-9' })] };
  const event = eventOf(code, declaredEvent, declaredStructure, events);
  if (code === 'ACK') return done({ code, event, structure: 'ACK' });
  const structures = EVENTS[code];
  if (!structures) return { ok: false, issues: [issue('HL7-TYPE-UNSUPPORTED', 'MSH-9.1')] };
  const structure = structures[event];
  if (structure === undefined) return { ok: false, issues: [issue('HL7-EVENT-UNKNOWN', 'MSH-9.2')] };
  const warnings: Issue[] = [];
  if (declaredStructure !== '' && declaredStructure !== structure)
    warnings.push(issue('HL7-STRUCTURE-OVERRULED', 'MSH-9.3', { structure }, 'warning'));
  const other = events?.fields[1]?.trim();
  if (code === 'ADT' && other && other !== event)
    warnings.push(issue('HL7-EVENT-DIFFERS', 'EVN-1', undefined, 'warning'));
  return done({ code, event, structure }, warnings);
}
