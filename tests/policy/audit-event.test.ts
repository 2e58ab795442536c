import { decisionAuditEvent, releaseAuditEvent } from '../../src/policy/audit-event.ts';
import { decide } from '../../src/policy/decide.ts';
import type { DecisionInput } from '../../src/policy/decision.ts';
import { request, rules } from './tables.ts';

const context = {
  id: 'a1',
  recorded: '2026-05-12T09:30:00+02:00',
  decision: 'dec-1',
  patient: 'pat-1',
  observer: 'samspil.region-nord.example',
  message: 'msg-1',
};
const release = {
  ...context,
  delivery: 'del-1',
  endpoint: 'https://kommune.example/fhir',
  payloadBefore: 'aa',
  payloadAfter: 'bb',
};
const decided = (title: string) => {
  const input = request(title);
  return { input, decision: decide(input, rules) };
};

test('the event of a redaction: codes, agreement, directives and counts, by id', () => {
  const event = decisionAuditEvent(decided('Later general consent does not lift a block of certain data'), context);
  expect(event).toEqual({
    resourceType: 'AuditEvent',
    id: 'a1',
    meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent'] },
    type: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110113' },
    subtype: [{ system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType', code: 'AuthZ-Consent' }],
    action: 'E',
    recorded: '2026-05-12T09:30:00+02:00',
    outcome: '0',
    outcomeDesc: 'SL41-1',
    purposeOfEvent: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }] }],
    agent: [
      {
        type: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150' }] },
        who: { identifier: { system: 'urn:samspil:organisation', value: 'ambulance' } },
        requestor: false,
        network: { address: 'urn:samspil:organisation:ambulance', type: '5' },
      },
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
        who: { identifier: { system: 'urn:samspil:organisation', value: 'akutteam' } },
        requestor: true,
        role: [{ text: 'paramedic' }],
      },
      {
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'PROV' }] },
        who: { identifier: { system: 'urn:samspil:organisation', value: 'ambulance' } },
        requestor: false,
      },
      {
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type', code: 'authserver' }],
        },
        who: { display: 'samspil.region-nord.example' },
        requestor: false,
      },
    ],
    source: {
      observer: { display: 'samspil.region-nord.example' },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '6' }],
    },
    entity: [
      {
        what: { reference: 'Patient/pat-1' },
        type: { system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type', code: '1' },
        role: { system: 'http://terminology.hl7.org/CodeSystem/object-role', code: '1' },
      },
      {
        what: { identifier: { system: 'urn:samspil:decision', value: 'dec-1' } },
        type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' },
        detail: [
          { type: 'decision', valueString: 'permit-with-redaction' },
          { type: 'disposition', valueString: 'send' },
          { type: 'rule-set', valueString: rules.version },
          { type: 'codes', valueString: 'SL41-1 AGR-OK DIR-CONSENT-OK DIR-OPT-OUT-SOURCE' },
          { type: 'basis', valueString: 'SL41-1' },
          { type: 'agreement', valueString: 'B-AFSLUTTET|4' },
          { type: 'withheld:DIR-OPT-OUT-SOURCE', valueString: '1' },
          { type: 'message', valueString: 'msg-1' },
        ],
      },
      ...['d1', 'd2'].map((value) => ({
        what: { identifier: { system: 'urn:samspil:directive', value } },
        type: { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' },
      })),
    ],
  });
});

test('a refused attempt is an event too', () => {
  const { message: _, ...without } = context;
  const event = decisionAuditEvent(decided('Lookup without current relation'), without);
  expect(event).toMatchObject({ outcome: '8', outcomeDesc: 'LEGAL-NONE' });
  expect(event.agent[0]?.who?.identifier?.value).toBe('akutmodtagelse');
  expect(event.agent[1]?.role).toEqual([{ text: 'doctor' }]);
  expect(event.entity?.[1]?.detail?.map(({ type }) => type)).toEqual(['decision', 'disposition', 'rule-set', 'codes']);
});

test('an override is told as break-glass beside the purpose', () => {
  const event = decisionAuditEvent(decided('Override across authorities without agreement'), context);
  expect(event.purposeOfEvent?.map(({ coding }) => coding?.[0]?.code)).toEqual(['TREAT', 'BTG']);
});

test('a purpose v3 has no word for keeps the hub’s own, and none gives none', () => {
  const own = decisionAuditEvent(decided('Follow-up on an adverse event between region and municipality'), context);
  expect(own.purposeOfEvent).toEqual([
    { coding: [{ system: 'http://samspil.dk/fhir/CodeSystem/purpose', code: 'adverse-event' }] },
  ]);
  expect(decisionAuditEvent(decided('Purpose missing'), context).purposeOfEvent).toEqual([]);
  const odd: DecisionInput = { ...request('General opt-out'), purpose: 'constructor' };
  expect(decisionAuditEvent({ input: odd, decision: decide(odd, rules) }, context).purposeOfEvent).toEqual([
    { coding: [{ system: 'http://samspil.dk/fhir/CodeSystem/purpose', code: 'constructor' }] },
  ]);
});

test('the event of a release: source, destination, custodian, and the payload by its hashes', () => {
  const event = releaseAuditEvent(decided('Later general consent does not lift a block of certain data'), release);
  expect(event).toMatchObject({
    meta: {
      profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source'],
    },
    type: { code: '110106' },
    subtype: [{ system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' }],
    action: 'R',
    outcome: '0',
    source: { observer: { display: 'samspil.region-nord.example' }, type: [{ code: '4' }] },
  });
  expect(event.agent).toEqual([
    {
      type: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110153' }] },
      who: { display: 'samspil.region-nord.example' },
      requestor: false,
      network: { address: 'samspil.region-nord.example', type: '1' },
    },
    {
      type: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110152' }] },
      who: { identifier: { system: 'urn:samspil:organisation', value: 'akutteam' } },
      requestor: true,
      network: { address: 'https://kommune.example/fhir', type: '5' },
    },
    {
      type: { coding: [{ system: 'http://snomed.info/sct', code: '159541003' }] },
      who: { identifier: { system: 'urn:samspil:organisation', value: 'ambulance' } },
      requestor: false,
    },
  ]);
  const [person, payload, ...directives] = event.entity!;
  expect(person?.what?.reference).toBe('Patient/pat-1');
  expect(payload?.what?.identifier).toEqual({ system: 'urn:samspil:delivery', value: 'del-1' });
  expect(payload?.role?.code).toBe('3');
  expect(payload?.detail?.slice(0, 3)).toEqual([
    { type: 'sha256-before', valueString: 'aa' },
    { type: 'sha256-after', valueString: 'bb' },
    { type: 'decision', valueString: 'permit-with-redaction' },
  ]);
  expect(directives.map(({ what }) => what?.identifier?.value)).toEqual(['d1', 'd2']);
});
