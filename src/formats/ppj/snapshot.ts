/**
 * Types of a PPJ snapshot (profiles/ppj/ppj.schema.json), as far as code reads them; the rest goes through to the map as it is. Words:
 * - **snapshot**: what one unit knows of one journal at one moment; partial, repeated, overlapping with those of other units.
 * - **item**: an entry of a list (a set of vital signs, a medicine given) with an id of its own, the same in every snapshot.
 * - **record**: all snapshots of a journal merged.
 */
export interface Item {
  readonly id: string;
  readonly at: string;
  readonly unit?: string;
}

export interface OrganisationName {
  readonly sor?: string;
  readonly gln?: string;
  readonly name?: string;
}

export interface Unit {
  readonly id: string;
  readonly times?: Readonly<Record<string, string>>;
}

export interface JournalPatient {
  readonly id: string;
  readonly status: 'known' | 'unknown' | 'identified-later';
  readonly number?: string;
  readonly formerNumbers?: readonly string[];
}

export interface Vitals extends Item {
  readonly gcs?: { readonly eye?: number; readonly verbal?: number; readonly motor?: number; readonly total?: number };
}

export interface Destination {
  readonly organisation: OrganisationName;
}

export interface Snapshot {
  readonly ppj: '1.0';
  readonly snapshot: Item & { readonly unit: string };
  readonly sender: OrganisationName;
  readonly mission: string;
  readonly journal: string;
  readonly dispatch?: object;
  readonly units?: readonly Unit[];
  readonly patient?: JournalPatient;
  readonly abcde?: readonly Item[];
  readonly vitals?: readonly Vitals[];
  readonly ecgs?: readonly Item[];
  readonly medications?: readonly Item[];
  readonly procedures?: readonly Item[];
  readonly diagnoses?: readonly Item[];
  readonly notes?: readonly Item[];
  readonly handovers?: readonly Item[];
  readonly destination?: Destination;
  readonly disposition?: { readonly kind: string; readonly at: string };
  readonly withdrawn?: readonly string[];
  readonly closed?: boolean;
}

/** Lists whose items are merged by id, the later snapshot's word for an item replacing the earlier one's whole. */
export const ITEM_LISTS = [
  'abcde',
  'vitals',
  'ecgs',
  'medications',
  'procedures',
  'diagnoses',
  'notes',
  'handovers',
] as const;

/** A journal put together: as a snapshot, and which ones it was made of, oldest first. */
export interface JournalRecord extends Snapshot {
  readonly snapshots: readonly (Item & { readonly unit: string })[];
}
