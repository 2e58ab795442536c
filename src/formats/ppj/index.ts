import { isFault } from '../../errors.ts';
import { readPersonNumber, SYSTEM } from '../../fhir/identifiers.ts';
import type { Format, Identifier, MessageReading, Reading, SourceMessage, SourceTree } from '../format.ts';
import { readJson } from '../json.ts';
import { checkSnapshot } from './check.ts';
import { mergeSnapshots } from './merge.ts';
import type { JournalPatient, JournalRecord, OrganisationName } from './snapshot.ts';

/** System of the journal's own id of a patient, which is theirs before anybody knows who they are. */
export const JOURNAL_PATIENT = 'http://samspil.dk/fhir/sid/ppj/patient';
/** System of journals: a journal has one patient, so its id names them where a snapshot says nothing else of them. */
export const JOURNAL = 'http://samspil.dk/fhir/sid/ppj/journal';

/**
 * Snapshots of the prehospital journal in the hub's own JSON (profiles/ppj, docs/guides/ppj.md): one, or an array of them. No receipt of
 * its own: the door answers.
 */
export const ppj: Format = {
  id: 'ppj',
  contentTypes: ['application/vnd.samspil.ppj+json'],
  recognise,
  read,
  acknowledge: () => undefined,
};

function recognise(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString('latin1');
  return /^(\xef\xbb\xbf)?\s*[[{]/.test(start) && /"ppj"\s*:/.test(start);
}

function read(bytes: Uint8Array): Reading {
  const content = readJson(bytes);
  if (!content.ok) return { messages: [], issues: content.issues };
  const given: readonly unknown[] = Array.isArray(content.value) ? content.value : [content.value];
  return { messages: given.map((each) => readSnapshot(each, bytes.byteLength)), issues: [] };
}

function readSnapshot(given: unknown, size: number): MessageReading {
  const checked = checkSnapshot(given, size);
  if (checked.ok)
    return {
      ok: true,
      message: journalMessage(mergeSnapshots([checked.value])),
      issues: checked.issues.filter((each) => !isFault(each)),
    };
  const id = (given as { snapshot?: { id?: unknown } } | null)?.snapshot?.id;
  return { ok: false, type: 'ppj', ...(typeof id === 'string' && { controlId: id }), issues: checked.issues };
}

/** A journal, of one snapshot or many put together by `mergeSnapshots`, as a message; its tree is the record itself. */
export function journalMessage(record: JournalRecord): SourceMessage {
  const { patient, snapshot, destination } = record;
  const merged = patient ? formerIdentifiers(patient) : [];
  return {
    format: 'ppj',
    type: record.closed ? 'ppj-closed' : 'ppj-update',
    structure: 'PPJ',
    version: record.ppj,
    controlId: snapshot.id,
    sender: organisationIdentifiers(record.sender),
    receiver: destination ? organisationIdentifiers(destination.organisation) : [],
    patient: [...(patient ? patientIdentifiers(patient) : []), { system: JOURNAL, value: record.journal }],
    ...(merged.length > 0 && { mergedFrom: merged }),
    tree: record as unknown as SourceTree,
  };
}

function organisationIdentifiers({ sor, gln }: OrganisationName): Identifier[] {
  return [...(sor ? [{ system: SYSTEM.sor, value: sor }] : []), ...(gln ? [{ system: SYSTEM.gln, value: gln }] : [])];
}

function patientIdentifiers({ id, number, status }: JournalPatient): Identifier[] {
  const known = number ? numberIdentifier(number) : [];
  const own = { system: JOURNAL_PATIENT, value: id };
  return status === 'identified-later' && known.length > 0 ? known : [...known, own];
}

/** Late identification: the patient of the journal, and of the numbers used meanwhile, turns out to be the one with this number. */
function formerIdentifiers({ id, number, status, formerNumbers = [] }: JournalPatient): Identifier[] {
  const former = formerNumbers.flatMap(numberIdentifier);
  return status === 'identified-later' && number ? [...former, { system: JOURNAL_PATIENT, value: id }] : former;
}

function numberIdentifier(number: string): Identifier[] {
  const read = readPersonNumber(number);
  return read ? [{ system: read.system, value: read.value }] : [];
}
