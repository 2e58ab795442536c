import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';
import { directoryOf } from '../../../src/cli/map/cases.ts';
import { isFault } from '../../../src/errors.ts';
import { r4Model } from '../../../src/fhir/model.ts';
import type { Validators } from '../../../src/fhir/profile-sets.ts';
import { stayEventOf } from '../../../src/formats/fhir/stay-event.ts';
import { LETTER_TYPES } from '../../../src/formats/letter/letter-types.ts';
import { openValidators } from '../../../src/library/packages.ts';
import { compileLibrary } from '../../../src/mapping/library.ts';
import { CASES, jsonOf, project, readCase, type Syntax } from './fixtures.ts';

const readAll = (ending: string) =>
  ['letter', 'edifact', 'oioxml'].flatMap((folder) =>
    readdirSync(resolve(project, 'mappings', folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .map((file) => ({
        path: `${folder}/${file}`,
        text: readFileSync(resolve(project, 'mappings', folder, file), 'utf8'),
      })),
  );
const compiled = compileLibrary({ maps: readAll('.map'), conceptMaps: readAll('.csv') }, r4Model());
if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
const library = compiled.value;
/** What the hub validates by: R4 and the project's own profiles. */
let validators: Validators;
beforeAll(async () => {
  validators = await openValidators();
});

interface Settings {
  readonly clock?: string;
  readonly directory?: Parameters<typeof directoryOf>[0];
}

function convert(syntax: Syntax, name: string) {
  const { directory = [], clock = '2025-01-01T12:00:00+01:00' } = jsonOf(syntax, name, 'case.json') as Settings;
  const [reading] = readCase(syntax, name).messages;
  if (!reading?.ok) throw new Error(`${name} is refused: ${JSON.stringify(reading?.issues)}`);
  const { message } = reading;
  const run = library.transform(`${message.format}/${message.structure}`, message.tree, {
    clock,
    seed: 'fixtures',
    directory: directoryOf(directory),
    coverage: true,
  });
  if (!run.ok) throw new Error(`${name}: ${JSON.stringify(run.issues)}`);
  const { resource, unmapped, coverage } = run.value;
  return { message, bundle: resource as Bundle, issues: run.issues, unmapped, unread: coverage?.unread ?? [] };
}

test('every structure has its map in each syntax that has it', () => {
  for (const { structure, xmlOnly } of LETTER_TYPES) {
    expect(library.has(`oioxml/${structure}`)).toBe(true);
    if (!xmlOnly && structure !== 'MicrobiologyWebReport') expect(library.has(`edifact/${structure}`)).toBe(true);
  }
});

/** What the letter says that FHIR needs no place for: how it was sent, and the kind of a code that its system tells. */
const TOLD_OTHERWISE =
  /^Envelope\.AcknowledgementCode$|AnalysisCodeResponsible$|CodeType$|\.CodeSystem$|Practitioner\.IdentifierCode$|Pattern\.Headline$|^Referral\.ReferralAdditional(\[\d\])?\.DiagnoseDescriptionCode$/;

describe.each(CASES)('%s/%s', (syntax, name) => {
  const { message, bundle, issues, unmapped, unread } = convert(syntax, name);
  const entries = bundle.entry ?? [];

  test('is what was expected', () => {
    expect(JSON.parse(JSON.stringify(bundle))).toEqual(jsonOf(syntax, name, 'expected.json'));
  });

  test('is valid, and every reference has its resource', () => {
    expect([...issues, ...validators.validate(bundle)].filter(isFault)).toEqual([]);
    expect(unmapped).toEqual([]);
    const urls = entries.map((entry) => entry.fullUrl);
    expect(new Set(urls).size).toBe(urls.length);
    const named = [...JSON.stringify(bundle).matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map((match) => match[1]);
    expect(named.filter((reference) => !urls.includes(reference))).toEqual([]);
  });

  test('loses nothing the letter says', () => {
    const isTakenBack = (path: string) =>
      path === 'Discharge.DateTime' && JSON.stringify(message.tree).includes('annulleretbrev');
    expect(unread.filter((path) => !TOLD_OTHERWISE.test(path) && !isTakenBack(path))).toEqual([]);
  });

  test('only a notice tells of a stay', () => {
    const stays = entries.filter(({ resource }) => resource?.resourceType === 'Encounter');
    expect(stays).toHaveLength(message.structure.startsWith('Notification') ? 1 : 0);
  });

  test('its patient has the numbers that chose the lane', () => {
    const patients = entries.flatMap(({ resource }) => (resource?.resourceType === 'Patient' ? [resource] : []));
    const given = patients.flatMap((patient) =>
      (patient.identifier ?? []).map(({ system, value }) => ({ system, value })),
    );
    expect(given).toEqual([...message.patient]);
  });
});

/** Only the twins: the EDIFACT cases whose XML stands beside them. */
const TWINS = CASES.filter(
  ([syntax, name]) => syntax === 'edifact' && CASES.some(([, twin]) => twin === `X${name}`),
).map(([, name]) => name);

test.each(TWINS)('%s and its twin become the same Bundle', (name) => {
  expect(convert('edifact', name).bundle).toEqual(convert('oioxml', `X${name}`).bundle);
});

test('a notice tells what happened to the stay', () => {
  const told = ['DIS20-plain', 'DIS20-rich', 'DIS20-odd', 'DIS17-plain', 'DIS17-rich', 'DIS17-odd'].map((name) =>
    stayEventOf(convert('edifact', name).bundle),
  );
  expect(told).toEqual(['admit', 'update', 'cancel-admit', 'discharge', 'update', 'cancel-discharge']);
});

test.each(['XDIS20-vans', 'XDIS20-sbdh', 'XDIS20-sbdh-vans'])('%s is the letter it carries', (name) => {
  expect(convert('oioxml', name).bundle).toEqual(convert('oioxml', 'XDIS20-plain').bundle);
});

test('an object comes through bit for bit', () => {
  const data = (name: string) =>
    convert('edifact', name).bundle.entry?.flatMap(({ resource }) =>
      resource?.resourceType === 'Binary' ? [resource.data] : [],
    );
  const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, at) => at)).toString('base64');
  expect(data('BIN01-odd')).toEqual([everyByte]);
});
