import { ERRORS, type ErrorRow, type Issue, isFault, sentence } from '../../errors.ts';
import { danishOffset } from '../../fhir/danish-time.ts';
import type { AcknowledgeContext, Acknowledgement, Reading, Verdict } from '../format.ts';
import { encodeText } from './charset.ts';
import { escapeText } from './escape.ts';
import type { Envelope, Header } from './read.ts';
import { joinFields } from './segments.ts';
import { encodingCharacters, type Separators, USUAL } from './separators.ts';

/** What a receipt says: taken, faulty, or not to be tried here at all (MSA-1, table 0008); A.. on the content, C.. on the receiving of it. */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

const HL7_ERRORS: Readonly<Record<string, string>> = {
  '0': 'Message accepted',
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '104': 'Value too long',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '205': 'Duplicate key identifier',
  '206': 'Application record locked',
  '207': 'Application internal error',
};
const SEVERITY = { fatal: 'F', error: 'E', warning: 'W', information: 'I' } as const;
/** Receiver and sender change places: the receipt's field, the message's field. */
const SWAPPED = [
  [3, 5],
  [4, 6],
  [5, 3],
  [6, 4],
] as const;
const LONGEST_NAME = 250;
/** Most ERR segments in one receipt. */
const MOST_ERRORS = 50;

function hl7Code(found: Issue): string {
  const row: ErrorRow = ERRORS[found.code];
  return row.hl7 ?? '207';
}

/** Rejected rather than faulty: type, event, processing id or version is none of ours (2.8.2 section 2.9.2.2), or the fault is the hub's. */
function outcomeOf(verdict: Verdict): 'A' | 'E' | 'R' {
  if (verdict.accepted) return 'A';
  if (verdict.transient) return 'R';
  return verdict.issues.some((found) => isFault(found) && /^20[0-3]$/.test(hl7Code(found))) ? 'R' : 'E';
}

/** MSH-15 and MSH-16 (table 0155): is a receipt of this outcome wanted? */
function isWanted(condition: string, outcome: 'A' | 'E' | 'R'): boolean {
  if (condition === 'NE') return false;
  if (condition === 'ER') return outcome !== 'A';
  if (condition === 'SU') return outcome === 'A';
  return true;
}

/**
 * The receipt due now. Without MSH-15 and MSH-16 (original mode): AA, AE or AR. With either (enhanced mode): the accept receipt CA, CE or CR
 * where MSH-15 wants it, else the application receipt where MSH-16 wants it, else none.
 */
export function ackCodeFor(header: Header, verdict: Verdict): AckCode | undefined {
  const outcome = outcomeOf(verdict);
  const accept = header.fields[15]?.trim() ?? '';
  const application = header.fields[16]?.trim() ?? '';
  if (accept === '' && application === '') return `A${outcome}`;
  if (accept !== '' && isWanted(accept, outcome)) return `C${outcome}`;
  return application !== '' && isWanted(application, outcome) ? `A${outcome}` : undefined;
}

/** Date and time as HL7 writes them, in Danish time with offset: `20260301120000+0100`. */
export function hl7Time(instant: string): string {
  const time = Date.parse(instant);
  const offset = danishOffset(time);
  const minutes = Math.round(offset / 60_000);
  const digits = new Date(time + offset).toISOString().replace(/\D/g, '').slice(0, 14);
  return `${digits}+${String(Math.floor(minutes / 60)).padStart(2, '0')}${String(minutes % 60).padStart(2, '0')}`;
}

const versionOf = (header: Header) => header.fields[12]?.split(header.separators.component, 1)[0]?.trim() || '2.5';
const isBefore = (version: string, other: string) => version.localeCompare(other, 'en', { numeric: true }) < 0;

function typeField(header: Header, version: string): string {
  const event = header.fields[9]?.split(header.separators.component)[1]?.trim() ?? '';
  if (isBefore(version, '2.3') || !/^[A-Z0-9]{3}$/.test(event)) return 'ACK';
  const parts = isBefore(version, '2.4') ? ['ACK', event] : ['ACK', event, 'ACK'];
  return parts.join(header.separators.component);
}

function headerLine(header: Header, version: string, context: AcknowledgeContext): string {
  const { separators, fields } = header;
  const row: string[] = ['MSH', separators.field, encodingCharacters(separators)];
  for (const [own, theirs] of SWAPPED) row[own] = fields[theirs]?.slice(0, LONGEST_NAME) ?? '';
  row[7] = hl7Time(context.now);
  row[8] = '';
  row[9] = typeField(header, version);
  // MSH-10 holds 20 characters before 2.7
  row[10] = context.newId().replaceAll('-', '').slice(0, 20);
  row[11] = fields[11] || 'P';
  row[12] = fields[12] || version;
  if (fields[18]) for (let index = 13; index <= 18; index++) row[index] = index === 18 ? fields[18] : '';
  return joinFields(row, separators.field);
}

