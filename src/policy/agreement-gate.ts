import { type Grounds, hasForm } from './basis.ts';
import type { NearMiss } from './decision.ts';
import { type Heard, isDataSpecific } from './directives.ts';
import type { Flow } from './flow.ts';
import { sameEntity, type Unit } from './organisation.ts';
import type { ReasonCode } from './reason-codes.ts';
import { type CompiledAgreement, indexKey } from './rules.ts';

export type AgreementOutcome =
  | { readonly agreement?: undefined; readonly codes: readonly ['AGR-NOT-NEEDED'] }
  | {
      readonly agreement: CompiledAgreement;
      readonly codes: readonly ['AGR-OK'];
      /** Narrower agreements a party has withdrawn from: what they kept out stays out. */
      readonly caps: readonly CompiledAgreement[];
    }
  | { readonly refusal: readonly ReasonCode[]; readonly nearMiss: NearMiss | null };

/** How far an agreement carried, from nothing at all to everything but consent; the farthest is the nearest miss. */
const PROGRESS = [
  'AGR-NONE',
  'AGR-TRIGGER',
  'AGR-NOT-APPROVED',
  'AGR-EXPIRED',
  'AGR-SUSPENDED',
  'AGR-CRITERIA',
  'AGR-CONSENT-REQUIRED',
  'AGR-OK',
] as const;
type Step = (typeof PROGRESS)[number];

interface Judged {
  readonly agreement: CompiledAgreement;
  readonly step: Step;
  /** Would cover, had a party not withdrawn its approval. */
  readonly withdrawn: boolean;
  readonly faults: readonly ReasonCode[];
}

/** Approvals that speak for a unit; empty where the agreement does not list it, or lists its operator but not its authority. */
function approvalsOf(unit: Unit, { approvals }: CompiledAgreement): string[] {
  const isListed = (name: string) => approvals.has(name);
  const isRunBySelf = unit.operator === unit.legal_entity;
  if (!unit.authorityNames.some(isListed) || !(isRunBySelf || unit.operatorNames.some(isListed))) return [];
  return unit.partyNames.flatMap((name) => approvals.get(name) ?? []);
}

function isInClusters({ clusters }: CompiledAgreement['document'], units: readonly Unit[]): boolean {
  if (!clusters) return true;
  const told = units.flatMap(({ cluster }) => cluster ?? []);
  return told.length > 0 && told.every((cluster) => clusters.includes(cluster));
}

/** A consent-based ground fits wherever another ground for the same action does (lint sees to that one): a patient's yes is never less than none. */
function fitsBasis({ document }: CompiledAgreement, { basis }: Grounds): boolean {
  return basis.consent !== undefined || document.legal_basis.includes(basis.code);
}

/** Forms that satisfy the form an agreement asks for; what is signed digitally is written. */
const CONSENT_FORMS: Readonly<Record<string, readonly string[] | undefined>> = {
  written: ['written', 'digital'],
  digital: ['digital'],
  oral: undefined,
};

function consentFaults({ document }: CompiledAgreement, heard: readonly Heard[]): ReasonCode[] | undefined {
  if (!document.requires_consent) return undefined;
  const permits = heard.filter(
    (one) => one.kind === 'permit' && !isDataSpecific(one) && (one.scope.agreement?.includes(document.id) ?? true),
  );
  const forms = CONSENT_FORMS[document.required_consent_form ?? 'oral'];
  if (permits.some((permit) => hasForm(permit, forms))) return undefined;
  return permits.length > 0 ? ['DIR-CONSENT-FORM'] : [];
}

function lifecycle({ document, lastDay }: CompiledAgreement, today: string): Step | undefined {
  if (document.status === 'suspended') return 'AGR-SUSPENDED';
  if (document.status === 'ended') return 'AGR-EXPIRED';
  if (document.status !== 'in-force') return 'AGR-NOT-APPROVED';
  return today < document.valid_from || (lastDay !== undefined && lastDay < today) ? 'AGR-EXPIRED' : undefined;
}

function meetsCriteria({ criterion }: CompiledAgreement, { age, input }: Flow): boolean {
  const { medicines, diagnosis_groups: diagnosisGroups, living_place: livingPlace } = input.patient;
  return criterion({ age, medicines, diagnosisGroups, livingPlace });
}

