import { done, type Issue, isFault, type Result } from '../errors.ts';
import {
  type AgreementDocument,
  type AgreementParty,
  type AgreementRecipient,
  agreementHash,
  isApproved,
} from './agreement.ts';
import { dayBefore } from './calendar.ts';
import { contentHash } from './canonical.ts';
import { type Criterion, compileCriteria } from './criteria.ts';
import { LEGAL_BASES, type LegalBasis } from './legal-bases.ts';
import { lint } from './lint.ts';
import { Directory, type Organisation } from './organisation.ts';

/** What rules are made of. Nothing else takes part in a decision. */
export interface RuleSource {
  readonly organisations: Readonly<Record<string, Organisation>>;
  /** Documents, or documents by id as decision tables write them (then `id` is the key). */
  readonly agreements: readonly AgreementDocument[] | Readonly<Record<string, Omit<AgreementDocument, 'id'>>>;
  /** Absent: the law as it stands in `legal-bases.ts`. */
  readonly bases?: readonly LegalBasis[];
  /** `bound` (default): an approval counts only with the hash of the document it was given to. `stated`: taken at its word, for decision tables. */
  readonly approvals?: 'bound' | 'stated';
}

/** One version of an agreement, ready to be asked about one of its recipients. */
export interface CompiledAgreement {
  readonly document: AgreementDocument;
  readonly recipient: AgreementRecipient;
  readonly approvals: ReadonlyMap<string, 'approved' | 'withdrawn' | 'open'>;
  readonly triggers: readonly string[];
  readonly criterion: Criterion;
  readonly excludedLabels: ReadonlySet<string>;
  /** Last day it speaks: its own, or the day before a newer version took over. */
  readonly lastDay: string | undefined;
}

/** Compiled rules: immutable, known by the hash of what they were made of. */
export interface RuleSet {
  readonly version: string;
  readonly organisations: RuleSource['organisations'];
  readonly agreements: readonly AgreementDocument[];
  readonly bases: readonly LegalBasis[];
  readonly directory: Directory;
  /** Labels all content of a unit carries; what `classify` asks for. */
  readonly labelsOfUnit: (unit: string) => readonly string[];
  /** Agreements by `action|purpose|recipient key`. */
  readonly index: ReadonlyMap<string, readonly CompiledAgreement[]>;
}

export function indexKey(action: string, purpose: string, recipient: string): string {
  return `${action}|${purpose}|${recipient}`;
}

function documentsOf(agreements: RuleSource['agreements']): AgreementDocument[] {
  const documents = Array.isArray(agreements)
    ? [...(agreements as readonly AgreementDocument[])]
    : Object.entries(agreements).map(([id, document]) => ({ ...(document as AgreementDocument), id }));
  // newest version first
  const name = (one: AgreementDocument | null) => `${one?.id}|${String(1e9 - Number(one?.version)).padStart(10, '0')}`;
  return documents.sort((left, right) => (name(left) < name(right) ? -1 : 1));
}

const STATES = { approved: 'approved', withdrawn: 'withdrawn' } as const;

function stateOf(party: AgreementParty, hash: string, stated: boolean) {
  if (party.approval === 'approved' && !isApproved(party, hash, stated)) return 'open';
  return STATES[party.approval as keyof typeof STATES] ?? 'open';
}

/** A newer version takes over on its first day, once every party had approved it (a later withdrawal does not bring the old one back). */
function lastDayOf(document: AgreementDocument, all: readonly AgreementDocument[]): string | undefined {
  const newer = all.filter(
    (other) =>
      other.id === document.id &&
      other.version > document.version &&
      other.status !== 'draft' &&
      other.parties.every(({ approval }) => approval === 'approved' || approval === 'withdrawn'),
  );
  const days = newer.map((other) => dayBefore(other.valid_from));
  if (document.valid_to !== undefined) days.push(document.valid_to);
  return days.sort()[0];
}

function compileAgreements(documents: readonly AgreementDocument[], stated: boolean): Map<string, CompiledAgreement[]> {
  const index = new Map<string, CompiledAgreement[]>();
  for (const document of documents) {
    const hash = agreementHash(document);
    const shared = {
      document,
      approvals: new Map(document.parties.map((party) => [party.party, stateOf(party, hash, stated)] as const)),
      triggers: typeof document.trigger === 'string' ? [document.trigger] : document.trigger,
      criterion: compileCriteria(document.patient_criteria),
      lastDay: lastDayOf(document, documents),
    };
    for (const [key, recipient] of Object.entries(document.recipients)) {
      const excludedLabels = new Set([...document.excluded_labels, ...(recipient.excluded_labels ?? [])]);
      for (const action of document.actions) {
        const at = indexKey(action, document.purpose, key);
        index.set(at, [...(index.get(at) ?? []), { ...shared, recipient, excludedLabels }]);
      }
    }
  }
  return index;
}

/**
 * Compiles rules: reads every document with the closed operators, lints, and indexes by action, purpose and recipient.
 * @returns the rule set with the lint's warnings; refused with `POLICY-*` issues where a document cannot be trusted to say what it means
 */
export function compileRules(source: RuleSource): Result<RuleSet> {
  const agreements = documentsOf(source.agreements);
  const bases = [...(source.bases ?? LEGAL_BASES)].sort((left, right) => left.rank - right.rank);
  const issues: readonly Issue[] = lint({ organisations: source.organisations, agreements, bases });
  if (issues.some(isFault)) return { ok: false, issues };
  const approvals = source.approvals ?? 'bound';
  const { organisations } = source;
  const directory = new Directory(organisations);
  return done(
    {
      version: contentHash({ organisations, agreements, bases, approvals }),
      organisations,
      agreements,
      bases,
      directory,
      labelsOfUnit: (unit) => directory.labelsOf(unit),
      index: compileAgreements(agreements, approvals === 'stated'),
    },
    issues,
  );
}
