import { done, issue, type Result, refused } from '../errors.ts';
import { readConceptMapFile, writeSenderRow } from '../library/codes.ts';
import type { Resolution } from '../mapping/code-worklist.ts';
import { audit } from '../store/audit.ts';
import { type CodeKey, isOnWorklist, takeCode } from '../store/codes.ts';
import type { Database } from '../store/database.ts';
import { requeueMessage } from './replay.ts';

export interface CodeResolution {
  readonly key: CodeKey;
  readonly resolution: Omit<Resolution, 'sourceSystem' | 'sourceCode'>;
  readonly actor: string;
  readonly at: string;
}

/** How a resolved code reaches the maps in use: reads them again and resolves when they are. */
export type Reload = () => Promise<Result<unknown>>;

/**
 * Says what a sender's code means: a row in the sender's own part of the ConceptMap, then the messages that waited for it go again, in
 * the order they came.
 * @returns the ids of the messages and the lanes that have work
 */
export async function resolveUnmapped(
  { key, resolution, actor, at }: CodeResolution,
  store: Database,
  maps: { readonly folder: string; readonly reload: Reload },
): Promise<Result<{ messages: readonly string[]; lanes: readonly string[] }>> {
  const file = await readConceptMapFile(maps.folder, key.conceptMap);
  if (!file) return refused(issue('CODES-MAP-UNKNOWN'));
  if (!(await isOnWorklist(store, key))) return refused(issue('CODES-UNKNOWN'));
  const row = { ...resolution, sourceCode: key.code, ...(key.system && { sourceSystem: key.system }) };
  const written = await writeSenderRow(maps.folder, { file, sender: key.sender, row });
  if (!written.ok) return written;
  const reloaded = await maps.reload();
  if (!reloaded.ok) return reloaded;
  const messages = await store.transaction(async (db) => {
    const waiting = await takeCode(db, key);
    await audit(
      db,
      [
        {
          kind: 'code',
          actor,
          detail: { conceptMap: key.conceptMap, sender: key.sender, messages: waiting.length },
        },
      ],
      at,
    );
    return waiting;
  });
  const lanes: string[] = [];
  for (const id of messages) {
    const again = await requeueMessage({ id, from: 'map', actor }, store, at);
    if (again.ok) lanes.push(again.value);
  }
  return done({ messages, lanes });
}
