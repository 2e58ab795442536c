import type { Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';

/** Deeper than any resource in earnest. */
const DEEPEST = 100;

/**
 * Reads JSON text: UTF-8 with or without byte order mark, nested at most 100 levels.
 * Issues: DOOR-EMPTY, DOOR-TOO-DEEP, DOOR-JSON with line and column.
 */
export function readJson(bytes: Uint8Array): Result<unknown> {
  const text = textOf(bytes);
  if (text === undefined) return refused(issue('DOOR-JSON', 'line 1, column 1'));
  if (text.trim() === '') return refused(issue('DOOR-EMPTY'));
  if (isDeeper(text)) return refused(issue('DOOR-TOO-DEEP', undefined, { limit: DEEPEST }));
  try {
    return done(JSON.parse(text) as unknown);
  } catch (thrown) {
    return refused(issue('DOOR-JSON', placeIn(text, thrown)));
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the parser stopped; its message may quote the text, so only the position is taken from it. */
function placeIn(text: string, thrown: unknown): string {
  const position = /at position (\d+)/.exec(String(thrown))?.[1];
  const before = position === undefined ? text : text.slice(0, Number(position));
  const lines = before.split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

function isDeeper(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (inString) {
      if (sign === 0x5c) at++;
      else if (sign === 0x22) inString = false;
    } else if (sign === 0x22) inString = true;
    else if (sign === 0x7b || sign === 0x5b) {
      if (++depth > DEEPEST) return true;
    } else if (sign === 0x7d || sign === 0x5d) depth--;
  }
  return false;
}
