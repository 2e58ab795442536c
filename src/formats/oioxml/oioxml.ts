import { isFault, issue } from '../../errors.ts';
import { isEnvelope, openEnvelope } from '../envelope/envelope.ts';
import type { Format, Reading } from '../format.ts';
import { letterTypeOfRoot } from '../letter/letter-types.ts';
import { parseXml, placeOf } from '../xml/parse.ts';
import { type Emessage, readEmessage, readLetters } from './read.ts';
import { writeReceipt } from './receipt.ts';

/** The names of the first elements, without prefixes, from the first bytes. */
function firstNames(bytes: Uint8Array): string[] {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString('latin1');
  // UTF-16 shows as letters with zeros between them
  const text = start.replaceAll('\0', '');
  return [...text.matchAll(/<(?:[\w.-]+:)?([\w.-]+)[\s/>]/g)].slice(0, 3).map((match) => match[1]!);
}

function isOioxml(bytes: Uint8Array): boolean {
  const [root] = firstNames(bytes);
  return root === 'Emessage' || (root !== undefined && letterTypeOfRoot(root) !== undefined);
}

function read(bytes: Uint8Array): Reading {
  const opened = openEnvelope(bytes);
  if (!opened.ok) return { messages: [], issues: opened.issues };
  if (!opened.value.payload.length) return { messages: [], issues: [issue('DOOR-EMPTY')] };
  const root = parseXml(opened.value.payload);
  if (!root.ok) return { messages: [], issues: [...opened.issues, ...root.issues] };
  const emessage = readEmessage(root.value);
  const issues = [...opened.issues, ...root.issues];
  if (!emessage) return { messages: [], issues: [...issues, issue('OIOXML-ROOT', placeOf(root.value))] };
  return { messages: readLetters(root.value, emessage), issues, envelope: emessage };
}

/** MedCom OIOXML letters of any schema year, bare or in a VANSEnvelope or SBDH. */
export const oioxml: Format = {
  id: 'oioxml',
  contentTypes: ['application/xml', 'text/xml'],
  // an envelope that cannot be opened is refused here, where its faults are known
  recognise(bytes) {
    const opened = openEnvelope(bytes);
    return opened.ok ? isOioxml(opened.value.payload) : isEnvelope(bytes);
  },
  read,
  acknowledge(_bytes, reading, verdicts, context) {
    const emessage = reading.envelope as Emessage | undefined;
    if (!emessage?.letters[0]?.sender) return undefined;
    const isWhole = !reading.issues.some(isFault);
    const body = writeReceipt(emessage, { readings: reading.messages, verdicts, isWhole }, context);
    return body && { contentType: 'application/xml', body };
  },
};