/** `PID-3[2].1` as ERR-2: segment, its number, field, repetition, component, subcomponent. */
function locationParts(place: string | undefined): string[] {
  const match = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?$/.exec(place ?? '');
  if (!match) return [];
  const [, segment, number, field, repetition, component, subcomponent] = match;
  const parts = [
    segment!,
    number ?? '1',
    field ?? '',
    field ? (repetition ?? '1') : '',
    component ?? '',
    subcomponent ?? '',
  ];
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

/** ERR of 2.5 and later: location, table 0357, severity, the hub's own code (ERR-5) and its sentence (ERR-8). */
function errorLine(found: Issue, separators: Separators): string {
  const { field, component } = separators;
  const number = hl7Code(found);
  const location = locationParts(found.place);
  const coded = [number, HL7_ERRORS[number] ?? '', 'HL70357'].join(component);
  const own = [found.code, '', 'L'].join(component);
  const where = found.place && location.length === 0 ? ` (${found.place})` : '';
  const text = escapeText(sentence(found) + where, separators);
  return ['ERR', '', location.join(component), coded, SEVERITY[found.severity], own, '', '', text].join(field);
}

/** ERR before 2.5: one segment, each error as segment, number, field and a code of subcomponents. */
function oldErrorLine(issues: readonly Issue[], separators: Separators): string {
  const { field, component, repetition = '~', subcomponent = '&' } = separators;
  const entries = issues.map((found) => {
    const [segment = '', number = '', position = ''] = locationParts(found.place);
    const coded = [found.code, HL7_ERRORS[hl7Code(found)] ?? '', 'L'].join(subcomponent);
    return [segment, number, position, coded].join(component);
  });
  return ['ERR', entries.join(repetition)].join(field);
}

function errorLines(issues: readonly Issue[], version: string, separators: Separators): string[] {
  const shown = issues.filter(isFault).slice(0, MOST_ERRORS);
  if (shown.length === 0) return [];
  if (isBefore(version, '2.5')) return [oldErrorLine(shown, separators)];
  return shown.map((found) => errorLine(found, separators));
}

/** The lines of one receipt, without segment ends. MSA-3 holds the first sentence for versions that have no ERR-8. */
export function ackLines(code: AckCode, header: Header, verdict: Verdict, context: AcknowledgeContext): string[] {
  const { separators, fields } = header;
  const version = versionOf(header);
  const fault = verdict.issues.find(isFault);
  const text = fault && isBefore(version, '2.5') ? [escapeText(sentence(fault), separators).slice(0, 80)] : [];
  const msa = ['MSA', code, fields[10]?.slice(0, 199) ?? '', ...text].join(separators.field);
  const errors = verdict.accepted ? [] : errorLines(verdict.issues, version, separators);
  return [headerLine(header, version, context), msa, ...errors];
}

function asBatch(lines: readonly string[], count: number, context: AcknowledgeContext): string[] {
  const now = hl7Time(context.now);
  const head = (name: string) => [name, encodingCharacters(USUAL), '', '', '', '', now].join('|');
  return [head('FHS'), head('BHS'), ...lines, `BTS|${count}`, 'FTS|1'];
}

/** The receipt for a reading: one ACK, or a batch of them for a batch; undefined where none is wanted. */
export function acknowledgeHl7(
  reading: Reading,
  verdicts: readonly Verdict[],
  context: AcknowledgeContext,
): Acknowledgement | undefined {
  const envelope = reading.envelope as Envelope | undefined;
  const headers = envelope?.headers ?? [];
  const whole = reading.issues.some(isFault) || reading.messages.length === 0;
  const entries: [Header, Verdict][] = whole
    ? [[headers[0] ?? { separators: USUAL, fields: [] }, { accepted: false, issues: reading.issues }]]
    : reading.messages.map((_, index) => [
        headers[index]!,
        verdicts[index] ?? { accepted: false, transient: true, issues: [] },
      ]);
  const receipts = entries.flatMap(([header, verdict]) => {
    // a receipt is never acknowledged
    if (/^ACK\b/.test(header.fields[9] ?? '')) return [];
    const code = ackCodeFor(header, verdict);
    return code ? [ackLines(code, header, verdict, context)] : [];
  });
  if (receipts.length === 0) return undefined;
  const isBatch = !whole && (entries.length > 1 || (envelope?.batch.length ?? 0) > 0);
  const lines = isBatch ? asBatch(receipts.flat(), receipts.length, context) : receipts.flat();
  const body = encodeText(lines.map((line) => `${line}\r`).join(''), envelope?.charset ?? 'utf-8');
  return { contentType: 'application/hl7-v2', body };
}
