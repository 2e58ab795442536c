import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { done, type Result } from '../errors.ts';
import { type Resolution, resolveCode, senderFile } from '../mapping/code-worklist.ts';
import { readMapFolder } from './maps.ts';

/** The file of a ConceptMap below the maps' folder, by its canonical; senders' own parts of it are left aside. */
export async function readConceptMapFile(folder: string, canonical: string): Promise<string | undefined> {
  const { conceptMaps } = await readMapFolder(folder);
  const names = (text: string) => text.includes(`${canonical}"`) || text.split(/[\s,]/).includes(canonical);
  return conceptMaps.find(({ path, text }) => !path.includes('/senders/') && names(text))?.path;
}

/** Adds a row to the sender's own part of a ConceptMap; the file is replaced as a whole, never seen half written. */
export async function writeSenderRow(
  folder: string,
  { file, sender, row }: { file: string; sender: string; row: Resolution },
): Promise<Result<string>> {
  const path = join(folder, senderFile(file, sender));
  const before = await readFile(path, 'utf8').catch(() => '');
  const after = resolveCode(before, row);
  if (!after.ok) return after;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, after.value);
  await rename(`${path}.new`, path);
  return done(path);
}
