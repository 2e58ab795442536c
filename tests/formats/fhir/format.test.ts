import { readFileSync } from 'node:fs';
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { readAcknowledgement } from '../../../src/formats/fhir/acknowledgement.ts';
import type { FhirEnvelope } from '../../../src/formats/fhir/index.ts';
import { fhir } from '../../../src/formats/fhir/index.ts';
import { headerOf, resourcesOf } from '../../../src/formats/fhir/message-facts.ts';
import { readFhirXml, writeFhirXml } from '../../../src/formats/fhir/xml.ts';
import { recogniseFormat } from '../../../src/formats/index.ts';
import { examples, judge } from './judge.ts';
import { hour, play, uuid } from './stays.ts';

const { bundles } = play([{ event: 'admit', start: hour(1) }]);
const notice = bundles[0]!;
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const faultsOf = (bytes: Uint8Array) => {
  const reading = fhir.read(bytes);
  const all = [...reading.issues, ...reading.messages.flatMap(({ issues }) => issues)];
  return all.filter(isFault).map(({ code, place }) => `${code}${place ? ` ${place}` : ''}`);
};
const envelope = (data: string) => `<?xml version="1.0"?>
  <VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:1.0.4"><SenderID>1</SenderID><ReceiverID>2</ReceiverID>
  <EnvelopeIdentifier>${uuid(7)}</EnvelopeIdentifier><SentDateTime>2026-05-04T10:00:00</SentDateTime>
  <Message><MetaInformation><Document><Format>HL7</Format><Name>MCM:FDIS20#AdmissionInpatient</Name></Document></MetaInformation>
  <Data>${data}</Data></Message></VANSEnvelope>`;

const sbdh = (content: string) => `<?xml version="1.0"?>
  <StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    xmlns:bc="http://peppol.eu/xsd/ticc/envelope/1.0"><StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion>
  <Sender><Identifier Authority="iso6523-actorid-upis">0088:5790001500016</Identifier></Sender>
  <Receiver><Identifier Authority="iso6523-actorid-upis">0088:5790001500023</Identifier></Receiver>
  <DocumentIdentification><Standard>hospital-notification-message</Standard><TypeVersion>3.0</TypeVersion>
  <InstanceIdentifier>${uuid(8)}</InstanceIdentifier><Type>Bundle</Type></DocumentIdentification>
  </StandardBusinessDocumentHeader>${content}</StandardBusinessDocument>`;
const binary = (bytes: Uint8Array) =>
  `<bc:BinaryContent mimeType="application/fhir+xml" encoding="Base64">${Buffer.from(bytes).toString('base64')}</bc:BinaryContent>`;
const xml = Buffer.from(writeFhirXml(notice));

