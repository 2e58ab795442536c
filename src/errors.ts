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
  'DOOR-NOT-FHIR': { http: 400, issue: 'structure', text: 'The body is no FHIR resource.' },
  'DOOR-OTHER-TYPE': { http: 400, issue: 'invalid', text: 'The resource is of another type than the address names.' },
  'DOOR-INTERACTION': {
    http: 422,
    issue: 'not-supported',
    text: 'The hub takes transactions here, and messages at $process-message.',
  },
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
  'LETTER-STATUS': {
    http: 400,
    issue: 'business-rule',
    text: 'The status of the patient in {element} does not fit this type of letter.',
  },
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
  'XML-TOO-LARGE': { http: 413, issue: 'too-costly', text: 'The document has more than {limit} elements.' },
  'OIOXML-ROOT': { http: 400, issue: 'structure', text: 'This is not an Emessage with one letter in it.' },
  'ENVELOPE-DATA': { http: 400, issue: 'structure', text: 'The content of the envelope is not base64.' },
  'ENVELOPE-EMPTY': { http: 400, issue: 'required', text: 'The envelope has no content.' },
  'ENVELOPE-NESTED': { http: 400, issue: 'too-costly', text: 'There are more than {limit} envelopes in each other.' },
  'ENVELOPE-SIZE': { http: 200, issue: 'informational', text: 'The content is not as long as the envelope says.' },
  'ENVELOPE-IDENTIFIER': { http: 200, issue: 'informational', text: 'The identifier of the envelope is not a UUID.' },
  'ENVELOPE-RECEIPT': { http: 400, issue: 'not-supported', text: 'The envelope holds a receipt, not a message.' },

  // --- maps --------------------------------------------------------------------------------------------------------
  'MAP-SYNTAX': { http: 422, issue: 'invalid', text: 'The map cannot be read here: expected {expected}.' },
  'MAP-JSON': { http: 422, issue: 'invalid', text: 'The StructureMap cannot be read here: expected {expected}.' },
  'MAP-CODES': { http: 422, issue: 'invalid', text: 'The ConceptMap cannot be read here: expected {expected}.' },
  'MAP-DUPLICATE': { http: 422, issue: 'duplicate', text: 'There is another map or group by the name {name}.' },
  'MAP-IMPORT-UNKNOWN': { http: 422, issue: 'not-found', text: 'No map is called {name}, which is imported here.' },
  'MAP-GROUP-UNKNOWN': {
    http: 422,
    issue: 'not-found',
    text: 'No group is called {name}, here or in an imported map{hint}',
  },
  'MAP-GROUP-CIRCLE': { http: 422, issue: 'invalid', text: 'The group {name} extends itself.' },
  'MAP-VARIABLE-UNKNOWN': { http: 422, issue: 'not-found', text: 'There is no variable {name} here.' },
  'MAP-FUNCTION-UNKNOWN': {
    http: 422,
    issue: 'not-supported',
    text: 'There is no function {name}{hint}',
  },
  'MAP-FUNCTION-INSIDE': {
    http: 422,
    issue: 'not-supported',
    text: 'The function {name} cannot stand inside this call; give its result a variable first.',
  },
  'MAP-ARGUMENTS': { http: 422, issue: 'invalid', text: '{name} takes from {least} to {most} arguments.' },
  'MAP-TYPE-UNKNOWN': {
    http: 422,
    issue: 'not-found',
    text: 'The type {name} is not known{hint}',
  },
  'MAP-ELEMENT-UNKNOWN': {
    http: 422,
    issue: 'not-found',
    text: '{type} has no element {name}{hint}',
  },
  'MAP-CHOICE': {
    http: 422,
    issue: 'invalid',
    text: '{element} may have several types; say which by create, cast or its full name.',
  },
  'MAP-CONCEPTMAP-UNKNOWN': { http: 422, issue: 'not-found', text: 'No ConceptMap is called {name}.' },
  'MAP-NO-DEFAULT-GROUP': {
    http: 422,
    issue: 'not-found',
    text: 'No default group maps {source} to {target}, and one cannot be copied to the other.',
  },
  'MAP-UNUSED': { http: 422, issue: 'informational', text: '{what} {name} is never used.' },
  'MAP-UNREACHABLE': { http: 422, issue: 'informational', text: 'This rule can never run: {why}.' },
  'MAP-CARDINALITY': { http: 422, issue: 'structure', text: '{element} holds one value; several were given to it.' },
  'MAP-NOT-FOUND': { http: 404, issue: 'not-found', text: 'There is no map called {name}.' },
  'MAP-REQUIRED': { http: 422, issue: 'required', text: 'The map made {type} without the required element {element}.' },
  'MAP-SOURCE-COUNT': {
    http: 422,
    issue: 'structure',
    text: 'The source has {found} times {element}; the rule takes {expected}.',
  },
  'MAP-CHECK': { http: 422, issue: 'business-rule', text: 'The source does not pass the check of this rule.' },
  'MAP-VALUE': { http: 422, issue: 'value', text: 'The value for {element} is no {type}.' },
  'MAP-VALUE-LOST': { http: 422, issue: 'value', text: '{name} could not read its value, which is left out.' },
  'MAP-FHIRPATH': { http: 422, issue: 'processing', text: 'The expression needs {expected}.' },
  'MAP-TOO-LONG': { http: 422, issue: 'too-costly', text: 'The map took more than {limit} steps.' },
  'MAP-TOO-DEEP': { http: 422, issue: 'too-costly', text: 'Groups call each other more than {limit} levels deep.' },

  // --- directives of patients --------------------------------------------------------------------------------------
  'CONSENT-PATIENT': {
    http: 422,
    issue: 'required',
    text: 'A Consent names its patient by a CPR or replacement number, as patient.identifier or Patient?identifier=system|value.',
  },

  // --- emergency overrides -----------------------------------------------------------------------------------------
  'EMERGENCY-PATIENT': { http: 422, issue: 'not-found', text: 'The override names no patient the hub knows.' },
  'EMERGENCY-RECIPIENT': { http: 422, issue: 'not-found', text: 'The override names no unit of the region.' },
  'EMERGENCY-ELEMENT': {
    http: 422,
    issue: 'required',
    text: 'The override lacks {element}, or says it in a way that is not known.',
  },
  'EMERGENCY-REASON': {
    http: 422,
    issue: 'required',
    text: 'The reason of an override has at least {limit} characters.',
  },

  // --- codes nobody has mapped yet ---------------------------------------------------------------------------------
  'CODES-WAITING': {
    http: 422,
    issue: 'code-invalid',
    text: 'A code has no row in its ConceptMap, which says that messages wait for one.',
  },
  'CODES-UNKNOWN': { http: 404, issue: 'not-found', text: 'This code is not on the worklist.' },
  'CODES-MAP-UNKNOWN': {
    http: 404,
    issue: 'not-found',
    text: 'There is no ConceptMap file of this name to add a row to.',
  },

  // --- agreements on file ------------------------------------------------------------------------------------------
  'AGREEMENT-UNKNOWN': {
    http: 404,
    issue: 'not-found',
    text: 'There is no agreement on file under this id and version.',
  },
  'AGREEMENT-PARTY': { http: 422, issue: 'value', text: 'The agreement has no such party.' },
  'AGREEMENT-PERSON': { http: 422, issue: 'required', text: 'Say which person acts, in {element}.' },
  'AGREEMENT-TWO-PERSONS': {
    http: 409,
    issue: 'business-rule',
    text: 'Who has put a version on file cannot approve it: it takes two persons.',
  },
  'AGREEMENT-PERIOD': { http: 422, issue: 'value', text: 'A period has a start and an end, both instants.' },

  // --- storing -----------------------------------------------------------------------------------------------------
  'STORE-PATIENT-AMBIGUOUS': {
    http: 422,
    issue: 'multiple-matches',
    text: 'The identifiers of the patient lead to more than one patient.',
  },
  'STORE-PATIENT-MISSING': {
    http: 422,
    issue: 'not-found',
    text: 'The message is about a patient, and names none the hub can find or make.',
  },
  'STORE-REFERENCE-UNRESOLVED': {
    http: 422,
    issue: 'not-found',
    text: 'A reference leads to nothing in the message or the store.',
  },
  'STORE-INTERACTION': {
    http: 422,
    issue: 'not-supported',
    text: 'A transaction takes POST and PUT; {method} is not taken.',
  },
  'STORE-VERSION': { http: 412, issue: 'conflict', text: 'The resource has another version than the one named.' },
  'STORE-CONDITION': { http: 412, issue: 'not-supported', text: 'A condition takes the form identifier=system|value.' },

  // --- the way of a message ----------------------------------------------------------------------------------------
  'PIPELINE-NO-MAP': { http: 422, issue: 'not-supported', text: 'There is no map for messages of this kind.' },
  'PIPELINE-NOT-READABLE': {
    http: 422,
    issue: 'structure',
    text: 'The message that was taken can no longer be read; its format has changed since.',
  },
  'PIPELINE-INTERNAL': {
    http: 500,
    issue: 'exception',
    text: 'The hub made a mistake in this step; the message is parked and can be run again.',
  },

  // --- replay ------------------------------------------------------------------------------------------------------
  'REPLAY-STEP': { http: 400, issue: 'value', text: 'A message can be run again from one of: {step}.' },
  'REPLAY-STATE': { http: 409, issue: 'conflict', text: 'Only a message that was stopped or parked can be run again.' },
  'REPLAY-GONE': {
    http: 410,
    issue: 'not-found',
    text: 'The content of the message has been deleted; it cannot be run again.',
  },

  // --- delivery ----------------------------------------------------------------------------------------------------
  'DELIVERY-AWAY': { http: 504, issue: 'timeout', text: 'The recipient stayed away; the delivery is parked.' },
  'DELIVERY-REFUSED': { http: 422, issue: 'processing', text: 'The recipient refused the delivery.' },
  'DELIVERY-UNANSWERED': {
    http: 504,
    issue: 'timeout',
    text: 'The recipient has not acknowledged the message in time.',
  },
  'DELIVERY-NOT-CONFORMANT': {
    http: 500,
    issue: 'invariant',
    text: 'What was to be sent does not conform to the profile it claims, and does not leave.',
  },
  'DELIVERY-RECIPIENT-GONE': { http: 410, issue: 'not-found', text: 'The recipient is no longer there.' },
  'DELIVERY-WITHHELD': {
    http: 403,
    issue: 'suppressed',
    text: 'The decision at the moment of sending withheld the delivery.',
  },

  // --- HL7 v2 and its framing -------------------------------------------------------------------------------------------
  'HL7-NO-MSH': { http: 400, issue: 'structure', text: 'The message does not begin with an MSH segment.', hl7: '100' },
  'HL7-SEPARATORS': {
    http: 400,
    issue: 'structure',
    text: 'The separators in MSH-1 and MSH-2 cannot be used: each must be another character, no letter, digit, quote or blank.',
    hl7: '102',
  },
  'HL7-SEPARATORS-FEW': { http: 400, issue: 'structure', text: 'MSH-2 names fewer than four separators.', hl7: '102' },
  'HL7-CHARSET': {
    http: 400,
    issue: 'not-supported',
    text: 'MSH-18 names a character set the hub does not know.',
    hl7: '103',
  },
  'HL7-CHARSET-BYTES': {
    http: 400,
    issue: 'value',
    text: 'The message has bytes that are no characters of its character set.',
    hl7: '102',
  },
  'HL7-CONTROL-CHARACTER': {
    http: 400,
    issue: 'value',
    text: 'A control character stands in the text; it is left out.',
    hl7: '102',
  },
  'HL7-SEGMENT-NAME': {
    http: 400,
    issue: 'structure',
    text: 'The line does not begin with the name of a segment.',
    hl7: '100',
  },
  'HL7-SEGMENT-PLACE': {
    http: 400,
    issue: 'structure',
    text: 'The segment stands out of its place in the structure {structure}.',
    hl7: '100',
  },
  'HL7-SEGMENT-LATE': {
    http: 400,
    issue: 'structure',
    text: 'The segment comes later than the structure {structure} has it; it is kept.',
    hl7: '100',
  },
  'HL7-SEGMENT-UNLISTED': {
    http: 400,
    issue: 'informational',
    text: 'The structure {structure} does not list this segment; it is kept where it stands.',
    hl7: '100',
  },
  'HL7-CUT-OFF': {
    http: 400,
    issue: 'structure',
    text: 'The message ends in the middle of a segment: the rest of it is missing.',
    hl7: '100',
  },
  'HL7-SEGMENT-MISSING': {
    http: 400,
    issue: 'required',
    text: 'The segment {segment} is missing; the structure {structure} requires it.',
    hl7: '100',
  },
  'HL7-TOO-MANY': {
    http: 413,
    issue: 'too-costly',
    text: 'The message has more than {limit} parts of one kind.',
    hl7: '104',
  },
  'HL7-FIELD-MISSING': { http: 400, issue: 'required', text: 'The field {field} is missing.', hl7: '101' },
  'HL7-FIELD-LONG': { http: 400, issue: 'too-long', text: 'The field is longer than {limit} characters.', hl7: '104' },
  'HL7-TYPE-UNSUPPORTED': {
    http: 422,
    issue: 'not-supported',
    text: 'The hub does not take this message type.',
    hl7: '200',
  },
  'HL7-EVENT-UNKNOWN': { http: 422, issue: 'not-supported', text: 'The message type has no such event.', hl7: '201' },
  'HL7-EVENT-DIFFERS': {
    http: 400,
    issue: 'value',
    text: 'EVN-1 names another event than MSH-9, which counts.',
    hl7: '103',
  },
  'HL7-STRUCTURE-OVERRULED': {
    http: 400,
    issue: 'value',
    text: 'MSH-9.3 does not fit the event; the message is read as {structure}.',
    hl7: '103',
  },
  'HL7-VERSION': { http: 422, issue: 'not-supported', text: 'The version in MSH-12 is none of HL7 v2.', hl7: '203' },
  'HL7-VERSION-MISSING': { http: 400, issue: 'required', text: 'MSH-12 does not say the version.', hl7: '101' },
  'HL7-PERSON-NUMBER': {
    http: 400,
    issue: 'value',
    text: 'The value is marked as a person number but cannot be one: its form or date is impossible.',
    hl7: '102',
  },
  'HL7-SEVERAL-PATIENTS': {
    http: 422,
    issue: 'business-rule',
    text: 'The message is about several patients; send one message for each.',
    hl7: '207',
  },
  'HL7-BATCH-COUNT': {
    http: 400,
    issue: 'structure',
    text: 'The trailer counts otherwise than what came: {found}.',
    hl7: '100',
  },
  'MLLP-OUTSIDE': { http: 400, issue: 'structure', text: 'Bytes came outside a frame and were dropped.', hl7: '100' },
  'MLLP-TOO-LARGE': {
    http: 413,
    issue: 'too-long',
    text: 'The frame is larger than this door takes ({limit} bytes) and was dropped.',
    hl7: '104',
  },
  'MLLP-UNENDED': {
    http: 400,
    issue: 'structure',
    text: 'A frame was not ended before the next began or the connection closed; it was dropped.',
    hl7: '100',
  },

  // --- sign-in -----------------------------------------------------------------------------------------------------
  'SIGNIN-TOKEN-MISSING': { http: 401, issue: 'login', text: 'This needs an access token (Authorization: Bearer …).' },
  'SIGNIN-TOKEN': { http: 401, issue: 'login', text: 'The access token is not valid here, or not any more.' },
  'SIGNIN-CERTIFICATE': {
    http: 401,
    issue: 'login',
    text: 'The access token is bound to a client certificate that was not shown.',
  },
  'SIGNIN-SCOPE': { http: 403, issue: 'forbidden', text: 'The access token lacks the scope for this: {scope}.' },
  'SIGNIN-NO-HUB': { http: 502, issue: 'transient', text: 'No hub answers at that address.' },
  'SIGNIN-REFUSED': { http: 401, issue: 'login', text: 'The hub refused to sign the client in: {error}' },
  'SIGNIN-CLIENT': { http: 422, issue: 'value', text: 'The client’s {element} is missing or not usable.' },
  // --- FHIR resources against base and profiles --------------------------------------------------------------------
  'FHIR-NOT-A-RESOURCE': {
    http: 400,
    issue: 'structure',
    text: 'This is not a FHIR resource: resourceType is missing.',
  },
  'FHIR-RESOURCE-TYPE': { http: 400, issue: 'structure', text: 'The resourceType is not one of FHIR R4.' },
  'FHIR-TOO-DEEP': { http: 400, issue: 'too-costly', text: 'The resource is nested deeper than {limit} levels.' },
  'FHIR-TOO-COSTLY': {
    http: 422,
    issue: 'too-costly',
    text: 'Rule {rule} was not evaluated: it costs too much on this resource.',
  },
  'FHIR-TOO-MANY': { http: 422, issue: 'too-costly', text: 'There are more issues than the {limit} listed.' },
  'FHIR-ELEMENT-UNKNOWN': { http: 422, issue: 'structure', text: '{type} has no element of this name.' },
  'FHIR-ELEMENT-EMPTY': {
    http: 422,
    issue: 'structure',
    text: 'An element must have a value or children; this one is empty.',
  },
  'FHIR-LIST-EXPECTED': { http: 422, issue: 'structure', text: 'The element repeats: its JSON must be an array.' },
  'FHIR-SINGLE-EXPECTED': {
    http: 422,
    issue: 'structure',
    text: 'The element does not repeat: its JSON must not be an array.',
  },
  'FHIR-JSON-TYPE': { http: 422, issue: 'structure', text: 'The JSON of a {type} must be {expected}.' },
  'FHIR-CHOICE': {
    http: 422,
    issue: 'structure',
    text: 'Only one type may be chosen for {element}; here are several.',
  },
  'FHIR-FORMAT': { http: 422, issue: 'value', text: 'The value is not a well-formed {type}.' },
  'FHIR-NARRATIVE': { http: 422, issue: 'invalid', text: 'The narrative breaks the rules for XHTML in FHIR: {rule}.' },
  'FHIR-MIN': {
    http: 422,
    issue: 'required',
    text: '{element} must be given at least {min} times; here it is {count}.',
  },
  'FHIR-MAX': {
    http: 422,
    issue: 'structure',
    text: '{element} may be given at most {max} times; here it is {count}.',
  },
  'FHIR-TYPE': {
    http: 422,
    issue: 'structure',
    text: 'The profile {profile} does not allow this type here ({allowed}).',
  },
  'FHIR-FIXED': { http: 422, issue: 'value', text: 'The value is not the one the profile {profile} fixes.' },
  'FHIR-PATTERN': { http: 422, issue: 'value', text: 'The value lacks what the profile {profile} demands of it.' },
  'FHIR-LENGTH': { http: 422, issue: 'too-long', text: 'The value is longer than {max} characters.' },
  'FHIR-RANGE': { http: 422, issue: 'value', text: 'The value lies outside of what {rule} allows.' },
  'FHIR-CODE': { http: 422, issue: 'code-invalid', text: 'The code is not in the required value set {valueSet}.' },
  'FHIR-INVARIANT': { http: 422, issue: 'invariant', text: 'The rule {rule} is not met: {human}' },
  'FHIR-INVARIANT-UNEVALUABLE': { http: 422, issue: 'not-supported', text: 'The rule {rule} cannot be evaluated.' },
  'FHIR-SLICE-MIN': {
    http: 422,
    issue: 'required',
    text: 'Slice {slice} must be given at least {min} times; here it is {count}.',
  },
  'FHIR-SLICE-MAX': {
    http: 422,
    issue: 'structure',
    text: 'Slice {slice} may be given at most {max} times; here it is {count}.',
  },
  'FHIR-SLICE-CLOSED': {
    http: 422,
    issue: 'structure',
    text: 'The element is none of the slices the profile {profile} allows.',
  },
  'FHIR-SLICE-ORDER': { http: 422, issue: 'structure', text: 'The slices of {profile} are not in their order.' },
  'FHIR-PROFILE-UNKNOWN': {
    http: 422,
    issue: 'not-found',
    text: 'The profile is not known here, so the resource cannot be judged by it.',
  },
  'FHIR-PROFILE-BROKEN': { http: 422, issue: 'not-supported', text: 'The profile {profile} cannot be used: {reason}.' },
  'FHIR-PROFILE-TYPE': {
    http: 422,
    issue: 'structure',
    text: 'The profile {profile} is not one for this type of resource.',
  },
  'FHIR-PROFILE-NONE': {
    http: 422,
    issue: 'structure',
    text: 'The element conforms to none of the profiles allowed here: {profiles}.',
  },
  'FHIR-REFERENCE-TYPE': {
    http: 422,
    issue: 'structure',
    text: 'The reference is to a type not allowed here ({allowed}).',
  },
  'FHIR-REFERENCE-UNRESOLVED': {
    http: 422,
    issue: 'not-found',
    text: 'The reference must resolve within the {where}, and does not.',
  },
  'FHIR-FULLURL': { http: 422, issue: 'structure', text: 'The fullUrl of the entry breaks a rule: {rule}.' },
  'FHIR-EXTENSION-CONTEXT': {
    http: 422,
    issue: 'extension',
    text: 'The extension {profile} is not defined for this place.',
  },
  'FHIR-MODIFIER-UNKNOWN': {
    http: 422,
    issue: 'extension',
    text: 'A modifier extension that is not known here may change the meaning of what it stands in.',
  },
  // --- FHIR packages on disk ---------------------------------------------------------------------------------------
  'PACKAGE-UNREADABLE': { http: 400, issue: 'not-found', text: 'This is no FHIR package that can be read: {reason}.' },
  'PACKAGE-FHIR-VERSION': { http: 400, issue: 'not-supported', text: 'The package {package} is not one for FHIR R4.' },
  'PACKAGE-DEPENDENCY': {
    http: 422,
    issue: 'not-found',
    text: 'The package {package} builds on {dependency}, which is not here; {instead}.',
  },
  'FILE-UNREADABLE': { http: 400, issue: 'not-found', text: 'The file cannot be read.' },

  // --- FHIR as a sender’s format ------------------------------------------------------------------------------------------
  'FHIR-XML': { http: 400, issue: 'structure', text: 'This is no FHIR XML.' },
  'FHIR-BUNDLE-TYPE': {
    http: 422,
    issue: 'not-supported',
    text: 'Bundles of this type are answers of a server, not messages to it.',
  },
  'PERSON-NUMBER': {
    http: 422,
    issue: 'value',
    text: 'The number has not the form of the person numbers of its system.',
  },

  // --- PPJ, the prehospital journal ---------------------------------------------------------------------------------------
  'PPJ-UNKNOWN': { http: 422, issue: 'structure', text: 'The format has no field of this name here.' },
  'PPJ-MISSING': { http: 422, issue: 'required', text: 'The field is missing.' },
  'PPJ-VALUE': { http: 422, issue: 'value', text: 'The value breaks the schema’s rule {rule}.' },
  'PPJ-DUPLICATE-ID': { http: 422, issue: 'duplicate', text: 'Another item of the list has the same id.' },
  'PPJ-GLN': { http: 422, issue: 'value', text: 'The check digit of the location number (GLN) is wrong.' },
  'PPJ-TIME-ORDER': {
    http: 200,
    issue: 'business-rule',
    text: 'The time lies before one that comes earlier in the time line.',
  },
  'PPJ-GCS': { http: 200, issue: 'invariant', text: 'The total is not the sum of eye, verbal and motor response.' },

  // --- NEMSIS, as a foreign ambulance service writes it -------------------------------------------------------------------
  'NEMSIS-ROOT': { http: 400, issue: 'structure', text: 'This is not an EMSDataSet of NEMSIS 3.' },
  'NEMSIS-EMPTY': { http: 400, issue: 'required', text: 'The data set has no patient care report.' },
  'NEMSIS-SECTION': { http: 422, issue: 'structure', text: 'A patient care report has no section of this name.' },
  'NEMSIS-ORDER': {
    http: 422,
    issue: 'structure',
    text: 'The section {section} stands twice, or after one that comes later in the standard.',
  },
  'NEMSIS-ELEMENT': { http: 422, issue: 'structure', text: 'The section {section} has no element of this name.' },
  'NEMSIS-VALUE': { http: 422, issue: 'value', text: 'The value is not one {element} can have.' },
  'NEMSIS-ABSENT': {
    http: 422,
    issue: 'invariant',
    text: 'The element says that its value is absent in a way the standard does not know.',
  },
  'NEMSIS-MISSING': { http: 422, issue: 'required', text: 'The patient care report lacks {element}.' },

  // --- MedCom FHIR messages ---------------------------------------------------------------------------------------------
  'MEDCOM-NOT-ACKNOWLEDGEMENT': {
    http: 400,
    issue: 'structure',
    text: 'This is not a MedCom Acknowledgement message.',
  },
  'MEDCOM-RESPONSE-IDENTIFIER': {
    http: 400,
    issue: 'required',
    text: 'The acknowledgement does not say which message it answers.',
  },
  'MEDCOM-RESPONSE-CODE': {
    http: 400,
    issue: 'code-invalid',
    text: 'The acknowledgement’s code is not one of ok, transient-error and fatal-error.',
  },
  'MEDCOM-HEADER-ID': {
    http: 400,
    issue: 'required',
    text: 'The MessageHeader has no id, so the message cannot be known again or answered.',
  },
  'MEDCOM-REFUSED': { http: 422, issue: 'processing', text: 'The message was refused.' },

  // --- subscriptions -----------------------------------------------------------------------------------------------
  'SUBSCRIPTION-ELEMENT': { http: 422, issue: 'value', text: '{element} is missing, or not as it must be here.' },
  'SUBSCRIPTION-TOPIC': {
    http: 422,
    issue: 'not-supported',
    text: 'The criteria are not the canonical of a topic of this hub.',
  },
  'SUBSCRIPTION-CHANNEL': { http: 422, issue: 'not-supported', text: 'The only channel type here is rest-hook.' },
  'SUBSCRIPTION-PAYLOAD': {
    http: 422,
    issue: 'not-supported',
    text: 'The payload must be application/fhir+json (or application/json), of FHIR version 4.0.',
  },
  'SUBSCRIPTION-CONTENT': {
    http: 422,
    issue: 'not-supported',
    text: 'The payload must have one content level: empty, id-only or full-resource.',
  },
  'SUBSCRIPTION-FILTER': {
    http: 422,
    issue: 'not-supported',
    text: 'The filter is not one this topic can be filtered by.',
  },
  'SUBSCRIPTION-EXTENSION': {
    http: 422,
    issue: 'extension',
    text: 'There is an extension that changes the subscription’s meaning and is not supported.',
  },
  // --- agreements and rules of decision ------------------------------------------------------------------------------
  'POLICY-FILE': { http: 400, issue: 'not-found', text: 'The file cannot be read.' },
  'POLICY-SHAPE': {
    http: 422,
    issue: 'structure',
    text: 'The document does not have the shape asked for here (rule {rule} of its schema).',
  },
  'POLICY-CODE-UNKNOWN': { http: 422, issue: 'code-invalid', text: 'The code is not in the list of {list}.' },
  'POLICY-BASIS-UNFIT': {
    http: 422,
    issue: 'business-rule',
    text: 'No legal basis of the agreement fits its action {action} and its purpose.',
  },
  'POLICY-CRITERIA-ALWAYS': { http: 422, issue: 'business-rule', text: 'The criteria hold for every patient.' },
  'POLICY-CRITERIA-NEVER': { http: 422, issue: 'business-rule', text: 'The criteria hold for no patient.' },
  'POLICY-OVERLAP': {
    http: 422,
    issue: 'business-rule',
    text: 'Agreement {other} covers the same flow with other categories; the narrower one will speak.',
  },
  'POLICY-RECIPIENT-EMPTY': { http: 422, issue: 'required', text: 'The recipient is given no category.' },
  'POLICY-RECIPIENT-UNKNOWN': {
    http: 422,
    issue: 'not-found',
    text: 'No organisation or kind of unit has this key; the entry has no effect.',
  },
  'POLICY-RECIPIENT-NOT-PARTY': {
    http: 422,
    issue: 'business-rule',
    text: 'The recipient is not a party, so the agreement can never be in force for it.',
  },
  'POLICY-TRIAL-END': {
    http: 422,
    issue: 'required',
    text: 'A trial must end, and not later than its permission.',
  },
  'POLICY-LABEL-CONTRADICTION': {
    http: 422,
    issue: 'business-rule',
    text: 'A label is both excluded and required or kept.',
  },
  'POLICY-VALIDITY': { http: 422, issue: 'value', text: 'The last day is before the first, or a date does not exist.' },
  'POLICY-VERSION-TWICE': { http: 409, issue: 'duplicate', text: 'There are two documents with this id and version.' },
  'POLICY-VERSION-CHANGED': {
    http: 409,
    issue: 'conflict',
    text: 'A version that has been approved is immutable; what changed needs a new version.',
  },
  'POLICY-APPROVAL-STALE': {
    http: 422,
    issue: 'business-rule',
    text: 'The approval was given to other content and does not count.',
  },
  'POLICY-ORGANISATION': {
    http: 422,
    issue: 'structure',
    text: 'The organisation lacks {element}, or what it says there cannot be used.',
  },
  // --- directives of patients ----------------------------------------------------------------------------------------
  'DIRECTIVE-NOT-CONSENT': {
    http: 422,
    issue: 'structure',
    text: 'The resource is not a FHIR R4 Consent that can be read.',
  },
  'DIRECTIVE-NOT-UNDERSTOOD': {
    http: 422,
    issue: 'not-supported',
    text: 'The element says something the hub cannot act on; its scope is held as an opt-out until a person has looked.',
  },
  'DIRECTIVE-NO-BEARING': {
    http: 422,
    issue: 'informational',
    text: 'The consent says nothing on sharing, so no directive follows from it.',
  },
  // --- registers of others -----------------------------------------------------------------------------------------
  'REGISTER-AWAY': { http: 503, issue: 'transient', text: 'The consent register could not be heard.' },
  'REGISTER-ANSWER': { http: 502, issue: 'processing', text: 'The answer of the consent register could not be read.' },
  'SUBSCRIPTION-RANGE': { http: 400, issue: 'value', text: '{element} is not as the operation takes it.' },
  'AUDIT-PATIENT': { http: 400, issue: 'required', text: 'A search of AuditEvents names one patient.' },
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
