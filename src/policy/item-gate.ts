import type { Grounds } from './basis.ts';
import { addMonths, dateOf } from './calendar.ts';
import type { Item, Terms, Withheld } from './decision.ts';
import { isDataSpecific, meetsItem } from './directives.ts';
import { type Flow, isIdentity } from './flow.ts';
import type { LegalBasis } from './legal-bases.ts';
import type { ReasonCode } from './reason-codes.ts';
import type { CompiledAgreement } from './rules.ts';

/** What limits the items: the basis, the agreement that speaks, and narrower ones a party has withdrawn from. */
export interface Limits {
  readonly grounds: Grounds;
  readonly agreement: CompiledAgreement | undefined;
  readonly caps: readonly CompiledAgreement[];
}

function shared(lists: readonly (readonly string[] | null | undefined)[]): readonly string[] | null {
  const told = lists.filter((list) => list !== null && list !== undefined);
  if (told.length === 0) return null;
  return told.reduce((left, right) => left.filter((one) => right.includes(one)));
}

type Elements = Readonly<Record<string, readonly string[]>>;

/** Element lists of several agreements, type by type; a type only one of them limits is limited so. */
function sharedElements(lists: readonly (Elements | undefined)[]): Elements | null {
  const told = lists.filter((list) => list !== undefined);
  const types = new Set(told.flatMap((list) => Object.keys(list)));
  if (types.size === 0) return null;
  return Object.fromEntries([...types].sort().map((type) => [type, shared(told.map((list) => list[type])) ?? []]));
}

function ofBasis({ categories, freeText, attachments, identityElements }: LegalBasis): Terms {
  return {
    categories: categories ?? null,
    free_text: freeText,
    attachments,
    identity_elements: identityElements ?? null,
    elements: null,
    kept_labels: [],
  };
}

/** Patient elements an agreement releases when it names none: enough to know whom it is about, no address, telephone or relatives. */
const IDENTITY = ['identifier', 'name', 'gender', 'birthDate', 'deceased'];

/** What minimisation has to keep to. Free text and attachments stay back unless the agreement says otherwise. */
export function termsOf({ grounds, agreement, caps }: Limits): Terms {
  const basis = ofBasis(grounds.basis);
  if (!agreement) return basis;
  const all = [agreement, ...caps];
  const isAllowed = (what: 'free_text' | 'attachments', category: string) =>
    basis[what] &&
    all.every(
      ({ document, recipient }) => document.minimisation?.[what] === true || recipient.categories.includes(category),
    );
  const elements = all.map(({ document }) => document.minimisation?.identity_elements ?? IDENTITY);
  return {
    categories: shared([basis.categories, ...all.map(({ recipient }) => recipient.categories)]),
    free_text: isAllowed('free_text', 'free-text'),
    attachments: isAllowed('attachments', 'attachment'),
    identity_elements: shared([basis.identity_elements, ...elements]),
    elements: sharedElements(all.map(({ recipient }) => recipient.elements)),
    kept_labels: shared(all.map(({ recipient }) => recipient.kept_labels ?? [])) ?? [],
  };
}

function isTooOld(item: Item, { grounds, agreement, caps }: Limits, today: string): boolean {
  if (isIdentity(item)) return false;
  const recorded = dateOf(item.recorded);
  const strictly = grounds.basis.youngerThanMonths;
  const months = [agreement, ...caps].flatMap((one) => one?.recipient.max_age_months ?? []);
  if (strictly === undefined && months.length === 0) return false;
  if (recorded === undefined) return true;
  // the law says "less than five years ago"; an agreement's greatest age is itself still allowed
  if (strictly !== undefined && addMonths(recorded, strictly) <= today) return true;
  return months.some((most) => addMonths(recorded, most) < today);
}

/** A basis that is a consent for some data only covers no other data. */
function isBeyondConsent(item: Item, { consents }: Grounds, flow: Flow): boolean {
  if (consents.length === 0 || isIdentity(item) || consents.some((consent) => !isDataSpecific(consent))) return false;
  return !consents.some((consent) => meetsItem(consent, item, flow));
}

/**
 * Gate G6 for one item: the first reason it may not leave, or undefined.
 * @param terms as {@link termsOf} gives them for the same limits
 */
export function itemFault(item: Item, limits: Limits, terms: Terms, flow: Flow): ReasonCode | undefined {
  if (isBeyondConsent(item, limits.grounds, flow)) return 'LEGAL-NONE';
  if (terms.categories && !terms.categories.includes(item.category)) return 'MIN-CATEGORY';
  const labels = item.labels ?? [];
  if (labels.length === 0) return 'MIN-UNLABELLED';
  const excluding = [limits.agreement, ...limits.caps];
  if (excluding.some((one) => one && labels.some((label) => one.excludedLabels.has(label)))) return 'MIN-LABEL';
  return isTooOld(item, limits, flow.today) ? 'MIN-AGE-LIMIT' : undefined;
}

/** Items with the reason each is kept back for; those a directive keeps back are not asked again. */
export function minimiseItems(limits: Limits, terms: Terms, kept: readonly Withheld[], flow: Flow): Withheld[] {
  const byDirective = new Map(kept.map((one) => [one.item, one]));
  return flow.input.items.flatMap((item) => {
    const already = byDirective.get(item.id);
    if (already) return [already];
    const code = itemFault(item, limits, terms, flow);
    return code ? [{ item: item.id, code }] : [];
  });
}
