import { contentHash } from './canonical.ts';

/**
 * The agreement document: what authorities have settled about one flow. JSON Schema: profiles/agreement/agreement.schema.json.
 * A version is immutable once a party has approved it; what may change without a new version is its lifecycle: status and approvals.
 */
export interface AgreementParty {
  /** Key of a unit, kind of unit, authority or sector. */
  readonly party: string;
  readonly approval: 'proposed' | 'approved' | 'withdrawn' | string;
  readonly approved_by?: string;
  /** Instant with zone. */
  readonly approved_at?: string;
  readonly reference?: string;
  /** Content hash of the document the approval was given to. */
  readonly document_hash?: string;
  readonly legal_entity?: string;
  readonly operator?: string;
  readonly sector?: string;
  readonly branch?: string;
  readonly cluster?: string;
}

export interface AgreementRecipient {
  readonly categories: readonly string[];
  /** Roles at the recipient that may receive; absent = all. */
  readonly roles?: readonly string[];
  /** FHIR elements by resource type, narrower than the hub's allow-list. */
  readonly elements?: Readonly<Record<string, readonly string[]>>;
  readonly excluded_labels?: readonly string[];
  /** Sensitivity labels that stay on outgoing copies. */
  readonly kept_labels?: readonly string[];
  readonly max_age_months?: number;
}

/** Closed operators: members of one object must all hold; `any_of` and `all_of` hold further such objects. */
export interface Criteria {
  readonly min_age?: number;
  readonly max_age?: number;
  readonly medicines_more_than?: number;
  readonly diagnosis_group?: string | readonly string[];
  readonly living_place?: string | readonly string[];
  readonly any_of?: readonly Criteria[];
  readonly all_of?: readonly Criteria[];
}

export interface AgreementDocument {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly kind: 'standing' | 'trial' | string;
  readonly supersedes?: { readonly id: string; readonly version: number } | null;
  readonly status: 'draft' | 'in-force' | 'suspended' | 'ended' | string;
  /** Dates, both included, Danish time. */
  readonly valid_from: string;
  readonly valid_to?: string;
  readonly cluster?: string;
  /** Keys of clusters it is limited to; absent or null = everywhere. */
  readonly clusters?: readonly string[] | null;
  readonly parties: readonly AgreementParty[];
  readonly actions: readonly string[];
  readonly legal_basis: readonly string[];
  readonly purpose: string;
  /** Event that sets it off; `any` = no condition. */
  readonly trigger: string | readonly string[];
  readonly deadline_minutes?: number;
  readonly patient_criteria: Criteria;
  /** By key or kind of unit. */
  readonly recipients: Readonly<Record<string, AgreementRecipient>>;
  readonly excluded_labels: readonly string[];
  /** Sensitivity labels at least one of which content must carry to be what this agreement is about; used by lint only. */
  readonly required_labels?: readonly string[];
  readonly requires_consent: boolean;
  readonly required_consent_form?: string;
  readonly minimisation?: {
    readonly free_text: boolean;
    readonly attachments: boolean;
    readonly identity_elements?: readonly string[];
  };
  readonly trial_permission?: {
    readonly granted_by: string;
    readonly reference: string;
    readonly conditions: string;
    readonly valid_to?: string;
  };
  readonly retention?: { readonly months: number; readonly onward_use: string };
  readonly log_review?: { readonly interval_months: number };
  readonly incident_contact?: string;
  readonly data_controller?: string;
  readonly joint_controllers?: string | null;
  readonly text?: { readonly da: string };
}

/**
 * The hash approvals are bound to: of everything agreed. Status and approvals are left out: they are the life of a version, not its content.
 */
export function agreementHash(document: AgreementDocument): string {
  const { status: _status, parties, ...rest } = document;
  const agreed = parties.map((one) => {
    const { approval: _1, approved_by: _2, approved_at: _3, reference: _4, document_hash: _5, ...party } = one;
    return party;
  });
  return contentHash({ ...rest, parties: agreed });
}

/** True when the party has approved the content with this hash. `stated` takes an approval without a hash at its word (decision tables). */
export function isApproved(party: AgreementParty, hash: string, stated: boolean): boolean {
  if (party.approval !== 'approved') return false;
  return party.document_hash === undefined ? stated : party.document_hash === hash;
}

export interface Approval {
  readonly party: string;
  readonly by: string;
  /** Instant with zone. */
  readonly at: string;
  readonly reference: string;
}

/** The document with one party's approval, bound to its content; undefined where it has no such party. */
export function approve(document: AgreementDocument, approval: Approval): AgreementDocument | undefined {
  if (!document.parties.some(({ party }) => party === approval.party)) return undefined;
  const document_hash = agreementHash(document);
  const { by: approved_by, at: approved_at, reference } = approval;
  const parties = document.parties.map((party) =>
    party.party === approval.party
      ? { ...party, approval: 'approved', approved_by, approved_at, reference, document_hash }
      : party,
  );
  return { ...document, parties };
}
