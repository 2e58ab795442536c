import { dateOf, type Moment, moment } from './calendar.ts';
import type { Directive, DirectiveScope, Item } from './decision.ts';
import { type Flow, isRecord } from './flow.ts';
import { mayGive } from './grantor.ts';
import type { ReasonCode } from './reason-codes.ts';

type Values = readonly string[];
/** A scope with every member as a list or a date; absent members do not restrict. */
interface Scope {
  readonly recipient?: Values;
  readonly recipient_entity?: Values;
  readonly professional?: Values;
  readonly action?: Values;
  readonly purpose?: Values;
  readonly source?: Values;
  readonly source_entity?: Values;
  readonly category?: Values;
  readonly label?: Values;
  readonly data_from?: string;
  readonly data_to?: string;
}

/** A directive in effect that concerns the flow and comes from one entitled to give it. */
export interface Heard {
  readonly id: string;
  /** What is not understood is held as an opt-out of what is understood of its scope, and no permit lifts it. */
  readonly kind: 'opt-out' | 'permit' | 'not-understood';
  readonly form: string | undefined;
  readonly given: Moment;
  readonly scope: Scope;
}

export interface Directives {
  readonly heard: readonly Heard[];
  readonly ignored: readonly { readonly id: string; readonly code: ReasonCode | 'not-in-effect' }[];
}

const LISTS = [
  'recipient',
  'recipient_entity',
  'professional',
  'action',
  'purpose',
  'source',
  'source_entity',
  'category',
  'label',
] as const satisfies readonly (keyof DirectiveScope)[];
const DATES = ['data_from', 'data_to'] as const;
const DATA = ['source', 'source_entity', 'category', 'label', ...DATES] as const;
const KNOWN = new Set<string>([...LISTS, ...DATES]);
/** Consent.status of FHIR R4 besides `active`. */
const NOT_ACTIVE = new Set(['draft', 'proposed', 'rejected', 'inactive', 'entered-in-error']);
/** An opt-out of treatment also meets what is treatment under a name of its own; a permit never stretches. */
const PART_OF_TREATMENT = new Set(['discharge-letter', 'stand-in-note']);

/** Reads a scope member by member; `clear` is false where something in it is not understood. */
function readScope(raw: unknown): { scope: Scope; clear: boolean } {
  if (!isRecord(raw)) return { scope: {}, clear: false };
  const scope: Record<string, Values | string> = {};
  let clear = Object.keys(raw).every((name) => KNOWN.has(name));
  for (const name of LISTS) {
    const value = raw[name];
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    if (values.length > 0 && values.every((one) => typeof one === 'string')) scope[name] = values;
    else clear = false;
  }
  for (const name of DATES) {
    const date = dateOf(raw[name]);
    if (date !== undefined) scope[name] = date;
    else if (raw[name] !== undefined) clear = false;
  }
  return { scope, clear };
}

function matchesParties(scope: Scope, isPermit: boolean, { input, recipient }: Flow): boolean {
  const places = isPermit ? [recipient.id] : recipient.within;
  if (scope.recipient && !scope.recipient.some((place) => places.includes(place))) return false;
  const entities = isPermit ? [recipient.legal_entity] : [recipient.legal_entity, recipient.operator];
  if (scope.recipient_entity && !scope.recipient_entity.some((entity) => entities.includes(entity))) return false;
  if (!scope.professional) return true;
  const { professional } = input.recipient;
  // a lookup without a named person may be made by the very person who is blocked
  if (professional === undefined) return !isPermit && input.action === 'lookup';
  return scope.professional.includes(professional);
}

function matchesFlow(scope: Scope, isPermit: boolean, flow: Flow): boolean {
  if (scope.action && !scope.action.includes(flow.action)) return false;
  const purposes = isPermit || !PART_OF_TREATMENT.has(flow.purpose) ? [flow.purpose] : [flow.purpose, 'treatment'];
  if (scope.purpose && !scope.purpose.some((purpose) => purposes.includes(purpose))) return false;
  return matchesParties(scope, isPermit, flow);
}

