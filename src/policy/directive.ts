import type { Consent, ConsentProvision, ConsentProvisionActor, Reference } from '@medplum/fhirtypes';
import { done, type Issue, issue, type Result, refused } from '../errors.ts';
import { dateOf, isDate } from './calendar.ts';
import { ACTIONS, CONSENT_EXTENSION, categoriesOfClass, GRANTORS, purposeOf } from './consent-codes.ts';
import type { Directive, DirectiveScope } from './decision.ts';
import { isRecord } from './flow.ts';

export interface FlattenOptions {
  /** Key of an organisation by `system|value` of one of its identifiers; absent: directives name it by that. */
  readonly keyOf?: (identifier: string) => string | undefined;
  /** Kind of grantor behind a performer that is not in the resource itself (`parent`, `guardian` …). */
  readonly grantorOf?: (reference: string) => string | undefined;
}

/** A scope under way: every list stands for alternatives. */
type Lists = { -readonly [Name in Exclude<keyof DirectiveScope, 'data_from' | 'data_to' | 'sub_units'>]?: string[] };
interface Draft {
  readonly lists: Lists;
  readonly period: { readonly from?: string; readonly to?: string };
  readonly data: { readonly from?: string; readonly to?: string };
  /** Places of what is not understood. */
  readonly unclear: readonly string[];
  /** Two conditions exclude each other, so the rule can never hold. */
  readonly isVoid: boolean;
}

const NOTHING: Draft = { lists: {}, period: {}, data: {}, unclear: [], isVoid: false };

interface Context {
  readonly options: FlattenOptions;
  readonly place: string;
}

/** First or last day of a FHIR dateTime, which may be a year or a month only. */
function dayOf(text: unknown, end: boolean): string | undefined {
  if (typeof text !== 'string') return undefined;
  const day = dateOf(text);
  if (day !== undefined) return day;
  const [year, month = end ? '12' : '01'] = text.split('-') as [string, string?];
  if (!/^\d{4}$/.test(year) || !/^(0[1-9]|1[0-2])$/.test(month)) return undefined;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const date = `${year}-${month}-${end ? last : '01'}`;
  return isDate(date) ? date : undefined;
}

interface Piece {
  readonly lists?: Lists;
  readonly unclear?: readonly string[];
}

function organisationName({ reference, identifier }: Reference, { options }: Context): string | undefined {
  if (identifier?.system && identifier.value) {
    const name = `${identifier.system}|${identifier.value}`;
    return options.keyOf?.(name) ?? name;
  }
  return /^Organization\/(.+)$/.exec(reference ?? '')?.[1];
}

function isPerson({ type, reference = '' }: Reference): boolean {
  return /^Practitioner/.test(type ?? reference);
}

const RECIPIENT_ROLES = new Set(['IRCP', 'PRCP']);

/** Whom a provision names; a person by authorisation id, a place by its key or identifier. */
function actorPiece(actor: ConsentProvisionActor, place: string, context: Context): Piece {
  const roles = (actor.role?.coding ?? []).flatMap(({ code }) => code ?? []);
  if (!roles.some((role) => RECIPIENT_ROLES.has(role)) || !actor.reference) return { unclear: [place] };
  if (isPerson(actor.reference)) {
    const id = actor.reference.identifier?.value;
    return id === undefined ? { unclear: [place] } : { lists: { professional: [id] } };
  }
  const name = organisationName(actor.reference, context);
  if (name === undefined) return { unclear: [place] };
  const isEntity = actor.extension?.some(
    ({ url, valueBoolean }) => url === CONSENT_EXTENSION.wholeEntity && valueBoolean,
  );
  return { lists: isEntity ? { recipient_entity: [name] } : { recipient: [name] } };
}

function dataPiece(
  { meaning, reference }: NonNullable<ConsentProvision['data']>[number],
  place: string,
  context: Context,
): Piece {
  if (meaning === 'authoredby') {
    const name = organisationName(reference ?? {}, context);
    return name === undefined ? { unclear: [place] } : { lists: { source: [name] } };
  }
  const target = meaning === 'instance' ? reference?.reference : undefined;
  return target === undefined ? { unclear: [place] } : { lists: { item: [target] } };
}

/** Alternatives of one element, each read on its own; one that is not understood makes the element unclear. */
function alternatives<T>(list: readonly T[] | undefined, name: string, read: (one: T, place: string) => Piece): Piece {
  const pieces = (list ?? []).map((one, index) => read(one, `${name}[${index}]`));
  const lists: Lists = {};
  for (const piece of pieces)
    for (const [key, values] of Object.entries(piece.lists ?? {}) as [keyof Lists, string[]][])
      lists[key] = [...(lists[key] ?? []), ...values];
  const unclear = pieces.flatMap((piece) => piece.unclear ?? []);
  // persons and places are alternatives of each other, which one scope cannot say
  const mixed = Object.keys(lists).length > 1 ? [name] : [];
  return { lists, unclear: [...unclear, ...mixed] };
}

