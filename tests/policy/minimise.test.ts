import type { Bundle, Composition, Encounter, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { ALLOW_LIST } from '../../src/policy/allow-list.ts';
import { classify } from '../../src/policy/classify.ts';
import { decide } from '../../src/policy/decide.ts';
import type { Decision, DecisionInput, Terms } from '../../src/policy/decision.ts';
import { itemId, minimise } from '../../src/policy/minimise.ts';
import { request, rules } from './tables.ts';

/** A word that must never be seen at the recipient. */
const SECRET = 'HEMMELIGT';
const SKS = 'urn:oid:1.2.208.176.2.4';

const patient: Patient = {
  resourceType: 'Patient',
  id: 'p',
  meta: { versionId: '3', lastUpdated: '2026-05-12T07:00:00Z', source: SECRET, tag: [{ code: SECRET }] },
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${SECRET}</div>` },
  identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996', assigner: { display: SECRET } }],
  name: [{ family: 'Berggren', given: ['Nancy', 'Ann'], text: 'Nancy Ann Berggren' }],
  gender: 'female',
  birthDate: '1948-12-25',
  telecom: [{ system: 'phone', value: SECRET }],
  address: [{ line: [SECRET] }],
  contact: [{ name: { family: SECRET } }],
  communication: [{ language: { text: SECRET } }],
  photo: [{ data: SECRET }],
  extension: [{ url: `http://example.org/${SECRET}`, valueString: SECRET }],
};
const encounter: Encounter = {
  resourceType: 'Encounter',
  id: 'e',
  identifier: [{ system: 'urn:oid:1.2.208.184', value: 'stay-1' }],
  status: 'onleave',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP', display: SECRET },
  type: [{ text: SECRET }],
  serviceType: { text: SECRET },
  priority: { text: SECRET },
  subject: { reference: 'Patient/p', display: SECRET },
  episodeOfCare: [
    {
      reference: 'EpisodeOfCare/x',
      identifier: { system: 'urn:oid:1.2.208.176', value: 'episode-1' },
      display: SECRET,
    },
  ],
  participant: [{ individual: { display: SECRET } }],
  period: { start: '2026-05-10T08:00:00+02:00' },
  reasonCode: [{ coding: [{ system: SKS, code: 'DF200', display: SECRET }], text: SECRET }],
  diagnosis: [{ condition: { reference: 'Condition/c' } }],
  hospitalization: { dischargeDisposition: { text: SECRET } },
  location: [{ location: { display: SECRET } }],
  serviceProvider: { identifier: { system: 'urn:oid:1.2.208.176.1.1', value: '441211000016002' }, display: SECRET },
  extension: [
    {
      url: 'http://samspil.dk/fhir/StructureDefinition/leave-period',
      valuePeriod: { start: '2026-05-11T10:00:00+02:00' },
    },
    { url: 'http://example.org/other', valueString: SECRET },
  ],
};

const all: Terms = {
  categories: null,
  free_text: true,
  attachments: true,
  identity_elements: null,
  elements: null,
  kept_labels: [],
};
const closed: Terms = { ...all, free_text: false, attachments: false };

/** A decision that releases these resources under such terms. */
function releasing(resources: readonly Resource[], terms: Terms): Decision {
  const decision = decide(request('74 years with 8 medicines and heart failure'), rules);
  return { ...decision, released: resources.map(itemId), terms };
}

function advis(resources: readonly Resource[], change: Partial<DecisionInput> = {}): Decision {
  const items = resources.map((one) => ({
    id: itemId(one),
    ...classify(one, { sourceUnit: 'medicinsk-afdeling' }),
    recorded: '2026-05-12',
  }));
  return decide({ ...request('Notice of a death to the municipality'), items, ...change }, rules);
}

test('the admission notice keeps the fact and times of the stay and nothing clinical', () => {
  const made = minimise([patient, encounter], advis([patient, encounter]));
  expect(JSON.stringify(made)).not.toContain(SECRET);
  const [person, stay] = made as [Patient, Encounter];
  expect(Object.keys(stay).sort()).toEqual(
    [
      'resourceType',
      'id',
      'meta',
      'text',
      'identifier',
      'status',
      'class',
      'subject',
      'episodeOfCare',
      'period',
      'serviceProvider',
      'extension',
    ].sort(),
  );
  expect(stay).toMatchObject({
    status: 'onleave',
    class: { code: 'IMP' },
    subject: { reference: 'Patient/p' },
    episodeOfCare: [{ identifier: { system: 'urn:oid:1.2.208.176', value: 'episode-1' } }],
    serviceProvider: { identifier: { value: '441211000016002' } },
    extension: [
      {
        url: 'http://samspil.dk/fhir/StructureDefinition/leave-period',
        valuePeriod: { start: '2026-05-11T10:00:00+02:00' },
      },
    ],
  });
  expect(stay.episodeOfCare![0]).not.toHaveProperty('reference');
  expect(person).toMatchObject({
    identifier: [{ value: '2512489996' }],
    name: [{ family: 'Berggren', given: ['Nancy', 'Ann'] }],
    birthDate: '1948-12-25',
  });
  // the stay has a psychiatric reason, its copy has not: the label of the copy must not tell
  expect(stay.meta?.security).toEqual([
    { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' },
  ]);
});

test('the death of the patient is told', () => {
  const dead = { ...patient, deceasedBoolean: true };
  const [person] = minimise([dead, encounter], advis([dead, encounter])) as [Patient];
  expect(person.deceasedBoolean).toBe(true);
});

test('the original is left as it was', () => {
  const before = JSON.stringify([patient, encounter]);
  minimise([patient, encounter], releasing([patient, encounter], all));
  expect(JSON.stringify([patient, encounter])).toBe(before);
});

test('a decision that does not send lets nothing out, whatever it lists', () => {
  const decision = releasing([patient, encounter], all);
  expect(minimise([patient, encounter], { ...decision, decision: 'deny' })).toEqual([]);
  expect(minimise([patient, encounter], { ...decision, disposition: 'hold-and-retry' })).toEqual([]);
  expect(minimise([patient, encounter], { ...decision, released: [] })).toEqual([]);
});

test('what is not released stays, and nothing points at it', () => {
  const observation: Observation = {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'https://hub.example/fhir/Patient/p' },
    encounter: { reference: 'Encounter/e/_history/2' },
    hasMember: [
      { reference: 'Observation/other', display: SECRET },
      { reference: 'urn:uuid:hidden' },
      { reference: 'Observation/kept' },
    ],
    derivedFrom: [{ identifier: { system: 'urn:local:lab', value: SECRET } }],
    performer: [
      { reference: 'Practitioner/d', display: SECRET },
      { identifier: { system: 'urn:oid:1.2.208.176.1.1', value: '441211000016002' } },
    ],
    valueQuantity: { value: 72, system: 'http://unitsofmeasure.org', code: '/min', unit: 'slag' },
  };
  const hidden: Observation = { ...observation, id: 'hidden', hasMember: undefined, valueString: SECRET };
  const kept: Observation = { ...observation, id: 'kept', hasMember: undefined };
  const made = minimise(
    [patient, encounter, observation, hidden, kept],
    releasing([patient, observation, kept], closed),
  );
  expect(made.map(itemId)).toEqual(['Patient/p', 'Observation/o', 'Observation/kept']);
  const [, out] = made as [Patient, Observation];
  expect(JSON.stringify(made.slice(1))).not.toContain(SECRET);
  expect(out.hasMember).toEqual([{ reference: 'Observation/kept' }]);
  expect(out.subject).toEqual({ reference: 'https://hub.example/fhir/Patient/p' });
  expect(out).not.toHaveProperty('encounter');
  expect(out).not.toHaveProperty('derivedFrom');
  expect(out.performer).toEqual([
    { reference: 'Practitioner/d' },
    { identifier: { system: 'urn:oid:1.2.208.176.1.1', value: '441211000016002' } },
  ]);
  expect(out.valueQuantity).toEqual({ value: 72, system: 'http://unitsofmeasure.org', code: '/min', unit: 'slag' });
});

test('a person or place that is itself withheld is not pointed at', () => {
  const practitioner: Resource = { resourceType: 'Practitioner', id: 'd', name: [{ family: SECRET }] };
  const observation: Observation = {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    performer: [{ reference: 'Practitioner/d', identifier: { system: 'urn:oid:1.2.208.176.1.1', value: SECRET } }],
    valueInteger: 1,
  };
  const [out] = minimise([practitioner, observation], releasing([observation], all)) as [Observation];
  expect(out).not.toHaveProperty('performer');
});

describe('free text', () => {
  const observation: Observation = {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: SECRET }], text: SECRET },
    valueString: SECRET,
    note: [{ text: SECRET }],
    component: [{ code: { text: SECRET }, valueString: SECRET }],
    _status: { extension: [{ url: 'x', valueString: SECRET }] },
    bodySite: { id: SECRET, coding: [{ system: SKS, code: 'X', userSelected: true }] },
  } as unknown as Observation;

  test('stays back unless the terms allow it', () => {
    expect(JSON.stringify(minimise([observation], releasing([observation], closed)))).not.toContain(SECRET);
  });
  test('leaves where they do, displays never', () => {
    const [out] = minimise([observation], releasing([observation], all)) as [Observation];
    expect(out).toMatchObject({ valueString: SECRET, note: [{ text: SECRET }], code: { text: SECRET } });
    expect(out.code.coding).toEqual([{ system: 'http://loinc.org', code: '8867-4' }]);
    expect(out).not.toHaveProperty('_status');
    expect(out.bodySite).toEqual({ coding: [{ system: SKS, code: 'X', userSelected: true }] });
  });
  test('an official display comes from the terminology handed in', () => {
    const display = (system: string, code: string) =>
      `${system}|${code}` === 'http://loinc.org|8867-4' ? 'Heart rate' : undefined;
    const [out] = minimise([observation], releasing([observation], closed), { display }) as [Observation];
    expect(out.code.coding).toEqual([{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }]);
  });
});

