import type { Bundle } from '@medplum/fhirtypes';
import { isFault, issue } from '../../../src/errors.ts';
import { writeAcknowledgement } from '../../../src/formats/fhir/acknowledgement.ts';
import { openValidators } from '../../../src/library/packages.ts';
import { STAYS } from './stay-cases.ts';
import { hour, play, uuid } from './stays.ts';

/** The project's own restatement of what MedCom demands, which a hub has with nothing added; the judge has the published profiles. */
const validators = await openValidators({});
const faultsOf = (bundle: Bundle) =>
  validators
    .validate(bundle)
    .filter(isFault)
    .map(({ code, place, detail }) => `${code} ${place} ${JSON.stringify(detail)}`);

test.each(STAYS)('$name: every notice meets the project’s own profiles', ({ steps }) => {
  expect(play(steps).bundles.flatMap(faultsOf)).toEqual([]);
});

test.each(['ok', 'transient-error', 'fatal-error'] as const)('so does an acknowledgement that says %s', (code) => {
  const [original] = play(STAYS[0]!.steps).bundles;
  const issues = code === 'ok' ? [] : [issue('MEDCOM-RESPONSE-CODE', 'Bundle.entry[1].resource.class')];
  const answer = writeAcknowledgement({
    original: original!,
    code,
    issues,
    ids: { bundle: uuid(1), message: uuid(2) },
    now: hour(9),
  })!;
  expect(faultsOf(answer)).toEqual([]);
});

test('what is sent is judged as what it claims to be: a notice without its Provenance does not pass', () => {
  const [notice] = play(STAYS[0]!.steps).bundles;
  const without = {
    ...notice!,
    entry: notice!.entry!.filter(({ resource }) => resource?.resourceType !== 'Provenance'),
  };
  expect(faultsOf(without).length).toBeGreaterThan(0);
});
