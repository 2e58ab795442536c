import { readFile } from 'node:fs/promises';
import type { Result } from '../../errors.ts';
import { done, issue, refused } from '../../errors.ts';
import { formatNamed, recogniseFormat } from '../../formats/index.ts';
import type { SourceTree } from '../../mapping/library.ts';
import type { Io } from '../command.ts';

/** A message as a map reads it, with the map its format names for it. */
export interface Readable {
  readonly tree: SourceTree;
  /** `hl7v2/ADT_A01`; undefined for JSON that is taken as it stands. */
  readonly map?: string;
  readonly controlId?: string;
}

export async function readBytes(file: string, io: Io): Promise<Uint8Array | undefined> {
  return file === '-' ? io.stdin() : readFile(file).catch(() => undefined);
}

/** JSON of any kind is a source tree as it stands; anything else is read by its format. */
export function readSource(bytes: Uint8Array): Result<readonly Readable[]> {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (!/^\s*[{[]/.test(text)) return readMessages(bytes);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return done([{ tree: value as SourceTree }]);
  } catch {
    return refused(issue('DOOR-JSON'));
  }
  return refused(issue('DOOR-JSON'));
}

/** Reads bytes by their format (`format`, or recognised): one entry a message, or what was wrong with the first that is refused. */
export function readMessages(bytes: Uint8Array, format?: string): Result<readonly Readable[]> {
  if (bytes.length === 0) return refused(issue('DOOR-EMPTY'));
  const reader = (format === undefined ? undefined : formatNamed(format)) ?? recogniseFormat(bytes);
  if (!reader) return refused(issue('DOOR-FORMAT-UNKNOWN'));
  const { messages, issues } = reader.read(bytes);
  const bad = messages.find((message) => !message.ok);
  if (bad || messages.length === 0) return refused(...issues, ...(bad?.issues ?? []));
  return done(
    messages.flatMap((reading) =>
      reading.ok
        ? [
            {
              tree: reading.message.tree as SourceTree,
              map: `${reading.message.format}/${reading.message.structure}`,
              controlId: reading.message.controlId,
            },
          ]
        : [],
    ),
  );
}
