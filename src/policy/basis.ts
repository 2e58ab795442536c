import { addMonths, dateOf } from './calendar.ts';
import type { Party } from './decision.ts';
import { generalPermits, type Heard, isDataSpecific } from './directives.ts';
import type { Flow } from './flow.ts';
import type { ConsentCondition, LegalBasis, PartyCondition } from './legal-bases.ts';
import { sameEntity, type Unit } from './organisation.ts';
import type { ReasonCode } from './reason-codes.ts';

/** The legal basis of a flow, and the consents it rests on (none where it rests on none). */
export interface Grounds {
  readonly basis: LegalBasis;
  readonly consents: readonly Heard[];
}

export interface NoGrounds {
  /** Why consents that would have been a basis were not. */
  readonly faults: readonly ReasonCode[];
  /** A consent could be the basis, if there were one. */
  readonly needsConsent: boolean;
}

function isRecentEnough({ treatment_ended, months_since_treatment }: Party, most: number, today: string): boolean {
  if (treatment_ended === undefined)
    return typeof months_since_treatment === 'number' && months_since_treatment <= most;
  const ended = dateOf(treatment_ended);
  return ended !== undefined && today <= addMonths(ended, most);
}

/** The patient's own GP, told as a fact or by the kind of unit, or the practice that referred. */
function isOwnOrReferring(party: Party, unit: Unit): boolean {
  return party.own_gp === true || party.referred_patient === true || unit.unitType === 'own-gp';
}

export function meetsParty(condition: PartyCondition | undefined, party: Party, unit: Unit, today: string): boolean {
  if (!condition) return true;
  const { sectors, branch, roles, healthProfessional, relations, ownOrReferring, monthsSinceTreatment } = condition;
  if (sectors && !sectors.includes(unit.sector)) return false;
  if (branch && unit.branch !== branch) return false;
  if (roles && !roles.includes(party.role ?? '')) return false;
  if (healthProfessional && party.health_professional !== true) return false;
  if (relations && !relations.includes(party.treatment_relation ?? '')) return false;
  if (ownOrReferring && !isOwnOrReferring(party, unit)) return false;
  return monthsSinceTreatment === undefined || isRecentEnough(party, monthsSinceTreatment, today);
}

function isForPurpose({ purposes }: LegalBasis, purpose: string): boolean {
  return 'otherThan' in purposes ? !purposes.otherThan.includes(purpose) : purposes.includes(purpose);
}

function isLaw({ validFrom, validTo }: LegalBasis, today: string): boolean {
  return validFrom <= today && (validTo === undefined || today <= validTo);
}

function meetsFacts(basis: LegalBasis, { input, sender, recipient }: Flow): boolean {
  if (basis.necessary && input.necessary_for_current_treatment !== true) return false;
  if (basis.permission && input.permission !== basis.permission) return false;
  if (basis.sameEntity && !sameEntity(sender, recipient)) return false;
  if (!basis.patient?.incapableWithoutRepresentative) return true;
  const { capacity, representative } = input.patient;
  return (capacity === 'permanently-incapable' || capacity === 'temporarily-incapable') && !representative;
}

/** Everything a basis asks but purpose and consent. */
function fits(basis: LegalBasis, flow: Flow): boolean {
  const { input, sender, recipient, today } = flow;
  return (
    isLaw(basis, today) &&
    basis.actions.includes(flow.action) &&
    meetsParty(basis.sender, input.sender, sender, today) &&
    meetsParty(basis.recipient, input.recipient, recipient, today)
  );
}

/** Form of a consent: `undefined` demands none; what is signed digitally is written. */
export function hasForm({ form }: Heard, forms: readonly string[] | undefined): boolean {
  return !forms || (form !== undefined && forms.includes(form));
}

function consentFaults(consent: Heard, { forms, lapsesAfterMonths }: ConsentCondition, today: string): ReasonCode[] {
  const faults: ReasonCode[] = hasForm(consent, forms) ? [] : ['DIR-CONSENT-FORM'];
  if (lapsesAfterMonths === undefined || !Number.isFinite(consent.given.first)) return faults;
  const given = dateOf(new Date(consent.given.first).toISOString())!;
  return today <= addMonths(given, lapsesAfterMonths) ? faults : [...faults, 'DIR-CONSENT-LAPSED'];
}

function isNamed({ scope }: Heard): boolean {
  return Boolean((scope.recipient ?? scope.recipient_entity) && scope.purpose);
}

interface Candidate extends Grounds {
  readonly faults: readonly ReasonCode[];
}

function candidate(basis: LegalBasis, permits: readonly Heard[], today: string): Candidate {
  if (!basis.consent) return { basis, consents: [], faults: [] };
  const condition = basis.consent;
  const meant = permits.filter((permit) => !condition.mustName || isNamed(permit));
  const judged = meant.map((consent) => ({ consent, faults: consentFaults(consent, condition, today) }));
  const consents = judged.filter(({ faults }) => faults.length === 0).map(({ consent }) => consent);
  return { basis, consents, faults: judged.flatMap(({ faults }) => faults) };
}

/**
 * Gate G1: the first row of the law, by rank, that fits the flow. A consent for some data only is a basis for those data, and the last resort.
 * @param heard directives in effect; permits among them may be the basis
 */
export function legalGrounds(flow: Flow, heard: readonly Heard[]): Grounds | NoGrounds {
  const permits = generalPermits(heard);
  const rows = flow.rules.bases.filter(
    (basis) => isForPurpose(basis, flow.purpose) && fits(basis, flow) && meetsFacts(basis, flow),
  );
  const candidates = rows.map((basis) => candidate(basis, permits, flow.today));
  const whole = candidates.find(
    ({ basis, consents }) => !basis.consent || consents.some((one) => !isDataSpecific(one)),
  );
  const partly = candidates.find(({ consents }) => consents.length > 0);
  const found = whole ?? partly;
  if (found) return { basis: found.basis, consents: found.consents };
  return { faults: candidates.flatMap(({ faults }) => faults), needsConsent: candidates.length > 0 };
}

/** The row an emergency override rests on, if the flow may be opened by one at all. */
export function overrideBasis(flow: Flow): LegalBasis | undefined {
  return flow.rules.bases.find((basis) => basis.override?.includes(flow.purpose) && fits(basis, flow));
}

/** Dead patients: only what the law asks for after death may be told. */
export function appliesAfterDeath(flow: Flow): boolean {
  return flow.rules.bases.some(
    (basis) => basis.afterDeath && isForPurpose(basis, flow.purpose) && fits(basis, flow) && meetsFacts(basis, flow),
  );
}
