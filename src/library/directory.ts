import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Directory, Organisation } from '../mapping/functions.ts';

interface OrganisationRow extends Organisation {
  readonly id: string;
}

/** A client's names for its organisations: MSH-4 and the like. */
interface ClientRow {
  readonly senders?: Readonly<Record<string, string>>;
}

async function rows<T>(file: string): Promise<readonly T[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as T[]) : [];
  } catch {
    return [];
  }
}

/**
 * The directory of a region's folder, for commands that work without a database: organisations by SOR, GLN, SHAK and ydernummer, and by the names
 * their systems use for themselves. A folder that is not there gives a directory that knows nobody.
 */
export async function openDirectory(regionDir: string): Promise<Directory> {
  const organisations = await rows<OrganisationRow>(join(regionDir, 'organisations.json'));
  const clients = await rows<ClientRow>(join(regionDir, 'clients.json'));
  const known = new Map<string, OrganisationRow>();
  const byId = new Map(organisations.map((organisation) => [organisation.id, organisation]));
  for (const organisation of organisations)
    for (const number of [organisation.sor, organisation.gln, organisation.shak, organisation.ydernummer])
      if (number) known.set(number, organisation);
  for (const [name, id] of clients.flatMap((client) => Object.entries(client.senders ?? {}))) {
    const organisation = byId.get(id);
    if (organisation && !known.has(name)) known.set(name, organisation);
  }
  return { organisation: ({ value }) => known.get(value) };
}
