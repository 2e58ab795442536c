import { danishDate, danishInstant } from '../fhir/danish-time.ts';
import { readPersonNumber } from '../fhir/identifiers.ts';
import { partsKey, uuidOf } from './uuid.ts';

/** Who is who among organisations: handed in by the caller, so that maps stay pure. */
export interface Directory {
  organisation(id: { system: string; value: string }): Organisation | undefined;
}

export interface Organisation {
  readonly sor?: string;
  readonly gln?: string;
  readonly ydernummer?: string;
  readonly shak?: string;
  readonly name?: string;
  readonly municipalityCode?: string;
}

/** What a registered function may know besides its arguments. */
export interface FunctionContext {
  readonly clock: string;
  readonly seed: string;
  readonly sender: string | undefined;
  readonly directory: Directory | undefined;
  /** UUIDs of this run by their parts: maps ask for the same one wherever they refer to it. */
  readonly uuids: Map<string, string>;
}

type Argument = string | undefined;

/** A function maps may call as `name(a, b)` or `a.name(b)` wherever FHIRPath stands. An argument that is empty arrives as undefined. */
export interface RegisteredFunction {
  /** One line for the guide. */
  readonly does: string;
  /** `?` marks one that may be left out, `...` one that may repeat. */
  readonly parameters: readonly string[];
  /** FHIR type of what comes out. */
  readonly gives: string;
  /** Reads its first argument as something: giving nothing for it is a loss worth saying (MAP-VALUE-LOST). */
  readonly converts?: boolean;
  readonly call: (context: FunctionContext, ...args: Argument[]) => string | number | boolean | undefined;
}

const DTM = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4})?$/;

