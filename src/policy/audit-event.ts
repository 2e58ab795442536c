import type { AuditEvent, AuditEventAgent, AuditEventEntity, AuditEventEntityDetail, Coding } from '@medplum/fhirtypes';
import type { Decision, DecisionInput, Party } from './decision.ts';

/** What an event is about, all by id: an AuditEvent holds no name, number, code of content or payload. */
export interface AuditContext {
  readonly id: string;
  /** Instant with zone. */
  readonly recorded: string;
  /** Id of the decision and of its patient on the hub. */
  readonly decision: string;
  readonly patient: string;
  /** Name of the hub, which decides and records. */
  readonly observer: string;
  /** Id of the message it belongs to. */
  readonly message?: string;
}

/** Beyond the decision, what a release says: hashes let the payload be proven without being kept. */
export interface ReleaseContext extends AuditContext {
  readonly delivery: string;
  /** Address it was sent to, without query. */
  readonly endpoint: string;
  /** SHA-256 of the payload before and after minimisation, hexadecimal. */
  readonly payloadBefore: string;
  readonly payloadAfter: string;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const SCT = 'http://snomed.info/sct';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ROLE_CLASS = 'http://terminology.hl7.org/CodeSystem/v3-RoleClass';
const SECURITY_ROLE = 'http://terminology.hl7.org/CodeSystem/extra-security-role-type';
const BALP = 'https://profiles.ihe.net/ITI/BALP';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const PURPOSE = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

/** The hub's purposes as codes of HL7 v3 ActReason; a purpose of its own keeps its own code. */
const PURPOSES: Readonly<Record<string, string>> = {
  treatment: 'TREAT',
  'discharge-letter': 'TREAT',
  'stand-in-note': 'TREAT',
  'safeguard-patient': 'ETREAT',
  emergency: 'ETREAT',
  quality: 'HQUALIMP',
  research: 'HRESCH',
  insurance: 'HPAYMT',
  'statutory-report': 'PUBHLTH',
};

function purposeCoding(purpose: string): Coding {
  const code = Object.hasOwn(PURPOSES, purpose) ? PURPOSES[purpose] : undefined;
  return code ? { system: PURPOSE, code } : { system: 'http://samspil.dk/fhir/CodeSystem/purpose', code: purpose };
}

function purposes({ purpose }: DecisionInput, { codes }: Decision): NonNullable<AuditEvent['purposeOfEvent']> {
  const override = codes.includes('EMG-OVERRIDE') ? [{ coding: [{ system: PURPOSE, code: 'BTG' }] }] : [];
  return [...(purpose ? [{ coding: [purposeCoding(purpose)] }] : []), ...override];
}

const organisation = (org: string) => ({ identifier: { system: 'urn:samspil:organisation', value: org } });

function agent(coding: Coding, who: AuditEventAgent['who'], more: Partial<AuditEventAgent> = {}): AuditEventAgent {
  return { type: { coding: [coding] }, who, requestor: false, ...more };
}

/** Who acts: the one who looks, or the one who sends. */
function actor({ sender, recipient, action }: DecisionInput): Party {
  return action === 'lookup' ? recipient : sender;
}

/** Client, user, the user's organisation and the authorizer, as BALP slices them; the user is known by role only. */
function decisionAgents(input: DecisionInput, context: AuditContext): AuditEventAgent[] {
  const { org, role } = actor(input);
  return [
    agent({ system: DCM, code: '110150' }, organisation(org), {
      network: { address: `urn:samspil:organisation:${org}`, type: '5' },
    }),
    agent({ system: PARTICIPATION, code: 'IRCP' }, organisation(input.recipient.org), {
      requestor: true,
      ...(role !== undefined && { role: [{ text: role }] }),
    }),
    agent({ system: ROLE_CLASS, code: 'PROV' }, organisation(org)),
    agent({ system: SECURITY_ROLE, code: 'authserver' }, { display: context.observer }),
  ];
}

/** Source (the hub), destination, and the custodian whose data they are. */
function releaseAgents({ sender, recipient }: DecisionInput, context: ReleaseContext): AuditEventAgent[] {
  return [
    agent(
      { system: DCM, code: '110153' },
      { display: context.observer },
      { network: { address: context.observer, type: '1' } },
    ),
    agent({ system: DCM, code: '110152' }, organisation(recipient.org), {
      requestor: true,
      network: { address: context.endpoint, type: '5' },
    }),
    agent({ system: SCT, code: '159541003' }, organisation(sender.org)),
  ];
}

function detail(type: string, value: string | number | null): AuditEventEntityDetail[] {
  return value === null ? [] : [{ type, valueString: String(value) }];
}

/** Withheld items as counts by code: their ids and kinds would tell what is there. */
function withheldCounts({ withheld }: Decision): AuditEventEntityDetail[] {
  const counts = new Map<string, number>();
  for (const { code } of withheld) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].sort().flatMap(([code, count]) => detail(`withheld:${code}`, count));
}

