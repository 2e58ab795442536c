import type { Bundle, Encounter, MessageHeader, Organization, Patient, Provenance, Resource } from '@medplum/fhirtypes';

/** Resources the tests and the benchmark of this room share: invented persons and organisations, all valid unless a test breaks them. */
const narrative = (inner: string) => ({
  status: 'generated' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml"><p class="res">${inner}</p></div>`,
});

const MEDCOM = 'http://medcomfhir.dk/ig';
const TERMINOLOGY = `${MEDCOM}/terminology/CodeSystem`;
const USE = `${MEDCOM}/messaging/StructureDefinition/medcom-messaging-destinationUseExtension`;
export const LEAVE = `${MEDCOM}/hospitalnotification/StructureDefinition/medcom-hospitalnotifiation-leave-period-extension`;
export const REPORT = `${MEDCOM}/hospitalnotification/StructureDefinition/medcom-messaging-reportOfAdmissionExtension`;
export const REPORT_RECIPIENT = `${MEDCOM}/hospitalnotification/StructureDefinition/medcom-messaging-reportOfAdmissionRecipientExtension`;

const claims = (profile: string) => ({ profile: [`${MEDCOM}/${profile}`] });

export const patient = (): Patient => ({
  resourceType: 'Patient',
  id: '5b7d4f1c-64c4-4e0e-8d2a-6c9f0a7f7a01',
  meta: claims('core/StructureDefinition/medcom-core-patient'),
  text: narrative('Nancy Ann Test Berggren, 251248-9996'),
  identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996', use: 'official' }],
  name: [{ use: 'official', family: 'Berggren', given: ['Nancy', 'Ann', 'Test'] }],
  gender: 'female',
  birthDate: '1948-12-25',
  telecom: [{ system: 'phone', value: '00000000', use: 'home' }],
  address: [{ use: 'home', line: ['Testvej 1'], postalCode: '8000', city: 'Aarhus C' }],
});

export const organization = (id: string, sor: string, gln: string): Organization => ({
  resourceType: 'Organization',
  id,
  meta: claims('messaging/StructureDefinition/medcom-messaging-organization'),
  text: narrative(`Organisation ${sor}`),
  identifier: [
    { system: 'urn:oid:1.2.208.176.1.1', value: sor, use: 'official' },
    { system: 'https://www.gs1.org/gln', value: gln, use: 'official' },
  ],
  name: 'Afdeling for prøver',
});

const SENDER = '0f4b1d3e-3f6e-4a52-9d0d-1d6e6f5f2a02';
const RECEIVER = '1e5c2e4f-4a7f-4b63-8e1e-2e7f70603b03';

export const encounter = (): Encounter => ({
  resourceType: 'Encounter',
  id: '2d6d3f50-5b80-4c74-9f2f-3f8081714c04',
  meta: claims('hospitalnotification/StructureDefinition/medcom-hospitalNotification-encounter'),
  text: narrative('Indlagt'),
  status: 'in-progress',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  subject: { reference: 'Patient/5b7d4f1c-64c4-4e0e-8d2a-6c9f0a7f7a01' },
  episodeOfCare: [
    {
      identifier: {
        system: 'https://sor2.sum.dsdn.dk/#id=111111111111111',
        value: 'urn:uuid:3e8c9d52-0d6a-4f6b-9a56-5d9e4f1b7c05',
      },
    },
  ],
  period: { start: '2026-03-01T08:30:00+01:00' },
  serviceProvider: { reference: `Organization/${SENDER}` },
});

export const header = (): MessageHeader => ({
  resourceType: 'MessageHeader',
  id: '3c7e4061-6c91-4d85-8030-409192825d06',
  meta: claims('hospitalnotification/StructureDefinition/medcom-hospitalNotification-messageHeader'),
  text: narrative('Advis om sygehusophold'),
  eventCoding: { system: `${TERMINOLOGY}/medcom-messaging-eventCodes`, code: 'hospital-notification-message' },
  destination: [
    {
      extension: [
        { url: USE, valueCoding: { system: `${TERMINOLOGY}/medcom-messaging-destinationUse`, code: 'primary' } },
      ],
      endpoint: 'https://sor2.sum.dsdn.dk/#id=222222222222222',
      receiver: { reference: `Organization/${RECEIVER}` },
    },
  ],
  sender: { reference: `Organization/${SENDER}` },
  source: { endpoint: 'https://sor2.sum.dsdn.dk/#id=111111111111111' },
  focus: [{ reference: 'Encounter/2d6d3f50-5b80-4c74-9f2f-3f8081714c04' }],
});

export const provenance = (
  activity: string,
  previous?: { message: string; role: 'revision' | 'removal' },
): Provenance => ({
  resourceType: 'Provenance',
  id: '4b8f5172-7da2-4e96-9141-51a2a3936e07',
  meta: claims('messaging/StructureDefinition/medcom-messaging-provenance'),
  text: narrative(activity),
  target: [{ reference: `MessageHeader/${header().id}` }],
  occurredDateTime: '2026-03-01T08:31:00+01:00',
  recorded: '2026-03-01T08:31:00+01:00',
  activity: { coding: [{ system: `${TERMINOLOGY}/medcom-messaging-activityCodes`, code: activity }] },
  agent: [{ who: { reference: `Organization/${SENDER}` } }],
  ...(previous && { entity: [{ role: previous.role, what: { reference: `MessageHeader/${previous.message}` } }] }),
});

const EARLIER = '5a906283-8eb3-4fa7-8252-62b3b4a47f08';

const earlier = (): Provenance => ({
  ...provenance('admit-inpatient'),
  id: '69a17394-9fc4-40b8-9363-73c4c5b58009',
  target: [{ reference: `MessageHeader/${EARLIER}` }],
});

