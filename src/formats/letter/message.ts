import { type Issue, isFault, issue } from '../../errors.ts';
import { readPersonNumber, SYSTEM } from '../../fhir/identifiers.ts';
import type { FormatId, Identifier, MessageReading, SourceNode, SourceTree } from '../format.ts';
import { wordOf } from './codes.ts';
import type { LetterType } from './letter-types.ts';
import { listOf, textAt } from './tree.ts';

/** Replacement numbers whose form tells no issuer (MedCom FHIR's system for them). */
const REPLACEMENT = 'https://sundhedsdatastyrelsen.dk/da/registre-og-services/ecpr';

/** Operators of the network name themselves by words where a GLN belongs (CTL01). */
const VANS = 'urn:medcom:vans:location';

/** Systems of the identifiers a party may have, by the word of its IdentifierCode. */
const PARTY_SYSTEM: Readonly<Record<string, string>> = {
  lokationsnummer: SYSTEM.gln,
  sygehusafdelingsnummer: SYSTEM.shak,
  ydernummer: SYSTEM.ydernummer,
  kommunenummer: SYSTEM.municipality,
  sorkode: SYSTEM.sor,
};

/** Municipality codes have four digits; EDIFACT leaves the leading zero out (formats 12). */
const systemValue = (kind: string, value: string) => (kind === 'kommunenummer' ? value.padStart(4, '0') : value);

function partyIdentifiers(party: SourceNode | undefined): Identifier[] {
  const gln = textAt(party, 'EANIdentifier');
  const [kind, value] = [textAt(party, 'IdentifierCode'), textAt(party, 'Identifier')];
  const system = wordOf(PARTY_SYSTEM, kind);
  const own = kind && system && value ? [{ system, value: systemValue(kind, value) }] : [];
  const location = gln && /\w/.test(gln) ? [{ system: /^\d+$/.test(gln) ? SYSTEM.gln : VANS, value: gln }] : [];
  return [...location, ...own.filter((one) => one.value !== gln)];
}

function patientIdentifiers(patient: SourceNode | undefined): Identifier[] {
  const cpr = textAt(patient, 'CivilRegistrationNumber')?.replace('-', '');
  const replacement = textAt(patient, 'AlternativeIdentifier');
  const read = replacement && readPersonNumber(replacement);
  return [
    ...(cpr ? [{ system: SYSTEM.cpr, value: cpr }] : []),
    ...(replacement ? [{ system: read ? read.system : REPLACEMENT, value: read ? read.value : replacement }] : []),
  ];
}

/** Who is named where a number is missing: prescriptions may go to tourists, objects and receipts may have no patient at all. */
function isNumberNeeded(type: LetterType, tree: SourceTree): boolean {
  if (type.structure === 'Receipt' || type.structure === 'BinaryLetter') return false;
  return !(type.structure === 'Prescription' && textAt(tree, 'Patient', 'DateOfBirth'));
}

function checkPatient(type: LetterType, tree: SourceTree): Issue[] {
  const [patient] = listOf(tree, 'Patient');
  const cpr = textAt(patient, 'CivilRegistrationNumber');
  if (cpr === undefined) {
    const isNamed = textAt(patient, 'AlternativeIdentifier') !== undefined || !isNumberNeeded(type, tree);
    return isNamed ? [] : [issue('LETTER-MISSING', 'Patient', { element: 'number of the patient' })];
  }
  const place = 'Patient.CivilRegistrationNumber';
  if (!/^\d{6}-?\d{4}$/.test(cpr) || /^[0-]+$/.test(cpr)) return [issue('LETTER-PERSON-NUMBER', place)];
  // a number without a possible date is kept as it stands, but no birth date is told from it
  return readPersonNumber(cpr) ? [] : [issue('LETTER-PERSON-NUMBER', place, undefined, 'warning')];
}

const REQUIRED: readonly (readonly string[])[] = [['Letter', 'Identifier'], ['Sender'], ['Receiver']];

function checkWhole(tree: SourceTree): Issue[] {
  return REQUIRED.filter((path) => {
    const parent = path.slice(0, -1).reduce<SourceNode | undefined>((node, name) => listOf(node, name)[0], tree);
    return listOf(parent, path.at(-1)!).length === 0;
  }).map((path) => issue('LETTER-MISSING', path.join('.'), { element: path.join('.') }));
}

export interface LetterInput {
  readonly format: FormatId;
  readonly type: LetterType;
  /** The sender's own code: `DIS20`, `XDIS20`. */
  readonly written: string;
  /** As written: `D2030C`, `XD2030C`. */
  readonly version: string;
  readonly tree: SourceTree;
  readonly issues: readonly Issue[];
}

/** A lifted letter as a message, or its refusal: who sends, who receives, who is the patient are the same for all syntaxes. */
export function letterReading(input: LetterInput): MessageReading {
  const { format, type, tree } = input;
  const controlId = textAt(tree, 'Letter', 'Identifier') ?? '';
  const issues = [...input.issues, ...checkWhole(tree), ...checkPatient(type, tree)];
  if (issues.some(isFault)) return { ok: false, type: input.written, ...(controlId && { controlId }), issues };
  const message = {
    format,
    type: input.written,
    structure: type.structure,
    version: input.version,
    controlId,
    sender: partyIdentifiers(listOf(tree, 'Sender')[0]),
    receiver: partyIdentifiers(listOf(tree, 'Receiver')[0]),
    patient: patientIdentifiers(listOf(tree, 'Patient')[0]),
    tree,
  };
  return { ok: true, message, issues };
}
