import { type Moment, moment } from './calendar.ts';
import type { Directive, Item } from './decision.ts';
import { type Flow, isRecord } from './flow.ts';
import { mayGive } from './grantor.ts';
import type { ReasonCode } from './reason-codes.ts';
import { isDataScope, matchesFlow, matchesItem, readScope, type Scope } from './scope.ts';

/** A directive in effect that concerns the flow and comes from one entitled to give it. */
export interface Heard {
  readonly id: string;
  /** What is not understood is held as an opt-out of what is understood of its scope, and no permit lifts it. */
  readonly kind: 'opt-out' | 'permit' | 'not-understood';
  readonly form: string | undefined;
  readonly given: Moment;
  readonly scope: Scope;
  /** The opt-out of the same document this permit is an exception to. */
  readonly exceptionTo: string | undefined;
}

export interface Ignored {
  readonly id: string;
  readonly code: ReasonCode | 'not-in-effect';
}

export interface Directives {
  readonly heard: readonly Heard[];
  readonly ignored: readonly Ignored[];
}

/** Consent.status of FHIR R4 besides `active`, and the words other sources use for one taken back. */
const NOT_ACTIVE = new Set([
  'draft',
  'proposed',
  'rejected',
  'inactive',
  'entered-in-error',
  'revoked',
  'withdrawn',
  'expired',
]);
const ALWAYS: Moment = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY };

interface Span {
  readonly holds: boolean;
  readonly given: Moment;
  /** False where a bound cannot be read; such a bound does not end the directive. */
  readonly clear: boolean;
}

function spanOf(raw: Record<string, unknown>, now: number): Span {
  const bound = (text: unknown) => ({ moment: moment(text), isTold: text !== undefined && text !== null });
  const [given, from, to] = [bound(raw.given), bound(raw.valid_from), bound(raw.valid_to)];
  const clear = given.moment !== undefined && [from, to].every(({ moment: read, isTold }) => !isTold || read);
  const began = ({ moment: start }: typeof given) => !start || start.first <= now;
  const holds = began(given) && began(from) && (!to.moment || now <= to.moment.last);
  return { holds, given: given.moment ?? ALWAYS, clear };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

type Read = Heard | Ignored | undefined;

/** One directive against one flow; undefined where it does not concern it. */
function read(raw: Record<string, unknown>, flow: Flow): Read {
  const id = textOf(raw.id) ?? '';
  if (NOT_ACTIVE.has(raw.status as string)) return { id, code: 'not-in-effect' };
  const span = spanOf(raw, flow.now);
  if (!span.holds) return { id, code: 'not-in-effect' };
  const { scope, clear } = readScope(raw.scope);
  const isKind = raw.kind === 'permit' || raw.kind === 'opt-out';
  const isClear = clear && span.clear && raw.status === 'active' && isKind;
  const kind = isClear ? (raw.kind as 'permit' | 'opt-out') : 'not-understood';
  if (!matchesFlow(scope, kind === 'permit', flow)) return undefined;
  if (!mayGive(raw.grantor, kind !== 'permit', span.given, flow)) return { id, code: 'DIR-INVALID-GRANTOR' };
  return { id, kind, form: textOf(raw.form), given: span.given, scope, exceptionTo: textOf(raw.exception_to) };
}

function inOrder(left: { id: string; code?: string }, right: { id: string; code?: string }): number {
  const names = [left, right].map(({ id, code }) => `${id} ${code ?? ''}`) as [string, string];
  return names[0] < names[1] ? -1 : names[0] > names[1] ? 1 : 0;
}

/** Step a) of gate G4: which directives are in effect, concern the flow, and come from one entitled. Order of input does not matter. */
export function hear(consents: readonly Directive[], flow: Flow): Directives {
  const found = consents.map((consent: unknown) => read(isRecord(consent) ? consent : {}, flow));
  const heard = found.filter((one): one is Heard => one !== undefined && 'kind' in one);
  const ignored = found.filter((one): one is Ignored => one !== undefined && 'code' in one);
  return { heard: heard.sort(inOrder), ignored: ignored.sort(inOrder) };
}

/** The patient agrees here and now: a new consent that names the recipient and is later than anything said before. */
export function onTheSpot({ input, purpose }: Flow): Heard {
  const scope = { recipient: [input.recipient.org], purpose: [purpose] };
  const given = { first: Number.POSITIVE_INFINITY, last: Number.POSITIVE_INFINITY };
  return { id: 'on-the-spot', kind: 'permit', form: 'oral', given, scope, exceptionTo: undefined };
}

/** Permits that hold for the flow itself, not only under one agreement (as the consent to a trial does). */
export function generalPermits(heard: readonly Heard[]): Heard[] {
  return heard.filter(({ kind, scope }) => kind === 'permit' && !scope.agreement);
}

/** True: about some data only. */
export function isDataSpecific({ scope }: Heard): boolean {
  return isDataScope(scope);
}

/** Named recipient 2, its authority or certain data 1, nothing named 0. */
export function specificity({ scope }: Heard): number {
  if (scope.recipient ?? scope.professional) return 2;
  return scope.recipient_entity || isDataScope(scope) ? 1 : 0;
}

export function meetsItem({ scope, kind }: Heard, item: Item, flow: Flow): boolean {
  return matchesItem(scope, kind === 'permit', { item, flow });
}
