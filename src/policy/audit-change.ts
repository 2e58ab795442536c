import type { AuditEvent } from '@medplum/fhirtypes';

/** What changed the ground of decisions: a directive of the patient, or an emergency override. All by id and code, no text and no name. */
export interface ChangeContext {
  readonly id: string;
  /** Instant with zone. */
  readonly recorded: string;
  readonly patient: string;
  readonly observer: string;
  /** The client that did it. */
  readonly client: string;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const SOURCE_TYPE = 'http://terminology.hl7.org/CodeSystem/security-source-type';

function frame({ id, recorded, patient, observer, client }: ChangeContext) {
  return {
    resourceType: 'AuditEvent' as const,
    id,
    recorded,
    outcome: '0' as const,
    source: { observer: { display: observer }, type: [{ system: SOURCE_TYPE, code: '4' }] },
    client: {
      type: { coding: [{ system: DCM, code: '110150' }] },
      who: { identifier: { system: 'urn:samspil:client', value: client } },
    },
    patient: {
      what: { reference: `Patient/${patient}` },
      type: { system: ENTITY_TYPE, code: '1' },
      role: { system: OBJECT_ROLE, code: '1' },
    },
  };
}

export interface DirectiveChange {
  readonly directive: string;
  readonly version: number;
  readonly status?: string;
}

/** A directive made, changed or revoked: a RESTful create or update of a Consent (IHE BALP, RESTful activities). */
export function directiveAuditEvent(
  { directive, version, status }: DirectiveChange,
  context: ChangeContext,
): AuditEvent {
  const { client, patient, ...rest } = frame(context);
  const isNew = version === 1;
  return {
    ...rest,
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: isNew ? 'create' : 'update' }],
    action: isNew ? 'C' : 'U',
    agent: [{ ...client, requestor: true }],
    entity: [
      patient,
      {
        what: { reference: `Consent/${directive}/_history/${version}` },
        type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' },
        ...(status && { detail: [{ type: 'status', valueString: status }] }),
      },
    ],
  };
}

export interface Override {
  readonly emergency: string;
  readonly person: string;
  readonly role: string;
  readonly recipient: string;
  readonly override: string;
}

/** An emergency override declared: DICOM security alert 110113, Emergency Override Started 110127 (PS3.16 CID 403). The reason's text stays on file. */
export function overrideAuditEvent(given: Override, context: ChangeContext): AuditEvent {
  const { client, patient, ...rest } = frame(context);
  return {
    ...rest,
    type: { system: DCM, code: '110113' },
    subtype: [{ system: DCM, code: '110127' }],
    action: 'E',
    purposeOfEvent: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' }] }],
    agent: [
      { ...client, requestor: false },
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
        role: [{ text: given.role }],
        who: { identifier: { system: `urn:samspil:user:${context.client}`, value: given.person } },
        requestor: true,
      },
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'PROV' }] },
        who: { identifier: { system: 'urn:samspil:organisation', value: given.recipient } },
        requestor: false,
      },
    ],
    entity: [
      patient,
      {
        what: { identifier: { system: 'urn:samspil:emergency', value: given.emergency } },
        type: { system: ENTITY_TYPE, code: '4' },
        detail: [{ type: 'kind', valueString: given.override }],
      },
    ],
  };
}
