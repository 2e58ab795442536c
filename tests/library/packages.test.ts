import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '@medplum/fhirtypes';
import { createTarGzip } from 'nanotar';
import { isFault } from '../../src/errors.ts';
import { addPackages, openValidators, ownDefinitions, readPackages } from '../../src/library/packages.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'samspil-packages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CANONICAL = 'http://standard.example/StructureDefinition/named';

/** A profile that asks for as many names as its version says. */
const named = (version: string, url = CANONICAL) => ({
  resourceType: 'StructureDefinition',
  url,
  version,
  name: 'Named',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  derivation: 'constraint',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  differential: { element: [{ id: 'Patient.name', path: 'Patient.name', min: Number(version.split('.')[0]) }] },
});

interface Made {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly fhirVersions?: string[];
  readonly resources?: readonly object[];
}

function filesOf({ name = 'standard.example', version = '1.0.0', resources = [named(version)], ...rest }: Made) {
  const manifest = { name, version, fhirVersions: ['4.0.1'], ...rest };
  const files = [
    ['package.json', manifest] as const,
    ...resources.map((resource, at) => [`Resource-${at}.json`, resource] as const),
  ];
  return files.map(([file, content]) => ({ name: `package/${file}`, data: JSON.stringify(content) }));
}

async function archive(
  made: Made,
  file = `${made.name ?? 'standard.example'}-${made.version ?? '1.0.0'}.tgz`,
): Promise<string> {
  const path = join(folder, file);
  writeFileSync(path, await createTarGzip(filesOf(made)));
  return path;
}

function unpacked(made: Made, inner = 'package'): string {
  const path = join(folder, `${made.name ?? 'standard.example'}-${made.version ?? '1.0.0'}`);
  mkdirSync(join(path, inner), { recursive: true });
  for (const { name, data } of filesOf(made)) writeFileSync(join(path, inner, name.slice('package/'.length)), data);
  return path;
}

const claiming = (claim: string) => ({ resourceType: 'Patient', active: true, meta: { profile: [claim] } }) as Resource;

async function verdict(paths: string[], claim = CANONICAL) {
  const validators = await openValidators({ paths });
  return validators
    .validate(claiming(claim))
    .filter(isFault)
    .map(({ code, detail }) => `${code} ${detail?.min ?? ''}`.trim());
}

test('a package is read from its archive, its folder, its inner folder, or a folder of packages', async () => {
  const path = await archive({});
  expect(await verdict([path])).toEqual(['FHIR-MIN 1']);
  expect(await verdict([folder])).toEqual(['FHIR-MIN 1']);
  const other = unpacked({ version: '2.0.0' });
  expect(await verdict([other])).toEqual(['FHIR-MIN 2']);
  expect(await verdict([join(other, 'package')])).toEqual(['FHIR-MIN 2']);
  expect((await openValidators({ paths: [folder] })).packages.toSorted()).toEqual([
    'standard.example@1.0.0',
    'standard.example@2.0.0',
  ]);
});

test('the version of a claim chooses the package, without one the newest counts', async () => {
  for (const version of ['2.0.0', '10.0.0', '9.0.0']) await archive({ version });
  expect(await verdict([folder], `${CANONICAL}|9.0.0`)).toEqual(['FHIR-MIN 9']);
  expect(await verdict([folder])).toEqual(['FHIR-MIN 10']);
});

test('the same canonical has the content of the package that its standard builds on', async () => {
  const standard = (name: string, core: string) =>
    archive({
      name,
      dependencies: { 'core.example': core },
      resources: [{ ...named('0.0.0', `http://${name}/StructureDefinition/child`), baseDefinition: CANONICAL }],
    });
  for (const version of ['3.0.0', '4.0.0']) await archive({ name: 'core.example', version });
  await standard('one.example', '3.0.0');
  await standard('other.example', '4.0.0');
  expect(await verdict([folder], 'http://one.example/StructureDefinition/child')).toEqual([]);
  const child = async (name: string) => {
    const validators = await openValidators({ paths: [folder] });
    const set = validators.validatorFor(claiming(`http://${name}/StructureDefinition/child`));
    return set
      .validate(claiming(CANONICAL))
      .filter(isFault)
      .map(({ detail }) => detail?.min);
  };
  expect(await child('one.example')).toEqual([3]);
  expect(await child('other.example')).toEqual([4]);
});

