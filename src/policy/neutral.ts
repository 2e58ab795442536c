import type { Decision } from './decision.ts';
import type { Organisation } from './organisation.ts';

/**
 * What a recipient (and the sender) may know of a decision. EHDS (EU) 2025/327 art. 8: a provider must not see that a restriction exists,
 * so "nothing there" and "withheld" are one answer of one shape. A recipient whose `neutral_answers` is off is told that something was left
 * out, as the Danish document sharing service does, but not what or why.
 */
export interface RecipientNotice {
  /** Items that come; no count of those that do not. */
  readonly items: readonly string[];
  readonly filtered?: true;
}

/** The recipient's view of a decision; the same for a refusal and for an empty record where answers are neutral. */
export function recipientNotice(decision: Decision, recipient: Pick<Organisation, 'neutral_answers'>): RecipientNotice {
  const items = decision.disposition === 'send' ? decision.released : [];
  const isFiltered = decision.decision !== 'permit';
  return recipient.neutral_answers === false && isFiltered ? { items, filtered: true } : { items };
}

export interface SenderNotice {
  /** Taken by the hub; the sender learns nothing of whom it went to or why not. */
  readonly status: 'accepted';
}

/** The sender's view: the same whatever was decided, as a refusal would tell of the patient's block against the recipient. */
export function senderNotice(_decision: Decision): SenderNotice {
  return { status: 'accepted' };
}
