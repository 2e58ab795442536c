import { type Issue, issue } from '../errors.ts';
import { type AgreementDocument, agreementHash } from './agreement.ts';
import { canonical } from './canonical.ts';
import { isRecord } from './flow.ts';

export interface DocumentChange {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** Absent: it was not there, or is not there any more. */
  readonly before?: unknown;
  readonly after?: unknown;
}

const MEMBER = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
/** Lists whose order says nothing, by the member that names an entry. */
const KEYED = 'party';

function entriesOf(value: unknown): [string, unknown][] {
  if (isRecord(value)) return Object.entries(value);
  if (!Array.isArray(value)) return [];
  return value.map((one, index) => [isRecord(one) && typeof one[KEYED] === 'string' ? one[KEYED] : String(index), one]);
}

function compare(before: unknown, after: unknown, path: string): DocumentChange[] {
  if (canonical(before) === canonical(after)) return [];
  const [left, right] = [new Map(entriesOf(before)), new Map(entriesOf(after))];
  const isPlain = left.size === 0 || right.size === 0 || Array.isArray(before) !== Array.isArray(after);
  if (isPlain) return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names.flatMap((name) => compare(left.get(name), right.get(name), `${path}/${MEMBER(name)}`));
}

/** What changed between two documents, in the order of the paths. Parties are told apart by their name, not their place. */
export function diffAgreements(before: AgreementDocument, after: AgreementDocument): DocumentChange[] {
  return compare(before, after, '');
}

/** A version that somebody has approved may change in status and approvals only; anything else needs a new version. */
export function changeFaults(before: AgreementDocument, after: AgreementDocument): Issue[] {
  const isSameVersion = before.id === after.id && before.version === after.version;
  const isBound = before.parties.some(({ approval }) => approval !== 'proposed');
  if (!isSameVersion || !isBound || agreementHash(before) === agreementHash(after)) return [];
  return [issue('POLICY-VERSION-CHANGED', `${after.id} v${after.version}`)];
}
