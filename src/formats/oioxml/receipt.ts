import { type Issue, isFault, sentence } from '../../errors.ts';
import { danishOffset } from '../../fhir/danish-time.ts';
import type { AcknowledgeContext, MessageReading, Verdict } from '../format.ts';
import * as codes from '../letter/codes.ts';
import { escapeXml } from '../xml/parse.ts';
import type { Emessage, Letter } from './read.ts';

const NAMESPACE = 'http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/';

const element = (name: string, content: string) => (content ? `<${name}>${content}</${name}>` : '');
const leaf = (name: string, text: string) => element(name, escapeXml(text));
const ean = (name: string, gln: string) => element(name, leaf('EANIdentifier', gln));

/** Text that ISO 8859-1 can hold. */
const latin = (text: string) => text.replace(/[‘’]/g, "'").replace(/[^\x20-\x7e\xa0-\xff]/g, '?');

interface Line {
  readonly letter: Letter;
  readonly isAccepted: boolean;
  readonly issues: readonly Issue[];
}

function refusal(issues: readonly Issue[]): string {
  const faults = issues.filter(isFault);
  if (!faults.length) return leaf('RefuseCode', codes.REFUSAL.NC!);
  const isUnknown = faults.some((found) => found.code === 'LETTER-TYPE-UNKNOWN');
  const texts = faults.slice(0, 5).map((found) => latin(`${found.code} ${found.place ?? ''}: ${sentence(found)}`));
  return [
    leaf('RefuseCode', isUnknown ? codes.REFUSAL.VER! : codes.REFUSAL.SYN!),
    element('RefuseText', texts.map((text) => `${escapeXml(text)}<Break/>`).join('')),
  ].join('');
}

function original({ letter, isAccepted, issues }: Line): string {
  return element(
    'OriginalLetter',
    [
      leaf('OriginalLetterIdentifier', letter.identifier),
      leaf('OriginalVersionCode', letter.version.replace(/^X/, '')),
      isAccepted ? '' : refusal(issues),
    ].join(''),
  );
}

function envelopeOf(context: AcknowledgeContext): string {
  const time = Date.parse(context.now);
  const local = new Date(time + danishOffset(time)).toISOString();
  const sent = leaf('Date', local.slice(0, 10)) + leaf('Time', local.slice(11, 16));
  // a receipt is never itself receipted
  return element(
    'Envelope',
    element('Sent', sent) + leaf('Identifier', shortId(context)) + leaf('AcknowledgementCode', 'minuspositivkvitt'),
  );
}

const shortId = (context: AcknowledgeContext) => context.newId().replaceAll('-', '').slice(0, 14).toUpperCase();

function receipt(emessage: Emessage, lines: readonly Line[], isAccepted: boolean, context: AcknowledgeContext): string {
  const [{ letter: first }] = lines as [Line];
  const [name, version, code] = isAccepted
    ? ['PositiveReceipt', 'XC0330Q', 'XCTL03']
    : ['NegativeReceipt', 'XC0230Q', 'XCTL02'];
  const letter = leaf('Identifier', shortId(context)) + leaf('VersionCode', version!) + leaf('StatisticalCode', code!);
  const about = [
    leaf('OriginalEnvelopeIdentifier', emessage.identifier),
    ean('OriginalSender', first.sender),
    ean('OriginalReceiver', first.receiver),
    ...lines.map(original),
  ].join('');
  const body = [
    element('Letter', letter),
    ean('Sender', first.receiver),
    ean('Receiver', first.sender),
    element('OriginalEmessage', about),
  ].join('');
  const namespace = emessage.namespace.startsWith('http://rep.oio.dk/') ? emessage.namespace : NAMESPACE;
  return `<Emessage xmlns="${escapeXml(namespace)}">${envelopeOf(context)}${element(name!, body)}</Emessage>`;
}

/**
 * Writes the receipt for an Emessage: NegativeReceipt (XCTL02) for the letters refused, or PositiveReceipt (XCTL03) where all are
 * taken and the sender asks for it (`pluspositivkvitt`).
 * @returns undefined where nothing is to be said, and for receipts
 */
export function writeReceipt(
  emessage: Emessage,
  outcome: {
    readonly readings: readonly MessageReading[];
    readonly verdicts: readonly Verdict[];
    readonly isWhole: boolean;
  },
  context: AcknowledgeContext,
): Uint8Array | undefined {
  if (emessage.letters.every((letter) => letter.type?.structure === 'Receipt')) return undefined;
  const lines = emessage.letters.map((letter, index) => ({
    letter,
    isAccepted: outcome.isWhole && (outcome.verdicts[index]?.accepted ?? false),
    issues: [...(outcome.readings[index]?.issues ?? []), ...(outcome.verdicts[index]?.issues ?? [])],
  }));
  const rejected = lines.filter((line) => !line.isAccepted);
  if (!rejected.length && !emessage.wantsReceipt) return undefined;
  const xml = receipt(emessage, rejected.length ? rejected : lines, !rejected.length, context);
  return Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>\n${xml}`, 'latin1');
}
