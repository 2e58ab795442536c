import type { SourceNode, SourceTree } from '../format.ts';
import { fieldRow } from './dictionary.ts';
import { EXPLICIT_NULL, isPlain, type Reader, readPlain, readRepetition } from './parts.ts';
import type { Segment } from './segments.ts';

type MutableTree = Record<string, SourceNode | readonly SourceNode[]>;

/** OBX-5 has the type OBX-2 names; other fields have the dictionary's. */
function typeOf(segment: Segment, field: number, declared: string | undefined): string | undefined {
  if (segment.name !== 'OBX' || field !== 5) return declared;
  const named = (segment.fields[2] ?? '').trim();
  if (named === 'TS') return 'DTM';
  if (named === 'CE') return 'CWE';
  return named === '' ? 'ST' : named;
}

function repetitions(raw: string, reader: Reader): string[] {
  const { repetition } = reader.separators;
  return repetition === undefined || !raw.includes(repetition) ? [raw] : raw.split(repetition);
}

/** Blanks alone are no value: FHIR has no place for them. */
const isValue = (raw: string) => raw.trim() !== '' && raw !== EXPLICIT_NULL;

function addPlain(
  tree: MutableTree,
  name: string,
  raws: readonly string[],
  read: (raw: string) => ReturnType<typeof readPlain>,
) {
  const values = raws.filter(isValue).map(read);
  for (const { beside } of values.slice(0, 1)) for (const [number, text] of beside) tree[`${name}_${number}`] = text;
  return values.map(({ value }) => value).filter((value) => value.trim() !== '');
}

/** Notes a field that holds nothing but the explicit null: it is no value, but a wish to delete what is there. */
function addDeleted(tree: MutableTree, segment: Segment, field: number): void {
  const name = `${segment.name}_DELETED`;
  tree[name] = [...((tree[name] as readonly string[] | undefined) ?? []), `${segment.name}_${field}`];
}

/** Adds one field to the segment's tree; repetitions of a field that has none by the dictionary go to `PID_7_REPEATED`. */
function addField(tree: MutableTree, segment: Segment, field: number, reader: Reader): void {
  const raw = segment.fields[field]!;
  const name = `${segment.name}_${field}`;
  const row = fieldRow(segment.name, field);
  const type = typeOf(segment, field, row.type);
  const raws = repetitions(raw, reader);
  const nodes: SourceNode[] = isPlain(type)
    ? addPlain(tree, name, raws, (text) => readPlain(text, type, reader))
    : raws.filter(isValue).map((text) => readRepetition(text, type, reader));
  if (nodes.length === 0) return;
  if (row.isList) tree[name] = nodes;
  else {
    tree[name] = nodes[0]!;
    if (nodes.length > 1) tree[`${name}_REPEATED`] = nodes.slice(1);
  }
}

/** Segments of which a message may have many: maps make ids of their number, as set ids are missing or repeat. */
const NUMBERED = new Set('NK1 DG1 AL1 PR1 OBX OBR ORC SPM IAM FT1 RGS AIS AIG AIL AIP PRD CON MRG RXO'.split(' '));

/**
 * A segment as a tree named as in HL7's XML syntax with `_` for `.`: `{ PID_3: [{ CX_1: '…', CX_4: { HD_1: '…' } }], PID_8: { CWE_1: 'F' } }`.
 * `OBX_0` is the number of the segment among those of its name in the message. Fields that are empty are absent; those that hold the explicit null `""` are named in `PID_DELETED`, so that no map can take it for a value.
 */
export function segmentTree(segment: Segment, reader: Reader): SourceTree {
  const tree: MutableTree = NUMBERED.has(segment.name) ? { [`${segment.name}_0`]: String(segment.occurrence) } : {};
  const isHeader = segment.name === 'MSH';
  if (isHeader) {
    tree.MSH_1 = reader.separators.field;
    if (segment.fields[2]) tree.MSH_2 = segment.fields[2];
  }
  for (let field = isHeader ? 3 : 1; field < segment.fields.length; field++)
    if (segment.fields[field] === EXPLICIT_NULL) addDeleted(tree, segment, field);
    else if (segment.fields[field] !== '') addField(tree, segment, field, reader);
  return tree;
}
