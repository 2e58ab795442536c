import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { isEnvelope, openEnvelope } from '../../../src/formats/envelope/envelope.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const UUID = '5a0f6f0e-6d53-4d62-9d7e-0d6a3a3c1b01';

const vans = (content: string, { id = UUID, size = String(content.length), data = base64(content) } = {}) =>
  `<VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:1.0.4"><SenderID EndPointType="EAN">5790000999101</SenderID><ReceiverID EndPointType="EAN">5790000999309</ReceiverID><EnvelopeIdentifier>${id}</EnvelopeIdentifier><SentDateTime>2026-01-12T14:15:30+01:00</SentDateTime><Message><MetaInformation><Document><Name>MCM:XDIS20</Name><Version>XD2030C</Version><SizeInBytes>${size}</SizeInBytes></Document></MetaInformation><Data>${data}</Data></Message></VANSEnvelope>`;
const SBDH = 'http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader';
const sbdh = (content: string) =>
  `<StandardBusinessDocument xmlns="${SBDH}"><StandardBusinessDocumentHeader><HeaderVersion>1.0</HeaderVersion><Sender><Identifier Authority="iso6523-actorid-upis">0088:5790000999101</Identifier></Sender><Receiver><Identifier>0088:5790000999309</Identifier></Receiver><DocumentIdentification><Standard>urn:dk:x</Standard><TypeVersion>1.0</TypeVersion><InstanceIdentifier>i1</InstanceIdentifier></DocumentIdentification></StandardBusinessDocumentHeader>${content}</StandardBusinessDocument>`;
const binary = (content: string) =>
  `<BinaryContent xmlns="urn:p" mimeType="text/plain">${base64(content)}</BinaryContent>`;

const payload = (text: string) => {
  const opened = openEnvelope(bytes(text));
  return opened.ok ? Buffer.from(opened.value.payload).toString() : opened.issues.map(({ code }) => code);
};

test('what is no envelope is its own content', () => {
  for (const text of ['', "UNA:+.? '", '<Emessage/>', '{"VANSEnvelope":1}']) {
    expect(isEnvelope(bytes(text))).toBe(false);
    expect(payload(text)).toBe(text);
  }
});

test('a VANSEnvelope gives its content and says who sent it', () => {
  const opened = openEnvelope(bytes(vans('the letter')));
  expect(opened).toMatchObject({
    ok: true,
    issues: [],
    value: {
      envelopes: [
        {
          kind: 'VANSEnvelope',
          identifier: UUID,
          sender: '5790000999101',
          receiver: '5790000999309',
          sent: '2026-01-12T14:15:30+01:00',
          document: 'MCM:XDIS20',
          version: 'XD2030C',
        },
      ],
    },
  });
  expect(payload(vans('the letter'))).toBe('the letter');
});

test('an SBDH gives binary content or the document in it', () => {
  expect(payload(sbdh(binary('the letter')))).toBe('the letter');
  expect(payload(sbdh('<Emessage xmlns="urn:m"><a>&lt;</a></Emessage>'))).toBe(
    '<Emessage xmlns="urn:m"><a>&lt;</a></Emessage>',
  );
  const opened = openEnvelope(bytes(sbdh(binary('x'))));
  expect(opened.ok && opened.value.envelopes[0]).toMatchObject({
    kind: 'SBDH',
    sender: '5790000999101',
    receiver: '5790000999309',
    identifier: 'i1',
  });
});

test('envelopes in envelopes, up to four', () => {
  const nested = (times: number): string => (times === 0 ? 'inside' : vans(nested(times - 1)));
  expect(payload(sbdh(binary(vans('inside'))))).toBe('inside');
  expect(payload(nested(4))).toBe('inside');
  expect(payload(nested(5))).toEqual(['ENVELOPE-NESTED']);
});

test('what senders do wrong and what they do differently', () => {
  expect(payload(vans('x', { data: 'no base64!' }))).toEqual(['ENVELOPE-DATA']);
  expect(payload(vans('x', { data: '' }))).toEqual(['ENVELOPE-EMPTY']);
  expect(payload(sbdh(''))).toEqual(['ENVELOPE-EMPTY']);
  expect(payload('<VANSEnvelope><Receipt/></VANSEnvelope>')).toEqual(['ENVELOPE-RECEIPT']);
  expect(payload('<VANSEnvelope>')).toEqual(['XML-SYNTAX']);
  expect(payload('<VANSEnvelope/>')).toEqual(['ENVELOPE-EMPTY']);
  const told = (text: string) => openEnvelope(bytes(text)).issues.map(({ code, severity }) => [code, severity]);
  expect(told(vans('x', { id: 'EPIC1' }))).toEqual([['ENVELOPE-IDENTIFIER', 'information']]);
  expect(told(vans('x', { size: '9' }))).toEqual([['ENVELOPE-SIZE', 'information']]);
});

test('any text that begins like an envelope is opened or refused', () => {
  const junk = fc.array(
    fc.constantFrom(
      '<VANSEnvelope>',
      '</VANSEnvelope>',
      '<Message>',
      '</Message>',
      '<Data>',
      '</Data>',
      'YWJj',
      '<!DOCTYPE a>',
      ' ',
    ),
  );
  fc.assert(
    fc.property(junk, (parts) => {
      const opened = openEnvelope(bytes(parts.join('')));
      expect(opened.ok || opened.issues.length > 0).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const samples = resolve(
  process.env.SAMSPIL_SHARED ?? resolve(import.meta.dirname, '../../../../shared'),
  'samples/envelopes',
);
const isThere = existsSync(samples);
if (!isThere) console.warn('../shared is not there: its envelopes were not opened');

(isThere ? test : test.skip)('public envelopes open', () => {
  const files = readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.xml'));
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) {
    const data = new Uint8Array(readFileSync(resolve(samples, file)));
    expect([file, isEnvelope(data)]).toEqual([file, true]);
    const opened = openEnvelope(data);
    expect([file, opened.ok || opened.issues]).toEqual([file, true]);
  }
});
