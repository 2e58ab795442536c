import { type Issue, isFault, issue } from '../../errors.ts';
import { openEnvelope } from '../envelope/envelope.ts';
import type { Format, Reading } from '../format.ts';
import { writeContrl } from './contrl.ts';
import { type Interchange, readInterchange } from './interchange.ts';
import { readMessages } from './message.ts';

const START = /^(?:\xef\xbb\xbf)?[\s]*UN[AB]/;

/** True where the bytes begin as an interchange does; a missing UNB shows as the first segment of a message. */
function isInterchange(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('latin1');
  return START.test(start) || /^\s*UNH\+/.test(start);
}

function read(bytes: Uint8Array): Reading {
  const opened = openEnvelope(bytes);
  if (!opened.ok) return { messages: [], issues: opened.issues };
  const { payload } = opened.value;
  if (!payload.length) return { messages: [], issues: [issue('DOOR-EMPTY')] };
  const interchange = readInterchange(payload);
  const issues: Issue[] = [...opened.issues, ...interchange.issues];
  const messages = readMessages(interchange);
  if (!messages.length && !issues.some(isFault)) issues.push(issue('EDIFACT-UNH-MISSING', 'line 1, column 1'));
  return { messages, issues, envelope: interchange };
}

/** MedCom EDIFACT: MEDDIS, MEDREF, MEDRPT, MEDREQ, MEDPRE, MEDBIN and CONTRL, bare or in a VANSEnvelope or SBDH. */
export const edifact: Format = {
  id: 'edifact',
  contentTypes: ['application/edifact', 'application/edi-consent'],
  recognise(bytes) {
    const opened = openEnvelope(bytes);
    return opened.ok && isInterchange(opened.value.payload);
  },
  read,
  acknowledge(_bytes, reading, verdicts, context) {
    const interchange = reading.envelope as Interchange | undefined;
    if (!interchange?.header?.senderId) return undefined;
    const body = writeContrl(
      { ...interchange, header: interchange.header, issues: reading.issues, readings: reading.messages },
      verdicts,
      context,
    );
    return body && { contentType: 'application/edifact', body };
  },
};
