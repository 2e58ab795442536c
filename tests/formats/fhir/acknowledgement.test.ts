import type { Bundle, OperationOutcome, Organization, Provenance } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { issue } from '../../../src/errors.ts';
import type { AcknowledgementInput } from '../../../src/formats/fhir/acknowledgement.ts';
import { readAcknowledgement, writeAcknowledgement } from '../../../src/formats/fhir/acknowledgement.ts';
import { headerOf, resourcesOf } from '../../../src/formats/fhir/message-facts.ts';
import { judge, judged } from './judge.ts';
import { hour, play, uuid } from './stays.ts';

const { bundles } = play([
  { event: 'admit', start: hour(1) },
  { event: 'discharge', status: 'finished', end: hour(2) },
]);
const [admitted, discharged] = bundles as [Bundle, Bundle];
const fault = issue('MEDCOM-RESPONSE-CODE', 'Bundle.entry[1].resource.class');
const answer = (extra: Partial<AcknowledgementInput> = {}) =>
  writeAcknowledgement({
    original: discharged,
    code: 'ok',
    issues: [],
    ids: { bundle: uuid(51), message: uuid(52) },
    now: hour(5),
    ...extra,
  });

test('an acknowledgement goes back to the sender and names the message by its header', () => {
  const header = headerOf(answer()!)!;
  const original = headerOf(discharged)!;
  expect(header.response).toEqual({ identifier: original.id, code: 'ok' });
  expect(header.destination![0]!.endpoint).toBe(original.source!.endpoint);
  expect(header.sender!.reference).toBe(original.destination![0]!.receiver!.reference);
});

test('it carries two Provenances: that of the message, and its own', () => {
  const found = resourcesOf(answer()!, 'Provenance');
  expect(found.map(({ target }) => target[0]!.reference)).toEqual([
    `MessageHeader/${headerOf(discharged)!.id}`,
    `MessageHeader/${uuid(52)}`,
  ]);
  expect(found.map(({ entity }) => entity?.[0]?.what.reference)).toEqual([
    undefined,
    `MessageHeader/${headerOf(discharged)!.id}`,
  ]);
});

judged('the judge takes every kind of answer after its message', () => {
  const answers = [
    answer(),
    answer({ issues: [issue('DOOR-CONTROL-ID-REUSED', undefined, undefined, 'information')] }),
    answer({ code: 'fatal-error', issues: [fault, issue('LETTER-DATE', 'Bundle.timestamp')] }),
    answer({ code: 'fatal-error', issues: [] }),
    answer({ code: 'transient-error', issues: [issue('DOOR-BUSY')] }),
    answer({ code: 'transient-error', issues: [] }),
    answer({ now: hour(1) }),
  ];
  expect(judge(answers.map((each) => [admitted, discharged, each!]))!.flat()).toEqual([]);
});

test('what is written is read again', () => {
  const read = readAcknowledgement(answer({ code: 'fatal-error', issues: [fault] })!);
  expect(read).toMatchObject({
    ok: true,
    value: { messageId: headerOf(discharged)!.id, code: 'fatal-error', headerId: uuid(52), bundleId: uuid(51) },
  });
  expect(read.ok && read.value.issues).toEqual([
    {
      severity: 'error',
      code: 'MSG_VALUESET_VALUE_UNKNOWN',
      text: expect.stringContaining('Bundle.entry[1].resource.class'),
    },
  ]);
});

test.each(['MessageHeader/abc', 'urn:uuid:abc', 'https://example.org/MessageHeader/abc', 'abc'])(
  'the answered id is read from %s',
  (identifier) => {
    const bundle = structuredClone(answer()!);
    headerOf(bundle)!.response!.identifier = identifier;
    expect(readAcknowledgement(bundle)).toMatchObject({ ok: true, value: { messageId: 'abc' } });
  },
);

test('what is no acknowledgement, or does not say what of, is refused by place', () => {
  const without = structuredClone(answer()!);
  delete (headerOf(without)!.response as { identifier?: string }).identifier;
  const strange = structuredClone(answer()!);
  (headerOf(strange)!.response as { code: string }).code = 'perhaps';
  const codes = [admitted, without, strange].map((each) => {
    const read = readAcknowledgement(each);
    return read.ok ? [] : read.issues.map(({ code, place }) => `${code} ${place}`);
  });
  expect(codes.flat()).toEqual([
    'MEDCOM-NOT-ACKNOWLEDGEMENT Bundle.entry[0].resource.event',
    'MEDCOM-RESPONSE-IDENTIFIER Bundle.entry[0].resource.response.identifier',
    'MEDCOM-RESPONSE-CODE Bundle.entry[0].resource.response.code',
  ]);
});

test('an acknowledgement is never acknowledged', () => {
  expect(answer({ original: answer()! })).toBeUndefined();
});

test('a message with the faults it is refused for still gets a sound answer', () => {
  const broken = structuredClone(discharged);
  for (const found of resourcesOf(broken, 'Provenance'))
    Object.assign(found, { recorded: 'yesterday', occurredDateTime: 7 });
  const own = resourcesOf(broken, 'Provenance').at(-1) as Partial<Provenance>;
  delete own.activity;
  (resourcesOf(broken, 'Organization')[0] as Organization).id = 'not-a-uuid';
  headerOf(broken)!.sender!.reference = 'Organization/not-a-uuid';
  delete (broken.entry![1] as { resource?: object }).resource;
  const text = answer({ original: broken, code: 'fatal-error', issues: [fault] })!;
  expect(
    judge([[text]])
      ?.flat()
      .filter((line) => !line.includes('FLOW-ACK-UNKNOWN')) ?? [],
  ).toEqual([]);
});

test('what is no message at all is not answered, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.anything(), fc.json(), (anything, json) => {
      for (const found of [
        anything,
        JSON.parse(json),
        { resourceType: 'Bundle', entry: anything },
        {
          entry: [
            { resource: { resourceType: 'MessageHeader', destination: anything, sender: anything, focus: json } },
          ],
        },
      ]) {
        const original = (found ?? {}) as Bundle;
        expect(answer({ original })).toBeUndefined();
        expect(readAcknowledgement(original).ok).toBe(false);
      }
    }),
  );
});

test('an outcome says nothing of the person', () => {
  const outcome = resourcesOf(
    answer({ code: 'fatal-error', issues: [fault] })!,
    'OperationOutcome',
  )[0] as OperationOutcome;
  expect(JSON.stringify(outcome)).not.toMatch(/2512489996|Berggren/);
});