test('a dependency that is not here is replaced by the nearest version, or left out, and said', async () => {
  await archive({ dependencies: { 'core.example': '1.5.0', 'gone.example': '1.0.0', 'hl7.fhir.r4.core': '4.0.1' } });
  for (const version of ['1.2.0', '1.9.0', '2.0.0']) await archive({ name: 'core.example', version, resources: [] });
  const { issues } = await openValidators({ paths: [folder] });
  expect(issues.map(({ code, severity, detail }) => [code, severity, detail?.dependency, detail?.instead])).toEqual([
    ['PACKAGE-DEPENDENCY', 'warning', 'core.example@1.5.0', '1.9.0 is used'],
    ['PACKAGE-DEPENDENCY', 'warning', 'gone.example@1.0.0', 'it is left out'],
  ]);
});

test.each<[string, () => Promise<string> | string]>([
  ['a file that is not there', () => join(folder, 'none.tgz')],
  ['an empty folder', () => folder],
  ['an archive that is none', () => write('x.tgz', 'nonsense')],
  [
    'a cut-off archive',
    async () => {
      const path = await archive({});
      const whole = await createTarGzip(filesOf({}));
      writeFileSync(path, whole.subarray(0, whole.length / 2));
      return path;
    },
  ],
  [
    'an archive without manifest',
    async () => {
      const path = join(folder, 'x.tgz');
      writeFileSync(path, await createTarGzip([{ name: 'package/x.json', data: '{}' }]));
      return path;
    },
  ],
  ['a name that leads out of the folder', () => archive({ name: '../../x' }, 'x.tgz')],
  [
    'a file that is not JSON',
    async () => {
      const path = join(folder, 'x.tgz');
      writeFileSync(path, await createTarGzip([...filesOf({}), { name: 'package/y.json', data: '{' }]));
      return path;
    },
  ],
])('%s is refused', async (_, make) => {
  const result = await readPackages(await make());
  expect(result.ok).toBe(false);
  expect(result.issues.map(({ code }) => code)).toEqual(['PACKAGE-UNREADABLE']);
});

