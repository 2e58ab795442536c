import { type Issue, isFault, issue } from '../../errors.ts';
import type { MessageReading, Reading, SourceNode, SourceTree } from '../format.ts';
import { type Block, cutMessages } from './batch.ts';
import { charsetNamed, type DecodedText, decodeText } from './charset.ts';
import { checkMessage } from './checks.ts';
import { groupSegments } from './grouping.ts';
import { identifiersOf, partiesOf, senderSlug } from './identity.ts';
import { type MessageType, readMessageType } from './message-type.ts';
import { readFrames } from './mllp.ts';
import { type Line, type Segment, segmentName, splitFields, splitLines } from './segments.ts';
import { readSeparators, type Separators, USUAL } from './separators.ts';
import { structureNamed } from './structures.ts';
import { segmentTree } from './tree.ts';

/** Bounds that no real message comes near: they keep a hostile one from eating the machine. */
const MOST_SEGMENTS = 25_000;
const MOST_ISSUES = 200;

/** What an acknowledgement needs to know of one message: its header as it stood. */
export interface Header {
  readonly separators: Separators;
  /** Raw fields of MSH by HL7's numbers; empty where the message has no readable MSH. */
  readonly fields: readonly string[];
}

/** The envelope of a reading of HL7 v2. */
export interface Envelope {
  readonly charset: string;
  /** Raw header lines of file and batch (FHS, BHS), in order; a batch is answered by a batch. */
  readonly batch: readonly string[];
  /** One for each message of the reading. */
  readonly headers: readonly Header[];
}

function namedCharset(bytes: Uint8Array): { label?: string; issue?: Issue } {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 4_000));
  const start = text.search(/MSH[^A-Za-z0-9\s]/);
  if (start < 0) return {};
  const line = text.slice(start).split(/[\r\n]/, 1)[0]!;
  const name =
    line
      .split(line[3]!)[17]
      ?.split(line[5] ?? '~', 1)[0]
      ?.trim() ?? '';
  if (name === '' || name === '""') return {};
  const label = charsetNamed(name);
  return label ? { label } : { issue: issue('HL7-CHARSET', 'MSH-18', undefined, 'warning') };
}

/** Segments of a block; a line that begins with no segment name is a fault, except an empty one. */
function segmentsOf(lines: readonly Line[], separators: Separators): { segments: Segment[]; issues: Issue[] } {
  const segments: Segment[] = [];
  const issues: Issue[] = [];
  const seen = new Map<string, number>();
  for (const line of lines) {
    const text = line.text;
    if (text.trim() === '') continue;
    const name = segmentName(text);
    if (name === undefined || (text.length > 3 && text[3] !== separators.field)) {
      issues.push(issue('HL7-SEGMENT-NAME', `line ${line.number}`));
      continue;
    }
    const occurrence = (seen.get(name) ?? 0) + 1;
    seen.set(name, occurrence);
    segments.push({ name, line: line.number, occurrence, fields: splitFields(text, separators.field) });
  }
  return { segments, issues };
}

function bounded(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= MOST_ISSUES) return issues;
  // faults first: they decide the verdict
  return [...issues].sort((one, other) => Number(isFault(other)) - Number(isFault(one))).slice(0, MOST_ISSUES);
}

const listOf = (node: SourceNode | readonly SourceNode[] | undefined): readonly SourceNode[] =>
  node === undefined ? [] : Array.isArray(node) ? (node as readonly SourceNode[]) : [node as SourceNode];

/** All trees of a segment wherever the structure has put it, in order of the message. */
function find(trees: readonly (readonly [Segment, SourceTree])[], name: string): SourceTree[] {
  return trees.filter(([segment]) => segment.name === name).map(([, tree]) => tree);
}

type Trees = readonly (readonly [Segment, SourceTree])[];

function patientOf(trees: Trees, facility: string) {
  const fields = find(trees, 'PID').slice(0, 1);
  const inOrder = ['PID_3', 'PID_2', 'PID_4'].flatMap((name) => fields.flatMap((pid) => listOf(pid[name])));
  return identifiersOf(inOrder, facility);
}

/** Events by which a patient or a number of theirs goes into another. A41 and its like move accounts and visits, and merge nobody. */
const MERGES = new Set('A18 A30 A34 A36 A39 A40 A46 A47'.split(' '));

function mergedOf(trees: Trees, facility: string) {
  const nodes = find(trees, 'MRG').flatMap((mrg) => [...listOf(mrg.MRG_1), ...listOf(mrg.MRG_4)]);
  return identifiersOf(nodes, facility);
}

function describe(trees: Trees, type: MessageType, tree: SourceTree) {
  const msh = trees[0]![1] as Record<string, SourceTree | undefined> & { MSH_10?: string };
  const facility = facilityOf(msh);
  const mergedFrom = MERGES.has(type.event) ? mergedOf(trees, facility) : [];
  return {
    format: 'hl7v2' as const,
    type: type.event === '' ? type.code : `${type.code}^${type.event}`,
    structure: type.structure,
    version: nameOf(msh.MSH_12, 'VID_1'),
    controlId: msh.MSH_10 ?? '',
    sender: partiesOf(msh.MSH_3, msh.MSH_4),
    receiver: partiesOf(msh.MSH_5, msh.MSH_6),
    patient: patientOf(trees, facility),
    ...(mergedFrom.length > 0 && { mergedFrom }),
    tree,
  };
}

function nameOf(tree: SourceTree | undefined, part = 'HD_1'): string {
  const name = tree?.[part];
  return typeof name === 'string' ? name : '';
}

