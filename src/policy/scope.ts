import { dateOf } from './calendar.ts';
import type { DirectiveScope, Item } from './decision.ts';
import { type Flow, isRecord } from './flow.ts';

type Values = readonly string[];
const LISTS = [
  'recipient',
  'recipient_entity',
  'professional',
  'action',
  'purpose',
  'agreement',
  'source',
  'source_entity',
  'category',
  'label',
  'item',
] as const satisfies readonly (keyof DirectiveScope)[];
const DATES = ['data_from', 'data_to'] as const;
const DATA = ['source', 'source_entity', 'category', 'label', 'item', ...DATES] as const;
const KNOWN = new Set<string>([...LISTS, ...DATES, 'sub_units']);

/** A scope with every list as a list; absent members do not restrict, values of one member are alternatives, members are conditions. */
export type Scope = { readonly [Name in (typeof LISTS)[number]]?: Values } & {
  readonly data_from?: string;
  readonly data_to?: string;
  /** False: a place named is meant without the units within it. */
  readonly sub_units?: boolean;
};

export interface ReadScope {
  readonly scope: Scope;
  /** False where something in it is not understood; what is understood is in `scope`. */
  readonly clear: boolean;
}

/** Reads a scope member by member; null is absent. */
export function readScope(raw: unknown): ReadScope {
  if (!isRecord(raw)) return { scope: {}, clear: false };
  const scope: Record<string, Values | string | boolean> = {};
  let clear = Object.keys(raw).every((name) => KNOWN.has(name));
  for (const name of LISTS) {
    const value = raw[name] ?? undefined;
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value : [value];
    if (values.length > 0 && values.every((one) => typeof one === 'string')) scope[name] = values;
    else clear = false;
  }
  for (const name of DATES) {
    const date = dateOf(raw[name]);
    if (date !== undefined) scope[name] = date;
    else if (raw[name] !== undefined && raw[name] !== null) clear = false;
  }
  if (typeof raw.sub_units === 'boolean') scope.sub_units = raw.sub_units;
  else if (raw.sub_units !== undefined) clear = false;
  return { scope, clear };
}

/** True: about some data only. */
export function isDataScope(scope: Scope): boolean {
  return DATA.some((name) => scope[name] !== undefined);
}

/** An opt-out of treatment also meets what is treatment under a name of its own; a permit never stretches. */
const PART_OF_TREATMENT = new Set(['discharge-letter', 'stand-in-note']);

const meets = (wanted: Values, told: Values) => wanted.some((one) => told.includes(one));

function matchesParties(scope: Scope, isPermit: boolean, { input, recipient }: Flow): boolean {
  const places = isPermit || scope.sub_units === false ? recipient.names : recipient.placeNames;
  if (scope.recipient && !meets(scope.recipient, places)) return false;
  const entities = isPermit ? [recipient.legal_entity] : [recipient.legal_entity, recipient.operator];
  if (scope.recipient_entity && !meets(scope.recipient_entity, entities)) return false;
  if (!scope.professional) return true;
  const { professional } = input.recipient;
  // a lookup without a named person may be made by the very person who is blocked
  if (professional === undefined) return !isPermit && input.action === 'lookup';
  return scope.professional.includes(professional);
}

/** Whether the part of a scope about recipient, action and purpose meets a flow: generously for a block, by the letter for a permit. */
export function matchesFlow(scope: Scope, isPermit: boolean, flow: Flow): boolean {
  if (scope.action && !scope.action.includes(flow.action)) return false;
  const purposes = isPermit || !PART_OF_TREATMENT.has(flow.purpose) ? [flow.purpose] : [flow.purpose, 'treatment'];
  if (scope.purpose && !meets(scope.purpose, purposes)) return false;
  return matchesParties(scope, isPermit, flow);
}

function matchesPeriod({ data_from, data_to }: Scope, item: Item, doubt: boolean): boolean {
  if (data_from === undefined && data_to === undefined) return true;
  const recorded = dateOf(item.recorded);
  if (recorded === undefined) return doubt;
  return (data_from === undefined || data_from <= recorded) && (data_to === undefined || recorded <= data_to);
}

/** Whether the part of a scope about data meets an item; a fact the item lacks counts as met for a block, not for a permit. */
export function matchesItem(scope: Scope, isPermit: boolean, { item, flow }: { item: Item; flow: Flow }): boolean {
  const doubt = !isPermit;
  const unit = flow.rules.directory.on(item.source, flow.today);
  const own = item.source === undefined ? [] : [item.source];
  const places = unit ? (scope.sub_units === false ? unit.names : unit.placeNames) : own;
  const entities = unit ? [unit.legal_entity, unit.operator] : [];
  const among = (wanted: Values | undefined, told: Values) =>
    !wanted || (told.length === 0 ? doubt : meets(wanted, told));
  return (
    among(scope.source, places) &&
    among(scope.source_entity, entities) &&
    among(scope.category, [item.category]) &&
    among(scope.label, item.labels ?? []) &&
    among(scope.item, [item.id]) &&
    matchesPeriod(scope, item, doubt)
  );
}
