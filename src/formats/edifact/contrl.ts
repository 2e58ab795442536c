import { type Issue, isFault, sentence } from '../../errors.ts';
import { danishOffset } from '../../fhir/danish-time.ts';
import type { AcknowledgeContext, MessageReading, Verdict } from '../format.ts';
import type { InterchangeHeader, RawMessage } from './interchange.ts';

/** What is answered: the interchange as read, and a verdict for each of its messages. */
export interface Answered {
  readonly header: InterchangeHeader;
  readonly messages: readonly RawMessage[];
  /** Faults of the interchange: then no message was taken. */
  readonly issues: readonly Issue[];
  /** What was found in each message. */
  readonly readings: readonly MessageReading[];
}

interface Line {
  readonly message: RawMessage;
  readonly issues: readonly Issue[];
}

const REJECTED = '4';
const ACCEPTED = '7';
const WIDTH = 70;
const LINES = 5;

/** Text that ISO 8859-1 can print; what a broken header held beside it cannot be said back. */
const latin = (text: string) => text.replace(/[‘’]/g, "'").replace(/[^\x20-\x7e\xa0-\xff]/g, '?');

const released = (text: string) => latin(text).replace(/[?'+:]/g, '?$&');

/** Why, for the sender's program: a version not taken, a syntax fault, or something else (FTX 1 of CONTRL). */
function reasonCode(issues: readonly Issue[]): string {
  const codes = issues.filter(isFault).map((found) => found.code);
  if (codes.includes('LETTER-TYPE-UNKNOWN')) return 'VER';
  return codes.some((code) => code.startsWith('EDIFACT-') || code.startsWith('LETTER-')) ? 'SYN' : 'NC';
}

/** The sentences, cut into components of 70 characters joined by a backslash, five to an FTX (formats 2.4). */
function reason(issues: readonly Issue[]): string[] {
  const faults = issues.filter(isFault);
  const texts = faults.slice(0, LINES).map((found) => latin(`${found.code} ${found.place ?? ''}: ${sentence(found)}`));
  const components = texts.flatMap((text) => {
    const parts = text.match(new RegExp(`.{1,${WIDTH - 1}}`, 'g')) ?? [];
    return parts.map((part, index) => released(part) + (index < parts.length - 1 ? '\\' : ''));
  });
  const segments: string[] = [];
  for (let at = 0; at < components.length; at += LINES)
    segments.push(`FTX+${reasonCode(issues)}+P00++${components.slice(at, at + LINES).join(':')}`);
  return segments;
}

/** UCM names the message; segments that stood outside any have no name, only reasons. */
function about(message: RawMessage, code: string): string[] {
  if (!message.reference && !message.family) return [];
  const kind = [message.family, ...message.directory.split(':'), message.version].map(released).join(':');
  return [`UCM+${released(message.reference) || '_'}+${kind}+${code}`];
}

/** One CONTRL message on the interchange and some of its messages, all with the same verdict. */
function contrl(answered: Answered, lines: readonly Line[], isAccepted: boolean, reference: string): string[] {
  const { header, issues } = answered;
  const code = isAccepted ? ACCEPTED : REJECTED;
  const [version, type] = isAccepted ? ['C0330Q', 'CTL03'] : ['C0230Q', 'CTL02'];
  const party = (id: string, qualifier: string) => `${released(id)}:${released(qualifier || '14')}`;
  const body = [
    `UNH+${reference}+CONTRL:D:93A:ZZ:${version}+${type}`,
    // `_` is MedCom's way to leave out what must be there: an interchange without reference cannot be answered by it
    `UCI+${released(header.reference) || '_'}+${party(header.senderId, header.senderQualifier)}+${party(
      header.receiverId,
      header.receiverQualifier,
    )}+${code}`,
    ...(isAccepted ? [] : reason(issues)),
    ...lines.flatMap((line) => [...about(line.message, code), ...(isAccepted ? [] : reason(line.issues))]),
  ];
  return [...body, `UNT+${body.length + 1}+${reference}`];
}

const unique = (issues: readonly Issue[]) =>
  issues.filter(
    (found, index) => issues.findIndex((one) => one.code === found.code && one.place === found.place) === index,
  );

/** Syntax 3 allows references of 14 characters. */
const shortId = (id: string) => id.replaceAll('-', '').slice(0, 14).toUpperCase();

function preparation(now: string): string {
  const time = Date.parse(now);
  const local = new Date(time + danishOffset(time)).toISOString();
  return `${local.slice(2, 10).replaceAll('-', '')}:${local.slice(11, 16).replace(':', '')}`;
}

/**
 * Writes the receipt for an interchange: rejected messages in a CTL02, always; accepted ones in a CTL03, where UNB asks for it.
 * As MedCom does, a partly accepted interchange gets one of each. UCI, UCM 4 = rejected, 7 = accepted; FTX tells why.
 * @returns undefined where nothing is to be said: all accepted and no receipt wanted, or only receipts received
 */
export function writeContrl(
  answered: Answered,
  verdicts: readonly Verdict[],
  context: AcknowledgeContext,
): Uint8Array | undefined {
  const { header, messages } = answered;
  if (messages.length && messages.every((message) => message.family === 'CONTRL')) return undefined;
  const isWhole = !answered.issues.some(isFault);
  const lines = messages.map((message, index) => ({
    message,
    isAccepted: isWhole && (verdicts[index]?.accepted ?? false),
    issues: unique([...(answered.readings[index]?.issues ?? []), ...(verdicts[index]?.issues ?? [])]),
  }));
  const [accepted, rejected] = [true, false].map((verdict) => lines.filter((line) => line.isAccepted === verdict));
  const written: string[][] = [];
  if (rejected!.length || !isWhole) written.push(contrl(answered, rejected!, false, shortId(context.newId())));
  if (accepted!.length && header.wantsReceipt)
    written.push(contrl(answered, accepted!, true, shortId(context.newId())));
  if (!written.length) return undefined;
  const reference = shortId(context.newId());
  const segments = [
    `UNB+UNOC:3+${released(header.receiverId)}:${released(header.receiverQualifier || '14')}+${released(header.senderId)}:${released(
      header.senderQualifier || '14',
    )}+${preparation(context.now)}+${reference}`,
    ...written.flat(),
    `UNZ+${written.length}+${reference}`,
  ];
  return Buffer.from(`UNA:+.? '\n${segments.map((segment) => `${segment}'\n`).join('')}`, 'latin1');
}
