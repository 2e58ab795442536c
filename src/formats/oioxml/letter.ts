import type { SourceNode, SourceTree } from '../format.ts';
import type { LetterType } from '../letter/letter-types.ts';
import { listOf, type Part, textAt, tree } from '../letter/tree.ts';

/**
 * OIOXML says some things by several names, or by a name of the type where the thing is the same. Here they get the names of the
 * letter tree, which EDIFACT is lifted to as well.
 */
type Parts = Record<string, Part>;
type Change = (parts: Parts, type: LetterType) => void;

const isTree = (node: SourceNode | undefined): node is SourceTree => typeof node === 'object';

function rename(parts: Parts, from: string, to: string): void {
  if (parts[from] === undefined) return;
  parts[to] ??= parts[from];
  delete parts[from];
}

const all = (part: Part): readonly SourceNode[] =>
  (Array.isArray(part) ? part : [part]).filter((node): node is SourceNode => node !== undefined);

/** Four ways to write telephone numbers become one list of `{ Number, Code }`. */
const telephones: Change = (parts) => {
  const coded = [...all(parts.TelephoneSubscriber), ...all(parts.CodedTelephoneSubscriberIdentifier)].filter(isTree);
  const plainly = all(parts.TelephoneSubscriberIdentifier).filter((node) => typeof node === 'string');
  if (!coded.length && !plainly.length) return;
  parts.Telephone = [
    ...plainly.map((text) => tree({ Number: text })),
    ...coded.map((node) =>
      tree({
        // its own number has become a Telephone before
        Number: textAt(node, 'Telephone', 'Number') ?? textAt(node, 'TelephoneNumber'),
        Code: textAt(node, 'TelephoneSubscriberCode') ?? textAt(node, 'TelephoneCode') ?? textAt(node, 'TelephoneType'),
      }),
    ),
  ];
  for (const name of ['TelephoneSubscriber', 'CodedTelephoneSubscriberIdentifier', 'TelephoneSubscriberIdentifier'])
    delete parts[name];
};

/** A kind of identifier without an identifier says nothing. */
const identifiers: Change = (parts) => {
  if (parts.Identifier === undefined) delete parts.IdentifierCode;
};

const patient: Change = (parts) => {
  rename(parts, 'OccupancyText', 'Occupation');
  rename(parts, 'PersonTitle', 'Occupation');
  rename(parts, 'PatientDateOfBirth', 'DateOfBirth');
  rename(parts, 'PatientSex', 'Sex');
  // MEDPRE knows no other kind of e-mail address than a permanent one
  if (parts.EmailStatus === 'permanent') delete parts.EmailStatus;
};

const withoutX = (text: string) => text.replace(/^X(?=[A-Z])/, '');

/** X is the syntax, not the type: XDIS20 and DIS20 are the same letter. */
const head: Change = (parts, type) => {
  for (const name of ['VersionCode', 'TypeCode', 'StatisticalCode'])
    if (typeof parts[name] === 'string') parts[name] = withoutX(parts[name]);
  parts.TypeCode ??= type.code;
  if (parts.StatisticalCode === parts.TypeCode) delete parts.StatisticalCode;
};

/** The schema of Main and MainAdditional has only SKS codes and therefore no element that says so. */
const diagnoses: Change = (parts) => {
  for (const name of ['Main', 'MainAdditional'])
    parts[name] = all(parts[name]).map((node) =>
      isTree(node) && node.DiagnoseCode ? { DiagnoseTypeCode: 'SKSdiagnosekode', ...node } : node,
    );
};