test('attachments, their titles and addresses leave only where the terms allow attachments', () => {
  const resources: Resource[] = [
    {
      resourceType: 'DocumentReference',
      id: 'd',
      status: 'current',
      type: { coding: [{ code: 'x' }] },
      content: [{ attachment: { data: SECRET, title: SECRET, url: SECRET } }],
    },
    { resourceType: 'Binary', id: 'b', contentType: 'application/pdf', data: SECRET },
    { resourceType: 'Media', id: 'm', status: 'completed', content: { data: SECRET } },
    {
      resourceType: 'DiagnosticReport',
      id: 'r',
      status: 'final',
      code: {},
      conclusion: SECRET,
      presentedForm: [{ data: SECRET }],
    },
    {
      resourceType: 'Communication',
      id: 'c',
      status: 'completed',
      payload: [{ contentAttachment: { data: SECRET, title: SECRET } }, { contentString: SECRET }],
    },
  ];
  expect(JSON.stringify(minimise(resources, releasing(resources, closed)))).not.toContain(SECRET);
  const open = minimise(resources, releasing(resources, all));
  expect(open).toHaveLength(5);
  for (const one of open) expect(JSON.stringify(one)).toContain(SECRET);
  const onlyText = minimise(resources, releasing(resources, { ...all, attachments: false }));
  expect(onlyText.map((one) => JSON.stringify(one).includes(SECRET))).toEqual([false, false, false, true, true]);
});

