import { type AgreementOutcome, agreementFor } from './agreement-gate.ts';
import { appliesAfterDeath, type Grounds, legalGrounds, overrideBasis } from './basis.ts';
import type { Decision, DecisionInput, Disposition, NearMiss, Terms, Withheld } from './decision.ts';
import { type DirectiveOutcome, weigh } from './directive-gate.ts';
import { type Directives, hear, onTheSpot } from './directives.ts';
import { agreesOnTheSpot, declared, overrideFaults } from './emergency.ts';
import { type Flow, isIdentity, resolve } from './flow.ts';
import { type Limits, minimiseItems, termsOf } from './item-gate.ts';
import { inGateOrder, type ReasonCode } from './reason-codes.ts';
import type { RuleSet } from './rules.ts';

export { compileRules, type RuleSet, type RuleSource } from './rules.ts';

const NOTHING: Terms = {
  categories: [],
  free_text: false,
  attachments: false,
  identity_elements: [],
  elements: null,
  kept_labels: [],
};
const UNHEARD: Directives = { heard: [], ignored: [] };

/** A refusal of the gates G1 to G4: what an emergency override may open. */
interface Refusal {
  readonly codes: readonly ReasonCode[];
  readonly grounds?: Grounds;
  readonly directives?: Directives;
  readonly used?: readonly string[];
  readonly agreement?: AgreementOutcome;
}

/** All gates up to G4 passed. */
interface Passed {
  readonly codes: readonly ReasonCode[];
  readonly grounds: Grounds;
  readonly directives: Directives;
  readonly agreement: Exclude<AgreementOutcome, { refusal: unknown }>;
  readonly outcome: DirectiveOutcome;
}

const DISPOSITIONS: Partial<Record<ReasonCode, Disposition>> = {
  'SYS-CONSENT-SOURCE-DOWN': 'hold-and-retry',
  'SYS-DIRECTIVE-NOT-UNDERSTOOD': 'manual-review',
  'SYS-PATIENT-UNCERTAIN': 'manual-review',
  'SYS-RULE-FAULT': 'manual-review',
};

function deny(refusal: Refusal, version: string, withheld: readonly Withheld[] = []): Decision {
  const { agreement, grounds, directives = UNHEARD, used = [] } = refusal;
  const covering = agreement && 'agreement' in agreement ? agreement.agreement?.document : undefined;
  const nearMiss: NearMiss | null = agreement && 'nearMiss' in agreement ? agreement.nearMiss : null;
  // an agreement that lacks only the consent it demands is the agreement of the flow
  const named = covering ?? (nearMiss?.code === 'AGR-CONSENT-REQUIRED' ? nearMissDocument(nearMiss) : undefined);
  const codes = inGateOrder(refusal.codes);
  const disposition = codes.map((code) => DISPOSITIONS[code]).find((found) => found !== undefined);
  return {
    decision: 'deny',
    disposition: disposition ?? 'withhold',
    codes,
    basis: grounds?.basis.code ?? null,
    agreement: named?.id ?? null,
    agreement_version: named?.version ?? null,
    directives: { used, ignored: directives.ignored },
    released: [],
    withheld,
    obligations: ['audit'],
    near_miss: nearMiss,
    deadline_minutes: null,
    terms: NOTHING,
    rule_set: version,
    explanation: codes.at(-1)!,
  };
}

function nearMissDocument({ agreement: id, version }: NearMiss) {
  return { id, version };
}

/** Gates G1 to G4 in order; the first that is not passed refuses. */
function passGates(flow: Flow, directives: Directives): Passed | Refusal {
  const { consent_source } = flow.input;
  const isReadable = consent_source === 'ok';
  const grounds = legalGrounds(flow, isReadable ? directives.heard : []);
  const invalid: ReasonCode[] = directives.ignored.some(({ code }) => code === 'DIR-INVALID-GRANTOR')
    ? ['DIR-INVALID-GRANTOR']
    : [];
  if (!('basis' in grounds)) {
    if (!isReadable && grounds.needsConsent) return { codes: ['SYS-CONSENT-SOURCE-DOWN'] };
    return { codes: ['LEGAL-NONE', ...grounds.faults, ...(grounds.needsConsent ? invalid : [])], directives };
  }
  const { basis } = grounds;
  if (!isReadable && basis.declinable) return { codes: ['SYS-CONSENT-SOURCE-DOWN'] };
  const heard = basis.declinable ? directives : UNHEARD;
  const noted: readonly ReasonCode[] = basis.declinable ? [basis.code, ...invalid] : [basis.code];
  const agreement = agreementFor(flow, grounds, heard.heard);
  if ('refusal' in agreement) return { codes: [...noted, ...agreement.refusal], grounds, directives: heard, agreement };
  const codes = [...noted, ...agreement.codes];
  if (!basis.declinable) {
    const outcome = { withheld: [], used: [], lifted: false };
    return { codes: [...codes, 'DIR-NOT-APPLICABLE'], grounds, directives: heard, agreement, outcome };
  }
  const outcome = weigh(heard.heard, flow);
  if ('refusal' in outcome) {
    return { codes: [...codes, ...outcome.refusal], grounds, directives: heard, used: outcome.used, agreement };
  }
  return {
    codes: [...codes, ...supportCodes({ grounds, agreement, outcome })],
    grounds,
    directives: heard,
    agreement,
    outcome,
  };
}