/** Text01 to Text03 differ in how much markup they may have. */
const clinicalInformation: Change = (parts) => {
  const names = ['Text', 'Text01', 'Text02', 'Text03'];
  const texts = names.flatMap((name) => all(parts[name])).filter((node) => typeof node === 'string');
  for (const name of names) delete parts[name];
  if (texts.length) parts.Text = texts.join('\n');
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** XBIN writes an object's id with hyphens, the letter that points to it without. */
const object: Change = (parts) => {
  const id = parts.ObjectIdentifier;
  if (typeof id === 'string' && UUID.test(id)) parts.ObjectIdentifier = id.replaceAll('-', '');
  const data = parts.Object_Base64Encoded;
  if (typeof data === 'string') parts.Object_Base64Encoded = data.replace(/\s+/g, '');
};

/** XRPT03 and XREQ03 name the two parties' numbers of a request differently. */
const requisition: Change = (parts, type) => {
  if (type.code === 'RPT03') {
    rename(parts, 'LaboratoryInternalSampleIdentifier', 'ReceiversRequisitionIdentifier');
    rename(parts, 'RequesterSampleIdentifier', 'RequestersRequisitionIdentifier');
  }
  parts.Comments = all(parts.Comments).map((node) => (isTree(node) && node.Text ? (node.Text as SourceNode) : node));
};

/** By the name of the element they are about. */
const CHANGES: ReadonlyMap<string, Change> = new Map(
  Object.entries({
    Letter: head,
    Patient: patient,
    Diagnose: diagnoses,
    ClinicalInformation: clinicalInformation,
    BinaryObject: object,
    BIN: object,
    RequisitionInformation: requisition,
    Referral: (parts) => rename(parts, 'ReferalAdditional', 'ReferralAdditional'),
  } satisfies Record<string, Change>),
);

const PERIOD: Readonly<Record<string, 'Start' | 'End'>> = {
  Admission: 'Start',
  OutPatientFirstVisit: 'Start',
  CasualtyWardFirstVisit: 'Start',
  ExaminationStart: 'Start',
  Discharge: 'End',
  OutPatientLastVisit: 'End',
  CasualtyWardLastVisit: 'End',
  ExaminationEnd: 'End',
};

/** Start and end of the episode have another name in each kind of discharge letter. */
function period(parts: Parts): void {
  const found: Record<string, Part> = {};
  for (const [name, edge] of Object.entries(PERIOD)) {
    if (parts[name] === undefined) continue;
    found[edge] ??= parts[name];
    delete parts[name];
  }
  const Period = tree(found);
  if (Period) parts.Period = Period;
}

/** The municipality's letters list diagnoses and relatives one level deeper and by other names. */
function flatten(parts: Parts): void {
  const deeper = (part: Part, name: string) => all(part).flatMap((node) => listOf(node, name));
  if (parts.Relatives !== undefined) {
    parts.Relative = [...all(parts.Relative), ...deeper(parts.Relatives, 'Relative')];
    delete parts.Relatives;
  }
  const codes = deeper(parts.Diagnoses, 'Diagnosis').map((node) =>
    tree({
      DiagnoseCode: textAt(node, 'Code'),
      DiagnoseTypeCode: textAt(node, 'TypeCode'),
      DiagnoseText: textAt(node, 'Text'),
    }),
  );
  if (!codes.length) return;
  const [diagnose] = all(parts.Diagnose);
  parts.Diagnose = tree({ ...(isTree(diagnose) ? diagnose : {}), Other: [...listOf(diagnose, 'Other'), ...codes] });
  delete parts.Diagnoses;
}

/** What a receipt is about is accepted or not by the kind of receipt; CONTRL says it of each letter. */
function verdict(parts: Parts, type: LetterType): void {
  const Accepted = type.code === 'CTL03' ? 'true' : 'false';
  parts.OriginalEmessage = all(parts.OriginalEmessage).map((node) =>
    isTree(node)
      ? tree({
          ...(node as Record<string, Part>),
          Accepted,
          OriginalLetter: listOf(node, 'OriginalLetter').map((one) => (isTree(one) ? { ...one, Accepted } : one)),
        })
      : node,
  );
}

function changed(name: string, node: SourceNode, type: LetterType): SourceNode | undefined {
  if (!isTree(node)) return node;
  const parts: Parts = {};
  for (const [child, value] of Object.entries(node))
    parts[child] = all(value as Part).map((one) => changed(child, one, type));
  for (const [key, value] of Object.entries(parts))
    if (Array.isArray(value) && value.length === 1) parts[key] = value[0] as SourceNode;
  telephones(parts, type);
  identifiers(parts, type);
  CHANGES.get(name)?.(parts, type);
  return tree(parts);
}

/** A letter element as read, under the names of the letter tree. */
export function letterTree(node: SourceTree, type: LetterType): SourceTree {
  const { PatientOrRelative, ...rest } = node;
  const named = PatientOrRelative === undefined ? rest : { Patient: PatientOrRelative, ...rest };
  const parts: Parts = { ...(changed('', named, type) as SourceTree) };
  if (type.structure === 'DischargeLetter') period(parts);
  if (type.structure === 'Receipt') verdict(parts, type);
  flatten(parts);
  return tree(parts) ?? {};
}
