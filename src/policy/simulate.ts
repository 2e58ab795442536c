import { decide } from './decide.ts';
import type { Decision, DecisionInput } from './decision.ts';
import type { RuleSet } from './rules.ts';

/** A stored request: what was decided about, and the message it came from. */
export interface StoredInput {
  readonly message: string;
  readonly input: DecisionInput;
}

/** One way in which new rules answer otherwise. */
export type Change = 'newly-sent' | 'newly-withheld' | 'more-sent' | 'more-withheld' | 'other-ground';

export interface RecipientChanges {
  readonly recipient: string;
  /** Decisions looked at, changed or not. */
  readonly decided: number;
  /** How many of each change, and the first message ids of it. */
  readonly changes: Readonly<Record<Change, { readonly count: number; readonly messages: readonly string[] }>>;
}

export interface Simulation {
  readonly before: string;
  readonly after: string;
  /** By recipient, in the order of their keys. */
  readonly recipients: readonly RecipientChanges[];
}

const KINDS: readonly Change[] = ['newly-sent', 'newly-withheld', 'more-sent', 'more-withheld', 'other-ground'];

const isSent = ({ disposition }: Decision) => disposition === 'send';
const groundOf = ({ basis, agreement, agreement_version }: Decision) => `${basis}|${agreement}|${agreement_version}`;

/** How the answer to one request changed; an exchange of items counts as more sent and as more withheld. */
export function changesBetween(before: Decision, after: Decision): Change[] {
  if (!isSent(before) || !isSent(after)) {
    if (isSent(before) === isSent(after)) return [];
    return [isSent(after) ? 'newly-sent' : 'newly-withheld'];
  }
  const more = after.released.some((item) => !before.released.includes(item));
  const less = before.released.some((item) => !after.released.includes(item));
  const items: Change[] = [...(more ? ['more-sent' as const] : []), ...(less ? ['more-withheld' as const] : [])];
  return items.length === 0 && groundOf(before) !== groundOf(after) ? ['other-ground'] : items;
}

interface Tally {
  decided: number;
  readonly messages: Record<Change, string[]>;
}

/**
 * What would change if other rules took effect: each stored request decided by both, compared by recipient.
 * @param examples how many message ids are kept of each change
 */
export function simulate(
  rules: { readonly before: RuleSet; readonly after: RuleSet },
  inputs: Iterable<StoredInput>,
  examples = 5,
): Simulation {
  const tallies = new Map<string, Tally>();
  for (const { message, input } of inputs) {
    const recipient = String(input.recipient?.org);
    const fresh = {
      decided: 0,
      messages: Object.fromEntries(KINDS.map((kind) => [kind, [] as string[]])) as Tally['messages'],
    };
    const tally = tallies.get(recipient) ?? fresh;
    tallies.set(recipient, tally);
    tally.decided += 1;
    for (const change of changesBetween(decide(input, rules.before), decide(input, rules.after)))
      tally.messages[change].push(message);
  }
  const shown = ({ messages }: Tally) =>
    Object.fromEntries(
      KINDS.map((kind) => [kind, { count: messages[kind].length, messages: messages[kind].slice(0, examples) }]),
    ) as unknown as RecipientChanges['changes'];
  const recipients = [...tallies].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    before: rules.before.version,
    after: rules.after.version,
    recipients: recipients.map(([recipient, tally]) => ({ recipient, decided: tally.decided, changes: shown(tally) })),
  };
}
