import { openFile, withField, writeFile } from '../../../src/formats/hl7v2/file.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';
import { ADMISSION, admissionWith, bytesOf, latin1, said, taken } from './messages.ts';

describe('an admission', () => {
  test('is named by its event, sender, control id and patient', () => {
    expect(taken(ADMISSION)).toMatchObject({
      format: 'hl7v2',
      type: 'ADT^A01',
      structure: 'ADT_A01',
      version: '2.5',
      controlId: 'K1',
      sender: [
        { system: 'urn:samspil:hl7v2:application', value: 'EPJ' },
        { system: 'urn:samspil:hl7v2:facility', value: 'AUH' },
      ],
      patient: [{ system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' }],
    });
  });

  test('becomes a tree named as in HL7’s XML, lists by the dictionary', () => {
    expect(taken(ADMISSION).tree).toMatchObject({
      MSH: { MSH_1: '|', MSH_2: '^~\\&', MSH_9: { MSG_1: 'ADT', MSG_2: 'A01', MSG_3: 'ADT_A01' } },
      PID: {
        PID_3: [{ CX_1: '2512489996', CX_4: { HD_1: 'CPR' }, CX_5: 'NNDNK' }],
        PID_5: [{ XPN_1: { FN_1: 'Berggren' }, XPN_2: 'Nancy Ann', XPN_3: 'Test' }],
        PID_7: '19481225',
        PID_8: { CWE_1: 'F' },
        PID_11: [{ XAD_1: { SAD_1: 'Testgade 1' }, XAD_9: { CWE_1: '0751' } }],
      },
      PV1: {
        PV1_2: { CWE_1: 'I' },
        PV1_3: { PL_1: { HD_1: 'AKUT' }, PL_4: { HD_1: 'AUH' } },
        PV1_19: { CX_1: 'B100' },
      },
    });
  });
});

describe('separators and escapes', () => {
  test('a message’s own separators are used', () => {
    const lines = ADMISSION.map((line) => line.replaceAll('|', '#').replaceAll('^', '!').replaceAll('~', '%'));
    const message = taken([lines[0]!.replace('!%\\&', '!%@*'), ...lines.slice(1)]);
    expect(message.tree).toMatchObject({
      MSH: { MSH_1: '#', MSH_2: '!%@*' },
      PID: { PID_5: [{ XPN_2: 'Nancy Ann' }] },
    });
  });

  test.each([
    ['a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f', 'a|b^c&d~e\\f'],
    ['to\\.br\\linjer', 'to\nlinjer'],
    ['\\H\\vigtigt\\N\\ nok', 'vigtigt nok'],
    ['\\XC3A6\\ble', 'æble'],
    ['\\Z12\\ kendes ikke', '\\Z12\\ kendes ikke'],
    ['C:\\mappe', 'C:\\mappe'],
    ['\\\\F\\', '\\|'],
  ])('%s is read as %j', (raw, text) => {
    const message = taken(admissionWith({ PV1: `${ADMISSION[3]}\rNTE|1||${raw}` }));
    expect(message.tree.NTE).toMatchObject([{ NTE_3: [text] }]);
  });

  test('repetitions, components and subcomponents', () => {
    const pid = 'PID|1||4711^^^AUH&1.2.3&ISO^MR~2512489996^^^CPR^NNDNK||Berggren&von&Test^Nancy~Test^Nan^^^^^N';
    const message = taken(admissionWith({ PID: pid }));
    expect(message.tree.PID).toMatchObject({
      PID_3: [{ CX_4: { HD_1: 'AUH', HD_2: '1.2.3', HD_3: 'ISO' } }, { CX_1: '2512489996' }],
      PID_5: [{ XPN_1: { FN_1: 'Berggren', FN_2: 'von', FN_3: 'Test' } }, { XPN_7: 'N' }],
    });
    expect(message.patient).toEqual([
      { system: 'urn:oid:1.2.208.176.1.2', value: '2512489996' },
      { system: 'urn:oid:1.2.3', value: '4711' },
    ]);
  });

  test('an explicit null is a field to delete, never a value; an empty field is absent', () => {
    const message = taken(admissionWith({ PID: `${ADMISSION[2]}||""|||""^x` }));
    expect(message.tree.PID).toMatchObject({ PID_DELETED: ['PID_13'], PID_16: { CWE_2: 'x' } });
    expect(message.tree.PID).not.toHaveProperty('PID_13');
    expect(message.tree.PID).not.toHaveProperty('PID_14');
  });

  test('parts that the dictionary does not have stand beside', () => {
    const message = taken(admissionWith({ EVN: 'EVN|A01|20260301120000^S', PID: `${ADMISSION[2]}|0751^x~0752` }));
    expect(message.tree.EVN).toMatchObject({ EVN_2: '20260301120000', EVN_2_2: 'S' });
    expect(message.tree.PID).toMatchObject({ PID_12: '0751', PID_12_2: 'x', PID_12_REPEATED: ['0752'] });
  });

  test('unknown and Z-segments stay in their place', () => {
    const message = taken([...ADMISSION, 'ZDK|1||a^b&c~d', 'XYZ|1']);
    expect(message.tree).toMatchObject({
      ZDK: [{ ZDK_1: [{ ANY_1: '1' }], ZDK_3: [{ ANY_1: 'a', ANY_2: 'b', ANY_2_2: 'c' }, { ANY_1: 'd' }] }],
      XYZ: [{ XYZ_1: [{ ANY_1: '1' }] }],
    });
  });
});

describe('bytes', () => {
  test.each([['\r'], ['\n'], ['\r\n'], ['\r\n\r\n']])('segments may end with %j', (end) => {
    expect(taken(bytesOf(ADMISSION, end)).tree.PV1).toBeDefined();
  });

  test('a line feed inside a text is text where CR ends segments', () => {
    const message = taken([...ADMISSION, 'NTE|1||to\nlinjer']);
    expect(message.tree.NTE).toMatchObject([{ NTE_3: ['to\nlinjer'] }]);
  });

  const danish = admissionWith({ PID: 'PID|1||2512489996^^^CPR||Ærø^Åse' });
  test.each([
    ['UTF-8 without word of it', bytesOf(danish)],
    ['UTF-8 with byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, ...bytesOf(danish))],
    ['Latin-1 without word of it', latin1(`${danish.join('\r')}\r`)],
    ['Latin-1 by MSH-18', latin1(`${danish.join('\r').replace('|2.5', '|2.5||||||8859/1')}\r`)],
    ['UTF-8 though MSH-18 says Latin-1', bytesOf([danish[0]!.replace('|2.5', '|2.5||||||8859/1'), ...danish.slice(1)])],
    ['Latin-1 though MSH-18 says UTF-8', latin1(`${danish.join('\r').replace('|2.5', '|2.5||||||UNICODE UTF-8')}\r`)],
  ])('%s', (_, bytes) => {
    expect(taken(bytes).tree.PID).toMatchObject({ PID_5: [{ XPN_1: { FN_1: 'Ærø' }, XPN_2: 'Åse' }] });
  });

  test('an unknown character set is told and the bytes decide', () => {
    const reading = hl7v2.read(bytesOf([danish[0]!.replace('|2.5', '|2.5||||||KLINGON'), ...danish.slice(1)]));
    expect(reading.issues).toMatchObject([{ code: 'HL7-CHARSET', place: 'MSH-18', severity: 'warning' }]);
    expect(reading.messages[0]!.ok).toBe(true);
  });

  test('bytes come back as they were, changed ones where they were changed', () => {
    const bytes = latin1(`\n${danish.join('\r\n')}\r\r`);
    const file = openFile(bytes);
    expect(writeFile(file)).toEqual(bytes);
    const changed = withField(file, { line: 4, field: 8, separator: '|' }, 'F');
    expect(new TextDecoder('latin1').decode(writeFile(changed))).toContain('Ærø^Åse|||F\r\n');
  });
});

describe('what a message is', () => {
  test.each([
    ['ADT^A01^ADT^A01', 'ADT^A01', 'ADT_A01', true],
    ['ADT^A04', 'ADT^A04', 'ADT_A01', false],
    ['ADT', 'ADT^A01', 'ADT_A01', false],
    ['ADT_A03', 'ADT^A03', 'ADT_A03', false],
    ['ADT^A11^ADT_A11', 'ADT^A11', 'ADT_A09', true],
    ['ADT^A22^ADT_A21', 'ADT^A22', 'ADT_A21', false],
    ['ADT^^ADT_A02', 'ADT^A02', 'ADT_A02', false],
  ])('%s is %s', (field, type, structure, isOverruled) => {
    const lines = admissionWith({ MSH: ADMISSION[0]!.replace('ADT^A01^ADT_A01', field) });
    const [MSG_1, MSG_2] = type.split('^');
    expect(taken(lines)).toMatchObject({
      type,
      structure,
      tree: { MSH: { MSH_9: { MSG_1, MSG_2, MSG_3: structure } } },
    });
    expect(said(lines).includes('warning HL7-STRUCTURE-OVERRULED MSH-9.3')).toBe(isOverruled);
  });

  test('EVN-1 that says otherwise is told', () => {
    expect(said(admissionWith({ EVN: 'EVN|A04|20260301' }))).toEqual(['warning HL7-EVENT-DIFFERS EVN-1']);
  });

  test.each(['2.1', '2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.7.1', '2.8', '2.8.2'])(
    'version %s',
    (version) => {
      expect(taken(admissionWith({ MSH: ADMISSION[0]!.replace('|2.5', `|${version}`) })).version).toBe(version);
    },
  );
});

describe('person numbers', () => {
  const cpr = 'urn:oid:1.2.208.176.1.2';
  test.each([
    ['2512489996^^^CPR^CPR', cpr, '2512489996'],
    ['251248-9996^^^^NNDNK', cpr, '2512489996'],
    ['2512489996^^^CPR^NNDN', cpr, '2512489996'],
    ['2512489996^^^&1.2.208.176.1.2&ISO', cpr, '2512489996'],
    ['2512481AB1^^^CPR^NNDNK', 'urn:oid:1.2.208.176.1.6.1.1', '2512481AB1'],
    ['2512480AB1^^^ECPR', 'urn:oid:1.2.208.176.1.6.1.3', '2512480AB1'],
    ['4711^^^Århus Sygehus^MR', 'http://samspil.dk/fhir/sid/auh/-rhus-sygehus', '4711'],
    ['4711^^^&https://epj.example.dk/id&URI', 'https://epj.example.dk/id', '4711'],
    ['4711', 'http://samspil.dk/fhir/sid/auh', '4711'],
  ])('PID-3 %s', (field, system, value) => {
    expect(taken(admissionWith({ PID: `PID|1||${field}||Test` })).patient).toEqual([{ system, value }]);
  });

  test('PID-2 serves where old senders leave PID-3 out', () => {
    expect(taken(admissionWith({ PID: 'PID|1|2512489996^^^CPR' })).patient).toEqual([
      { system: cpr, value: '2512489996' },
    ]);
  });

  test('a merge names the number merged away, a move of accounts does not', () => {
    const lines = ['MSH|^~\\&|EPJ|AUH|||20260301||ADT^A40^ADT_A39|K2|P|2.5', 'EVN|A40|20260301', ADMISSION[2]!];
    expect(taken([...lines, 'MRG|2512481AB1^^^ECPR'])).toMatchObject({
      structure: 'ADT_A39',
      patient: [{ system: cpr }],
      mergedFrom: [{ system: 'urn:oid:1.2.208.176.1.6.1.1', value: '2512481AB1' }],
    });
    expect(said([...lines, 'MRG|5981145855^^^CPR'])).toEqual(['warning HL7-PERSON-NUMBER MRG-1.1']);
    const moved = [lines[0]!.replace('A40', 'A41'), ...lines.slice(1), 'MRG|2512481AB1^^^ECPR'];
    expect(taken(moved)).not.toHaveProperty('mergedFrom');
  });
});
