import { directiveAuditEvent, overrideAuditEvent } from '../../src/policy/audit-change.ts';
import { citizenView } from '../../src/policy/audit-citizen.ts';

const context = {
  id: 'audit-7',
  recorded: '2026-05-12T09:30:00Z',
  patient: 'p',
  observer: 'https://hub.example',
  client: 'epj',
};
const declared = {
  emergency: 'e1',
  person: 'user-17',
  role: 'doctor',
  recipient: 'praksis',
  override: 'patient-unreachable',
};
const patient = {
  what: { reference: 'Patient/p' },
  type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '1' },
  role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1' },
};

test.each([
  [1, 'create', 'C'],
  [2, 'update', 'U'],
])('version %s of a directive is a %s', (version, code, action) => {
  const event = directiveAuditEvent({ directive: 'd1', version, status: 'active' }, context);
  expect(event).toEqual({
    resourceType: 'AuditEvent',
    id: 'audit-7',
    recorded: context.recorded,
    outcome: '0',
    source: {
      observer: { display: 'https://hub.example' },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code }],
    action,
    agent: [
      {
        type: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150' }] },
        who: { identifier: { system: 'urn:samspil:client', value: 'epj' } },
        requestor: true,
      },
    ],
    entity: [
      patient,
      {
        what: { reference: `Consent/d1/_history/${version}` },
        type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' },
        detail: [{ type: 'status', valueString: 'active' }],
      },
    ],
  });
});

test('a directive without a status has no detail', () => {
  expect(directiveAuditEvent({ directive: 'd1', version: 1 }, context).entity![1]).not.toHaveProperty('detail');
});

test('an override is a security alert, emergency override started, by a person in a role for a unit', () => {
  const event = overrideAuditEvent(declared, context);
  expect(event).toMatchObject({
    type: { code: '110113' },
    subtype: [{ code: '110127' }],
    action: 'E',
    purposeOfEvent: [{ coding: [{ code: 'BTG' }] }],
    agent: [
      { who: { identifier: { value: 'epj' } }, requestor: false },
      {
        type: { coding: [{ code: 'IRCP' }] },
        role: [{ text: 'doctor' }],
        who: { identifier: { system: 'urn:samspil:user:epj', value: 'user-17' } },
        requestor: true,
      },
      { type: { coding: [{ code: 'PROV' }] }, who: { identifier: { value: 'praksis' } }, requestor: false },
    ],
    entity: [
      patient,
      { what: { identifier: { value: 'e1' } }, detail: [{ type: 'kind', valueString: 'patient-unreachable' }] },
    ],
  });
});

test('the citizen sees a sentence, organisations by name, staff by role, and itself alone', () => {
  const event = overrideAuditEvent(declared, context);
  const seen = citizenView(event, {
    text: 'En sætning.',
    nameOf: (id) => (id === 'praksis' ? 'Lægehuset' : undefined),
  });
  expect(seen.outcomeDesc).toBe('En sætning.');
  expect(seen.entity).toEqual([patient]);
  expect(seen.agent!.map(({ who }) => who?.display)).toEqual([undefined, 'Sundhedsperson', 'Lægehuset']);
  expect(JSON.stringify(seen)).not.toContain('user-17');
});

test('a unit the region does not know keeps its id', () => {
  const seen = citizenView(overrideAuditEvent(declared, context), { text: 'x', nameOf: () => undefined });
  expect(seen.agent![2]!.who).toEqual({ identifier: { system: 'urn:samspil:organisation', value: 'praksis' } });
});