function refusedMessage(header: Header, issues: readonly Issue[]): MessageReading {
  const controlId = header.fields[10]?.slice(0, 199);
  const type = header.fields[9]?.split(header.separators.component).slice(0, 2).join('^').slice(0, 20);
  return { ok: false, ...(controlId && { controlId }), ...(type && { type }), issues: bounded(issues) };
}

/**
 * Maps see the type as it was understood, not a wrong or missing part of MSH-9; and in MSH_0 the sender's name as it stands in the systems
 * of identifiers only the sender knows.
 */
function setUnderstood(msh: SourceTree, { code, event, structure }: MessageType): void {
  const open = msh as Record<string, SourceTree | string>;
  open.MSH_9 = { MSG_1: code, ...(event !== '' && { MSG_2: event }), MSG_3: structure };
  open.MSH_0 = senderSlug(facilityOf(msh));
}

/** MSH-4, or where it is empty MSH-3. */
function facilityOf(msh: SourceTree): string {
  return nameOf(msh.MSH_4 as SourceTree | undefined) || nameOf(msh.MSH_3 as SourceTree | undefined);
}

function readSegments(segments: readonly Segment[], separators: Separators, charset: string): MessageReading {
  const header: Header = { separators, fields: segments[0]!.fields };
  const type = readMessageType(
    segments[0]!,
    segments.find((segment) => segment.name === 'EVN'),
    separators,
  );
  if (!type.ok) return refusedMessage(header, type.issues);
  const reader = { separators, charset };
  const trees = segments.map((segment) => [segment, segmentTree(segment, reader)] as const);
  setUnderstood(trees[0]![1], type.value);
  const grouped = groupSegments(trees, structureNamed(type.value.structure)!);
  const issues = [...type.issues, ...grouped.issues, ...checkMessage(trees, type.value)];
  if (issues.some(isFault)) return refusedMessage(header, issues);
  return { ok: true, message: describe(trees, type.value, grouped.tree), issues: bounded(issues) };
}

/** Many senders leave out the last segment's end; but without it, and without the visit an ADT tells of, the rest has been lost on the way. */
function isCutOff(lines: readonly Line[], segments: readonly Segment[]): boolean {
  const isAdt = /ADT/.test(segments[0]?.fields[9] ?? '');
  return lines.at(-1)!.end === '' && isAdt && !segments.some(({ name }) => name === 'PV1' || name === 'MRG');
}

function readBlock(block: Block, decoded: DecodedText): { reading: MessageReading; header: Header } {
  const first = block.lines[0]!;
  const declared = readSeparators(first.text);
  if (!declared.ok) {
    // the answer is written with the usual separators, but names the control id where it can be seen
    const header: Header = { separators: USUAL, fields: splitFields(first.text, first.text[3] ?? '|').slice(0, 13) };
    return { reading: refusedMessage(header, declared.issues), header };
  }
  const separators = declared.value;
  const header: Header = { separators, fields: splitFields(first.text, separators.field) };
  const { segments, issues } = segmentsOf(block.lines, separators);
  if (isCutOff(block.lines, segments)) issues.push(issue('HL7-CUT-OFF', `line ${block.lines.at(-1)!.number}`));
  if (!decoded.isExact) issues.push(issue('HL7-CHARSET-BYTES', 'MSH-18'));
  if (segments.length > MOST_SEGMENTS) issues.push(issue('HL7-TOO-MANY', 'MSH', { limit: MOST_SEGMENTS }));
  if (issues.length > 0) return { reading: refusedMessage(header, issues), header };
  const reading = readSegments(segments, separators, decoded.charset);
  return { reading: { ...reading, issues: [...declared.issues, ...reading.issues] }, header };
}

const VERTICAL_TAB = 0x0b;

/** The text inside MLLP frames, as files of captured traffic have it; other bytes as they are. */
function unframed(bytes: Uint8Array): { content: Uint8Array; issues: readonly Issue[] } {
  if (bytes[0] !== VERTICAL_TAB) return { content: bytes, issues: [] };
  const { frames, faults } = readFrames(bytes);
  const length = frames.reduce((sum, frame) => sum + frame.length + 1, 0);
  const content = new Uint8Array(length).fill(0x0d);
  let at = 0;
  for (const frame of frames) {
    content.set(frame, at);
    at += frame.length + 1;
  }
  return { content, issues: faults };
}

/** Reads a message, several messages, a batch or a file of batches. Never throws; see `Format.read`. */
export function readHl7(bytes: Uint8Array): Reading {
  if (bytes.length === 0) return { messages: [], issues: [issue('DOOR-EMPTY')] };
  const { content, issues: framing } = unframed(bytes);
  const named = namedCharset(content);
  const decoded = decodeText(content, named.label);
  const text = decoded.text.startsWith('\uFEFF') ? decoded.text.slice(1) : decoded.text;
  const lines = splitLines(text);
  const cut = cutMessages(lines);
  const blocks = cut.blocks.map((block) => readBlock(block, decoded));
  const issues = [...framing, ...(named.issue ? [named.issue] : []), ...cut.issues];
  if (blocks.length === 0 && !issues.some(isFault)) issues.push(issue('HL7-NO-MSH', 'line 1'));
  const envelope: Envelope = {
    charset: decoded.charset,
    batch: cut.headers,
    headers: blocks.map((block) => block.header),
  };
  return { messages: blocks.map((block) => block.reading), issues, envelope };
}
