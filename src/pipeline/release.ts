import { createHash } from 'node:crypto';
import type { Resource } from '@medplum/fhirtypes';

/** What lets a release be proven later without keeping what was released: which decision, where to, and hashes. */
export interface Proof {
  /** Address without its query, where secrets may be. */
  readonly endpoint: string;
  /** SHA-256, hexadecimal: of the resources as they are on file (JSON of their versions, in the order of the claim), and of the bytes that left. */
  readonly sha256Before: string;
  readonly sha256After: string;
}

export interface Released {
  readonly endpoint: string;
  readonly before: readonly Resource[];
  readonly after: Uint8Array;
}

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export function proofOf({ endpoint, before, after }: Released): Proof {
  return { endpoint, sha256Before: sha256(JSON.stringify(before)), sha256After: sha256(after) };
}

/** Where a recipient's settings say it is reached: an address, `mllp://host:port`, or a folder's name. */
export function endpointOf(settings: Readonly<Record<string, unknown>>): string {
  const { url, host, port, folder } = settings;
  if (typeof url === 'string') return withoutQuery(url);
  return typeof host === 'string' ? `mllp://${host}:${port}` : `file:${String(folder ?? '')}`;
}

function withoutQuery(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.origin}${url.pathname}` : '';
}
