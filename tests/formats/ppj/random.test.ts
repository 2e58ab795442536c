import { resolve } from 'node:path';
import type { Bundle } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { isFault } from '../../../src/errors.ts';
import { r4Model } from '../../../src/fhir/model.ts';
import { ppj } from '../../../src/formats/ppj/index.ts';
import { readMapFolder } from '../../../src/library/maps.ts';
import { openValidators } from '../../../src/library/packages.ts';
import { compileLibrary } from '../../../src/mapping/library.ts';

/** Snapshots made at random by the schema: whatever a sender may rightly send becomes sound FHIR. */
const library = compileLibrary(await readMapFolder(resolve(import.meta.dirname, '../../../mappings')), r4Model());
if (!library.ok) throw new Error('the maps are broken');
const validators = await openValidators({});

const at = fc
  .integer({ min: 0, max: 86_399 })
  .map((second) => new Date(1_777_900_000_000 + second * 1000).toISOString());
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,8}$/);
const words = fc.stringMatching(/^[a-zæøå<>&"' ]{0,6}[a-zæøåA-Z]\n?[.;<&]?$/);
const optional = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }, requiredKeys: (keyof T)[] = []) =>
  fc.record(shape, { requiredKeys } as never) as fc.Arbitrary<Partial<T>>;
const filled = <T extends object>(found: fc.Arbitrary<T>) => found.filter((each) => Object.keys(each).length > 0);
const organisation = filled(
  optional({ sor: fc.constant('440151000016001'), gln: fc.constant('5790001500047'), name: words }),
);
const coded = optional({ code: id, system: fc.constant('urn:x:y'), text: words }).filter(({ code, text }) =>
  Boolean(code ?? text),
);
const grade = fc.constantFrom('A', 'B', 'C', 'D');
const own = { id, at, unit: id, by: words };
const items = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: string[] = []) =>
  fc.uniqueArray(fc.record({ ...own, ...shape } as never, { requiredKeys: ['id', 'at', ...required] } as never), {
    maxLength: 3,
    selector: (each) => (each as { id: string }).id,
  });
const step = filled(optional({ text: words, threatened: fc.boolean() }));
const number = (min: number, max: number) => fc.integer({ min: min * 10, max: max * 10 }).map((tenths) => tenths / 10);

const snapshot = fc.record(
  {
    ppj: fc.constant('1.0'),
    snapshot: fc.record({ id, at, unit: id }),
    sender: organisation,
    mission: id,
    journal: id,
    dispatch: optional({
      centre: organisation,
      received: at,
      index: fc.record({ code: fc.constant('A.10.01'), text: words }, { requiredKeys: ['code'] }),
      urgency: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
      scene: filled(
        optional({
          line: fc.array(words, { maxLength: 2 }),
          city: words,
          municipality: fc.constant('0751'),
          latitude: number(-90, 90),
          longitude: number(-180, 180),
        }),
      ),
      text: words,
    }),
    units: fc.uniqueArray(
      fc.record(
        {
          id,
          kind: fc.constantFrom('ambulance', 'helicopter'),
          callSign: words,
          organisation,
          toScene: grade,
          toDestination: grade,
          times: optional({ alarm: at, atPatient: at, available: at }),
        },
        { requiredKeys: ['id'] },
      ),
      { maxLength: 2, selector: (unit) => unit.id },
    ),
    patient: fc.record(
      {
        id,
        status: fc.constantFrom('known', 'unknown', 'identified-later'),
        number: fc.constantFrom('2512489996', '0101901AB2', '050736-4128'),
        formerNumbers: fc.uniqueArray(fc.constantFrom('0101900CD4', '0101905EF6'), { maxLength: 2 }),
        family: words,
        given: fc.array(words, { maxLength: 2 }),
        gender: fc.constantFrom('male', 'female', 'other', 'unknown'),
        birthDate: fc.constant('1948-12-25'),
        estimatedAge: fc.nat(130),
        address: filled(optional({ line: fc.array(words, { maxLength: 2 }), postalCode: fc.constant('8000') })),
        phone: fc.constant('+45 00000000'),
      },
      { requiredKeys: ['id', 'status'] },
    ),
    abcde: items({ airway: step, breathing: step, exposure: step }),
    vitals: items({
      device: fc.record({ id, model: words }, { requiredKeys: ['id'] }),
      saturation: number(0, 100),
      oxygen: number(0, 15),
      temperature: number(30, 42),
      systolic: number(0, 300),
      diastolic: number(0, 200),
      consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
      gcs: filled(optional({ eye: fc.integer({ min: 1, max: 4 }), total: fc.integer({ min: 3, max: 15 }) })),
      news2: fc.integer({ min: 0, max: 20 }),
    }),
    ecgs: items(
      {
        leads: fc.integer({ min: 1, max: 24 }),
        interpretation: words,
        contentType: fc.constant('image/png'),
        data: fc.constant('AAECAw=='),
      },
      ['contentType'],
    ),
    medications: items(
      {
        status: fc.constantFrom('given', 'not-given', 'stopped'),
        atc: fc.constant('R03AC02'),
        name: words,
        route: coded,
        text: words,
      },
      ['name'],
    ),
    procedures: items(
      { status: fc.constantFrom('done', 'attempted', 'stopped'), sks: fc.constant('BGDA1'), name: words, text: words },
      ['name'],
    ),
    diagnoses: items(
      { sks: fc.constant('DJ441'), name: words, certainty: fc.constantFrom('working', 'confirmed', 'refuted') },
      ['name'],
    ),
    notes: items({ text: words }, ['text']),
    handovers: items({ to: organisation, text: words }, ['to']),
    destination: fc.record(
      { organisation, department: words, expectedArrival: at, preAlert: fc.boolean() },
      { requiredKeys: ['organisation'] },
    ),
    disposition: fc.record(
      {
        kind: fc.constantFrom('transported', 'ended-on-site', 'dead', 'cancelled'),
        at,
        text: words,
        responsible: words,
        responsibleOrganisation: organisation,
      },
      { requiredKeys: ['kind', 'at'] },
    ),
    withdrawn: fc.uniqueArray(id, { maxLength: 2 }),
    closed: fc.boolean(),
  },
  { requiredKeys: ['ppj', 'snapshot', 'sender', 'mission', 'journal'] },
);

test('whatever a sender may send becomes sound FHIR', () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const [reading] = ppj.read(Buffer.from(JSON.stringify(given))).messages;
      if (!reading?.ok) throw new Error(JSON.stringify(reading?.issues));
      const made = library.value.transform('ppj/PPJ', reading.message.tree, {
        clock: given.snapshot.at,
        seed: 'random',
      });
      if (!made.ok) throw new Error(JSON.stringify(made.issues));
      expect([...made.issues, ...validators.validate(made.value.resource as Bundle)].filter(isFault)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