function isDate(text: string): boolean {
  const [year, month = '01', day = '01'] = text.split('-');
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

/** An HL7 v2 time (chapter 2A, DTM) as a FHIR dateTime of the same precision; Danish local time where it names no zone. */
function hl7DateTime(text: Argument): string | undefined {
  const match = DTM.exec(text ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute = '00', second = '00', fraction, zone] = match;
  const date = [year, month, day].filter((part) => part !== undefined).join('-');
  if (!isDate(date)) return undefined;
  if (hour === undefined) return date;
  const parts = `${date}T${hour}:${minute}:${second}`;
  const whole = fraction === undefined ? parts : `${parts}.${fraction}`;
  if (zone === undefined) return danishInstant(whole);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return zone === '+0000' || zone === '-0000' ? `${whole}Z` : `${whole}${zone.slice(0, 3)}:${zone.slice(3)}`;
}

function idOf({ seed, uuids }: FunctionContext, parts: readonly Argument[]): string | undefined {
  if (!parts.some(Boolean)) return undefined;
  const key = partsKey(parts);
  let id = uuids.get(key);
  if (id === undefined) {
    id = uuidOf(seed, parts);
    uuids.set(key, id);
  }
  return id;
}

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Control characters XML 1.0 has no place for. */
const NO_XML = /[\0-\x08\x0B\x0C\x0E-\x1F]/g;

function escapeXml(text: string): string {
  return text.replace(NO_XML, '').replace(/[&<>"]/g, (char) => XML[char]!);
}

function narrative(paragraphs: readonly Argument[]): string | undefined {
  const written = paragraphs.filter((text) => text !== undefined && text.trim() !== '');
  if (written.length === 0) return undefined;
  const inner = written.map((text) => `<p>${escapeXml(text!).replace(/\r\n|\r|\n/g, '<br/>')}</p>`);
  return `<div xmlns="http://www.w3.org/1999/xhtml">${inner.join('')}</div>`;
}

function decimal(text: Argument): number | undefined {
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)\s*$/.test(text ?? '') ? Number(text) : undefined;
}

const FIELDS = ['sor', 'gln', 'ydernummer', 'shak', 'name', 'municipalityCode'] as const;

/** The registered functions: the one escape from the mapping language to TypeScript. */
export const FUNCTIONS: Readonly<Record<string, RegisteredFunction>> = {
  danishInstant: {
    does: 'a Danish local time (`YYYYMMDDHHMM[SS]` or with separators) as an instant with its offset',
    parameters: ['text'],
    gives: 'instant',
    converts: true,
    call: (_context, text) => text && danishInstant(text),
  },
  danishDate: {
    does: 'the Danish calendar date of an instant',
    parameters: ['instant'],
    gives: 'date',
    converts: true,
    call: (_context, instant) => instant && danishDate(instant),
  },
  hl7DateTime: {
    does: 'an HL7 v2 time as a dateTime of the same precision; Danish local time where it names no zone',
    parameters: ['text'],
    gives: 'dateTime',
    converts: true,
    call: (_context, text) => hl7DateTime(text),
  },
  hl7Date: {
    does: 'an HL7 v2 date or time as a date of at most day precision',
    parameters: ['text'],
    gives: 'date',
    converts: true,
    call: (_context, text) => hl7DateTime(text)?.slice(0, 10),
  },
  hl7Instant: {
    does: 'an HL7 v2 time with at least hours as an instant; nothing for a mere date',
    parameters: ['text'],
    gives: 'instant',
    converts: true,
    call: (_context, text) => {
      const time = hl7DateTime(text);
      return time?.includes('T') ? time : undefined;
    },
  },
  personNumber: {
    does: 'a CPR number or replacement number without hyphen; nothing for anything else',
    parameters: ['text'],
    gives: 'string',
    converts: true,
    call: (_context, text) => text && readPersonNumber(text)?.value,
  },
  personNumberSystem: {
    does: 'the identifier system of a CPR number, X-eCPR or D-eCPR',
    parameters: ['text'],
    gives: 'uri',
    call: (_context, text) => text && readPersonNumber(text)?.system,
  },
  birthDateOf: {
    does: 'the date of birth told by a CPR number; nothing for a replacement number',
    parameters: ['text'],
    gives: 'date',
    call: (_context, text) => text && readPersonNumber(text)?.birthDate,
  },
  genderOf: {
    does: '`male` or `female` as told by a CPR number; nothing for a replacement number',
    parameters: ['text'],
    gives: 'code',
    call: (_context, text) => text && readPersonNumber(text)?.gender,
  },
  uuidOf: {
    does: 'a UUID (version 5) made of the run’s seed and the parts: same parts, same id; nothing if all parts are empty',
    parameters: ['part', 'part...'],
    gives: 'id',
    call: (context, ...parts) => idOf(context, parts),
  },
  urnOf: {
    does: '`urn:uuid:` and the UUID of `uuidOf`, for Bundle.entry.fullUrl and references to it',
    parameters: ['part', 'part...'],
    gives: 'uri',
    call: (context, ...parts) => {
      const id = idOf(context, parts);
      return id && `urn:uuid:${id}`;
    },
  },
  directory: {
    does: `of the organisation with an identifier, one of ${FIELDS.join(', ')}; nothing if the directory does not know it`,
    parameters: ['system', 'value', 'field'],
    gives: 'string',
    call: ({ directory }, system, value, wanted) => {
      const field = FIELDS.find((name) => name === wanted);
      return field && system && value ? directory?.organisation({ system, value })?.[field] : undefined;
    },
  },
  narrative: {
    does: 'XHTML for Narrative.div: each argument a paragraph, escaped, line breaks kept',
    parameters: ['text', 'text...'],
    gives: 'xhtml',
    call: (_context, ...paragraphs) => narrative(paragraphs),
  },
  escapeXml: {
    does: 'text with `&`, `<`, `>` and `"` escaped and characters XML cannot hold left out',
    parameters: ['text'],
    gives: 'string',
    call: (_context, text) => text && escapeXml(text),
  },
  decimal: {
    does: 'a number written with sign or leading zeros (`+005.40`) as a decimal',
    parameters: ['text'],
    gives: 'decimal',
    converts: true,
    call: (_context, text) => decimal(text),
  },
  clock: {
    does: 'the instant of the run',
    parameters: [],
    gives: 'instant',
    call: ({ clock }) => clock,
  },
  sender: {
    does: 'the id of the sender, as the hub knows it',
    parameters: [],
    gives: 'string',
    call: ({ sender }) => sender,
  },
};