function write(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('a package for another FHIR is refused', async () => {
  const result = await readPackages(await archive({ fhirVersions: ['5.0.0'] }));
  expect(result.issues.map(({ code }) => code)).toEqual(['PACKAGE-FHIR-VERSION']);
});

test('a bad package among good ones is said, and the good ones are used', async () => {
  write('broken.tgz', 'nonsense');
  await archive({});
  const validators = await openValidators({ paths: [folder] });
  expect(validators.packages).toEqual(['standard.example@1.0.0']);
  expect(validators.issues.map(({ code, place }) => [code, place])).toEqual([['PACKAGE-UNREADABLE', 'broken.tgz']]);
});

test.each([
  [{ differential: {} }],
  [{ differential: { element: [{}] } }],
  [{ type: 7 }],
  [{ differential: { element: 'x' } }],
])('a definition that lacks what compiling reads is passed over: %j', async (change) => {
  const path = await archive({ resources: [{ ...named('1.0.0'), ...change }] });
  expect(await verdict([path])).toEqual([]);
});

test('an added package is found again in the data folder', async () => {
  const dataDir = join(folder, 'data');
  const result = await addPackages(await archive({}), dataDir);
  expect(result.ok && result.value).toEqual(['standard.example-1.0.0']);
  expect(readdirSync(join(dataDir, 'packages'))).toEqual(['standard.example-1.0.0.tgz']);
  expect((await openValidators({ dataDir })).packages).toEqual(['standard.example@1.0.0']);
  await addPackages(unpacked({ version: '2.0.0' }), dataDir);
  expect((await openValidators({ dataDir })).packages).toEqual(['standard.example@1.0.0', 'standard.example@2.0.0']);
});

test('nothing is added from where there is no package', async () => {
  const dataDir = join(folder, 'data');
  expect((await addPackages(write('x.tgz', 'nonsense'), dataDir)).ok).toBe(false);
  expect(readdirSync(join(dataDir, 'packages'))).toEqual([]);
});

describe('the profiles of the project', () => {
  test('every one compiles, and every canonical they stand for leads to one', async () => {
    const { structureDefinitions, aliases } = await ownDefinitions();
    const { base } = await openValidators();
    expect(structureDefinitions.length).toBeGreaterThan(15);
    for (const { url, type } of structureDefinitions) {
      const codes = base
        .validate({ resourceType: type === 'Extension' ? 'Basic' : type } as Resource, { profiles: [url] })
        .map(({ code }) => code);
      expect([
        url,
        codes.filter((code) => code === 'FHIR-PROFILE-BROKEN' || code === 'FHIR-INVARIANT-UNEVALUABLE'),
      ]).toEqual([url, []]);
    }
    expect(Object.values(aliases!).filter((url) => !base.profiles.includes(url))).toEqual([]);
  });

  const OWN = 'http://samspil.dk/fhir/StructureDefinition/';
  const cpr = (value: string) => ({ system: 'urn:oid:1.2.208.176.1.2', value });
  const stay = {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: 'Patient/1' },
    period: { start: '2026-03-01T08:30:00+01:00' },
    serviceProvider: { reference: 'Organization/1' },
  };

  test.each<[string, object, string[]]>([
    ['samspil-patient', { resourceType: 'Patient', identifier: [cpr('2512489996')] }, []],
    [
      'samspil-patient',
      { resourceType: 'Patient', identifier: [{ system: 'urn:oid:1.2.208.176.1.6.1.1', value: '2512481AB1' }] },
      [],
    ],
    ['samspil-patient', { resourceType: 'Patient', active: true }, ['FHIR-MIN']],
    ['samspil-patient', { resourceType: 'Patient', identifier: [cpr('251248-9996')] }, ['samspil-pat-1']],
    ['samspil-patient', { resourceType: 'Patient', identifier: [cpr('3212489996')] }, ['samspil-pat-1']],
    [
      'samspil-patient',
      { resourceType: 'Patient', identifier: [cpr('2512489996'), cpr('0101010101')] },
      ['FHIR-SLICE-MAX'],
    ],
    [
      'samspil-patient',
      { resourceType: 'Patient', identifier: [{ system: 'urn:oid:1.2.208.176.1.6.1.1', value: '2512489AB1' }] },
      ['samspil-pat-2'],
    ],
    ['samspil-patient', { resourceType: 'Patient', identifier: [{ value: '1' }] }, ['FHIR-MIN']],
    ['samspil-encounter', stay, []],
    ['samspil-encounter', { ...stay, period: undefined }, ['samspil-enc-1']],
    ['samspil-encounter', { ...stay, status: 'planned', period: undefined }, []],
    ['samspil-encounter', { ...stay, subject: undefined }, ['FHIR-MIN']],
    ['samspil-encounter', { ...stay, subject: { reference: 'Group/1' } }, ['FHIR-REFERENCE-TYPE']],
    ['samspil-encounter', { ...stay, class: { ...stay.class, code: 'X' } }, ['FHIR-CODE']],
    [
      'samspil-encounter',
      { ...stay, extension: [{ url: `${OWN}leave-period`, valuePeriod: { end: '2026-03-01' } }] },
      ['FHIR-MIN'],
    ],
    [
      'samspil-encounter',
      { ...stay, extension: [{ url: `${OWN}leave-period`, valuePeriod: { start: '2026-03-01' } }] },
      [],
    ],
  ])('%s of %j', async (profile, resource, expected) => {
    const { base } = await openValidators();
    const json = JSON.parse(JSON.stringify(resource)) as Resource;
    const found = base.validate(json, { profiles: [OWN + profile] }).filter(isFault);
    expect(found.map(({ code, detail }) => String(detail?.rule ?? code))).toEqual(expected);
  });
});
