import type { Format } from '../format.ts';
import { acknowledgeHl7 } from './acknowledge.ts';
import { readHl7 } from './read.ts';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Beginnings a message of HL7 v2 has, after a byte order mark, an MLLP start byte or blank lines. */
function beginsLikeHl7(bytes: Uint8Array): boolean {
  let at = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? 3 : 0;
  while (at < bytes.length && at < 64 && [0x0b, 0x0a, 0x0d, 0x20, 0x09].includes(bytes[at]!)) at += 1;
  const text = String.fromCharCode(...bytes.subarray(at, at + 4));
  return /^(MSH|FHS|BHS)[^A-Za-z0-9\s]/.test(text);
}

/** HL7 v2 in its delimited form ("pipe and hat"), versions 2.1 to 2.8. */
export const hl7v2: Format = {
  id: 'hl7v2',
  contentTypes: ['application/hl7-v2', 'application/hl7-v2+er7', 'x-application/hl7-v2+er7', 'text/hl7v2'],
  recognise: beginsLikeHl7,
  read: readHl7,
  acknowledge: (_bytes, reading, verdicts, context) => acknowledgeHl7(reading, verdicts, context),
};
