import type { Bundle, Encounter, MessageHeader, Patient } from '@medplum/fhirtypes';
import { SYSTEM } from '../../fhir/identifiers.ts';
import type { Identifier } from '../format.ts';
import type { Party, SendingIds, SentProvenance } from './medcom.ts';
import {
  header,
  messageBundle,
  narrative,
  organization,
  organizations,
  profile,
  provenance,
  reference,
} from './medcom.ts';
import type { Notice, NoticeCode } from './notice.ts';
import { factOf } from './notice.ts';
import { stableId } from './stable-id.ts';

export type { Party, SendingIds, SentProvenance } from './medcom.ts';
export type { CameFrom, Notice, NoticeCode, StayChange, StayEvent } from './notice.ts';
export { noticeOf, reportOfAdmissionWanted } from './notice.ts';

/** A notice as it was sent about a stay to a receiver; what has to be remembered for the next one. */
export interface SentNotice extends SentProvenance {
  readonly code: NoticeCode;
}

export interface HospitalNotificationInput {
  readonly notice: Notice;
  /** The stored patient; only the CPR number, the official name and the fact of death are taken from it. */
  readonly patient: Patient;
  /** Ids of the course (forløbs-id): the same for the whole stay; hyphenated UUIDs, at most one of LPR3. */
  readonly episodeOfCare: readonly Identifier[];
  readonly sender: Party;
  readonly receiver: Party;
  /** The unit in charge of the patient, where it is not the sender. */
  readonly serviceProvider?: Party;
  /** Who shall get the report of admission, where it is not the sender. */
  readonly reportRecipient?: Party;
  /** Notices sent earlier about this stay to this receiver, oldest first. */
  readonly history: readonly SentNotice[];
  readonly ids: SendingIds;
  /** When it is sent (instant with zone); a resend has a new one. */
  readonly now: string;
}

const GUIDE = 'hospitalnotification';
const REPORT = profile(GUIDE, 'medcom-messaging-reportOfAdmissionExtension');
const REPORT_RECIPIENT = profile(GUIDE, 'medcom-messaging-reportOfAdmissionRecipientExtension');
/** The misspelling is the published canonical. */
const LEAVE = profile(GUIDE, 'medcom-hospitalnotifiation-leave-period-extension');
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** What users are shown (code overview), before it "Rettelse" or "Annullering". */
const DISPLAY: Readonly<Record<string, string>> = {
  STAA: 'Start sygehusophold - akut ambulant',
  STIN: 'Start sygehusophold - indlagt',
  STOR: 'Start orlov',
  SLOR: 'Slut orlov',
  SLHJ: 'Slut sygehusophold - afsluttet til hjemmet/primær sektor',
  MORS: 'Død',
};

const STATUS: Readonly<Record<Notice['status'], string>> = {
  'in-progress': 'i gang',
  onleave: 'på orlov',
  finished: 'afsluttet',
  'entered-in-error': 'fejlregistreret',
};

/** The Danish text of a notice for users: `Annullering: Start orlov`. */
export function noticeDisplay(code: NoticeCode): string {
  const prefix = code.startsWith('RE_') ? 'Rettelse: ' : code.startsWith('AN_') ? 'Annullering: ' : '';
  return prefix + DISPLAY[factOf(code)];
}

/**
 * A notice as a MedCom HospitalNotification 3.0.2: nothing of the patient but number, name and death, nothing of the stay but fact, times
 * and unit in charge (the standard's own limit of what the law lets pass). All ids follow from `ids`: the same input gives the same bytes.
 */
export function writeHospitalNotification(input: HospitalNotificationInput): Bundle {
  const { sender, receiver, history, ids } = input;
  const sent = [...history, sentNotice(input)];
  const patient = patientOf(input);
  const encounter = encounterOf(input, patient);
  const parties = [sender, receiver, providerOf(input), reportRecipient(input), ...sent.map(({ agent }) => agent)];
  return messageBundle(profile(GUIDE, 'medcom-hospitalNotification-message'), { ...ids, now: input.now }, [
    headerOf(input, encounter),
    encounter,
    patient,
    ...organizations(parties),
    ...sent.map(provenance),
  ]);
}

