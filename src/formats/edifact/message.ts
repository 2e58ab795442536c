import { type Issue, isFault, issue } from '../../errors.ts';
import type { MessageReading, SourceTree } from '../format.ts';
import { type LetterType, letterType, type Structure } from '../letter/letter-types.ts';
import { letterReading } from '../letter/message.ts';
import { tree } from '../letter/tree.ts';
import { groupsOf } from './groups.ts';
import type { Interchange, InterchangeHeader, RawMessage } from './interchange.ts';
import * as discharge from './lift/discharge.ts';
import { checkKind, checkStatedType, type Lift, type Lifting } from './lift/letter.ts';
import { pathologyReport } from './lift/pathology.ts';
import { prescription } from './lift/prescription.ts';
import { receipt } from './lift/receipt.ts';
import { referral } from './lift/referral.ts';
import { laboratoryReport } from './lift/report.ts';
import { laboratoryRequest } from './lift/request.ts';
import { component, placeOf, type Segment } from './syntax.ts';

/** How the groups of each structure become its tree. Structures without a row come in OIOXML only. */
const LIFTS: Partial<Readonly<Record<Structure, Lift>>> = {
  NotificationOfAdmission: discharge.notificationOfAdmission,
  NotificationOfDischarge: discharge.notificationOfDischarge,
  AnswerOfAdmission: discharge.answerOfAdmission,
  DischargeLetter: discharge.dischargeLetter,
  BookingConfirmation: discharge.bookingConfirmation,
  ClinicalEmail: discharge.clinicalEmail,
  BinaryLetter: discharge.binaryLetter,
  Referral: referral,
  LaboratoryReport: laboratoryReport,
  PathologyReport: pathologyReport,
  LaboratoryRequest: laboratoryRequest,
  Prescription: prescription,
  Receipt: receipt,
};

/** BGM 1 by family (formats 2.3); CONTRL has none. */
const DOCUMENT: Readonly<Record<string, string>> = {
  MEDDIS: 'EPI',
  MEDREF: 'HNV',
  MEDRPT: 'LRP',
  MEDREQ: 'LRE',
  MEDPRE: 'PRS',
  MEDBIN: 'OBJ',
};

/** Segments that carry syntax, not facts: numbers of groups, repeated types, dummies a group must have. */
const TECHNICAL: readonly ((segment: Segment) => boolean)[] = [
  ({ tag }) => ['BGM', 'SEQ', 'UNP', 'PAC', 'SPR'].includes(tag),
  (segment) => segment.tag === 'GIS',
  (segment) => segment.tag === 'STS' && component(segment, 2) === 'NR',
  (segment) => segment.tag === 'INV' && component(segment, 1) === 'NR',
  (segment) => segment.tag === 'SPC' && component(segment, 1) === 'SCI',
  // contact kinds and the number of referrals, which OIOXML has no element for
  (segment) => segment.tag === 'RFF' && ['AHL', 'AHI'].includes(component(segment, 1) ?? ''),
];

function unread(body: readonly Segment[], read: ReadonlySet<Segment>): Issue[] {
  return body
    .filter((segment) => !read.has(segment) && !/^S\d\d$/.test(segment.tag))
    .filter((segment) => !TECHNICAL.some((isTechnical) => isTechnical(segment)))
    .map((segment) => issue('LETTER-UNREAD', placeOf(segment), { element: segment.tag }, 'information'));
}

/** D2030C says DIS20: where UNH's version and type are of different letters one of them is wrong. */
function checkVersion(raw: RawMessage): Issue[] {
  const version = /^[A-Z](\d\d)\d\d[A-Z]$/.exec(raw.version);
  if (!version || raw.type.slice(3) === version[1]) return [];
  return [issue('LETTER-TYPE-CONTENT', placeOf(raw.header, 2, 5), { found: 'another version', declared: raw.type })];
}

function envelope(header: InterchangeHeader | undefined): SourceTree | undefined {
  if (!header) return undefined;
  return tree({
    Sent: tree({ DateTime: header.sent }),
    Identifier: header.reference,
    AcknowledgementCode: header.wantsReceipt ? 'pluspositivkvitt' : 'minuspositivkvitt',
  });
}

function lift(type: LetterType, raw: RawMessage, header: InterchangeHeader | undefined): MessageReading {
  const scope = { issues: [] as Issue[], read: new Set<Segment>() };
  const locations = { sender: header?.senderId ?? '', receiver: header?.receiverId ?? '' };
  const lifting: Lifting = { type, message: raw, header, groups: groupsOf(raw.family, raw.body), scope, locations };
  const parts = LIFTS[type.structure]!(lifting);
  const expected = DOCUMENT[raw.family];
  if (expected) checkKind(lifting, expected);
  checkStatedType(lifting);
  return letterReading({
    format: 'edifact',
    type,
    written: raw.type,
    version: raw.version,
    tree: tree({ Envelope: envelope(header), ...parts }) ?? {},
    issues: [...raw.issues, ...checkVersion(raw), ...scope.issues, ...unread(raw.body, scope.read)],
  });
}

function readMessage(raw: RawMessage, header: InterchangeHeader | undefined): MessageReading {
  const type = letterType(raw.type);
  const refusal = (...issues: Issue[]): MessageReading => ({
    ok: false,
    ...(raw.reference && { controlId: raw.reference }),
    ...(raw.type && { type: raw.type }),
    issues: [...raw.issues, ...issues],
  });
  if (raw.issues.some(isFault)) return refusal();
  if (!type || !LIFTS[type.structure] || type.family !== raw.family)
    return refusal(issue('LETTER-TYPE-UNKNOWN', placeOf(raw.header, type ? 2 : 3)));
  return lift(type, raw, header);
}

/** Each message of an interchange, taken or refused on its own. */
export function readMessages(interchange: Interchange): MessageReading[] {
  return interchange.messages.map((raw) => readMessage(raw, interchange.header));
}
