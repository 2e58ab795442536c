import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import type { Issue } from '../errors.ts';
import { ERRORS, sentence } from '../errors.ts';

/** CodeSystem of the hub's error codes, as `details.coding.system`. */
export const ERROR_SYSTEM = 'urn:samspil:error';

const FHIRPATH = /^[A-Z]\w*(\.\w+(\[\d+\])*(\.ofType\(\w+\))?)*$/;

/**
 * Issues as a FHIR OperationOutcome: the issue type from the catalogue, the hub's code, its sentence and its place. A place that is a
 * FHIRPath goes to `expression`, any other (HL7 location, line) to `location`. None gives the outcome "informational", which says all is well.
 */
export function toOperationOutcome(issues: readonly Issue[]): OperationOutcome {
  if (issues.length === 0)
    return {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', code: 'informational', diagnostics: 'No issues found.' }],
    };
  return { resourceType: 'OperationOutcome', issue: issues.map(outcomeIssue) };
}

function outcomeIssue(found: Issue): OperationOutcomeIssue {
  return {
    severity: found.severity,
    code: ERRORS[found.code].issue,
    details: { coding: [{ system: ERROR_SYSTEM, code: found.code }] },
    diagnostics: sentence(found),
    ...(found.place && (FHIRPATH.test(found.place) ? { expression: [found.place] } : { location: [found.place] })),
  };
}