function coded(name: keyof Lists, read: (code: string, system: string) => readonly string[] | undefined) {
  return (coding: { system?: string; code?: string }, place: string): Piece => {
    const values = read(coding.code ?? '', coding.system ?? '');
    return values ? { lists: { [name]: [...values] } } : { unclear: [place] };
  };
}

/** Elements of a provision, each with how it is read. What has no row here is not understood. */
function pieces(provision: ConsentProvision, context: Context): Piece[] {
  const actions = (provision.action ?? []).map(({ coding }) => coding?.[0] ?? {});
  const purposes = provision.purpose ?? [];
  return [
    alternatives(provision.actor, 'actor', (actor, place) => actorPiece(actor, place, context)),
    alternatives(
      actions,
      'action',
      coded('action', (code) => ACTIONS[code]),
    ),
    alternatives(purposes, 'purpose', coded('purpose', purposeOf)),
    alternatives(
      provision.securityLabel,
      'securityLabel',
      coded('label', (code) => (code ? [code] : undefined)),
    ),
    alternatives(
      provision.class,
      'class',
      coded('category', (code, system) => categoriesOfClass(code, system)),
    ),
    alternatives(provision.data, 'data', (data, place) => dataPiece(data, place, context)),
    { unclear: [...(provision.code ? ['code'] : []), ...(hasModifier(provision) ? ['modifierExtension'] : [])] },
  ];
}

function hasModifier(value: unknown): boolean {
  return isRecord(value) && value.modifierExtension !== undefined;
}

interface Days {
  readonly from?: string;
  readonly to?: string;
}