/** One agreement against one flow: the first step it fails at. */
function judge(agreement: CompiledAgreement, flow: Flow, grounds: Grounds, heard: readonly Heard[]): Judged {
  const { document, recipient, triggers } = agreement;
  const at = (step: Step, faults: readonly ReasonCode[] = []) => ({ agreement, step, withdrawn: false, faults });
  const states = [approvalsOf(flow.sender, agreement), approvalsOf(flow.recipient, agreement)];
  const hasRole = !recipient.roles || recipient.roles.includes(flow.input.recipient.role ?? '');
  const covers = states.every((state) => state.length > 0) && hasRole;
  if (!covers || !isInClusters(document, [flow.sender, flow.recipient])) return at('AGR-NONE');
  if (!fitsBasis(agreement, grounds)) return at('AGR-NONE');
  if (!triggers.some((trigger) => trigger === 'any' || trigger === flow.input.trigger)) return at('AGR-TRIGGER');
  if (states.flat().includes('open')) return at('AGR-NOT-APPROVED');
  const rest = lifecycle(agreement, flow.today) ?? (meetsCriteria(agreement, flow) ? undefined : 'AGR-CRITERIA');
  const consent = rest ? undefined : consentFaults(agreement, heard);
  const step = rest ?? (consent ? 'AGR-CONSENT-REQUIRED' : 'AGR-OK');
  if (states.flat().includes('withdrawn')) return { ...at('AGR-NOT-APPROVED'), withdrawn: step === 'AGR-OK' };
  return at(step, consent);
}

/** Narrowest first: fewest categories, then most labels kept out; else in the order of the rule set, which is that of ids. */
function narrower(left: CompiledAgreement, right: CompiledAgreement): number {
  const labels = right.excludedLabels.size - left.excludedLabels.size;
  return left.recipient.categories.length - right.recipient.categories.length || labels;
}

function candidates({ rules, action, purpose, recipient }: Flow): CompiledAgreement[] {
  const found = new Map<string, CompiledAgreement>();
  for (const key of recipient.recipientKeys)
    for (const agreement of rules.index.get(indexKey(action, purpose, key)) ?? []) {
      const name = `${agreement.document.id}|${agreement.document.version}`;
      // the nearest key speaks: an entry for the ward before the one for its hospital
      if (!found.has(name)) found.set(name, agreement);
    }
  return [...found.values()].sort(narrower);
}

function missed(judged: readonly Judged[]): AgreementOutcome {
  const rank = ({ step }: Judged) => PROGRESS.indexOf(step);
  const nearest = judged.reduce<Judged | undefined>(
    (best, one) => (best && rank(best) >= rank(one) ? best : one),
    undefined,
  );
  if (!nearest) return { refusal: ['AGR-NONE'], nearMiss: null };
  const { id, version } = nearest.agreement.document;
  const code = nearest.step;
  return { refusal: [code, ...nearest.faults], nearMiss: { agreement: id, version, code } };
}

/** Across authorities, unless the basis or the statute under which the sender holds the data settles it. */
function needsAgreement({ sender, recipient }: Flow, { basis }: Grounds): boolean {
  if (basis.agreement === 'never' || basis.statutoryHolders?.includes(sender.sector)) return false;
  return !sameEntity(sender, recipient);
}

/**
 * Gate G3: is an agreement needed, and does one cover the flow? Of several the narrowest speaks, never their union.
 */
export function agreementFor(flow: Flow, grounds: Grounds, heard: readonly Heard[]): AgreementOutcome {
  if (!needsAgreement(flow, grounds)) return { codes: ['AGR-NOT-NEEDED'] };
  const judged = candidates(flow).map((agreement) => judge(agreement, flow, grounds, heard));
  const chosen = judged.find(({ step }) => step === 'AGR-OK');
  if (!chosen) return missed(judged);
  const caps = judged.filter(({ withdrawn }) => withdrawn).map(({ agreement }) => agreement);
  return { agreement: chosen.agreement, codes: ['AGR-OK'], caps };
}