describe('contained resources', () => {
  const holder: Resource = {
    resourceType: 'MedicationStatement',
    id: 'm',
    status: 'active',
    medicationReference: { reference: '#med' },
    subject: { reference: 'Patient/p' },
    reasonCode: [{ coding: [{ system: SKS, code: 'DI10' }] }],
    informationSource: { reference: '#who' },
    contained: [
      {
        resourceType: 'Medication',
        id: 'med',
        meta: { tag: [{ code: SECRET }] },
        code: { coding: [{ system: 'http://www.whocc.no/atc', code: 'C07AB02', display: SECRET }] },
      },
      { resourceType: 'Condition', id: 'why', subject: {}, code: { text: SECRET } },
      { resourceType: 'Practitioner', id: 'who', name: [{ family: 'Holm' }] },
    ],
  };
  test('stay where they are of their holder’s own category, or persons and places', () => {
    const [out] = minimise([holder], releasing([holder], all)) as [typeof holder];
    expect(JSON.stringify(out)).not.toContain(SECRET);
    expect(out.contained?.map(({ id }) => id)).toEqual(['med', 'who']);
    expect(out).toMatchObject({ medicationReference: { reference: '#med' }, informationSource: { reference: '#who' } });
    expect(out.contained?.[0]).not.toHaveProperty('meta');
  });
  test('a contained resource that stays back is not pointed at', () => {
    const pointing = { ...holder, medicationReference: { reference: '#why' } } as Resource;
    const [out] = minimise([pointing], releasing([pointing], { ...all, categories: ['other'] }));
    expect(out).not.toHaveProperty('medicationReference');
    expect((out as typeof holder).contained?.map(({ id }) => id)).toEqual(['who']);
  });
});

