import { isFault } from '../../errors.ts';
import { readPersonNumber, SYSTEM } from '../../fhir/identifiers.ts';
import type { Format, Identifier, MessageReading, Reading, SourceMessage, SourceTree } from '../format.ts';
import { readJson } from '../json.ts';
import { checkSnapshot } from './check.ts';
import { mergeSnapshots } from './merge.ts';
import type { JournalRecord, OrganisationName } from './snapshot.ts';

/**
 * The name space a sender's own ids stand in, as the start of a URI: `…/ppj/440151000016001/`. Journals are known by `…/journal`, patients
 * by `…/patient` from before anybody knows who they are.
 */
export function spaceOf({ sor, gln, name = '' }: OrganisationName): string {
  const sender = sor ?? gln ?? name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `http://samspil.dk/fhir/sid/ppj/${sender}/`;
}

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

/**
 * A journal, of one snapshot or many put together by `mergeSnapshots`, as a message. Its tree is the record itself, and as `space` the name
 * space of its ids. A journal has one patient, so its id names them where a snapshot says nothing else of them.
 */
export function journalMessage(record: JournalRecord): SourceMessage {
  const { snapshot, destination } = record;
  const merged = formerIdentifiers(record);
  return {
    format: 'ppj',
    type: record.closed ? 'ppj-closed' : 'ppj-update',
    structure: 'PPJ',
    version: record.ppj,
    controlId: snapshot.id,
    sender: organisationIdentifiers(record.sender),
    receiver: destination ? organisationIdentifiers(destination.organisation) : [],
    patient: isLateIdentification(record) ? numberIdentifier(record.patient!.number!) : patientIdentifiers(record),
    ...(merged.length > 0 && { mergedFrom: merged }),
    tree: { ...record, space: spaceOf(record.sender) } as unknown as SourceTree,
  };
}

function organisationIdentifiers({ sor, gln }: OrganisationName): Identifier[] {
  return [...(sor ? [{ system: SYSTEM.sor, value: sor }] : []), ...(gln ? [{ system: SYSTEM.gln, value: gln }] : [])];
}

function patientIdentifiers(record: JournalRecord): Identifier[] {
  const known = record.patient?.number ? numberIdentifier(record.patient.number) : [];
  return [...known, ...ownIdentifiers(record)];
}

function ownIdentifiers({ patient, journal, sender }: JournalRecord): Identifier[] {
  const own = patient ? [{ system: `${spaceOf(sender)}patient`, value: patient.id }] : [];
  return [...own, { system: `${spaceOf(sender)}journal`, value: journal }];
}

function isLateIdentification({ patient }: JournalRecord): boolean {
  return patient?.status === 'identified-later' && patient.number !== undefined;
}

/** Late identification: the patient of the journal, and of the numbers used meanwhile, turns out to be the one with this number. */
function formerIdentifiers(record: JournalRecord): Identifier[] {
  const former = (record.patient?.formerNumbers ?? []).flatMap(numberIdentifier);
  return isLateIdentification(record) ? [...former, ...ownIdentifiers(record)] : former;
}

function numberIdentifier(number: string): Identifier[] {
  const read = readPersonNumber(number);
  return read ? [{ system: read.system, value: read.value }] : [];
}
