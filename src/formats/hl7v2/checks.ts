import { type Issue, issue } from '../../errors.ts';
import type { SourceNode, SourceTree } from '../format.ts';
import { isImpossible } from './identity.ts';
import type { MessageType } from './message-type.ts';
import { placeOf, type Segment } from './segments.ts';

type Trees = readonly (readonly [Segment, SourceTree])[];

/** Longest control id HL7 allows (MSH-10, 2.7), and longest plain value outside notes, results and documents. */
const LONGEST_CONTROL_ID = 199;
const LONGEST_VALUE = 65_536;
/** Segments that carry text and documents of any size. */
const UNBOUNDED = new Set(['OBX', 'NTE', 'TXA', 'UAC']);

const listOf = (node: SourceNode | readonly SourceNode[] | undefined): readonly SourceNode[] =>
  node === undefined ? [] : Array.isArray(node) ? (node as readonly SourceNode[]) : [node as SourceNode];

function missingField(segment: Segment, field: number): Issue {
  return issue('HL7-FIELD-MISSING', placeOf(segment, field), { field: `${segment.name}-${field}` });
}

function checkHeader(segment: Segment, tree: SourceTree): Issue[] {
  const issues: Issue[] = [];
  const controlId = tree.MSH_10;
  if (controlId === undefined) issues.push(missingField(segment, 10));
  else if (String(controlId).length > LONGEST_CONTROL_ID)
    issues.push(issue('HL7-FIELD-LONG', 'MSH-10', { limit: LONGEST_CONTROL_ID }));
  const version = (tree.MSH_12 as SourceTree | undefined)?.VID_1;
  if (version === undefined) issues.push(issue('HL7-VERSION-MISSING', 'MSH-12', undefined, 'warning'));
  else if (!/^2(\.[0-9](\.[0-9])?)?$/.test(String(version).trim())) issues.push(issue('HL7-VERSION', 'MSH-12'));
  return issues;
}

/** Person numbers of a field of CX: one that says it is a CPR number must be able to be one. */
function checkNumbers(segment: Segment, tree: SourceTree, field: number): Issue[] {
  const severity = segment.name === 'PID' ? 'error' : 'warning';
  return listOf(tree[`${segment.name}_${field}`]).flatMap((node, index) =>
    typeof node !== 'string' && isImpossible(node as SourceTree)
      ? [issue('HL7-PERSON-NUMBER', `${placeOf(segment, field, index)}.1`, undefined, severity)]
      : [],
  );
}

function hasIdentifier(tree: SourceTree): boolean {
  return ['PID_3', 'PID_2', 'PID_4'].some((name) =>
    listOf(tree[name]).some((node) => typeof node !== 'string' && (node as SourceTree).CX_1 !== undefined),
  );
}

function checkPatient(segment: Segment, tree: SourceTree): Issue[] {
  // somebody without a number is read; the hub, which cannot know who that is, stores nothing of it
  const missing = hasIdentifier(tree) ? [] : [{ ...missingField(segment, 3), severity: 'warning' as const }];
  return [...missing, ...[2, 3, 4].flatMap((field) => checkNumbers(segment, tree, field))];
}

function checkLengths(segment: Segment): Issue[] {
  if (UNBOUNDED.has(segment.name) || segment.name.startsWith('Z')) return [];
  return segment.fields.flatMap((text, field) =>
    text.length > LONGEST_VALUE ? [issue('HL7-FIELD-LONG', placeOf(segment, field), { limit: LONGEST_VALUE })] : [],
  );
}

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;

function checkCharacters(segment: Segment): Issue[] {
  const field = segment.fields.findIndex((text) => CONTROL.test(text));
  return field < 0 ? [] : [issue('HL7-CONTROL-CHARACTER', placeOf(segment, field), undefined, 'warning')];
}

/** Messages of which several patients are the very subject: a swap of beds, a link. */
const OF_SEVERAL = new Set(['ADT_A17', 'ADT_A24', 'ADT_A37']);

/** One message, one patient: who and in what order is decided for each patient, so a message about two must be sent as two. */
function checkOnePatient(trees: Trees, type: MessageType): Issue[] {
  if (OF_SEVERAL.has(type.structure)) return [];
  const patients = trees.filter(([segment]) => segment.name === 'PID');
  const numbersOf = ([, tree]: Trees[number]) =>
    JSON.stringify(listOf(tree.PID_3).map((cx) => (cx as SourceTree).CX_1));
  const other = patients.find((patient) => numbersOf(patient) !== numbersOf(patients[0]!));
  return other ? [issue('HL7-SEVERAL-PATIENTS', placeOf(other[0]))] : [];
}

/** What a message is looked over for once its segments are read: required fields, person numbers, bounds. */
export function checkMessage(trees: Trees, type: MessageType): Issue[] {
  const each = trees.flatMap(([segment, tree], index) => [
    ...(index === 0 ? checkHeader(segment, tree) : []),
    ...(segment.name === 'PID' ? checkPatient(segment, tree) : []),
    ...(segment.name === 'MRG' ? checkNumbers(segment, tree, 1) : []),
    ...(segment.name === 'MSA' && type.code === 'ACK' && tree.MSA_2 === undefined ? [missingField(segment, 2)] : []),
    ...checkLengths(segment),
    ...checkCharacters(segment),
  ]);
  return [...each, ...checkOnePatient(trees, type)];
}
