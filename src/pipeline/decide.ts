import type { Encounter, Patient, Resource } from '@medplum/fhirtypes';
import { danishDate } from '../fhir/danish-time.ts';
import { classify } from '../policy/classify.ts';
import { decide } from '../policy/decide.ts';
import type { Decision, DecisionInput, Directive, Item } from '../policy/decision.ts';
import { minimise } from '../policy/minimise.ts';
import type { DecisionRow } from '../store/audit.ts';
import type { Directives } from '../store/directives.ts';
import type { ResourceRef } from '../store/resources.ts';
import { isOwnPractice } from './candidates.ts';
import type { Footing } from './footing.ts';
import type { Organisation, Topic } from './region.ts';

/** One recipient's claim to one event, with what is known at this moment. */
export interface Claim {
  readonly topic: Topic;
  readonly organisation: Organisation;
  readonly role: string;
  readonly healthProfessional: boolean;
  readonly senderOrganisation: string;
  readonly patient: Patient;
  readonly resources: readonly { readonly ref: ResourceRef; readonly content: Resource }[];
  readonly directives: Directives;
  /** Whether everybody who knows of directives could be asked. */
  readonly consentSource: 'ok' | 'unavailable';
}

export interface Decided {
  readonly input: DecisionInput;
  readonly decision: Decision;
}

/** The decision on one claim at `now` (instant with zone): the same call at acceptance and again just before sending. */
export function decideClaim(claim: Claim, footing: Footing, now: string): Decided {
  const input = inputOf(claim, footing, now);
  return { input, decision: decide(input, footing.rules) };
}

function inputOf(claim: Claim, footing: Footing, now: string): DecisionInput {
  const { topic, organisation, patient } = claim;
  const ownGp = isOwnPractice(organisation, patient);
  return {
    now,
    action: topic.action,
    purpose: topic.purpose,
    trigger: topic.trigger,
    // a sender of a current stay states by sending that what the topic carries is needed for it (§ 41 stk. 4)
    necessary_for_current_treatment: topic.purpose === 'treatment',
    sender: { org: claim.senderOrganisation, role: 'system', health_professional: true, treatment_relation: 'current' },
    recipient: {
      org: organisation.id,
      role: claim.role,
      health_professional: claim.healthProfessional,
      treatment_relation: ownGp || organisation.sector === 'municipality' ? 'current' : 'none',
      own_gp: ownGp,
    },
    patient: patientFacts(patient, claim.resources),
    items: claim.resources.map(({ ref, content }) => itemOf(ref, content, { claim, footing })),
    consents: claim.directives.flat as readonly Directive[],
    consent_source: claim.consentSource,
    emergency_override: overrideFor(claim),
    permission: null,
  };
}

/** An override is for one unit; the decision asks whether it holds. */
function overrideFor({ directives, organisation }: Claim): DecisionInput['emergency_override'] {
  return directives.overrides.find(({ recipient }) => recipient === organisation.id) ?? null;
}

function patientFacts(patient: Patient, resources: Claim['resources']): DecisionInput['patient'] {
  const deceased = patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined;
  return {
    ...(patient.birthDate && { birth_date: patient.birthDate }),
    capacity: 'full',
    representative: null,
    deceased,
    medicines: resources.filter(({ ref }) => ref.type === 'MedicationStatement').length,
    diagnosis_groups: [],
  };
}

function itemOf(ref: ResourceRef, content: Resource, { claim, footing }: { claim: Claim; footing: Footing }): Item {
  const source = sourceOf(content, claim, footing);
  const { category, labels } = classify(content, { sourceUnit: source, labelsOfUnit: footing.rules.labelsOfUnit });
  const recorded = recordedOf(content);
  return { id: `${ref.type}/${ref.id}`, category, labels, source, ...(recorded && { recorded }) };
}

/** The unit a fact comes from: the encounter's service provider where the region knows it, else the sender. */
function sourceOf(content: Resource, claim: Claim, { region }: Footing): string {
  const encounter =
    content.resourceType === 'Encounter'
      ? content
      : claim.resources.find(({ content: other }) => other.resourceType === 'Encounter')?.content;
  const value = (encounter as Encounter | undefined)?.serviceProvider?.identifier?.value;
  const unit = value && [...region.organisations.values()].find((one) => [one.sor, one.shak, one.gln].includes(value));
  return unit ? unit.id : claim.senderOrganisation;
}

function recordedOf(content: Resource): string | undefined {
  const { recordedDate, effectiveDateTime, period, issued } = content as unknown as Record<
    string,
    string & { start?: string }
  >;
  const told = recordedDate ?? effectiveDateTime ?? period?.start ?? issued ?? content.meta?.lastUpdated;
  return told && (told.includes('T') ? danishDate(told) : told);
}

/** What is kept of a decision: everything it said, and its input with resources by reference. */
export function decisionRow(decided: Decided, of: Omit<DecisionRow, 'outcome' | 'ruleSet' | 'content'>): DecisionRow {
  return { ...of, outcome: decided.decision.decision, ruleSet: decided.decision.rule_set, content: decided };
}

/** Nothing leaves unless the decision says so in both of its words. */
export function isReleased({ decision, disposition }: Decision): boolean {
  return decision !== 'deny' && disposition === 'send';
}

/** What of these leaves under the decision: built anew from what is allowed, labelled as the decision saw it. */
export function releasedOf({ input, decision }: Decided, contents: readonly Resource[]): Resource[] {
  if (!isReleased(decision)) return [];
  const labels = new Map(input.items.map((item) => [item.id, item.labels]));
  return minimise(contents, decision, { labelsOf: (item) => labels.get(item) });
}