function daysOf(period: { start?: string; end?: string } | undefined): Days {
  const [from, to] = [dayOf(period?.start, false), dayOf(period?.end, true)];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function within(outer: Days, inner: Days): Days {
  const from = [outer.from, inner.from]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1);
  const to = [outer.to, inner.to].filter((day) => day !== undefined).sort()[0];
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function isUnread(period: { start?: string; end?: string } | undefined, days: Days): boolean {
  return (
    (period?.start !== undefined && days.from === undefined) || (period?.end !== undefined && days.to === undefined)
  );
}

/** A provision's own conditions added to those it inherits. */
function narrow(outer: Draft, provision: ConsentProvision, context: Context): Draft {
  const found = pieces(provision, context);
  const lists: Lists = { ...outer.lists };
  let isVoid = outer.isVoid;
  for (const piece of found)
    for (const [key, values] of Object.entries(piece.lists ?? {}) as [keyof Lists, string[]][]) {
      const before = outer.lists[key];
      lists[key] = before ? values.filter((value) => before.includes(value)) : values;
      isVoid ||= lists[key].length === 0;
    }
  const [period, data] = [daysOf(provision.period), daysOf(provision.dataPeriod)];
  const unread = [
    ...(isUnread(provision.period, period) ? ['period'] : []),
    ...(isUnread(provision.dataPeriod, data) ? ['dataPeriod'] : []),
  ];
  const unclear = [...found.flatMap((piece) => piece.unclear ?? []), ...unread].map(
    (name) => `${context.place}.${name}`,
  );
  return {
    lists,
    period: within(outer.period, period),
    data: within(outer.data, data),
    unclear: [...outer.unclear, ...unclear],
    isVoid,
  };
}

function scopeOf({ lists, data }: Draft, agreement: string | undefined): DirectiveScope {
  return {
    ...lists,
    ...(data.from !== undefined && { data_from: data.from }),
    ...(data.to !== undefined && { data_to: data.to }),
    ...(agreement !== undefined && { agreement }),
  };
}

/** What all directives of one consent share. */
interface Frame {
  readonly common: Pick<Directive, 'status' | 'grantor' | 'form' | 'given' | 'consent'>;
  readonly id: string;
  readonly agreement: string | undefined;
  readonly isClear: boolean;
}

function directive(draft: Draft, type: string | undefined, { frame, id }: { frame: Frame; id: string }): Directive {
  const isClear = frame.isClear && draft.unclear.length === 0 && (type === 'deny' || type === 'permit');
  return {
    id,
    kind: isClear ? (type === 'deny' ? 'opt-out' : 'permit') : 'not-understood',
    ...frame.common,
    ...(draft.period.from !== undefined && { valid_from: draft.period.from }),
    ...(draft.period.to !== undefined && { valid_to: draft.period.to }),
    scope: scopeOf(draft, isClear && type === 'permit' ? frame.agreement : undefined),
  };
}

/** Who gave it: the kind of a related person by their relationship, else by what the caller knows. */
function grantorOf(consent: Consent, { grantorOf: resolve }: FlattenOptions): string {
  const { reference = '', type } = consent.performer?.[0] ?? consent.patient ?? {};
  if (consent.performer === undefined || reference === consent.patient?.reference) return 'patient';
  if (/^Patient\//.test(reference) || type === 'Patient') return 'other-person';
  const contained = consent.contained?.find(({ id }) => reference === `#${id}`);
  const codes = contained?.resourceType === 'RelatedPerson' ? (contained.relationship ?? []) : [];
  const told = codes.flatMap(({ coding }) => coding ?? []).flatMap(({ code }) => GRANTORS[code ?? ''] ?? [])[0];
  return told ?? resolve?.(reference) ?? 'other-person';
}

function formOf(consent: Consent): string | undefined {
  const told = consent.extension?.find(({ url }) => url === CONSENT_EXTENSION.form)?.valueCode;
  return told ?? (consent.sourceAttachment || consent.sourceReference ? 'written' : undefined);
}

/** The agreement a trial consent is given for: `…/agreement/ID|VERSION` as its policy rule. */
function agreementOf(consent: Consent): string | undefined {
  const uris = [...(consent.policy ?? []).map(({ uri }) => uri), consent.policyRule?.coding?.[0]?.code];
  return uris.flatMap((uri) => /\/agreement\/([^|/]+)(?:\|\d+)?$/.exec(uri ?? '')?.[1] ?? [])[0];
}

function frameOf(consent: Consent, options: FlattenOptions): Frame {
  const id = consent.id ?? '';
  const version = consent.meta?.versionId;
  const given = consent.dateTime ?? '';
  const form = formOf(consent);
  return {
    id,
    agreement: agreementOf(consent),
    isClear: dateOf(given) !== undefined && !hasModifier(consent),
    common: {
      status: consent.status ?? 'unknown',
      grantor: grantorOf(consent, options),
      given,
      ...(form !== undefined && { form }),
      consent: `Consent/${id}${version === undefined ? '' : `/_history/${version}`}`,
    },
  };
}

/** Base policy where the root provision states no type: the codes of HL7 v3 ActCode. */
const BASE_POLICY: Readonly<Record<string, string>> = { OPTIN: 'permit', OPTOUT: 'deny' };

function rootType({ policyRule, provision }: Consent): string | undefined {
  return provision?.type ?? policyRule?.coding?.flatMap(({ code }) => BASE_POLICY[code ?? ''] ?? [])[0];
}

interface Flat {
  readonly directive: Directive;
  readonly unclear: readonly string[];
}

/** The root and one level of exceptions; a third level is not understood, as nobody could say what it means together. */
function flattenProvisions(consent: Consent, frame: Frame, options: FlattenOptions): Flat[] {
  const place = 'Consent.provision';
  const draft = narrow(NOTHING, consent.provision ?? {}, { options, place });
  const type = rootType(consent);
  const base = directive(draft, type, { frame, id: frame.id });
  const nested = (consent.provision?.provision ?? []).flatMap((inner, index) => {
    const at = `${place}.provision[${index}]`;
    const narrowed = narrow(draft, inner, { options, place: at });
    const deep = inner.provision ? { ...narrowed, unclear: [...narrowed.unclear, `${at}.provision`] } : narrowed;
    if (deep.isVoid) return [];
    const made = directive(deep, inner.type, { frame, id: `${frame.id}.${index + 1}` });
    const isException = made.kind === 'permit' && base.kind === 'opt-out';
    return [{ directive: isException ? { ...made, exception_to: base.id } : made, unclear: deep.unclear }];
  });
  // a root without a type of its own only holds what its exceptions share
  const isHolder = type === undefined && draft.unclear.length === 0 && consent.provision?.provision !== undefined;
  return isHolder ? nested : [{ directive: base, unclear: draft.unclear }, ...nested];
}

/** Consent.scope codes that say nothing on sharing. */
const NO_BEARING = new Set(['adr', 'treatment']);

/**
 * A FHIR R4 Consent as the directives a decision reads: one for the root and one for each exception in it. What is not understood becomes a directive of
 * kind `not-understood` (held as an opt-out of its scope) with a warning naming the element; nothing is dropped in silence.
 * @returns the directives; refused with `DIRECTIVE-NOT-CONSENT` only for what is no Consent
 */
export function flattenConsent(consent: Consent, options: FlattenOptions = {}): Result<Directive[]> {
  if (!isRecord(consent) || consent.resourceType !== 'Consent') return refused(issue('DIRECTIVE-NOT-CONSENT'));
  const scope = consent.scope?.coding?.[0]?.code;
  if (NO_BEARING.has(scope ?? ''))
    return done([], [issue('DIRECTIVE-NO-BEARING', 'Consent.scope', undefined, 'information')]);
  try {
    const frame = frameOf(consent, options);
    const flat = flattenProvisions(consent, frame, options);
    const warn = (place: string) => issue('DIRECTIVE-NOT-UNDERSTOOD', place, undefined, 'warning');
    const root: Issue[] = frame.isClear
      ? []
      : [warn(hasModifier(consent) ? 'Consent.modifierExtension' : 'Consent.dateTime')];
    return done(
      flat.map((one) => one.directive),
      [...root, ...new Set(flat.flatMap(({ unclear }) => unclear))].map((one) =>
        typeof one === 'string' ? warn(one) : one,
      ),
    );
  } catch {
    // members of a shape no Consent has; the doors validate first, an import may not have
    return refused(issue('DIRECTIVE-NOT-CONSENT'));
  }
}