function patientEntity(patient: string): AuditEventEntity {
  return {
    what: { reference: `Patient/${patient}` },
    type: { system: ENTITY_TYPE, code: '1' },
    role: { system: OBJECT_ROLE, code: '1' },
  };
}

function details(decision: Decision, context: AuditContext): AuditEventEntityDetail[] {
  const { agreement, agreement_version, rule_set, basis, codes, disposition } = decision;
  return [
    ...detail('decision', decision.decision),
    ...detail('disposition', disposition),
    ...detail('rule-set', rule_set),
    ...detail('codes', codes.join(' ')),
    ...detail('basis', basis),
    ...detail('agreement', agreement === null ? null : `${agreement}|${agreement_version}`),
    ...withheldCounts(decision),
    ...detail('message', context.message ?? null),
  ];
}

/** BALP knows entities of type Consent: the decision on the directives as a whole, then each directive that settled something. */
function consentEntities(decision: Decision, context: AuditContext): AuditEventEntity[] {
  const type = { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' };
  const used = decision.directives.used.map((id) => ({
    what: { identifier: { system: 'urn:samspil:directive', value: id } },
    type,
  }));
  const whole = { what: { identifier: { system: 'urn:samspil:decision', value: context.decision } }, type };
  return [{ ...whole, detail: details(decision, context) }, ...used];
}

function source({ observer }: AuditContext, code: string): AuditEvent['source'] {
  const type = [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code }];
  return { observer: { display: observer }, type };
}

/** What was decided, for whom: the request and the decision on it. */
export interface Decided {
  readonly input: DecisionInput;
  readonly decision: Decision;
}

/**
 * The AuditEvent of a decision, permit or deny, after IHE BALP AuthZconsent (DICOM 110113, subtype AuthZ-Consent; outcome 0 or 8). Refused attempts are
 * events like others: the citizen's log shows them.
 */
export function decisionAuditEvent({ input, decision }: Decided, context: AuditContext): AuditEvent {
  const isPermit = decision.decision !== 'deny';
  return {
    resourceType: 'AuditEvent',
    id: context.id,
    meta: { profile: [`${BALP}/StructureDefinition/IHE.BasicAudit.AuthZconsent`] },
    type: { system: DCM, code: '110113' },
    subtype: [{ system: `${BALP}/CodeSystem/AuthZsubType`, code: 'AuthZ-Consent' }],
    action: 'E',
    recorded: context.recorded,
    outcome: isPermit ? '0' : '8',
    outcomeDesc: decision.explanation,
    purposeOfEvent: purposes(input, decision),
    agent: decisionAgents(input, context),
    source: source(context, '6'),
    entity: [patientEntity(context.patient), ...consentEntities(decision, context)],
  };
}

/**
 * The AuditEvent of a release, after IHE BALP PrivacyDisclosure.Source (DICOM 110106, subtype disclose): which decision let it out, how much was kept back by
 * code, and hashes of the payload before and after.
 */
export function releaseAuditEvent({ input, decision }: Decided, context: ReleaseContext): AuditEvent {
  const hashes = [...detail('sha256-before', context.payloadBefore), ...detail('sha256-after', context.payloadAfter)];
  return {
    resourceType: 'AuditEvent',
    id: context.id,
    meta: { profile: [`${BALP}/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source`] },
    type: { system: DCM, code: '110106' },
    subtype: [{ system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' }],
    action: 'R',
    recorded: context.recorded,
    outcome: '0',
    purposeOfEvent: purposes(input, decision),
    agent: releaseAgents(input, context),
    source: source(context, '4'),
    entity: [
      patientEntity(context.patient),
      {
        what: { identifier: { system: 'urn:samspil:delivery', value: context.delivery } },
        type: { system: ENTITY_TYPE, code: '2' },
        role: { system: OBJECT_ROLE, code: '3' },
        detail: [...hashes, ...details(decision, context)],
      },
      ...consentEntities(decision, context).slice(1),
    ],
  };
}