/** The time a directive holds: undefined bounds where it states none, `clear` false where a bound cannot be read. */
function inEffect(raw: Record<string, unknown>, flow: Flow): { holds: boolean; given: Moment; clear: boolean } {
  const bounds = [raw.given, raw.valid_from, raw.valid_to].map((text) => moment(text));
  const [given, from, to] = bounds;
  const clear = !!given && (raw.valid_from === undefined || !!from) && (raw.valid_to === undefined || !!to);
  const began = (start: Moment | undefined) => !start || start.first <= flow.now;
  return { holds: began(given) && began(from) && (!to || flow.now <= to.last), given: given ?? ALWAYS, clear };
}

const ALWAYS: Moment = { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY };

type Read = { readonly heard: Heard } | { readonly ignored: ReasonCode | 'not-in-effect' } | undefined;

/** One directive against one flow; undefined where it does not concern it. */
function read(raw: Record<string, unknown>, flow: Flow): Read {
  if (NOT_ACTIVE.has(raw.status as string)) return { ignored: 'not-in-effect' };
  const time = inEffect(raw, flow);
  if (!time.holds) return { ignored: 'not-in-effect' };
  const { scope, clear } = readScope(raw.scope);
  const understood =
    clear && time.clear && raw.status === 'active' && (raw.kind === 'permit' || raw.kind === 'opt-out');
  const kind = understood ? (raw.kind as 'permit' | 'opt-out') : 'not-understood';
  if (!matchesFlow(scope, kind === 'permit', flow)) return undefined;
  if (!mayGive(raw.grantor, kind !== 'permit', time.given, flow)) return { ignored: 'DIR-INVALID-GRANTOR' };
  const form = typeof raw.form === 'string' ? raw.form : undefined;
  return { heard: { id: String(raw.id ?? ''), kind, form, given: time.given, scope } };
}

/** Step a) of gate G4: which directives are in effect, concern the flow, and come from one entitled. Order of input does not matter. */
export function hear(consents: readonly Directive[], flow: Flow): Directives {
  const heard: Heard[] = [];
  const ignored: Directives['ignored'][number][] = [];
  for (const consent of consents) {
    const raw: unknown = consent;
    const directive = isRecord(raw) ? raw : {};
    const found = read(directive, flow);
    if (found && 'heard' in found) heard.push(found.heard);
    else if (found) ignored.push({ id: String(directive.id ?? ''), code: found.ignored });
  }
  const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
  return { heard: heard.sort(byId), ignored: ignored.sort(byId) };
}

/** The patient agrees here and now: a new consent that names the recipient and is later than anything said before. */
export function onTheSpot({ input, purpose }: Flow): Heard {
  const scope = { recipient: [input.recipient.org], purpose: [purpose] };
  const given = { first: Number.POSITIVE_INFINITY, last: Number.POSITIVE_INFINITY };
  return { id: 'on-the-spot', kind: 'permit', form: 'oral', given, scope };
}

/** True: about some data only. */
export function isDataSpecific({ scope }: Heard): boolean {
  return DATA.some((name) => scope[name] !== undefined);
}

/** Named recipient 2, its authority or certain data 1, nothing named 0. */
export function specificity(directive: Heard): number {
  const { recipient, professional, recipient_entity } = directive.scope;
  if (recipient ?? professional) return 2;
  return recipient_entity || isDataSpecific(directive) ? 1 : 0;
}

/** Whether the data part of a scope meets an item; a fact the item lacks counts as met by a block and as not met by a permit. */
export function meetsItem({ scope, kind }: Heard, item: Item, flow: Flow): boolean {
  const doubt = kind !== 'permit';
  const unit = flow.rules.directory.on(item.source, flow.today);
  const places = unit?.within ?? (item.source === undefined ? [] : [item.source]);
  const among = (wanted: Values | undefined, told: Values) =>
    !wanted || (told.length === 0 ? doubt : wanted.some((one) => told.includes(one)));
  const entities = unit ? [unit.legal_entity, unit.operator] : [];
  if (!among(scope.source, places) || !among(scope.source_entity, entities)) return false;
  if (!among(scope.category, [item.category]) || !among(scope.label, item.labels ?? [])) return false;
  if (!scope.data_from && !scope.data_to) return true;
  const recorded = dateOf(item.recorded);
  if (recorded === undefined) return doubt;
  return (!scope.data_from || scope.data_from <= recorded) && (!scope.data_to || recorded <= scope.data_to);
}
