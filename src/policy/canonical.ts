import { createHash } from 'node:crypto';

/**
 * JSON with the keys of every object in one order and without undefined members, so that equal content gives equal bytes.
 * Keys of `leave` are left out wherever they stand.
 */
export function canonical(value: unknown, leave: ReadonlySet<string> = new Set()): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([key]) => !leave.has(key));
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

/** SHA-256 of the canonical JSON, as 64 hexadecimal digits. */
export function contentHash(value: unknown, leave?: ReadonlySet<string>): string {
  return createHash('sha256').update(canonical(value, leave)).digest('hex');
}
