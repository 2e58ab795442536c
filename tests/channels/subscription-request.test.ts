import { describe, expect, test } from '@jest/globals';
import type { Encounter, Subscription } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { openEgress } from '../../src/channels/egress.ts';
import { passesFilters, readFilters } from '../../src/channels/subscription-filter.ts';
import {
  readSubscription,
  type SubscriptionRules,
  WEBHOOK_SECRET,
  withoutSecrets,
} from '../../src/channels/subscription-request.ts';
import {
  heartbeatDue,
  nextStatus,
  type SubscriptionEvent,
  type SubscriptionStatus,
} from '../../src/channels/subscription-status.ts';
import { ERRORS } from '../../src/errors.ts';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
const TOPIC = 'http://samspil.dk/fhir/SubscriptionTopic/discharge';
const egress = openEgress({ allow: ['loopback'] });
const RULES: SubscriptionRules = {
  topics: [{ canonical: TOPIC, focus: 'Encounter' }],
  now: new Date('2026-03-01T10:00:00Z'),
  checkEndpoint: (url) => egress.checkUrl(url).issues,
};

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

type Draft = Record<string, unknown> & { channel: Record<string, unknown> };
const draft = (): Draft => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'Discharges',
  criteria: TOPIC,
  channel: {
    type: 'rest-hook',
    endpoint: 'https://receiver.example.org/hook',
    payload: 'application/fhir+json',
    _payload: { extension: [{ url: `${BACKPORT}payload-content`, valueCode: 'id-only' }] },
  },
});
const content = (level: unknown) => ({ extension: [{ url: `${BACKPORT}payload-content`, valueCode: level }] });
const filter = (...criteria: unknown[]) => ({
  extension: criteria.map((valueString) => ({ url: `${BACKPORT}filter-criteria`, valueString })),
});

describe('what is taken', () => {
  test('the least there can be', () => {
    expect(readSubscription(draft() as unknown as Subscription, RULES)).toEqual({
      ok: true,
      issues: [],
      value: {
        topic: TOPIC,
        wanted: 'requested',
        endpoint: 'https://receiver.example.org/hook',
        contentType: 'application/fhir+json',
        content: 'id-only',
        headers: [],
        secrets: [],
        filters: [],
      },
    });
  });

  test('everything at once', () => {
    const full = draft();
    full.status = 'active';
    full.end = '2027-01-01T00:00:00+01:00';
    full._criteria = filter('Encounter?patient=Patient/123', 'class=IMP,EMER&service-provider=Organization/7');
    Object.assign(full.channel, {
      payload: 'application/json;charset=UTF-8; fhirVersion=4.0',
      _payload: content('full-resource'),
      header: ['Authorization: Bearer abc', 'X-Site: Arsted'],
      extension: [
        { url: `${BACKPORT}heartbeat-period`, valueUnsignedInt: 60 },
        { url: `${BACKPORT}timeout`, valueUnsignedInt: 30 },
        { url: `${BACKPORT}max-count`, valuePositiveInt: 20 },
        { url: WEBHOOK_SECRET, valueString: SECRET },
      ],
    });
    const result = readSubscription(full, RULES);
    expect(result.issues).toEqual([]);
    expect(result.ok && result.value).toEqual({
      topic: TOPIC,
      wanted: 'requested',
      endpoint: 'https://receiver.example.org/hook',
      contentType: 'application/json;charset=UTF-8; fhirVersion=4.0',
      content: 'full-resource',
      headers: ['Authorization: Bearer abc', 'X-Site: Arsted'],
      secrets: [SECRET],
      filters: [
        { resourceType: 'Encounter', parameter: 'patient', values: ['Patient/123'] },
        { parameter: 'class', values: ['IMP', 'EMER'] },
        { parameter: 'service-provider', values: ['Organization/7'] },
      ],
      heartbeatSeconds: 60,
      timeoutSeconds: 30,
      maxCount: 20,
      end: '2027-01-01T00:00:00+01:00',
    });
  });

  test('what is shown of it holds no secret', () => {
    const some = draft();
    const timeout = { url: `${BACKPORT}timeout`, valueUnsignedInt: 30 };
    some.channel.header = ['Authorization: Bearer abc'];
    some.channel.extension = [{ url: WEBHOOK_SECRET, valueString: SECRET }, timeout];
    const shown = withoutSecrets(some as unknown as Subscription);
    expect(JSON.stringify(shown)).not.toMatch(/whsec_|Bearer/);
    expect(shown.channel?.extension).toEqual([timeout]);
    expect(shown.channel?.endpoint).toBe(some.channel.endpoint);
    expect(withoutSecrets(draft() as unknown as Subscription)).toEqual(draft());
  });

  test('off is off', () => {
    const result = readSubscription({ ...draft(), status: 'off' }, RULES);
    expect(result.ok && result.value.wanted).toBe('off');
  });
});

