import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Resource } from '@medplum/fhirtypes';
import { command as convert } from '../../src/cli/convert.ts';
import { isFault } from '../../src/errors.ts';
import { openLibrary } from '../../src/library/open.ts';

/** Samples of the world, where the shared folder is at hand: every good one becomes a Bundle that validates, every bad one is refused with an outcome. */
const SAMPLES = resolve(process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../shared'), 'samples');
const BAD = /nhapi-bad-inputs|medcom-errors/;
const NO_MESSAGES = /README|^codes\//;
/** An envelope whose content is no valid FHIR: a Communication without a status in a Bundle that says message. */
const ENVELOPE_ONLY = 'envelopes/sbdh/full-sbdh-example.xml';

const filesOf = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(folder, file)).isFile())
    : [];

const files = filesOf(SAMPLES).filter((file) => !NO_MESSAGES.test(file));

if (files.length === 0) {
  console.warn('The samples (../shared/samples) are not here: they are not converted.');
  test.skip('samples', () => {});
} else {
  const library = openLibrary({});
  const run = async (file: string) => {
    let out = '';
    const code = await convert.run([join(SAMPLES, file)], {
      out: (text) => (out += text),
      err: () => {},
      env: {},
      stdin: async () => new Uint8Array(),
    });
    return { code, value: JSON.parse(out) as Resource | Resource[] };
  };
  const rows: string[] = [];
  afterAll(() => console.info(rows.sort().join('\n')));

  test.each(files.filter((file) => !BAD.test(file) && file !== ENVELOPE_ONLY))(
    '%s becomes FHIR that validates',
    async (file) => {
      const { code, value } = await run(file);
      const resources = [value].flat();
      const { validate } = await library;
      const faults = resources.flatMap((resource) => validate(resource).filter(isFault));
      rows.push(
        `${code === 0 && faults.length === 0 ? 'good   ' : 'FAULT  '} ${relative('.', file)}: ${resources.map(({ resourceType }) => resourceType).join(', ')}`,
      );
      expect([code, ...faults.map(({ code: fault, place }) => `${fault} ${place}`)]).toEqual([0]);
      expect(resources.every(({ resourceType }) => resourceType === 'Bundle')).toBe(true);
    },
  );

  test.each(files.filter((file) => BAD.test(file) || file === ENVELOPE_ONLY))(
    '%s is refused with an outcome',
    async (file) => {
      const { code, value } = await run(file);
      const outcomes = [value].flat();
      rows.push(
        `refused ${relative('.', file)}: ${outcomes.map((one) => (one.resourceType === 'OperationOutcome' ? one.issue[0]?.details?.coding?.[0]?.code : one.resourceType)).join(', ')}`,
      );
      expect(code).toBe(1);
      expect(outcomes.some(({ resourceType }) => resourceType === 'OperationOutcome')).toBe(true);
    },
  );
}
