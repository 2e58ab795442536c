import { ageOn, dateOf, isDate, moment } from './calendar.ts';
import type { DecisionInput, Item } from './decision.ts';
import type { Unit } from './organisation.ts';
import type { ReasonCode } from './reason-codes.ts';
import type { RuleSet } from './rules.ts';

/** A request with its parties looked up and its clock read: what the gates work on. */
export interface Flow {
  readonly input: DecisionInput;
  readonly rules: RuleSet;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Danish date of `now`. */
  readonly today: string;
  readonly action: string;
  readonly purpose: string;
  readonly sender: Unit;
  readonly recipient: Unit;
  /** Whole years on `today`; undefined where neither age nor date of birth is told. */
  readonly age: number | undefined;
}

export type Resolved = { readonly flow: Flow } | { readonly refusal: ReasonCode };

/** The identity of the patient goes along with whatever else is sent, and never alone. */
export function isIdentity(item: Item): boolean {
  return item.category === 'identity';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isItem(value: unknown): boolean {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.category !== 'string') return false;
  return (
    value.labels === undefined || value.labels === null || (Array.isArray(value.labels) && value.labels.every(isText))
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** The shape a decision cannot do without; ids of items must differ, or a withheld one could pass under another's name. */
function isRequest(input: DecisionInput): boolean {
  const parts = isRecord(input) && isRecord(input.sender) && isRecord(input.recipient) && isRecord(input.patient);
  if (!parts || !isText(input.action) || !Array.isArray(input.consents)) return false;
  if (!Array.isArray(input.items) || !input.items.every(isItem)) return false;
  return new Set(input.items.map((item) => item.id)).size === input.items.length;
}

function ageOf({ age, birth_date }: DecisionInput['patient'], today: string): number | undefined {
  if (birth_date !== undefined) return isDate(birth_date) && birth_date <= today ? ageOn(birth_date, today) : undefined;
  return Number.isInteger(age) && age! >= 0 ? age : undefined;
}

/** Gate G0: is this a request that can be decided at all? Whether the patient is alive is asked with the legal bases. */
export function resolve(input: DecisionInput, rules: RuleSet): Resolved {
  if (!isRequest(input)) return { refusal: 'SYS-INPUT-INVALID' };
  const now = moment(input.now);
  const today = dateOf(input.now);
  if (!now || !today || now.first !== now.last) return { refusal: 'SYS-INPUT-INVALID' };
  const sender = rules.directory.on(input.sender.org, today);
  const recipient = rules.directory.on(input.recipient.org, today);
  if (!sender || !recipient) return { refusal: 'SYS-PARTY-UNKNOWN' };
  if (input.patient.identity === 'uncertain') return { refusal: 'SYS-PATIENT-UNCERTAIN' };
  const { action, purpose } = input;
  if (!isText(purpose) || purpose.trim() === '') return { refusal: 'SYS-PURPOSE-MISSING' };
  const age = ageOf(input.patient, today);
  return { flow: { input, rules, now: now.first, today, action, purpose, sender, recipient, age } };
}