/** How the directives bear on a flow they do not refuse. */
function supportCodes({
  grounds,
  agreement,
  outcome,
}: Pick<Passed, 'grounds' | 'agreement' | 'outcome'>): ReasonCode[] {
  const rests = grounds.consents.length > 0 || agreement.agreement?.document.requires_consent === true;
  if (rests || outcome.lifted) return ['DIR-CONSENT-OK'];
  return outcome.withheld.length > 0 ? [] : ['DIR-NONE'];
}

/** Gates G6 and G7: what may leave of a flow that may happen. */
function release(passed: Passed, flow: Flow, obligations: readonly string[]): Decision {
  const { grounds, agreement, directives, outcome } = passed;
  const limits: Limits = {
    grounds,
    agreement: agreement.agreement,
    caps: agreement.agreement ? agreement.caps : [],
  };
  const terms = termsOf(limits);
  const withheld = minimiseItems(limits, terms, outcome.withheld, flow);
  const keptBack = new Set(withheld.map(({ item }) => item));
  const left = flow.input.items.filter(({ id }) => !keptBack.has(id));
  const codes = [...passed.codes, ...withheld.map(({ code }) => code)];
  const consents = grounds.consents.map(({ id }) => id);
  const used = [...new Set([...consents, ...outcome.used])].sort();
  if (left.every(isIdentity)) {
    const refusal = { codes: [...codes, 'MIN-NOTHING-LEFT' as const], grounds, directives, used, agreement };
    return deny(refusal, flow.rules.version, withheld);
  }
  const ordered = inGateOrder(codes);
  const document = agreement.agreement?.document;
  return {
    decision: withheld.length > 0 ? 'permit-with-redaction' : 'permit',
    disposition: 'send',
    codes: ordered,
    basis: grounds.basis.code,
    agreement: document?.id ?? null,
    agreement_version: document?.version ?? null,
    directives: { used, ignored: directives.ignored },
    released: left.map(({ id }) => id),
    withheld,
    obligations,
    near_miss: null,
    deadline_minutes: document?.deadline_minutes ?? null,
    terms,
    rule_set: flow.rules.version,
    explanation: grounds.basis.code,
  };
}

/** Gate G5: an override opens what G1 to G4 refused. It sets directives and agreements aside, not minimisation. */
function overridden(flow: Flow): Passed | undefined {
  const basis = overrideBasis(flow);
  if (!basis) return undefined;
  return {
    codes: [basis.code, 'EMG-OVERRIDE', 'AGR-NOT-NEEDED', 'DIR-OVERRIDDEN'],
    grounds: { basis, consents: [] },
    directives: UNHEARD,
    agreement: { codes: ['AGR-NOT-NEEDED'] },
    outcome: { withheld: [], used: [], lifted: false },
  };
}

function decideFlow(flow: Flow): Decision {
  const spot = agreesOnTheSpot(flow);
  const told = hear(flow.input.consents, flow);
  const directives = spot ? { ...told, heard: [...told.heard, onTheSpot(flow)] } : told;
  const result = passGates(flow, directives);
  const override = declared(flow);
  const isPassed = 'outcome' in result;
  if (override && (!isPassed || result.outcome.withheld.length > 0)) {
    const faults = overrideFaults(override, flow);
    if (!isPassed && faults.length > 0) return deny({ codes: faults }, flow.rules.version);
    const opened = override.kind === 'patient-unreachable' && faults.length === 0 ? overridden(flow) : undefined;
    if (opened) return release(opened, flow, ['audit', 'inform-patient', 'follow-up-review']);
  }
  if (!isPassed) return deny(result, flow.rules.version);
  const used = [...result.outcome.used, ...result.grounds.consents.map(({ id }) => id)];
  const agreed = spot && used.includes('on-the-spot') ? ['record-consent-in-journal'] : [];
  return release(result, flow, ['audit', ...(result.grounds.basis.obligations ?? []), ...agreed]);
}

/**
 * Who may have what about whom, and why (consent model: gates G0 to G6). Pure, total and deterministic: no clock, no network, and equal input
 * with equal rules gives equal bytes. Everything that is not allowed is refused; a fault in a rule or in the request refuses too.
 * @param input one request for one recipient, with the patient's directives as they are at this moment
 * @param rules from {@link compileRules}
 * @returns the verdict with every reason, the items that may leave and those that may not
 */
export function decide(input: DecisionInput, rules: RuleSet): Decision {
  try {
    const resolved = resolve(input, rules);
    if ('refusal' in resolved) return deny({ codes: [resolved.refusal] }, rules.version);
    const { flow } = resolved;
    if (input.patient.deceased === true && !appliesAfterDeath(flow))
      return deny({ codes: ['LEGAL-DECEASED'] }, rules.version);
    return decideFlow(flow);
  } catch {
    // a rule that fails is a refusal with a code, never a rule that is skipped
    return deny({ codes: ['SYS-RULE-FAULT'] }, rules.version);
  }
}