const REFUSALS: [string, (some: Draft) => void, string, string][] = [
  ['another topic', (s) => Object.assign(s, { criteria: `${TOPIC}-x` }), 'SUBSCRIPTION-TOPIC', 'Subscription.criteria'],
  [
    'an R4 query',
    (s) => Object.assign(s, { criteria: 'Encounter?status=finished' }),
    'SUBSCRIPTION-TOPIC',
    'Subscription.criteria',
  ],
  ['no criteria', (s) => delete s.criteria, 'SUBSCRIPTION-TOPIC', 'Subscription.criteria'],
  [
    'a websocket',
    (s) => Object.assign(s.channel, { type: 'websocket' }),
    'SUBSCRIPTION-CHANNEL',
    'Subscription.channel.type',
  ],
  [
    'an e-mail',
    (s) => Object.assign(s.channel, { type: 'email' }),
    'SUBSCRIPTION-CHANNEL',
    'Subscription.channel.type',
  ],
  [
    'a channel type of its own',
    (s) =>
      Object.assign(s.channel, {
        _type: { extension: [{ url: `${BACKPORT}channel-type`, valueCoding: { code: 'zulip' } }] },
      }),
    'SUBSCRIPTION-EXTENSION',
    'Subscription.channel.type.extension',
  ],
  [
    'XML',
    (s) => Object.assign(s.channel, { payload: 'application/fhir+xml' }),
    'SUBSCRIPTION-PAYLOAD',
    'Subscription.channel.payload',
  ],
  [
    'R5',
    (s) => Object.assign(s.channel, { payload: 'application/fhir+json; fhirVersion=5.0' }),
    'SUBSCRIPTION-PAYLOAD',
    'Subscription.channel.payload',
  ],
  [
    'a payload with a line end',
    (s) => Object.assign(s.channel, { payload: 'application/fhir+json\n' }),
    'SUBSCRIPTION-PAYLOAD',
    'Subscription.channel.payload',
  ],
  [
    'plain text',
    (s) => Object.assign(s.channel, { payload: 'text/plain' }),
    'SUBSCRIPTION-PAYLOAD',
    'Subscription.channel.payload',
  ],
  ['no payload', (s) => delete s.channel.payload, 'SUBSCRIPTION-PAYLOAD', 'Subscription.channel.payload'],
  [
    'an unknown content level',
    (s) => Object.assign(s.channel, { _payload: content('everything') }),
    'SUBSCRIPTION-CONTENT',
    'Subscription.channel.payload.extension',
  ],
  [
    'no content level',
    (s) => delete s.channel._payload,
    'SUBSCRIPTION-CONTENT',
    'Subscription.channel.payload.extension',
  ],
  [
    'a filter the topic lacks',
    (s) => Object.assign(s, { _criteria: filter('Encounter?length=gt5') }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension[0]',
  ],
  [
    'a filter on another type',
    (s) => Object.assign(s, { _criteria: filter('class=IMP', 'Observation?subject=Patient/1') }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension[1]',
  ],
  [
    'one filter of two that the topic lacks',
    (s) => Object.assign(s, { _criteria: filter('class=IMP&length=5') }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension[0]',
  ],
  [
    'a filter with a modifier',
    (s) => Object.assign(s, { _criteria: filter('Encounter?class:not=IMP') }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension[0]',
  ],
  [
    'a filter that is no text',
    (s) => Object.assign(s, { _criteria: filter(7) }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension[0]',
  ],
  [
    'filters without end',
    (s) => Object.assign(s, { _criteria: filter(...Array(21).fill('class=IMP')) }),
    'SUBSCRIPTION-FILTER',
    'Subscription.criteria.extension',
  ],
  [
    'a cross-version extension',
    (s) =>
      Object.assign(s, {
        extension: [
          { url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Subscription.topic', valueUri: TOPIC },
        ],
      }),
    'SUBSCRIPTION-EXTENSION',
    'Subscription.extension',
  ],
  [
    'a modifier extension',
    (s) => Object.assign(s.channel, { modifierExtension: [{ url: 'urn:x', valueBoolean: true }] }),
    'SUBSCRIPTION-EXTENSION',
    'Subscription.channel.extension',
  ],
  [
    'an endpoint inside',
    (s) => Object.assign(s.channel, { endpoint: 'https://192.168.1.1/hook' }),
    'CHANNEL-EGRESS',
    'Subscription.channel.endpoint',
  ],
  [
    'an endpoint without TLS',
    (s) => Object.assign(s.channel, { endpoint: 'http://8.8.8.8/hook' }),
    'CHANNEL-EGRESS-PLAIN',
    'Subscription.channel.endpoint',
  ],
  ['no endpoint', (s) => delete s.channel.endpoint, 'SUBSCRIPTION-ELEMENT', 'Subscription.channel.endpoint'],
  [
    'a header of the connection',
    (s) => Object.assign(s.channel, { header: ['Host: other.example.org'] }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.channel.header',
  ],
  [
    'a header that smuggles another',
    (s) => Object.assign(s.channel, { header: ['X-A: 1\r\nX-B: 2'] }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.channel.header',
  ],
  [
    'an end that has been',
    (s) => Object.assign(s, { end: '2020-12-31T12:00:00Z' }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.end',
  ],
  [
    'a status of the server’s',
    (s) => Object.assign(s, { status: 'error' }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.status',
  ],
  [
    'a secret that is too short',
    (s) => Object.assign(s.channel, { extension: [{ url: WEBHOOK_SECRET, valueString: 'whsec_AAAA' }] }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.channel.extension',
  ],
  [
    'heartbeats without pause',
    (s) => Object.assign(s.channel, { extension: [{ url: `${BACKPORT}heartbeat-period`, valueUnsignedInt: 0 }] }),
    'SUBSCRIPTION-ELEMENT',
    'Subscription.channel.extension',
  ],
];

describe('what is refused, with its place', () => {
  test.each(REFUSALS)('%s', (_name, change, code, place) => {
    const some = draft();
    change(some);
    const result = readSubscription(some, RULES);
    expect([result.ok, result.issues.map((found) => [found.code, found.place])]).toEqual([false, [[code, place]]]);
  });

  test('the issue names the element', () => {
    const { issues } = readSubscription({ ...draft(), status: 'error' }, RULES);
    expect(issues.map((found) => found.detail)).toEqual([{ element: 'Subscription.status' }]);
  });

  test('the edges: twenty headers and filters, four secrets, the shortest heartbeat', () => {
    const some = draft();
    some.channel.header = Array(20).fill('X-A: 1');
    some._criteria = filter(...Array(20).fill('class=IMP'));
    some.channel.extension = [
      ...Array(4).fill({ url: WEBHOOK_SECRET, valueString: SECRET }),
      { url: `${BACKPORT}heartbeat-period`, valueUnsignedInt: 10 },
    ];
    expect(readSubscription(some, RULES).issues).toEqual([]);
    some.channel.header = Array(21).fill('X-A: 1');
    some.channel.extension = Array(5).fill({ url: WEBHOOK_SECRET, valueString: SECRET });
    expect(readSubscription(some, RULES).issues.map(({ place }) => place)).toEqual([
      'Subscription.channel.header',
      'Subscription.channel.extension',
    ]);
  });

  test('all of it at once', () => {
    const result = readSubscription({ resourceType: 'Subscription' }, RULES);
    expect(result.issues.map(({ code }) => code).sort()).toEqual([
      'SUBSCRIPTION-CHANNEL',
      'SUBSCRIPTION-CONTENT',
      'SUBSCRIPTION-ELEMENT',
      'SUBSCRIPTION-ELEMENT',
      'SUBSCRIPTION-PAYLOAD',
      'SUBSCRIPTION-TOPIC',
    ]);
  });

  test('any JSON whatever: refused with known codes, never a throw', () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const near = fc.tuple(fc.constantFrom('status', 'criteria', '_criteria', 'channel', 'extension', 'end'), json);
    fc.assert(
      fc.property(
        fc.oneof(
          json,
          near.map(([name, value]) => ({ ...draft(), [name]: value })),
        ),
        (any) => {
          for (const { code } of readSubscription(any, RULES).issues) expect(Object.keys(ERRORS)).toContain(code);
        },
      ),
    );
    const onChannel = fc.tuple(fc.constantFrom('type', 'endpoint', 'payload', '_payload', 'header', 'extension'), json);
    fc.assert(
      fc.property(onChannel, ([name, value]) => {
        const some = draft();
        some.channel[name] = value;
        expect(() => readSubscription(some, RULES)).not.toThrow();
      }),
    );
  });
});

describe('filters', () => {
  const encounter = {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    subject: { reference: 'Patient/123' },
    serviceProvider: { reference: 'https://hub.example.org/fhir/Organization/7' },
  } as Encounter;
  const passes = (...criteria: string[]) =>
    passesFilters(
      encounter,
      criteria.flatMap((one) => readFilters(one) ?? []),
    );

  test.each([
    'patient=Patient/123',
    'patient=123',
    'patient=https://hub.example.org/fhir/Patient/123',
    'Encounter?subject=Patient/9,Patient/123',
    'class=IMP',
    'class=http://terminology.hl7.org/CodeSystem/v3-ActCode|IMP',
    'status=finished&class=EMER,IMP',
    'service-provider=Organization/7',
    '_id=e1',
  ])('%s fits', (criterion) => expect(passes(criterion)).toBe(true));

  test.each([
    'patient=Patient/12',
    'class=imp',
    'status=planned',
    'class=IMP&status=planned',
    'class=urn:x|IMP',
    '_id=e',
  ])('%s does not', (criterion) => expect(passes(criterion)).toBe(false));

  test.each([
    '',
    'class=',
    'class',
    '=IMP',
    'patient=1&class=',
    'class:not=IMP',
    'subject:Patient.name=x',
    'Encounter?',
    'A B=1',
  ])('%j cannot be read', (criterion) => expect(readFilters(criterion)).toBeUndefined());

  test('several are all to be met, and one nobody knows is met by nothing', () => {
    expect(passes('class=IMP', 'status=finished')).toBe(true);
    expect(passes('class=IMP', 'status=planned')).toBe(false);
    expect(passesFilters(encounter, [{ parameter: 'length', values: ['5'] }])).toBe(false);
    expect(passesFilters(encounter, [{ parameter: 'constructor', values: ['5'] }])).toBe(false);
    expect(passesFilters({ ...encounter, subject: undefined } as never, readFilters('patient=123')!)).toBe(false);
  });
});

describe('status', () => {
  const after = (...events: SubscriptionEvent[]) =>
    events.reduce<SubscriptionStatus>((status, event) => nextStatus(status, event), 'requested');

  test('handshake taken: active; failed: error', () => {
    expect(after('handshake-taken')).toBe('active');
    expect(after('handshake-failed')).toBe('error');
  });
  test('from error only the client brings it back, through a new handshake', () => {
    expect(after('handshake-failed', 'handshake-taken')).toBe('error');
    expect(after('handshake-taken', 'delivery-failed', 'handshake-taken')).toBe('error');
    expect(after('handshake-failed', 'asked')).toBe('requested');
    expect(after('handshake-failed', 'asked', 'handshake-taken')).toBe('active');
  });
  test('410, the end and the client’s word switch it off, and nothing but the client switches it on', () => {
    expect([after('handshake-taken', 'endpoint-gone'), after('ended'), after('switched-off')]).toEqual([
      'off',
      'off',
      'off',
    ]);
    expect(after('endpoint-gone', 'handshake-taken', 'delivery-failed')).toBe('off');
    expect(after('endpoint-gone', 'asked')).toBe('requested');
  });
  test('no way leads to active but a handshake taken while requested', () => {
    const states: SubscriptionStatus[] = ['requested', 'error', 'off'];
    const events: SubscriptionEvent[] = [
      'asked',
      'switched-off',
      'handshake-taken',
      'handshake-failed',
      'delivery-failed',
      'endpoint-gone',
      'ended',
    ];
    const ways = states.flatMap((from) =>
      events.filter((event) => nextStatus(from, event) === 'active').map((event) => [from, event]),
    );
    expect(ways).toEqual([['requested', 'handshake-taken']]);
  });

  test('heartbeats: only where asked for, only after silence, also in error', () => {
    const now = new Date('2026-03-01T10:01:00Z');
    const due = (over: Partial<Parameters<typeof heartbeatDue>[0]>) =>
      heartbeatDue({
        heartbeatSeconds: 60,
        status: 'active',
        lastSentAt: new Date('2026-03-01T10:00:00Z'),
        now,
        ...over,
      });
    expect([due({}), due({ status: 'error' })]).toEqual([true, true]);
    expect([due({ heartbeatSeconds: 61 }), due({ heartbeatSeconds: undefined })]).toEqual([false, false]);
    expect([due({ status: 'requested' }), due({ status: 'off' })]).toEqual([false, false]);
  });
});
