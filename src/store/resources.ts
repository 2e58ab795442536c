import type { Resource } from '@medplum/fhirtypes';
import type { Queryable } from './database.ts';

export interface ResourceRef {
  readonly type: string;
  readonly id: string;
  readonly version: number;
}

/** A stored version of a resource, with the patient it belongs to. */
export interface StoredResource extends ResourceRef {
  readonly patientId: string | null;
  readonly content: Resource;
}

export interface IdentifierKey {
  readonly type: string;
  readonly system: string;
  readonly value: string;
}

const key = (system: string, value: string) => `${system}|${value}`;

/** Patients known by any of these identifiers: `system|value` to patient id. A merged patient's identifiers lead to the one that remained. */
export async function findPatients(
  db: Queryable,
  identifiers: readonly { system: string; value: string }[],
): Promise<Map<string, string>> {
  if (identifiers.length === 0) return new Map();
  const { rows } = await db.query<{ system: string; value: string; id: string }>(
    `SELECT p.system, p.value, coalesce(q.merged_into, q.id) AS id
     FROM unnest($1::text[], $2::text[]) AS k (system, value) JOIN patient_identifier p USING (system, value) JOIN patient q ON q.id = p.patient_id`,
    [identifiers.map((i) => i.system), identifiers.map((i) => i.value)],
  );
  return new Map(rows.map((row) => [key(row.system, row.value), row.id]));
}

/** The identifiers of one system that patients are known by: patient id to values. */
export async function readIdentifiers(
  db: Queryable,
  { patientIds, system }: { patientIds: readonly string[]; system: string },
): Promise<Map<string, string[]>> {
  const { rows } = await db.query<{ id: string; values: string[] }>(
    `SELECT patient_id AS id, array_agg(value ORDER BY value) AS values FROM patient_identifier
     WHERE patient_id = ANY ($1) AND system = $2 GROUP BY patient_id`,
    [patientIds, system],
  );
  return new Map(rows.map((row) => [row.id, row.values]));
}

/** Resources other than patients known by a business identifier: `type|system|value` to id. */
export async function findByIdentifier(db: Queryable, keys: readonly IdentifierKey[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await db.query<IdentifierKey & { id: string }>(
    `SELECT r.type, r.system, r.value, r.resource_id AS id
     FROM unnest($1::text[], $2::text[], $3::text[]) AS k (type, system, value) JOIN resource_identifier r USING (type, system, value)`,
    [keys.map((k) => k.type), keys.map((k) => k.system), keys.map((k) => k.value)],
  );
  return new Map(rows.map((row) => [`${row.type}|${key(row.system, row.value)}`, row.id]));
}

const STORED = `type, id, version, patient_id AS "patientId", content`;

/** The current versions of all resources of these patients, and of the resources named. */
export async function readCurrent(
  db: Queryable,
  patientIds: readonly string[],
  named: readonly { type: string; id: string }[],
): Promise<readonly StoredResource[]> {
  if (patientIds.length === 0 && named.length === 0) return [];
  const { rows } = await db.query<StoredResource>(
    `SELECT ${STORED} FROM resource WHERE patient_id = ANY ($1) AND NOT deleted
     UNION ALL
     SELECT ${STORED} FROM resource JOIN unnest($2::text[], $3::uuid[]) AS k (type, id) USING (type, id)
     WHERE NOT deleted AND (patient_id IS NULL OR NOT patient_id = ANY ($1))`,
    [patientIds, named.map((n) => n.type), named.map((n) => n.id)],
  );
  return rows;
}

/** Versions as they were, in no particular order. */
export async function readVersions(
  db: Queryable,
  refs: readonly ResourceRef[],
): Promise<readonly Omit<StoredResource, 'patientId'>[]> {
  if (refs.length === 0) return [];
  const { rows } = await db.query<Omit<StoredResource, 'patientId'>>(
    `SELECT type, id, version, content FROM resource_version
     JOIN unnest($1::text[], $2::uuid[], $3::int[]) AS k (type, id, version) USING (type, id, version)`,
    [refs.map((r) => r.type), refs.map((r) => r.id), refs.map((r) => r.version)],
  );
  return rows;
}

export interface NewVersion extends StoredResource {
  readonly messageId: string;
}

/** Everything a batch of messages changes in the store of resources. Versions of one resource come in their order. */
export interface ResourceChanges {
  readonly patients: readonly string[];
  readonly patientIdentifiers: readonly { system: string; value: string; patientId: string }[];
  readonly identifiers: readonly (IdentifierKey & { id: string })[];
  readonly versions: readonly NewVersion[];
}

/**
 * Writes the changes. A unique violation means that another lane made the same patient, identifier or version first:
 * the transaction is to be done again (`retryDelay`).
 */
export async function writeResources(db: Queryable, changes: ResourceChanges, at: string): Promise<void> {
  if (changes.patients.length > 0)
    await db.query('INSERT INTO patient (id) SELECT unnest($1::uuid[])', [changes.patients]);
  const people = changes.patientIdentifiers;
  if (people.length > 0) {
    await db.query(
      'INSERT INTO patient_identifier (system, value, patient_id) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])',
      [people.map((p) => p.system), people.map((p) => p.value), people.map((p) => p.patientId)],
    );
  }
  const names = changes.identifiers;
  if (names.length > 0) {
    await db.query(
      'INSERT INTO resource_identifier (type, system, value, resource_id) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[])',
      [names.map((n) => n.type), names.map((n) => n.system), names.map((n) => n.value), names.map((n) => n.id)],
    );
  }
  const versions = changes.versions;
  if (versions.length === 0) return;
  await db.query(
    `WITH v AS (
       SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::json[]) AS v (type, id, version, patient_id, message_id, content)
     ), history AS (
       INSERT INTO resource_version (type, id, version, updated_at, message_id, content) SELECT type, id, version, $7, message_id, content FROM v
     )
     INSERT INTO resource (type, id, version, patient_id, updated_at, message_id, content)
     SELECT DISTINCT ON (type, id) type, id, version, patient_id, $7, message_id, content FROM v ORDER BY type, id, version DESC
     ON CONFLICT (type, id) DO UPDATE
       SET version = excluded.version, patient_id = excluded.patient_id, updated_at = $7, message_id = excluded.message_id, content = excluded.content`,
    [
      versions.map((v) => v.type),
      versions.map((v) => v.id),
      versions.map((v) => v.version),
      versions.map((v) => v.patientId),
      versions.map((v) => v.messageId),
      versions.map((v) => JSON.stringify(v.content)),
      at,
    ],
  );
}

/** The current version of a resource that this sender has had a part in; undefined otherwise. */
export async function readPosted(
  db: Queryable,
  of: { type: string; id: string; sender: string },
): Promise<Resource | undefined> {
  const { rows } = await db.query<{ content: Resource }>(
    `SELECT r.content FROM resource r
     WHERE r.type = $1 AND r.id = $2 AND NOT r.deleted AND EXISTS (
       SELECT 1 FROM resource_version v JOIN message m ON m.id = v.message_id WHERE v.type = r.type AND v.id = r.id AND m.sender = $3)`,
    [of.type, of.id, of.sender],
  );
  return rows[0]?.content;
}
