import { done, type Issue, issue, type Result, refused } from '../../errors.ts';
import { elementAt, elementsOf, parseXml, placeOf, textOf, writeXml, type XmlElement } from '../xml/parse.ts';

/** What an envelope says of its content; the letter inside may say otherwise, and is believed. */
export interface Envelope {
  readonly kind: 'VANSEnvelope' | 'SBDH';
  readonly identifier: string;
  /** GLNs, without scheme. */
  readonly sender: string;
  readonly receiver: string;
  /** As written, with or without zone. */
  readonly sent?: string;
  /** `MCM:XDIS20`, `homecareobservation-message`. */
  readonly document?: string;
  readonly version?: string;
}

export interface Opened {
  /** The innermost content; the bytes themselves where there is no envelope. */
  readonly payload: Uint8Array;
  /** From the outermost inwards. */
  readonly envelopes: readonly Envelope[];
}

const MAX_NESTED = 4;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A cheap look at the beginning: XML whose first names are those of an envelope. */
export function isEnvelope(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 2048)).toString('latin1');
  return (
    /^(?:\xef\xbb\xbf)?\s*</.test(start) &&
    /<(?:[\w.-]+:)?(?:VANSEnvelope|[Ss]tandardBusinessDocument)[\s>/]/.test(start)
  );
}

const trimmed = (element: XmlElement | undefined) => textOf(element).trim();

function decoded(element: XmlElement): Result<Uint8Array> {
  const text = textOf(element).replace(/\s+/g, '');
  if (!text) return refused(issue('ENVELOPE-EMPTY', placeOf(element)));
  if (!BASE64.test(text) || text.replace(/=+$/, '').length % 4 === 1)
    return refused(issue('ENVELOPE-DATA', placeOf(element)));
  return done(Buffer.from(text, 'base64'));
}

interface Layer {
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
}

/** VANSEnvelope 1.0.4: MetaInformation beside base64 Data, or a Receipt of the network (formats 4.1, medcom 7). */
function openVans(root: XmlElement): Result<Layer> {
  const message = elementAt(root, 'Message');
  if (!message && elementAt(root, 'Receipt')) return refused(issue('ENVELOPE-RECEIPT', placeOf(root)));
  const data = elementAt(message, 'Data');
  if (!data) return refused(issue('ENVELOPE-EMPTY', placeOf(message ?? root)));
  const payload = decoded(data);
  if (!payload.ok) return payload;
  const document = elementAt(message, 'MetaInformation', 'Document');
  const identifier = trimmed(elementAt(root, 'EnvelopeIdentifier'));
  const issues: Issue[] = [];
  if (!UUID.test(identifier)) issues.push(issue('ENVELOPE-IDENTIFIER', placeOf(root), undefined, 'information'));
  const size = Number(trimmed(elementAt(document, 'SizeInBytes')) || payload.value.length);
  if (size !== payload.value.length) issues.push(issue('ENVELOPE-SIZE', placeOf(data), undefined, 'information'));
  return done(
    {
      payload: payload.value,
      envelope: {
        kind: 'VANSEnvelope',
        identifier,
        sender: trimmed(elementAt(root, 'SenderID')),
        receiver: trimmed(elementAt(root, 'ReceiverID')),
        ...said('sent', trimmed(elementAt(root, 'SentDateTime'))),
        ...said('document', trimmed(elementAt(document, 'Name'))),
        ...said('version', trimmed(elementAt(document, 'Version'))),
      },
    },
    issues,
  );
}

const said = <Name extends string>(name: Name, text: string) =>
  text ? ({ [name]: text } as Record<Name, string>) : {};

/** `0088:5790000121526` is a GLN under its ISO 6523 scheme. */
const gln = (header: XmlElement | undefined, role: string) =>
  trimmed(elementAt(header, role, 'Identifier')).replace(/^0088:/, '');

function sbdhPayload(root: XmlElement): Result<Uint8Array> {
  const content = elementsOf(root).find((child) => child.name !== 'StandardBusinessDocumentHeader');
  if (!content) return refused(issue('ENVELOPE-EMPTY', placeOf(root)));
  if (content.name === 'BinaryContent') return decoded(content);
  return done(Buffer.from(writeXml(content), 'utf8'));
}

/** SBDH 1.3 as of EHMI and older senders: BinaryContent in base64, or the document itself (formats 4.2, medcom 8.1). */
function openSbdh(root: XmlElement): Result<Layer> {
  const payload = sbdhPayload(root);
  if (!payload.ok) return payload;
  const header = elementAt(root, 'StandardBusinessDocumentHeader');
  const document = elementAt(header, 'DocumentIdentification');
  return done({
    payload: payload.value,
    envelope: {
      kind: 'SBDH',
      identifier: trimmed(elementAt(document, 'InstanceIdentifier')),
      sender: gln(header, 'Sender'),
      receiver: gln(header, 'Receiver'),
      ...said('sent', trimmed(elementAt(document, 'CreationDateAndTime'))),
      ...said('document', trimmed(elementAt(document, 'Standard'))),
      ...said('version', trimmed(elementAt(document, 'TypeVersion'))),
    },
  });
}

function openLayer(bytes: Uint8Array): Result<Layer> {
  const root = parseXml(bytes);
  if (!root.ok) return root;
  const layer = root.value.name === 'VANSEnvelope' ? openVans(root.value) : openSbdh(root.value);
  return layer.ok ? done(layer.value, [...root.issues, ...layer.issues]) : layer;
}

function openAll(bytes: Uint8Array): Result<Opened> {
  const envelopes: Envelope[] = [];
  const issues: Issue[] = [];
  let payload = bytes;
  while (isEnvelope(payload)) {
    if (envelopes.length >= MAX_NESTED) return refused(issue('ENVELOPE-NESTED', undefined, { limit: MAX_NESTED }));
    const layer = openLayer(payload);
    if (!layer.ok) return layer;
    envelopes.push(layer.value.envelope);
    issues.push(...layer.issues);
    payload = layer.value.payload;
  }
  return done({ payload, envelopes }, issues);
}

/** A door asks several formats about the same bytes; each envelope is opened once. */
const opened = new WeakMap<Uint8Array, Result<Opened>>();

/**
 * Takes a message out of its envelopes (VANSEnvelope, SBDH, one in the other), if it has any. Never throws; bytes without an
 * envelope come back as they are. Issues: ENVELOPE-DATA, ENVELOPE-EMPTY, ENVELOPE-NESTED, ENVELOPE-RECEIPT and those of XML.
 */
export function openEnvelope(bytes: Uint8Array): Result<Opened> {
  const known = opened.get(bytes);
  if (known) return known;
  const found = openAll(bytes);
  opened.set(bytes, found);
  return found;
}
