import { type Issue, issue } from '../../errors.ts';
import type { MessageReading, SourceTree } from '../format.ts';
import * as codes from '../letter/codes.ts';
import { type LetterType, letterType, letterTypeOfRoot } from '../letter/letter-types.ts';
import { letterReading } from '../letter/message.ts';
import { textAt, tree } from '../letter/tree.ts';
import { elementAt, elementsOf, placeOf, textOf, type XmlElement } from '../xml/parse.ts';
import { letterTree } from './letter.ts';
import { nodeOf } from './nodes.ts';

/** What a receipt needs to know of an Emessage. */
export interface Emessage {
  readonly namespace: string;
  readonly identifier: string;
  readonly wantsReceipt: boolean;
  readonly letters: readonly Letter[];
}

export interface Letter {
  readonly element: XmlElement;
  readonly type: LetterType | undefined;
  readonly identifier: string;
  readonly version: string;
  readonly sender: string;
  readonly receiver: string;
}

const text = (element: XmlElement | undefined, ...path: readonly string[]) =>
  textOf(elementAt(element, ...path)).trim();

/** By the code the letter states; where it states none, by its element's name. */
function typeOf(element: XmlElement): LetterType | undefined {
  const stated = ['TypeCode', 'StatisticalCode']
    .map((name) => text(element, 'Letter', name))
    .find((code) => code !== '');
  return (stated === undefined ? undefined : letterType(stated)) ?? letterTypeOfRoot(element.name);
}

function readLetter(element: XmlElement): Letter {
  return {
    element,
    type: typeOf(element),
    identifier: text(element, 'Letter', 'Identifier'),
    version: text(element, 'Letter', 'VersionCode'),
    sender: text(element, 'Sender', 'EANIdentifier'),
    receiver: text(element, 'Receiver', 'EANIdentifier'),
  };
}

/** True of the elements OIOXML calls a letter: they have a Letter in them. */
const isLetter = (element: XmlElement) => element.name !== 'Envelope' && elementAt(element, 'Letter') !== undefined;

/** The letters of an Emessage, or the one that stands without it; undefined where there is none. */
export function readEmessage(root: XmlElement): Emessage | undefined {
  const letters = root.name === 'Emessage' ? elementsOf(root).filter(isLetter) : [root].filter(isLetter);
  if (!letters.length) return undefined;
  const envelope = elementAt(root, 'Envelope');
  return {
    namespace: letters[0]!.namespace,
    identifier: text(envelope, 'Identifier'),
    wantsReceipt: text(envelope, 'AcknowledgementCode') === 'pluspositivkvitt',
    letters: letters.map(readLetter),
  };
}

const STATUS_FITS: Partial<Readonly<Record<string, codes.CodeList>>> = {
  NotificationOfAdmission: codes.ADMISSION_STATUS,
  NotificationOfDischarge: codes.DISCHARGE_STATUS,
};
const STATUSES = new Set(
  [codes.ADMISSION_STATUS, codes.DISCHARGE_STATUS, codes.LETTER_PATIENT_STATUS].flatMap((list) => Object.values(list)),
);

function checkStatus(letter: Letter, type: LetterType): Issue[] {
  const element = elementAt(letter.element, 'Patient', 'EpisodeOfCareStatusCode');
  const fits = STATUS_FITS[type.structure];
  // AN_ and RE_ before a status cancel and correct it
  const status = textOf(element)
    .trim()
    .replace(/^(AN|RE)_/, '');
  if (!element || !status || !fits || Object.values(fits).includes(status)) return [];
  if (STATUSES.has(status)) return [issue('LETTER-STATUS', placeOf(element), { element: element.name })];
  return [issue('LETTER-QUALIFIER', placeOf(element), { element: element.name }, 'warning')];
}

function checkType(letter: Letter, type: LetterType): Issue[] {
  const ofRoot = letterTypeOfRoot(letter.element.name);
  const issues: Issue[] = [];
  if (ofRoot && ofRoot.code !== type.code)
    issues.push(
      issue('LETTER-TYPE-CONTENT', placeOf(letter.element), { found: letter.element.name, declared: type.code }),
    );
  const version = /^X?[A-Z](\d\d)\d\d[A-Z]$/.exec(letter.version);
  if (version && version[1] !== type.code.slice(3))
    issues.push(
      issue('LETTER-TYPE-CONTENT', placeOf(letter.element), { found: 'another version', declared: type.code }),
    );
  const status = elementAt(letter.element, 'Letter', 'StatusCode');
  if (status && !Object.values(codes.LETTER_STATUS).includes(textOf(status).trim().toLowerCase()))
    issues.push(issue('LETTER-QUALIFIER', placeOf(status), { element: status.name }));
  return issues;
}

const CORRECTION: Readonly<Record<string, string>> = { AN: 'annulleretbrev', RE: 'rettetbrev' };

/** Notices may say by AN_ or RE_ before the patient's status that they cancel or correct the one before. */
function corrected(letter: SourceTree): SourceTree {
  const status = textAt(letter, 'Patient', 'EpisodeOfCareStatusCode');
  const prefix = /^(AN|RE)_(.+)$/.exec(status ?? '');
  if (!prefix) return letter;
  const [head, patient] = [letter.Letter as SourceTree, letter.Patient as SourceTree];
  return {
    ...letter,
    Letter: { ...head, StatusCode: CORRECTION[prefix[1]!]! },
    Patient: { ...patient, EpisodeOfCareStatusCode: prefix[2]! },
  };
}

function lift(letter: Letter, type: LetterType, envelope: XmlElement | undefined): MessageReading {
  const issues = [...checkType(letter, type), ...checkStatus(letter, type)];
  const body = nodeOf(letter.element, issues);
  const around = envelope && nodeOf(envelope, issues);
  const content = corrected(letterTree(typeof body === 'object' ? body : {}, type));
  return letterReading({
    format: 'oioxml',
    type,
    written: `X${type.code}`,
    version: letter.version,
    tree: tree({ Envelope: around, ...(content as Record<string, SourceTree>) }) ?? {},
    issues,
  });
}

/** Each letter of an Emessage, taken or refused on its own. */
export function readLetters(root: XmlElement, emessage: Emessage): MessageReading[] {
  const envelope = root.name === 'Emessage' ? elementAt(root, 'Envelope') : undefined;
  return emessage.letters.map((letter) => {
    if (letter.type) return lift(letter, letter.type, envelope);
    const found = issue('LETTER-TYPE-UNKNOWN', placeOf(letter.element));
    return { ok: false, ...(letter.identifier && { controlId: letter.identifier }), issues: [found] };
  });
}
