import { createHash } from 'node:crypto';

/** Name space of the hub's own ids (RFC 9562, section 5.5): any fixed UUID; changing it changes every derived id. */
const NAMESPACE = Buffer.from('7d1e6c0ab34f4ed29c1a5b8f20d3e671', 'hex');

/** A UUID of version 5 made of the given words: the same words, the same id. */
export function stableId(...words: readonly string[]): string {
  const hash = createHash('sha1').update(NAMESPACE).update(JSON.stringify(words)).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