/** What to remember of a notice for the history of the next one. */
export function sentNotice({ notice, history, ids, now, sender }: HospitalNotificationInput): SentNotice {
  const last = history.at(-1);
  return {
    code: notice.code,
    message: ids.message,
    activity: notice.activity,
    at: now,
    agent: sender,
    ...(last && { previous: { role: notice.role, message: last.message } }),
  };
}

function reportRecipient({ notice, reportRecipient, sender }: HospitalNotificationInput): Party | undefined {
  return notice.reportOfAdmission ? (reportRecipient ?? sender) : undefined;
}

function providerOf({ serviceProvider, sender }: HospitalNotificationInput): Party {
  return serviceProvider && serviceProvider.sor !== sender.sor ? serviceProvider : sender;
}

function headerOf(input: HospitalNotificationInput, encounter: Encounter): MessageHeader {
  const { notice, sender, receiver, ids } = input;
  const recipient = reportRecipient(input);
  return {
    ...header(input, 'hospital-notification-message', ids.message),
    meta: { profile: [profile(GUIDE, 'medcom-hospitalNotification-messageHeader')] },
    text: narrative('Advis om sygehusophold', [
      ['Hændelse', noticeDisplay(notice.code)],
      ['Afsender', sender.name ?? `SOR ${sender.sor}`],
      ['Modtager', receiver.name ?? `SOR ${receiver.sor}`],
      ['Indlæggelsesrapport ønskes sendt til', recipient && (recipient.name ?? `SOR ${recipient.sor}`)],
      ['Id', ids.message],
    ]),
    ...(recipient && {
      extension: [
        { url: REPORT, valueBoolean: true },
        { url: REPORT_RECIPIENT, valueReference: reference(organization(recipient)) },
      ],
    }),
    focus: [reference(encounter)],
  };
}

function patientOf({ patient, notice, ids }: HospitalNotificationInput): Patient {
  const cpr = patient.identifier?.find(({ system }) => system === SYSTEM.cpr)?.value;
  const name = patient.name?.find(({ use }) => use === 'official') ?? patient.name?.[0];
  const id = stableId('patient', ids.message);
  return {
    resourceType: 'Patient',
    id,
    meta: { profile: [profile('core', 'medcom-core-patient')] },
    text: narrative('Borger', [
      ['CPR-nummer', cpr],
      ['Navn', [...(name?.given ?? []), name?.family].filter(Boolean).join(' ')],
      ['Død', notice.deceased === undefined ? undefined : notice.deceased ? 'ja' : 'nej'],
      ['Id', id],
    ]),
    ...(cpr && { identifier: [{ use: 'official', system: SYSTEM.cpr, value: cpr }] }),
    ...(name && {
      name: [
        {
          use: 'official',
          ...(name.family && { family: name.family }),
          ...(name.given?.length && { given: name.given }),
        },
      ],
    }),
    ...(notice.deceased !== undefined && { deceasedBoolean: notice.deceased }),
  };
}

function encounterOf(input: HospitalNotificationInput, patient: Patient): Encounter {
  const { notice, episodeOfCare, ids } = input;
  const provider = providerOf(input);
  const id = stableId('encounter', ids.message);
  return {
    resourceType: 'Encounter',
    id,
    meta: { profile: [profile(GUIDE, 'medcom-hospitalNotification-encounter')] },
    text: narrative('Sygehusophold', [
      ['Hændelse', noticeDisplay(notice.code)],
      ['Status', STATUS[notice.status]],
      ['Kontakttype', notice.class === 'IMP' ? 'indlagt' : 'akut ambulant'],
      ['Start', notice.period.start],
      ['Slut', notice.period.end],
      ['Orlov start', notice.leave?.start],
      ['Orlov slut', notice.leave?.end],
      ['Ansvarlig enhed', provider.name ?? `SOR ${provider.sor}`],
      ['Forløbs-id', episodeOfCare.map(({ value }) => value).join(', ')],
      ['Id', id],
    ]),
    ...(notice.leave && { extension: [{ url: LEAVE, valuePeriod: notice.leave }] }),
    status: notice.status,
    class: { system: ACT_CODE, code: notice.class },
    subject: reference(patient),
    episodeOfCare: episodeOfCare.map(({ system, value }) => ({ identifier: { system, value } })),
    period: notice.period,
    serviceProvider: reference(organization(provider)),
  };
}
