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

  // --- the channels (reasons of attempts, faults of recipients' settings) -----------------------------------------------
  'CHANNEL-SETTING-MISSING': { http: 422, issue: 'required', text: 'The setting {setting} is missing.' },
  'CHANNEL-SETTING': { http: 422, issue: 'value', text: 'The setting {setting} is not a usable {type}.' },
  'CHANNEL-SETTING-UNKNOWN': {
    http: 422,
    issue: 'not-supported',
    text: 'There are {count} settings this channel does not know.',
  },
  'CHANNEL-URL': {
    http: 422,
    issue: 'value',
    text: 'The address is not an absolute http or https URL without credentials and fragment.',
  },
  'CHANNEL-EGRESS': { http: 422, issue: 'security', text: 'The address lies in a network the hub may not reach.' },
  'CHANNEL-EGRESS-PLAIN': {
    http: 422,
    issue: 'security',
    text: 'The address must be reached by TLS; this host is not on the list of exceptions.',
  },
  'CHANNEL-DNS': { http: 502, issue: 'transient', text: 'The recipient’s host name could not be resolved.' },
  'CHANNEL-CONNECT': { http: 502, issue: 'transient', text: 'No connection to the recipient could be made.' },
  'CHANNEL-TLS': { http: 502, issue: 'security', text: 'The recipient’s certificate was not accepted.' },
  'CHANNEL-NO-ANSWER': {
    http: 504,
    issue: 'timeout',
    text: 'The message was handed over, but no answer came; it may have arrived.',
  },
  'CHANNEL-BUSY': { http: 502, issue: 'transient', text: 'The recipient could not take the message now.' },
  'CHANNEL-REFUSED': { http: 502, issue: 'processing', text: 'The recipient refused the message.' },
  'CHANNEL-GONE': {
    http: 502,
    issue: 'processing',
    text: 'The recipient says that its address is gone for good.',
  },
  'CHANNEL-REDIRECT': {
    http: 502,
    issue: 'security',
    text: 'The recipient answered with a redirect, which the hub does not follow.',
  },
  'CHANNEL-STOPPED': { http: 503, issue: 'transient', text: 'The hub stopped before the message was handed over.' },
  'CHANNEL-MESSAGE': { http: 500, issue: 'structure', text: 'The message cannot be sent on this channel.' },
  'CHANNEL-FOLDER': { http: 502, issue: 'transient', text: 'The file could not be written to the recipient’s folder.' },

  // --- EDIFACT: the interchange (ISO 9735 version 3 as MedCom uses it) --------------------------------------------------
  'EDIFACT-UNA': {
    http: 400,
    issue: 'structure',
    text: 'The service string UNA does not name six different characters.',
  },
  'EDIFACT-ENCODING': {
    http: 400,
    issue: 'structure',
    text: 'The text is UTF-8 where the interchange says ISO 8859-1.',
  },
  'EDIFACT-CHARACTER': {
    http: 400,
    issue: 'structure',
    text: 'A byte is outside the character set of the interchange.',
  },
  'EDIFACT-LINE-BREAK': {
    http: 200,
    issue: 'informational',
    text: 'Line breaks inside segments were dropped ({count} of them).',
  },
  'EDIFACT-SEGMENT': {
    http: 400,
    issue: 'structure',
    text: 'Here should be a segment tag of three letters or digits.',
  },
  'EDIFACT-UNTERMINATED': { http: 400, issue: 'structure', text: 'The last segment is not terminated.' },
  'EDIFACT-SYNTAX-LEVEL': {
    http: 400,
    issue: 'not-supported',
    text: 'The syntax identifier is not one of UNOA, UNOB and UNOC.',
  },
  'EDIFACT-GROUPS': { http: 400, issue: 'not-supported', text: 'Functional groups (UNG, UNE) are not used by MedCom.' },
  'EDIFACT-UNB-MISSING': { http: 400, issue: 'structure', text: 'The interchange has no header (UNB).' },
  'EDIFACT-UNB-REPEATED': { http: 400, issue: 'structure', text: 'The interchange header (UNB) stands twice.' },
  'EDIFACT-SECOND-INTERCHANGE': {
    http: 400,
    issue: 'structure',
    text: 'There is a second interchange in the file; the whole file is refused, send them one at a time.',
  },
  'EDIFACT-AFTER-UNZ': {
    http: 400,
    issue: 'structure',
    text: 'There are segments after the end of the interchange (UNZ).',
  },
  'EDIFACT-ELEMENT-MISSING': { http: 400, issue: 'required', text: 'The segment {segment} lacks its {element}.' },
  'EDIFACT-UNH-MISSING': { http: 400, issue: 'structure', text: 'Segments stand outside a message: UNH is missing.' },
  'EDIFACT-UNT-MISSING': { http: 400, issue: 'structure', text: 'The message has no trailer (UNT).' },
  'EDIFACT-UNT-COUNT': {
    http: 400,
    issue: 'invariant',
    text: 'UNT does not count the {count} segments of the message rightly.',
  },
  'EDIFACT-UNT-REFERENCE': { http: 400, issue: 'invariant', text: 'The references of UNH and UNT differ.' },
  'EDIFACT-UNZ-MISSING': {
    http: 400,
    issue: 'structure',
    text: 'The interchange has no trailer (UNZ): it may be cut short.',
  },
  'EDIFACT-UNZ-COUNT': {
    http: 400,
    issue: 'invariant',
    text: 'UNZ does not count the {count} messages of the interchange rightly.',
  },
  'EDIFACT-UNZ-REFERENCE': { http: 400, issue: 'invariant', text: 'The references of UNB and UNZ differ.' },
  'EDIFACT-DUPLICATE-MESSAGE': {
    http: 400,
    issue: 'duplicate',
    text: 'A message before this one in the interchange has the same reference.',
  },
  'EDIFACT-OBJECT-LENGTH': {
    http: 400,
    issue: 'structure',
    text: 'The binary object is not as long as UNO says: UNP does not follow it.',
  },

  // --- MedCom letters, in whatever syntax ------------------------------------------------------------------------------
  'LETTER-TYPE-UNKNOWN': { http: 400, issue: 'not-supported', text: 'This type of MedCom letter is not known here.' },
  'LETTER-TYPE-CONTENT': {
    http: 400,
    issue: 'invariant',
    text: 'The content is that of {found}, the letter says {declared}.',
  },
  'LETTER-MISSING': { http: 400, issue: 'required', text: 'The letter lacks {element}.' },
  'LETTER-QUALIFIER': { http: 400, issue: 'code-invalid', text: 'The code in {element} is not one of its list.' },
  'LETTER-STATUS': { http: 400, issue: 'business-rule', text: 'The status of the patient does not fit a {type}.' },
  'LETTER-DATE-FORMAT': {
    http: 400,
    issue: 'value',
    text: 'The time is not as long as its format {format} says.',
  },
  'LETTER-DATE': { http: 400, issue: 'value', text: 'This is not a date and time that exists.' },
  'LETTER-PERSON-NUMBER': { http: 400, issue: 'value', text: 'The patient’s number has not the form of a CPR number.' },
  'LETTER-UNREAD': {
    http: 200,
    issue: 'informational',
    text: 'The letter has a {element} this type does not use; it was not read.',
  },
  'LETTER-TEXT-STYLE': {
    http: 200,
    issue: 'informational',
    text: 'Bold, italics and the like in texts are not carried on.',
  },

  // --- XML and envelopes -----------------------------------------------------------------------------------------------
  'XML-SYNTAX': { http: 400, issue: 'structure', text: 'The XML is not well-formed.' },
  'XML-DTD': { http: 400, issue: 'security', text: 'A document type declaration is not taken.' },
  'XML-ENCODING': {
    http: 400,
    issue: 'structure',
    text: 'The bytes are not text in the declared encoding {encoding}.',
  },
  'XML-ENCODING-ASSUMED': {
    http: 200,
    issue: 'informational',
    text: 'The text was read as {encoding}, which it does not declare.',
  },
  'OIOXML-ROOT': { http: 400, issue: 'structure', text: 'This is not an Emessage with one letter in it.' },
  'ENVELOPE-DATA': { http: 400, issue: 'structure', text: 'The content of the envelope is not base64.' },
  'ENVELOPE-EMPTY': { http: 400, issue: 'required', text: 'The envelope has no content.' },
  'ENVELOPE-NESTED': { http: 400, issue: 'too-costly', text: 'There are more than {limit} envelopes in each other.' },
  'ENVELOPE-SIZE': { http: 200, issue: 'informational', text: 'The content is not as long as the envelope says.' },
  'ENVELOPE-IDENTIFIER': { http: 200, issue: 'informational', text: 'The identifier of the envelope is not a UUID.' },
  'ENVELOPE-RECEIPT': { http: 400, issue: 'not-supported', text: 'The envelope holds a receipt, not a message.' },

  // --- maps --------------------------------------------------------------------------------------------------------
  'MAP-SYNTAX': { http: 422, issue: 'invalid', text: 'The map cannot be read here: expected {expected}.' },
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
