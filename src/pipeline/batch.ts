import type { Resource } from '@medplum/fhirtypes';
import type { Queryable } from '../store/database.ts';
import { type Directives, readDirectives } from '../store/directives.ts';
import {
  findByIdentifier,
  findPatients,
  type IdentifierKey,
  type NewVersion,
  type ResourceChanges,
  readCurrent,
  type StoredResource,
} from '../store/resources.ts';

export interface BusinessIdentifier {
  readonly system: string;
  readonly value: string;
}

/** The business identifiers of a resource: those with a system and a value. */
export function identifiersOf(resource: Resource): readonly BusinessIdentifier[] {
  const given = (resource as { identifier?: unknown }).identifier;
  const list = Array.isArray(given) ? given : given ? [given] : [];
  return list.filter((i): i is BusinessIdentifier => typeof i?.system === 'string' && typeof i?.value === 'string');
}

export const keyOf = ({ system, value }: BusinessIdentifier) => `${system}|${value}`;
export const nameOf = (type: string, id: string) => `${type}/${id}`;

/** What a batch has to look up, before its messages are worked one after the other. */
export interface Wanted {
  readonly patients: readonly BusinessIdentifier[];
  readonly identifiers: readonly IdentifierKey[];
  readonly named: readonly { type: string; id: string }[];
}

/**
 * What a batch knows of the store: loaded once, changed in memory message by message, written once.
 * `fork` gives a message a view of its own, which is kept only if the message goes through.
 */
export class BatchState {
  readonly #patientOf: Map<string, string>;
  readonly #idOf: Map<string, string>;
  readonly #current: Map<string, StoredResource>;
  readonly #directives: Map<string, Directives>;
  readonly #written: {
    patients: string[];
    patientIdentifiers: (BusinessIdentifier & { patientId: string })[];
    identifiers: (IdentifierKey & { id: string })[];
    versions: NewVersion[];
  };

  constructor(known: {
    patientOf: Map<string, string>;
    idOf: Map<string, string>;
    current: Map<string, StoredResource>;
    directives: Map<string, Directives>;
  }) {
    this.#patientOf = known.patientOf;
    this.#idOf = known.idOf;
    this.#current = known.current;
    this.#directives = known.directives;
    this.#written = { patients: [], patientIdentifiers: [], identifiers: [], versions: [] };
  }

  static async load(db: Queryable, wanted: Wanted): Promise<BatchState> {
    const patientOf = await findPatients(db, wanted.patients);
    const idOf = await findByIdentifier(db, wanted.identifiers);
    const named = [
      ...wanted.named,
      ...[...patientOf.values()].map((id) => ({ type: 'Patient', id })),
      ...[...idOf].map(([key, id]) => ({ type: key.split('|', 1)[0]!, id })),
    ];
    const rows = await readCurrent(db, [], distinct(named));
    const patients = new Set([...patientOf.values(), ...rows.flatMap((row) => row.patientId ?? [])]);
    return new BatchState({
      patientOf,
      idOf,
      current: new Map(rows.map((row) => [nameOf(row.type, row.id), row])),
      directives: await readDirectives(db, [...patients]),
    });
  }

  fork(): BatchState {
    return new BatchState({
      patientOf: new Map(this.#patientOf),
      idOf: new Map(this.#idOf),
      current: new Map(this.#current),
      directives: this.#directives,
    });
  }

  /** Takes over what a fork has changed. */
  keep(fork: BatchState): void {
    for (const [key, id] of fork.#patientOf) this.#patientOf.set(key, id);
    for (const [key, id] of fork.#idOf) this.#idOf.set(key, id);
    for (const [name, row] of fork.#current) this.#current.set(name, row);
    for (const kind of ['patients', 'patientIdentifiers', 'identifiers', 'versions'] as const)
      (this.#written[kind] as unknown[]).push(...fork.#written[kind]);
  }

  /** Patients this batch knew when it was loaded. */
  get patientIds(): readonly string[] {
    return [...new Set(this.#patientOf.values())];
  }

  get changes(): ResourceChanges {
    return this.#written;
  }

  patientOf(identifier: BusinessIdentifier): string | undefined {
    return this.#patientOf.get(keyOf(identifier));
  }

  idOf(type: string, identifier: BusinessIdentifier): string | undefined {
    return this.#idOf.get(`${type}|${keyOf(identifier)}`);
  }

  current(type: string, id: string): StoredResource | undefined {
    return this.#current.get(nameOf(type, id));
  }

  directives(patientId: string): Directives {
    return this.#directives.get(patientId) ?? { revision: 0, flat: [], overrides: [] };
  }

  addPatient(id: string): void {
    this.#written.patients.push(id);
  }

  addPatientIdentifier(identifier: BusinessIdentifier, patientId: string): void {
    if (this.#patientOf.has(keyOf(identifier))) return;
    this.#patientOf.set(keyOf(identifier), patientId);
    this.#written.patientIdentifiers.push({ system: identifier.system, value: identifier.value, patientId });
  }

  addIdentifier(type: string, identifier: BusinessIdentifier, id: string): void {
    const key = `${type}|${keyOf(identifier)}`;
    if (this.#idOf.has(key)) return;
    this.#idOf.set(key, id);
    this.#written.identifiers.push({ type, system: identifier.system, value: identifier.value, id });
  }

  addVersion(version: NewVersion): void {
    this.#current.set(nameOf(version.type, version.id), version);
    this.#written.versions.push(version);
  }
}

function distinct(named: readonly { type: string; id: string }[]): readonly { type: string; id: string }[] {
  return [...new Map(named.map((n) => [nameOf(n.type, n.id), n])).values()];
}
