import { resolve } from 'node:path';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { findCases, runCase } from '../../src/cli/map/cases.ts';
import { isFault } from '../../src/errors.ts';
import { r4Model } from '../../src/fhir/model.ts';
import { formatNamed } from '../../src/formats/index.ts';
import { readMapFolder } from '../../src/library/maps.ts';
import { openValidators } from '../../src/library/packages.ts';
import { compileLibrary } from '../../src/mapping/library.ts';

const project = resolve(import.meta.dirname, '../..');
const compiled = compileLibrary(await readMapFolder(resolve(project, 'mappings')), r4Model());
if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
const library = compiled.value;
const validators = await openValidators({});

/** Source elements a map leaves alone, as patterns of their paths without indices, with the reason. */
export type Ignored = Readonly<Record<string, string>>;

const plainPath = (path: string) => path.replace(/\[\d+\]/g, '');
const asPattern = (ignored: string) => new RegExp(`^${ignored.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);

/**
 * The cases `fixtures/<format>/`: each gives what was expected, sound by the project's own profiles, refers to nothing that is not there,
 * and reads everything its sender told but what is ignored for a reason.
 */
export async function describeCases(format: string, ignored: Ignored): Promise<void> {
  const cases = await findCases(resolve(project, 'fixtures'), [`${format}/`]);
  const unread = new Set<string>();

  describe.each(cases.map((each) => [each.name, each] as const))('%s', (_name, found) => {
    const outcome = runCase(found, library, { coverage: true });
    const made = (Array.isArray(outcome.actual) ? outcome.actual : [outcome.actual]) as Resource[];
    for (const { coverage } of outcome.coverage) for (const path of coverage.unread) unread.add(plainPath(path));

    test('is what was expected', () => {
      expect(found.expected).toBeDefined();
      expect(JSON.parse(JSON.stringify(outcome.actual))).toEqual(found.expected);
    });

    test('is sound', () => {
      const issues = [...outcome.issues, ...made.flatMap((resource) => validators.validate(resource))];
      expect(issues.filter(isFault)).toEqual([]);
    });

    test('has each resource once and refers to nothing else', () => {
      for (const bundle of made as Bundle[]) {
        const urls = (bundle.entry ?? []).map(({ fullUrl }) => fullUrl);
        expect(new Set(urls).size).toBe(urls.length);
        const named = [...JSON.stringify(bundle).matchAll(/"reference":"(urn:uuid:[^"]+)"/g)].map(([, url]) => url);
        expect(named.filter((url) => !urls.includes(url))).toEqual([]);
      }
    });

    test('has the patient under every number that chose the lane', () => {
      const messages = formatNamed(format)!.read(found.message).messages;
      for (const [index, each] of messages.entries()) {
        const numbers = each.ok ? [...each.message.patient, ...(each.message.mergedFrom ?? [])] : [];
        const text = JSON.stringify(made[index]);
        expect(numbers.filter(({ system, value }) => !text.includes(system) || !text.includes(value))).toEqual([]);
      }
    });
  });

  test('every source element of the cases is read, or ignored for a reason', () => {
    const patterns = Object.keys(ignored).map(asPattern);
    expect([...unread].filter((path) => !patterns.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  test('nothing is ignored that is read or never told', () => {
    expect(Object.keys(ignored).filter((each) => ![...unread].some((path) => asPattern(each).test(path)))).toEqual([]);
  });
}
