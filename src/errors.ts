/**
 * Every refusal the hub can give: one row each, with a stable code that is never used again for something else.
 * Sentences name elements and rules, never values: no person's number, name or payload belongs in an error text.
 * `{name}` in a sentence is filled from `Issue.detail`, which holds structural names only (segment, element, rule, setting).
 */
export interface ErrorRow {
  /** HTTP status at the doors. */
  readonly http: number;
  /** FHIR issue type (http://hl7.org/fhir/issue-type). */
  readonly issue:
    | 'invalid'
    | 'structure'
    | 'required'
    | 'value'
    | 'invariant'
    | 'security'
    | 'login'
    | 'unknown'
    | 'expired'
    | 'forbidden'
    | 'suppressed'
    | 'processing'
    | 'not-supported'
    | 'duplicate'
    | 'multiple-matches'
    | 'not-found'
    | 'too-long'
    | 'code-invalid'
    | 'extension'
    | 'too-costly'
    | 'business-rule'
    | 'conflict'
    | 'transient'
    | 'timeout'
    | 'throttled'
    | 'exception'
    | 'informational';
  /** The sentence, in English. */
  readonly text: string;
  /** HL7 v2 error code (table 0357), where one fits better than 207 (application internal error). */
  readonly hl7?: string;
}

export const ERRORS = {
  // --- the doors ---------------------------------------------------------------------------------------------------
  'DOOR-EMPTY': { http: 400, issue: 'structure', text: 'The message is empty.', hl7: '100' },
  'DOOR-TOO-LARGE': {
    http: 413,
    issue: 'too-long',
    text: 'The message is larger than this door takes ({limit} bytes).',
    hl7: '207',
  },
  'DOOR-TOO-DEEP': { http: 400, issue: 'too-costly', text: 'The message is nested deeper than {limit} levels.' },
  'DOOR-FORMAT-UNKNOWN': { http: 415, issue: 'not-supported', text: 'The format of the message was not recognised.' },
  'DOOR-JSON': { http: 400, issue: 'structure', text: 'The body is not well-formed JSON.' },
  'DOOR-NOT-FOUND': { http: 404, issue: 'not-found', text: 'There is nothing here, or nothing you may see.' },
  'DOOR-METHOD': { http: 405, issue: 'not-supported', text: 'This address does not take this method.' },
  'DOOR-SENDER-UNKNOWN': {
    http: 403,
    issue: 'forbidden',
    text: 'The sender named in the message is not one this client may speak for.',
    hl7: '207',
  },
  'DOOR-CONTROL-ID-REUSED': {
    http: 409,
    issue: 'duplicate',
    text: 'This sender has used the message id before, for other content.',
    hl7: '205',
  },
  'DOOR-BUSY': {
    http: 503,
    issue: 'transient',
    text: 'The hub cannot take the message now; send it again later.',
    hl7: '207',
  },
  'DOOR-INTERNAL': {
    http: 500,
    issue: 'exception',
    text: 'The hub made a mistake; it is on record under this id.',
    hl7: '207',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing found wrong (or worth saying), with its place; becomes an OperationOutcome.issue, an ERR segment or a log line. */
export interface Issue {
  readonly code: ErrorCode;
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  /** Where: a FHIRPath (`Encounter.period.start`), an HL7 location (`PID-3[2].1`), `line 3, column 7`, or a map's `file:line:column`. */
  readonly place?: string;
  /** Fills the placeholders of the sentence; structural names and numbers only, never a value from a message. */
  readonly detail?: Readonly<Record<string, string | number>>;
}

/** The outcome of anything that may be refused: expected failures are values, exceptions are for bugs and broken connections. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export function done<T>(value: T, issues: readonly Issue[] = []): Result<T> {
  return { ok: true, value, issues };
}

export function refused(...issues: Issue[]): { readonly ok: false; readonly issues: readonly Issue[] } {
  return { ok: false, issues };
}

/** An error issue; `place` and `detail` as in {@link Issue}. */
export function issue(
  code: ErrorCode,
  place?: string,
  detail?: Issue['detail'],
  severity: Issue['severity'] = 'error',
): Issue {
  return { code, severity, ...(place !== undefined && { place }), ...(detail && { detail }) };
}

/** The sentence of an issue with its placeholders filled. */
export function sentence(found: Issue): string {
  const row: ErrorRow = ERRORS[found.code];
  return row.text.replace(/\{(\w+)\}/g, (whole, name: string) => String(found.detail?.[name] ?? whole));
}

export function isFault(found: Issue): boolean {
  return found.severity === 'error' || found.severity === 'fatal';
}
