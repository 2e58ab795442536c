import { issue } from '../../src/errors.ts';
import { toOperationOutcome } from '../../src/fhir/outcome.ts';

test('an issue keeps its code, sentence and place', () => {
  expect(toOperationOutcome([issue('DOOR-TOO-DEEP', 'Bundle.entry[0].resource', { limit: 50 })])).toEqual({
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: 'too-costly',
        details: { coding: [{ system: 'urn:samspil:error', code: 'DOOR-TOO-DEEP' }] },
        diagnostics: 'The message is nested deeper than 50 levels.',
        expression: ['Bundle.entry[0].resource'],
      },
    ],
  });
});

test.each([
  ['Patient.deceased', 'expression'],
  ['Bundle.entry[2].resource.ofType(Patient).name[0].family', 'expression'],
  ['PID-3[2].1', 'location'],
  ['line 3, column 7', 'location'],
])('%s is an %s', (place, element) => {
  expect(toOperationOutcome([issue('DOOR-JSON', place)]).issue![0]).toHaveProperty(element, [place]);
});

test('no issues are said to be none', () => {
  expect(toOperationOutcome([]).issue).toEqual([
    { severity: 'information', code: 'informational', diagnostics: 'No issues found.' },
  ]);
});