describe('documents', () => {
  const composition: Composition = {
    resourceType: 'Composition',
    id: 'doc',
    status: 'final',
    type: { coding: [{ system: 'http://loinc.org', code: '18842-5' }] },
    date: '2026-05-12',
    author: [{ reference: 'Practitioner/d', display: SECRET }],
    title: 'Udskrivningsbrev',
    section: [
      {
        title: 'Forløb',
        text: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">forløbet</div>' },
      },
      {
        title: 'Diagnoser',
        text: { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml">${SECRET}</div>` },
        entry: [{ reference: 'Condition/hidden', display: SECRET }, { reference: 'Observation/o' }],
      },
      { title: 'Kun tilbageholdt', entry: [{ reference: 'Condition/hidden' }] },
      { title: 'Del', section: [{ title: 'Indre', entry: [{ reference: 'Observation/o' }] }] },
    ],
  };
  const hidden: Resource = { resourceType: 'Condition', id: 'hidden', subject: {}, code: { text: SECRET } };
  const seen: Resource = { resourceType: 'Observation', id: 'o', status: 'final', code: {}, valueInteger: 1 };
  test('sections lose what points at something withheld, and the text that tells of it', () => {
    const [out] = minimise([composition, hidden, seen], releasing([composition, seen], all)) as [Composition];
    expect(JSON.stringify(out)).not.toContain(SECRET);
    expect(out.section).toEqual([
      {
        title: 'Forløb',
        text: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">forløbet</div>' },
      },
      { title: 'Diagnoser', entry: [{ reference: 'Observation/o' }] },
      { title: 'Del', section: [{ title: 'Indre', entry: [{ reference: 'Observation/o' }] }] },
    ]);
  });
  test('without free text only the entries are left', () => {
    const [out] = minimise([composition, hidden, seen], releasing([composition, seen], closed)) as [Composition];
    expect(out.section?.map(({ title }) => title)).toEqual(['Diagnoser', 'Del']);
  });
});

test('a nested Bundle, a Consent or any type without a row never leaves, whatever the decision lists', () => {
  const bundle: Bundle = { resourceType: 'Bundle', id: 'b', type: 'collection', entry: [{ resource: { ...patient } }] };
  const consent = { resourceType: 'Consent', id: 'c', status: 'active' } as Resource;
  const audit = { resourceType: 'AuditEvent', id: 'a' } as Resource;
  const resources = [bundle, consent, audit];
  expect(minimise(resources, releasing(resources, all))).toEqual([]);
  for (const type of ['Bundle', 'Consent', 'AuditEvent', 'Provenance', 'Parameters', 'Basic'])
    expect(ALLOW_LIST).not.toHaveProperty(type);
});

test('name and address protection holds under any agreement', () => {
  const shielded: Patient = { ...patient, meta: { security: [{ code: 'NAB' }] } };
  const [out] = minimise([shielded], releasing([shielded], all)) as [Patient];
  expect(out).not.toHaveProperty('address');
  expect(out).not.toHaveProperty('telecom');
  const [open] = minimise([patient], releasing([patient], all)) as [Patient];
  expect(open).toHaveProperty('address');
  expect(open).toHaveProperty('telecom');
});

test('identity leaves by the elements the terms name', () => {
  const dead = { ...patient, deceasedDateTime: '2026-05-12' };
  const [out] = minimise([dead], releasing([dead], { ...all, identity_elements: ['identifier', 'deceased'] })) as [
    Patient,
  ];
  expect(Object.keys(out)).toEqual(['resourceType', 'id', 'meta', 'text', 'identifier', 'deceasedDateTime']);
});

test('an agreement narrows the elements of a type and never widens them', () => {
  const terms = { ...all, elements: { Encounter: ['status', 'period', 'text', 'madeUp'] } };
  const [out] = minimise([encounter], releasing([encounter], terms)) as [Encounter];
  expect(Object.keys(out).sort()).toEqual(['extension', 'id', 'meta', 'period', 'resourceType', 'status', 'text']);
});

test('clinical details of an encounter leave only with a category of their own', () => {
  const [plain] = minimise([encounter], releasing([encounter], { ...all, categories: ['admission-status'] })) as [
    Encounter,
  ];
  expect(plain).not.toHaveProperty('reasonCode');
  const details = { ...all, categories: ['admission-status', 'encounter-details'] };
  const [more] = minimise([encounter], releasing([encounter], details)) as [Encounter];
  expect(more.reasonCode?.[0]?.coding).toEqual([{ system: SKS, code: 'DF200' }]);
});

describe('labels of the copy', () => {
  const condition: Resource = {
    resourceType: 'Condition',
    id: 'c',
    subject: { reference: 'Patient/p' },
    code: { coding: [{ system: SKS, code: 'DF200' }] },
  };
  const security = (terms: Terms, labels?: string[]) =>
    minimise(
      [condition],
      releasing([condition], terms),
      labels ? { labelsOf: () => labels } : {},
    )[0]?.meta?.security?.map(({ code }) => code);
  test('sensitivity is stripped, confidentiality stays', () => expect(security(all)).toEqual(['R']));
  test('sensitivity stays where the agreement asks for it', () =>
    expect(security({ ...all, kept_labels: ['PSY'] })).toEqual(['R', 'PSY']));
  test('labels of the decision speak before those worked out here', () => {
    expect(security(all, ['V', 'HIV'])).toEqual(['V']);
    expect(security({ ...all, kept_labels: ['HIV', 'PSY'] }, ['R', 'HIV'])).toEqual(['R', 'HIV']);
  });
});

test('the narrative is made of what is left, and is well-formed', () => {
  const [out] = minimise([{ ...patient, name: [{ family: '<b>&"' }] }], releasing([patient], closed)) as [Patient];
  expect(out.text?.status).toBe('generated');
  expect(out.text?.div).toMatch(/^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml"><table>.*<\/table><\/div>$/);
  expect(out.text?.div).toContain('&lt;b&gt;&amp;&quot;');
  const bare: Resource = { resourceType: 'Patient', id: 'x' };
  expect(minimise([bare], releasing([bare], closed))[0]).toMatchObject({
    text: { div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Patient</p></div>' },
  });
});

test('content nested without end comes to an end', () => {
  let deep: Record<string, unknown> = {
    extension: [{ url: 'http://samspil.dk/fhir/StructureDefinition/leave-period' }],
  };
  for (let level = 0; level < 200; level += 1) deep = { period: deep };
  const [out] = minimise([{ ...encounter, period: deep } as unknown as Resource], releasing([encounter], all));
  expect(JSON.stringify(out).length).toBeLessThan(5000);
});
