import type { Queryable } from './database.ts';

/** Kinds of region data: what people change without a release. */
export const REGISTRY_KINDS = ['organisation', 'client', 'peer', 'recipient', 'agreement', 'topic'] as const;
export type RegistryKind = (typeof REGISTRY_KINDS)[number];

export interface RegistryEntry {
  readonly kind: RegistryKind;
  readonly id: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface Registry {
  readonly revision: string;
  readonly entries: readonly (RegistryEntry & { readonly version: number })[];
}

export async function registryRevision(db: Queryable): Promise<string> {
  return (await db.query<{ revision: string }>('SELECT revision FROM registry_revision')).rows[0]!.revision;
}

export async function readRegistry(db: Queryable): Promise<Registry> {
  const revision = await registryRevision(db);
  const { rows } = await db.query<RegistryEntry & { version: number }>(
    'SELECT kind, id, version, content FROM registry ORDER BY kind, id',
  );
  return { revision, entries: rows };
}

/** Writes entries; unchanged ones keep their version. Gives the number that changed; each change bumps the revision other processes watch. */
export async function applyRegistry(db: Queryable, entries: readonly RegistryEntry[], at: string): Promise<number> {
  if (entries.length === 0) return 0;
  const { rowCount } = await db.query(
    `INSERT INTO registry AS r (kind, id, version, content, changed_at)
     SELECT kind, id, 1, content, $4 FROM unnest($1::text[], $2::text[], $3::json[]) AS e (kind, id, content)
     ON CONFLICT (kind, id) DO UPDATE SET version = r.version + 1, content = excluded.content, changed_at = $4
       WHERE r.content::jsonb IS DISTINCT FROM excluded.content::jsonb`,
    [entries.map((e) => e.kind), entries.map((e) => e.id), entries.map((e) => JSON.stringify(e.content)), at],
  );
  if (rowCount) await db.query('UPDATE registry_revision SET revision = revision + 1');
  return rowCount ?? 0;
}
