import type { Bundle, OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import type { Issue, Result } from '../../errors.ts';
import { done, ERRORS, issue, refused, sentence } from '../../errors.ts';
import type { Party, SendingIds, SentProvenance } from './medcom.ts';
import {
  header,
  IG,
  isUuid,
  messageBundle,
  narrative,
  organizations,
  profile,
  provenance,
  reference,
} from './medcom.ts';
import {
  eventOf,
  headerOf,
  idOf,
  listOf,
  ownProvenance,
  partyOf,
  primaryDestination,
  resolve,
} from './message-facts.ts';
import { stableId } from './stable-id.ts';

export const ACKNOWLEDGEMENT = 'acknowledgement-message';
export const ACKNOWLEDGEMENT_CODES = ['ok', 'transient-error', 'fatal-error'] as const;
export type AcknowledgementCode = (typeof ACKNOWLEDGEMENT_CODES)[number];

export interface AcknowledgementInput {
  /** The message answered, valid or not. */
  readonly original: Bundle;
  readonly code: AcknowledgementCode;
  /** Why, or what is worth saying of an accepted one ("a duplicate"); needed where the code is not ok. */
  readonly issues: readonly Issue[];
  readonly ids: SendingIds;
  /** When it is sent (instant with zone). */
  readonly now: string;
}

const ERROR_CODES = `${IG}/terminology/CodeSystem/medcom-acknowledgement-error-codes`;
/** MedCom's own error codes, where one says what our issue says; else the text alone does. */
const MEDCOM_CODE: Readonly<Partial<Record<(typeof ERRORS)[keyof typeof ERRORS]['issue'], string>>> = {
  'code-invalid': 'MSG_VALUESET_VALUE_UNKNOWN',
  'too-long': 'MSG_Element_To_Long',
  value: 'MSG_Datatype_Wrong',
  transient: 'MSG_Mailbox_Out_Of_Operation',
};

/**
 * The MedCom Acknowledgement 2.0.3 of a message: parties reversed, two Provenances (that of the message, and its own), an
 * OperationOutcome where there is something to say.
 * @returns undefined where none can or may be written: an acknowledgement is never acknowledged, and a message that names no header id
 * or no sender and receiver with SOR number cannot be answered by a conformant one
 */
export function writeAcknowledgement(input: AcknowledgementInput): Bundle | undefined {
  const { original, ids } = input;
  const answered = headerOf(original);
  const sender = partyOf(resolve(original, primaryDestination(answered)?.receiver));
  const receiver = partyOf(resolve(original, answered?.sender));
  if (!answered?.id || !sender || !receiver || eventOf(original) === ACKNOWLEDGEMENT) return undefined;

  const carried = carriedProvenance(original, receiver, input.now);
  const own: SentProvenance = {
    message: ids.message,
    activity: 'acknowledgement',
    // a clock that is behind the sender's must not make the answer older than the message
    at: Date.parse(carried.at) > Date.parse(input.now) ? carried.at : input.now,
    agent: sender,
    previous: { role: 'revision', message: answered.id },
  };
  const outcome = outcomeOf(input);
  return messageBundle(
    profile('acknowledgement', 'medcom-messaging-acknowledgement'),
    { bundle: ids.bundle, now: input.now },
    [
      acknowledgementHeader(input, { sender, receiver }, outcome),
      ...(outcome ? [outcome] : []),
      ...organizations([sender, receiver, carried.agent]),
      provenance(carried),
      provenance(own),
    ],
  );
}

/** What an acknowledgement says. `text` was written by the receiver and may hold anything: not for logs. */
export interface Acknowledged {
  /** MessageHeader.id of the message answered. */
  readonly messageId: string;
  readonly code: AcknowledgementCode;
  readonly issues: readonly { readonly severity?: string; readonly code?: string; readonly text?: string }[];
  /** The ids of the acknowledgement itself, to know a repeat by. */
  readonly bundleId?: string;
  readonly headerId?: string;
  readonly sender?: Party;
}

/** Reads an Acknowledgement leniently: what matters is which message it answers and how. */
export function readAcknowledgement(bundle: Bundle): Result<Acknowledged> {
  const found = headerOf(bundle);
  if (eventOf(bundle) !== ACKNOWLEDGEMENT || !found)
    return refused(issue('MEDCOM-NOT-ACKNOWLEDGEMENT', 'Bundle.entry[0].resource.event'));
  const place = 'Bundle.entry[0].resource.response';
  const messageId = idOf(found.response?.identifier);
  if (!messageId) return refused(issue('MEDCOM-RESPONSE-IDENTIFIER', `${place}.identifier`));
  const code = ACKNOWLEDGEMENT_CODES.find((each) => each === found.response?.code);
  if (!code) return refused(issue('MEDCOM-RESPONSE-CODE', `${place}.code`));
  const outcome = resolve(bundle, found.response?.details);
  const sender = partyOf(resolve(bundle, found.sender));
  return done({
    messageId,
    code,
    issues: outcome?.resourceType === 'OperationOutcome' ? listOf(outcome.issue).map(acknowledgedIssue) : [],
    ...(bundle.id && { bundleId: bundle.id }),
    ...(found.id && { headerId: found.id }),
    ...(sender && { sender }),
  });
}

function acknowledgedIssue({ severity, details, diagnostics }: OperationOutcomeIssue) {
  const code = listOf(details?.coding).find((each) => typeof each.code === 'string')?.code;
  const text = details?.text ?? diagnostics;
  return { ...(severity && { severity }), ...(code && { code }), ...(text && { text }) };
}

/**
 * The Provenance of the answered message, restated so that it is sound whatever the original was. Its link to messages still earlier is
 * left out: an acknowledgement carries exactly two Provenances, and a link to one that is not carried would dangle.
 */
function carriedProvenance(original: Bundle, sender: Party, now: string): SentProvenance {
  const found = ownProvenance(original);
  const agent = partyOf(resolve(original, listOf(found?.agent)[0]?.who)) ?? sender;
  const times = [found?.recorded, found?.occurredDateTime, original.timestamp];
  return {
    message: headerOf(original)!.id!,
    activity: listOf(found?.activity?.coding)[0]?.code ?? 'new-message',
    at: times.find((time) => /T.*(Z|[+-]\d\d:\d\d)$/.test(time ?? '')) ?? now,
    agent: agent.sor === sender.sor ? sender : agent,
    ...(isUuid(found?.id) && { id: found!.id! }),
  };
}

function acknowledgementHeader(
  { original, code, ids }: AcknowledgementInput,
  parties: { sender: Party; receiver: Party },
  outcome: OperationOutcome | undefined,
) {
  const answered = headerOf(original)!;
  const base = header(parties, ACKNOWLEDGEMENT, ids.message);
  const endpoint = answered.source?.endpoint;
  return {
    ...base,
    meta: { profile: [profile('acknowledgement', 'medcom-messaging-acknowledgementHeader')] },
    text: narrative('Kvittering', [
      ['Svar på meddelelse', answered.id],
      ['Resultat', code],
      ['Afsender', parties.sender.name ?? `SOR ${parties.sender.sor}`],
      ['Modtager', parties.receiver.name ?? `SOR ${parties.receiver.sor}`],
      ['Id', ids.message],
    ]),
    // the answer goes where the message says it came from
    destination: base.destination!.map((each) => (endpoint ? { ...each, endpoint } : each)),
    response: { identifier: answered.id!, code, ...(outcome && { details: reference(outcome) }) },
  };
}

function outcomeOf({ code, issues, ids }: AcknowledgementInput): OperationOutcome | undefined {
  const told = code === 'ok' ? issues : issues.filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (told.length === 0 && code === 'ok') return undefined;
  const id = stableId('outcome', ids.message);
  const all = told.length > 0 ? told.map(outcomeIssue) : [unspecific(code)];
  return {
    resourceType: 'OperationOutcome',
    id,
    meta: { profile: [profile('acknowledgement', 'medcom-acknowledgement-operationoutcome')] },
    text: narrative('Udfald', [...all.map(({ details }) => ['Fejl', details?.text] as const), ['Id', id]]),
    issue: all,
  };
}

function outcomeIssue(found: Issue): OperationOutcomeIssue {
  const kind = ERRORS[found.code].issue;
  const medcom = MEDCOM_CODE[kind];
  return {
    severity: found.severity,
    code: kind,
    details: {
      ...(medcom && { coding: [{ system: ERROR_CODES, code: medcom }] }),
      text: `${sentence(found)}${found.place ? ` (${found.place})` : ''}`,
    },
  };
}

/** An error that says no more than that there is one: still an issue, as the standard demands one. */
function unspecific(code: AcknowledgementCode): OperationOutcomeIssue {
  return outcomeIssue(issue(code === 'transient-error' ? 'DOOR-BUSY' : 'MEDCOM-REFUSED'));
}
