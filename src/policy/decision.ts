/**
 * Words of this room:
 * - **legal basis**: the paragraph that allows one action for one purpose between such parties; a row of `legal-bases.ts`.
 * - **agreement**: the document in which authorities settle who sends what to whom, for which patients; it narrows, it never allows by itself.
 * - **directive**: what a patient has said: an opt-out or a permit, with its scope.
 * - **item**: one thing that might be sent, with category, labels, date and source.
 * - **gate**: one question of the decision (`G0` to `G6`); all must be passed.
 * - **code**: why a gate was passed or not; a row of `reason-codes.ts`.
 * Requests and decisions are JSON documents, so their members are written as in JSON (`consent_source`).
 */
import type { ReasonCode } from './reason-codes.ts';

export type Action = 'disclose' | 'lookup' | 'notify';
export type Capacity = 'full' | 'temporarily-incapable' | 'permanently-incapable';

/** Who sends or receives: the unit and the person or system acting for it. */
export interface Party {
  /** Key of an organisation in the rule set. */
  readonly org: string;
  readonly role?: string;
  readonly health_professional?: boolean;
  readonly treatment_relation?: string;
  /** The patient's own general practice. */
  readonly own_gp?: boolean;
  /** This practice referred the patient. */
  readonly referred_patient?: boolean;
  readonly months_since_treatment?: number;
  /** Date the treatment ended; speaks before `months_since_treatment`. */
  readonly treatment_ended?: string;
  /** Authorisation id of the person, where one acts; what a block of a named professional is held against. */
  readonly professional?: string;
}

export interface PatientFacts {
  /** Whole years on the day of the decision; `birth_date` speaks before it. */
  readonly age?: number;
  readonly birth_date?: string;
  readonly capacity?: string;
  /** Date from which the capacity holds. */
  readonly capacity_since?: string;
  /** Kind of person who acts for the patient (`guardian`, `next-of-kin`, `attorney`); null = nobody. */
  readonly representative?: string | null;
  readonly medicines?: number;
  readonly diagnosis_groups?: readonly string[];
  readonly living_place?: string;
  readonly deceased?: boolean;
  /** `uncertain`: the identity may be another person's. */
  readonly identity?: string;
}

export interface Item {
  readonly id: string;
  readonly category: string;
  /** Confidentiality (N, R, V) and sensitivity (PSY, SDV …) codes; none = not classified. */
  readonly labels?: readonly string[];
  /** Date or instant the content was recorded. */
  readonly recorded?: string;
  /** Organisation the content comes from. */
  readonly source?: string;
}

/** What a directive is about; a member that is absent does not restrict, several values are alternatives. */
export interface DirectiveScope {
  readonly recipient?: string | readonly string[];
  readonly recipient_entity?: string | readonly string[];
  readonly professional?: string | readonly string[];
  readonly action?: string | readonly string[];
  readonly purpose?: string | readonly string[];
  /** Ids of agreements: a permit for what these settle and nothing else. */
  readonly agreement?: string | readonly string[];
  readonly source?: string | readonly string[];
  readonly source_entity?: string | readonly string[];
  readonly category?: string | readonly string[];
  readonly label?: string | readonly string[];
  /** Ids of items (`Type/id`). */
  readonly item?: string | readonly string[];
  readonly data_from?: string;
  readonly data_to?: string;
  /** False: places named are meant without the units within them. */
  readonly sub_units?: boolean;
}

/** One entry of `consents`; what it says is not trusted to have this shape (see `directives.ts`). */
export interface Directive {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly grantor: string;
  /** `written`, `digital`, `oral`. */
  readonly form?: string;
  /** Date or instant it was given. */
  readonly given: string;
  readonly valid_from?: string;
  readonly valid_to?: string;
  readonly scope: DirectiveScope;
  /** Id of the opt-out of the same document this permit is an exception to: it lifts that one whatever the time. */
  readonly exception_to?: string;
  /** Id and version of the FHIR Consent it was made from. */
  readonly consent?: string;
}

export interface EmergencyOverride {
  /** `patient-unreachable` or `patient-agrees`. */
  readonly kind: string;
  readonly reason?: string | null;
  /** Instant of the declaration; absent = this moment. It holds for eight hours. */
  readonly declared?: string;
  /** Unit it was declared for; absent = the recipient of this request. */
  readonly recipient?: string;
}

export interface DecisionInput {
  /** Instant with zone; the only clock of a decision. */
  readonly now: string;
  readonly action: string;
  readonly purpose: string | null;
  readonly trigger?: string | null;
  readonly necessary_for_current_treatment?: boolean;
  readonly sender: Party;
  readonly recipient: Party;
  readonly patient: PatientFacts;
  readonly items: readonly Item[];
  readonly consents: readonly Directive[];
  /** `ok`, or anything else where the directives could not all be read. */
  readonly consent_source: string;
  readonly emergency_override?: EmergencyOverride | null;
  readonly permission?: string | null;
}

export type Verdict = 'permit' | 'permit-with-redaction' | 'deny';
export type Disposition = 'send' | 'withhold' | 'hold-and-retry' | 'manual-review';

export interface Withheld {
  readonly item: string;
  readonly code: ReasonCode;
}

/** What minimisation has to keep to: from the agreement, or from the legal basis where no agreement is needed. */
export interface Terms {
  /** Categories the recipient receives; null = no limit. */
  readonly categories: readonly string[] | null;
  readonly free_text: boolean;
  readonly attachments: boolean;
  /** Elements of Patient that may leave; null = all but those under name and address protection. */
  readonly identity_elements: readonly string[] | null;
  /** FHIR elements by resource type, narrower than the hub's allow-list; null = as the allow-list says. */
  readonly elements: Readonly<Record<string, readonly string[]>> | null;
  /** Sensitivity labels that stay on outgoing copies. */
  readonly kept_labels: readonly string[];
}

export interface NearMiss {
  readonly agreement: string;
  readonly version: number;
  readonly code: ReasonCode;
}

export interface Decision {
  readonly decision: Verdict;
  readonly disposition: Disposition;
  /** Every reason, ordered by gate. */
  readonly codes: readonly ReasonCode[];
  readonly basis: ReasonCode | null;
  readonly agreement: string | null;
  readonly agreement_version: number | null;
  readonly directives: {
    readonly used: readonly string[];
    readonly ignored: readonly { readonly id: string; readonly code: ReasonCode | 'not-in-effect' }[];
  };
  /** Items that may leave, in the order of the request. */
  readonly released: readonly string[];
  readonly withheld: readonly Withheld[];
  readonly obligations: readonly string[];
  readonly near_miss: NearMiss | null;
  /** Minutes from the trigger within which the agreement wants it delivered. */
  readonly deadline_minutes: number | null;
  readonly terms: Terms;
  /** Version (content hash) of the rule set that decided. */
  readonly rule_set: string;
  /** The code that settled the outcome: the key of the short explanation. */
  readonly explanation: ReasonCode;
}