/** A HospitalNotification: an admission, or another activity upon an earlier message. */
export function notification(activity = 'admit-inpatient'): Bundle {
  const follows = activity !== 'admit-inpatient' && activity !== 'admit-emergency';
  const role = activity.startsWith('cancel-') ? 'removal' : 'revision';
  const resources: Resource[] = [
    header(),
    patient(),
    encounter(),
    organization(SENDER, '111111111111111', '5790000121526'),
    organization(RECEIVER, '222222222222222', '5790001382445'),
    provenance(activity, follows ? { message: EARLIER, role } : undefined),
    ...(follows ? [earlier()] : []),
  ];
  return message('hospitalnotification/StructureDefinition/medcom-hospitalNotification-message', resources);
}

export function acknowledgement(code: 'ok' | 'fatal-error'): Bundle {
  const own = provenance('acknowledgement', { message: EARLIER, role: 'revision' });
  const { focus: _focus, ...answer } = header();
  const outcome: Resource = {
    resourceType: 'OperationOutcome',
    id: '78b284a5-a0d5-41c9-8474-84d5d6c6910a',
    meta: claims('acknowledgement/StructureDefinition/medcom-acknowledgement-operationoutcome'),
    text: narrative('Afvist'),
    issue: [
      {
        severity: 'error',
        code: 'invalid',
        details: {
          coding: [{ system: `${TERMINOLOGY}/medcom-acknowledgement-error-codes`, code: 'MSG_Datatype_Wrong' }],
        },
      },
    ],
  };
  const answering: MessageHeader = {
    ...answer,
    meta: claims('acknowledgement/StructureDefinition/medcom-messaging-acknowledgementHeader'),
    eventCoding: { system: `${TERMINOLOGY}/medcom-messaging-eventCodes`, code: 'acknowledgement-message' },
    response: {
      identifier: EARLIER,
      code,
      ...(code !== 'ok' && { details: { reference: `OperationOutcome/${outcome.id}` } }),
    },
  };
  const resources: Resource[] = [
    answering,
    organization(SENDER, '111111111111111', '5790000121526'),
    organization(RECEIVER, '222222222222222', '5790001382445'),
    own,
    earlier(),
    ...(code === 'ok' ? [] : [outcome]),
  ];
  return message('acknowledgement/StructureDefinition/medcom-messaging-acknowledgement', resources);
}

function message(kind: string, resources: readonly Resource[]): Bundle {
  return {
    resourceType: 'Bundle',
    id: '87c395b6-b1e6-42da-9585-95e6e7d7a20b',
    meta: claims(kind),
    type: 'message',
    timestamp: '2026-03-01T08:31:05+01:00',
    entry: resources.map((resource) => ({
      fullUrl: `https://hub.example/fhir/${resource.resourceType}/${resource.id}`,
      resource,
    })),
  };
}

/** The resource of a type in a Bundle, to be changed by a test. */
export function resourceIn<T extends Resource['resourceType']>(
  bundle: Bundle,
  type: T,
): Extract<Resource, { resourceType: T }> {
  return bundle.entry!.find(({ resource }) => resource?.resourceType === type)!.resource as Extract<
    Resource,
    { resourceType: T }
  >;
}

/** Resources of many types, valid against base R4. */
export const valid: readonly Resource[] = [
  patient(),
  encounter(),
  organization(SENDER, '111111111111111', '5790000121526'),
  provenance('admit-inpatient'),
  header(),
  notification(),
  acknowledgement('fatal-error'),
  {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2026-03-01T08:30:00Z',
    valueQuantity: { value: 120, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    referenceRange: [{ low: { value: 90, unit: 'mmHg' }, high: { value: 140, unit: 'mmHg' } }],
    component: [{ code: { text: 'note' }, valueString: 'ok' }],
  },
  {
    resourceType: 'Condition',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
    code: { text: 'Prøve' },
    subject: { reference: 'Patient/1' },
    contained: [{ resourceType: 'Practitioner', id: 'p' }],
    recorder: { reference: '#p' },
  },
  {
    resourceType: 'Questionnaire',
    status: 'draft',
    name: 'Proeve',
    item: [
      { linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'string', text: 'a' }] },
      {
        linkId: '2',
        type: 'choice',
        answerOption: [{ valueString: 'x' }],
        enableWhen: [{ question: '1.1', operator: 'exists', answerBoolean: true }],
      },
    ],
  },
  {
    resourceType: 'Communication',
    status: 'unknown',
    subject: { reference: 'Patient/1' },
    payload: [{ contentString: 'tekst' }, { contentAttachment: { contentType: 'application/pdf', data: 'JVBERi0=' } }],
  },
  {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:0c1f3f39-41a4-4e8a-9c4d-2d0f8a5f4b6c',
        resource: { resourceType: 'Patient', birthDate: '1970' },
        request: { method: 'POST', url: 'Patient' },
      },
    ],
  },
  {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'test',
    criteria: 'http://samspil.dk/fhir/SubscriptionTopic/discharge',
    channel: { type: 'rest-hook', endpoint: 'https://kommune.example/hook', payload: 'application/fhir+json' },
  },
  {
    resourceType: 'Patient',
    birthDate: '1948-12-25',
    _birthDate: {
      extension: [
        {
          url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
          valueDateTime: '1948-12-25T01:00:00+01:00',
        },
      ],
    },
    name: [
      {
        given: ['A', null as unknown as string],
        _given: [null, { extension: [{ url: 'http://example.com/x', valueCode: 'y' }] }],
      } as never,
    ],
  } as Patient,
  {
    resourceType: 'ValueSet',
    status: 'active',
    url: 'http://example.com/vs',
    compose: { include: [{ system: 'http://example.com/cs', concept: [{ code: 'a' }] }] },
  },
];