describe.each([
  ['JSON', json(notice), 'json'],
  ['JSON with byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json(notice)]), 'json'],
  ['XML', Buffer.from(writeFhirXml(notice)), 'xml'],
  ['JSON in a VANSEnvelope', Buffer.from(envelope(json(notice).toString('base64'))), 'json'],
  ['XML in a VANSEnvelope', Buffer.from(envelope(xml.toString('base64'))), 'xml'],
  ['XML in an SBDH of EHMI', Buffer.from(sbdh(binary(xml))), 'xml'],
  ['XML as it is in an SBDH', Buffer.from(sbdh(xml.toString().replace(/^<\?.*?\?>/, ''))), 'xml'],
  [
    'JSON in a VANSEnvelope in an SBDH',
    Buffer.from(sbdh(binary(Buffer.from(envelope(json(notice).toString('base64')))))),
    'json',
  ],
] as const)('a notice in %s', (_name, bytes, syntax) => {
  const reading = fhir.read(bytes);
  const [first] = reading.messages;

  test('is recognised and read with all a hub needs to know of it', () => {
    expect(recogniseFormat(bytes)?.id).toBe('fhir');
    expect(reading.messages.map(({ issues }) => issues)).toEqual([[]]);
    expect(first?.ok && { ...first.message, tree: undefined }).toEqual({
      format: 'fhir',
      type: 'hospital-notification-message',
      structure: 'HospitalNotification',
      version: 'R4',
      controlId: headerOf(notice)!.id,
      sender: [
        { system: 'urn:oid:1.2.208.176.1.1', value: '265161000016000' },
        { system: 'https://www.gs1.org/gln', value: '5790001500016' },
      ],
      receiver: [
        { system: 'urn:oid:1.2.208.176.1.1', value: '953741000016009' },
        { system: 'https://www.gs1.org/gln', value: '5790001500023' },
      ],
      patient: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' }],
    });
    expect(first?.ok && first.message.tree).toEqual(notice);
    expect((reading.envelope as FhirEnvelope).bundleId).toBe(notice.id);
  });

  test.each([
    ['ok', { accepted: true, issues: [] }],
    ['fatal-error', { accepted: false, issues: [{ code: 'MEDCOM-REFUSED', severity: 'error' }] }],
    ['transient-error', { accepted: false, transient: true, issues: [{ code: 'DOOR-BUSY', severity: 'error' }] }],
  ] as const)('is answered %s in its own syntax', (code, verdict) => {
    let next = 100;
    const answer = fhir.acknowledge(bytes, reading, [verdict], { now: hour(9), newId: () => uuid(next++) })!;
    expect(answer.contentType).toBe(`application/fhir+${syntax}`);
    const again = fhir.read(answer.body).messages[0];
    expect(again?.issues).toEqual([]);
    const bundle = (again?.ok ? again.message.tree : undefined) as unknown as Bundle;
    expect(readAcknowledgement(bundle)).toMatchObject({ ok: true, value: { code, messageId: headerOf(notice)!.id } });
    expect(judge([[notice, bundle]])?.flat() ?? []).toEqual([]);
    expect(
      fhir.acknowledge(answer.body, fhir.read(answer.body), [verdict], { now: hour(9), newId: () => uuid(1) }),
    ).toBeUndefined();
  });
});

describe('what is refused, and where', () => {
  const without = (change: (bundle: Bundle) => void) => {
    const bundle = structuredClone(notice);
    change(bundle);
    return json(bundle);
  };
  const patientOf = (bundle: Bundle) => resourcesOf(bundle, 'Patient')[0] as Patient;
  test.each([
    ['nothing', Buffer.from(''), ['DOOR-EMPTY']],
    ['a broken text', Buffer.from('{"resourceType":\n"Bundle",,}'), ['DOOR-JSON line 2, column 10']],
    ['a text cut short', json(notice).subarray(0, 300), [expect.stringMatching(/^DOOR-JSON line 1, column 3\d\d$/)]],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), ['DOOR-JSON line 1, column 1']],
    ['a list of nothing', Buffer.from('[null]'), ['FHIR-NOT-A-RESOURCE']],
    ['a number', Buffer.from('7'), ['FHIR-NOT-A-RESOURCE']],
    ['no such resource', json({ resourceType: 'Ambulance' }), [expect.stringContaining('FHIR-RESOURCE-TYPE')]],
    ['depth', Buffer.from(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`), ['DOOR-TOO-DEEP']],
    ['an answer of a server', json({ resourceType: 'Bundle', type: 'searchset' }), ['FHIR-BUNDLE-TYPE Bundle.type']],
    [
      'an unknown element',
      without((bundle) => Object.assign(patientOf(bundle), { shoeSize: 44 })),
      ['FHIR-ELEMENT-UNKNOWN Bundle.entry[2].resource.shoeSize'],
    ],
    [
      'a person number with an impossible date',
      without((bundle) => Object.assign(patientOf(bundle).identifier![0]!, { value: '3113489996' })),
      ['PERSON-NUMBER Bundle.entry[2].resource.identifier[0].value'],
    ],
    [
      'a replacement number said to be a CPR number',
      without((bundle) => Object.assign(patientOf(bundle).identifier![0]!, { value: '0101901AB2' })),
      ['PERSON-NUMBER Bundle.entry[2].resource.identifier[0].value'],
    ],
    [
      'a header without id',
      without((bundle) => {
        delete headerOf(bundle)!.id;
        bundle.entry![0]!.fullUrl = `urn:uuid:${uuid(5)}`;
      }),
      ['MEDCOM-HEADER-ID Bundle.entry[0].resource.id'],
    ],
  ])('%s', (_name, bytes, faults) => {
    expect(faultsOf(bytes)).toEqual(faults);
  });

  test.each([
    ['text where there is none', '<Patient xmlns="http://hl7.org/fhir">hello</Patient>', 'FHIR-XML line 1'],
    [
      'another namespace inside',
      '<Patient xmlns="http://hl7.org/fhir"><x xmlns="urn:x"/></Patient>',
      'FHIR-XML line 1',
    ],
    ['a strange attribute', '<Patient xmlns="http://hl7.org/fhir"><active wert="true"/></Patient>', 'FHIR-XML line 1'],
    ['an empty primitive', '<Patient xmlns="http://hl7.org/fhir"><active/></Patient>', 'FHIR-XML line 1'],
    [
      'two resources in one place',
      '<Patient xmlns="http://hl7.org/fhir"><contained><Patient/><Patient/></contained></Patient>',
      'FHIR-XML line 1',
    ],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>', 'XML-DTD line 1'],
    ['an unclosed element', '<Patient xmlns="http://hl7.org/fhir"><active value="true">', 'XML-SYNTAX line 1'],
    [
      'an unknown element',
      '<Patient xmlns="http://hl7.org/fhir"><shoeSize value="44"/></Patient>',
      'FHIR-ELEMENT-UNKNOWN Patient.shoeSize',
    ],
    [
      'one element twice',
      '<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><gender value="male"/></Patient>',
      'FHIR-SINGLE-EXPECTED Patient.gender',
    ],
    [
      'a wrong boolean',
      '<Patient xmlns="http://hl7.org/fhir"><active value="ja"/></Patient>',
      'FHIR-JSON-TYPE Patient.active',
    ],
  ])('in XML: %s', (_name, text, fault) => {
    expect(faultsOf(Buffer.from(text))[0]).toMatch(new RegExp(`^${fault}`));
  });

  test('a refused MedCom message still says what it was, so that it can be answered', () => {
    const bytes = without((bundle) => Object.assign(patientOf(bundle), { shoeSize: 44 }));
    expect(fhir.read(bytes).messages).toMatchObject([
      { ok: false, type: 'hospital-notification-message', controlId: headerOf(notice)!.id },
    ]);
  });
});

describe('other FHIR', () => {
  const patient: Patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' }],
  };
  const stay = { resourceType: 'Encounter', status: 'in-progress', class: { code: 'IMP' } };
  const messages = (resource: object) =>
    fhir.read(json(resource)).messages.map((each) => (each.ok ? each.message : each.issues));

  test('a single Encounter, its patient by identifier', () => {
    const [found] = messages({ ...stay, subject: { identifier: patient.identifier![0] } });
    expect(found).toMatchObject({
      type: 'Encounter',
      structure: 'Resource',
      patient: [{ value: '2512489996' }],
      sender: [],
    });
    expect(
      fhir.acknowledge(json(stay), fhir.read(json(stay)), [{ accepted: true, issues: [] }], {
        now: hour(1),
        newId: () => uuid(1),
      }),
    ).toBeUndefined();
  });

  test('the same content has the same control id, other content another', () => {
    const ids = [stay, stay, { ...stay, status: 'finished' }].map(
      (each) => (messages(each)[0] as { controlId: string }).controlId,
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  const bundle = (type: string) => ({
    resourceType: 'Bundle',
    type,
    entry: [patient, stay].map((resource, index) => ({
      fullUrl: `urn:uuid:${uuid(index)}`,
      resource,
      request: { method: 'POST', url: (resource as Resource).resourceType },
    })),
  });

  test('a transaction is one message, a batch one for each entry', () => {
    expect(messages(bundle('transaction'))).toMatchObject([{ type: 'transaction', structure: 'Bundle' }]);
    expect(messages(bundle('batch'))).toMatchObject([{ type: 'Patient' }, { type: 'Encounter' }]);
  });

  test('a patient that replaces another says who is merged away', () => {
    const old = { system: 'urn:oid:1.2.208.176.1.6.1.1', value: '0101901AB2' };
    const [found] = messages({ ...patient, link: [{ type: 'replaces', other: { identifier: old } }] });
    expect(found).toMatchObject({ patient: [{ value: '2512489996' }], mergedFrom: [old] });
  });

  test('person numbers come before other numbers of the patient', () => {
    const local = { system: 'urn:local', value: '17' };
    const x = { system: 'urn:oid:1.2.208.176.1.6.1.1', value: '0101901AB2' };
    const [found] = messages({ ...patient, identifier: [local, x, ...patient.identifier!] });
    expect(found).toMatchObject({ patient: [{ value: '2512489996' }, x, local] });
  });
});

describe('FHIR XML', () => {
  const roundTrip = (resource: object) => {
    const read = readFhirXml(Buffer.from(writeFhirXml(resource)));
    return read.ok ? read.value : read.issues;
  };

  test.each([
    [
      'extensions on primitives, in lists and alone',
      {
        resourceType: 'Patient',
        active: true,
        _birthDate: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] },
        name: [
          {
            given: ['A', null, 'C'],
            _given: [null, { id: 'b', extension: [{ url: 'urn:y', valueString: 'æ & <ø>' }] }, null],
            family: 'Prøve',
          },
        ],
      },
    ],
    [
      'contained resources and choices',
      {
        resourceType: 'Observation',
        contained: [
          { resourceType: 'Device', id: 'd' },
          { resourceType: 'Patient', id: 'p' },
        ],
        status: 'final',
        code: { text: 'line one\nline two\tthree' },
        valueQuantity: { value: -1.5, unit: '°C' },
        component: [
          { code: { text: 'a' }, valueInteger: 0 },
          { code: { text: 'b' }, valueBoolean: false },
        ],
      },
    ],
    [
      'content that refers to itself',
      {
        resourceType: 'Questionnaire',
        status: 'draft',
        item: [{ linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'string', maxLength: 7 }] }],
      },
    ],
    [
      'a list of nothing but extensions',
      { resourceType: 'Patient', name: [{ _given: [{ extension: [{ url: 'urn:x', valueCode: 'masked' }] }] }] },
    ],
  ])('comes back as it went: %s', (_name, resource) => {
    expect(roundTrip(resource)).toEqual(resource);
  });

  test('the elements stand in the order of their definition, attributes and all', () => {
    const text = writeFhirXml({
      resourceType: 'Patient',
      gender: 'female',
      name: [{ id: 'n', family: 'X' }],
      id: '1',
      extension: [{ valueCode: 'a', url: 'urn:u' }],
    });
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="1"/>' +
        '<extension url="urn:u"><valueCode value="a"/></extension><name id="n"><family value="X"/></name><gender value="female"/></Patient>',
    );
  });

  (examples.length > 0 ? test : test.skip)(
    'the guides’ examples are read, come back from XML, and are answered',
    () => {
      const wrong = examples.flatMap((file) => {
        const bytes = readFileSync(file);
        const bundle = JSON.parse(bytes.toString()) as Bundle;
        const plain = (value: unknown) => JSON.parse(JSON.stringify(value, (key, each) => (key === 'div' ? '' : each)));
        const reading = fhir.read(bytes);
        expect(plain(roundTrip(bundle))).toEqual(plain(bundle));
        return reading.messages.flatMap(({ issues }) => issues.map(({ code, place }) => `${file} ${code} ${place}`));
      });
      expect(wrong).toEqual([]);
    },
  );
});

describe('whatever the bytes, every fault has a code and nothing is thrown', () => {
  const seeds = [
    json(notice),
    Buffer.from(writeFhirXml(notice)),
    Buffer.from(envelope(json(notice).toString('base64'))),
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(40)), { maxLength: 8 }),
    )
    .map(([seed, cuts]) =>
      cuts.reduce((bytes, [at, byte, length]) => {
        const from = at % bytes.length;
        return Buffer.concat([
          bytes.subarray(0, from),
          Buffer.from([byte]),
          bytes.subarray(Math.min(from + length, bytes.length - 1)),
        ]);
      }, Buffer.from(seed)),
    );
  const check = (bytes: Uint8Array) => {
    const reading = fhir.read(bytes);
    fhir.recognise(bytes);
    for (const each of reading.messages) if (!each.ok) expect(each.issues.some(isFault)).toBe(true);
    if (reading.messages.length === 0) expect(reading.issues.some(isFault)).toBe(true);
    const verdicts = reading.messages.map(({ ok, issues }) => ({ accepted: ok, issues }));
    fhir.acknowledge(bytes, reading, verdicts, { now: hour(1), newId: () => uuid(1) });
    expect(JSON.stringify([reading.issues, verdicts])).not.toMatch(/2512489996|Berggren/);
  };
  test('mutated messages', () => fc.assert(fc.property(mutated, check), { numRuns: 60 }));
  test('any JSON', () =>
    fc.assert(
      fc.property(
        fc.json().map((text) => Buffer.from(text)),
        (bytes) => void (bytes.length > 0 && fhir.read(bytes)),
      ),
      { numRuns: 100 },
    ));
  test('any resource-like JSON', () =>
    fc.assert(
      fc.property(
        fc.constantFrom('Bundle', 'Encounter', 'Patient', 'MessageHeader'),
        fc.object(),
        (resourceType, rest) => {
          fhir.read(json({ ...rest, resourceType }));
          fhir.read(
            json({ resourceType: 'Bundle', type: 'message', entry: [{ resource: { ...rest, resourceType } }] }),
          );
        },
      ),
      { numRuns: 100 },
    ));
  test('any bytes', () => fc.assert(fc.property(fc.uint8Array(), check), { numRuns: 100 }));
});
