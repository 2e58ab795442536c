import { hash } from 'node:crypto';

/** Namespace of the hub's own name-based UUIDs (RFC 9562, 5.5). */
const NAMESPACE = Buffer.from('5b1d6c3e7f7a4f0c9d0e2a4c8b6f1e35', 'hex');

/**
 * A UUID version 5 over a seed and parts. Each part is written with its length, so that `('ab', 'c')` and `('a', 'bc')` differ, and an absent part
 * differs from an empty one.
 */
export function uuidOf(seed: string, parts: readonly (string | undefined)[]): string {
  const hex = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(partsKey([seed, ...parts]))]), 'hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Parts as one text that no other parts give. */
export function partsKey(parts: readonly (string | undefined)[]): string {
  let key = '';
  for (const part of parts) key += part === undefined ? '-' : `${part.length}:${part}`;
  return key;
}
