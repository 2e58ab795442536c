import { describe, expect, test } from '@jest/globals';
import type { Bundle, Encounter, Parameters, ParametersParameter, Patient } from '@medplum/fhirtypes';
import {
  type NotificationEvent,
  type NotificationInput,
  notificationBundle,
  statusSearchset,
} from '../../src/channels/subscription-notification.ts';
import type { ContentLevel } from '../../src/channels/subscription-request.ts';
import { isFault } from '../../src/errors.ts';
import { compileValidator } from '../../src/fhir/validate.ts';

const BASE = 'https://hub.example.org/fhir';
const TOPIC = 'http://samspil.dk/fhir/SubscriptionTopic/discharge';
const encounter: Encounter = {
  resourceType: 'Encounter',
  id: 'e1',
  meta: { versionId: '3' },
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
};
const patient = { resourceType: 'Patient', id: 'p1', meta: { versionId: '1' } } as Patient;
const EVENT: NotificationEvent = {
  number: 7,
  timestamp: '2026-03-01T10:00:00.000+01:00',
  focus: { type: 'Encounter', id: 'e1', change: 'updated', resource: encounter },
  context: [{ type: 'Patient', id: 'p1', change: 'read', resource: patient }],
};

const notification = (content: ContentLevel, over: Partial<NotificationInput> = {}): Bundle =>
  notificationBundle({
    baseUrl: BASE,
    id: 'b-1',
    statusId: '25b9d4ba-0000-4000-8000-00000000000a',
    timestamp: '2026-03-01T10:00:01.000+01:00',
    type: 'event-notification',
    subscription: { id: 'sub-1', topic: TOPIC, status: 'active', content, eventCount: 7 },
    events: [EVENT],
    ...over,
  });

const statusOf = (bundle: Bundle) => (bundle.entry![0]!.resource as Parameters).parameter ?? [];
const named = (parameters: readonly ParametersParameter[], name: string) =>
  parameters.filter((one) => one.name === name);
const partsOf = (bundle: Bundle) => named(statusOf(bundle), 'notification-event').flatMap(({ part }) => part ?? []);

const validator = compileValidator({ structureDefinitions: [], valueSets: [], codeSystems: [] });

/** What Inferno's subscriptions test kit asserts of every notification to a server (lessons of its `notification_conformance_verification`). */
function holdsForEvery(bundle: Bundle, type: string): void {
  expect(validator.validate(bundle).filter(isFault)).toEqual([]);
  expect(bundle.type).toBe('history');
  for (const entry of bundle.entry ?? []) {
    expect(entry.request).toEqual({ method: expect.any(String), url: expect.any(String) });
    expect(entry.response?.status).toMatch(/^\d{3}$/);
  }
  expect(bundle.entry?.[0]?.request?.url).toMatch(/Subscription\/sub-1\/\$status$/);
  const status = bundle.entry?.[0]?.resource as Parameters;
  expect(status.resourceType).toBe('Parameters');
  expect(status.meta?.profile?.[0]).toMatch(/backport-subscription-status-r4$/);
  expect(bundle.entry?.[0]?.fullUrl).toBe(`urn:uuid:${status.id}`);
  expect(named(statusOf(bundle), 'type').map(({ valueCode }) => valueCode)).toEqual([type]);
  for (const name of ['subscription', 'status', 'type']) expect(named(statusOf(bundle), name)).toHaveLength(1);
  expect(named(statusOf(bundle), 'subscription')[0]?.valueReference?.reference).toBe(`${BASE}/Subscription/sub-1`);
  expect(named(statusOf(bundle), 'events-since-subscription-start')[0]?.valueString).toBe('7');
}

describe('content levels', () => {
  test('empty: the fact of an event, no topic, no reference, no entry', () => {
    const bundle = notification('empty');
    holdsForEvery(bundle, 'event-notification');
    expect(bundle.entry).toHaveLength(1);
    expect(named(statusOf(bundle), 'topic')).toEqual([]);
    expect(partsOf(bundle)).toEqual([
      { name: 'event-number', valueString: '7' },
      { name: 'timestamp', valueInstant: EVENT.timestamp },
    ]);
    expect(JSON.stringify(bundle)).not.toMatch(/Encounter|Patient/);
  });

  test('id-only: focus named, an entry with its address for each, no resource anywhere', () => {
    const bundle = notification('id-only');
    holdsForEvery(bundle, 'event-notification');
    expect(named(partsOf(bundle), 'focus')[0]?.valueReference?.reference).toBe(`${BASE}/Encounter/e1`);
    expect(bundle.entry?.slice(1)).toEqual([
      { fullUrl: `${BASE}/Encounter/e1`, request: { method: 'PUT', url: 'Encounter/e1' }, response: { status: '200' } },
      { fullUrl: `${BASE}/Patient/p1`, request: { method: 'GET', url: 'Patient/p1' }, response: { status: '200' } },
    ]);
    expect(JSON.stringify(bundle)).not.toMatch('finished');
  });

  test('full-resource: every reference of the event is found among the entries, topic named', () => {
    const bundle = notification('full-resource');
    holdsForEvery(bundle, 'event-notification');
    expect(named(statusOf(bundle), 'topic')[0]?.valueCanonical).toBe(TOPIC);
    const references = partsOf(bundle).flatMap(({ valueReference }) => valueReference?.reference ?? []);
    expect(references).toEqual([`${BASE}/Encounter/e1`, `${BASE}/Patient/p1`]);
    for (const reference of references) {
      const found = bundle.entry?.find(({ fullUrl }) => fullUrl === reference)?.resource;
      expect(reference).toContain(`${found?.resourceType}/${found?.id}`);
    }
  });
});

describe('kinds of notification', () => {
  test.each(['handshake', 'heartbeat'] as const)('%s carries no event', (type) => {
    const bundle = notification('full-resource', { type, events: [] });
    holdsForEvery(bundle, type);
    expect(bundle.entry).toHaveLength(1);
    expect(named(statusOf(bundle), 'notification-event')).toEqual([]);
  });

  test('a handshake tells the status requested', () => {
    const subscription = { id: 'sub-1', topic: TOPIC, status: 'requested', content: 'id-only', eventCount: 7 } as const;
    const bundle = notification('id-only', { type: 'handshake', events: [], subscription });
    expect(named(statusOf(bundle), 'status')[0]?.valueCode).toBe('requested');
  });

  test('$events: several events in order, each resource version once', () => {
    const older = { ...encounter, meta: { versionId: '2' } } as Encounter;
    const events: NotificationEvent[] = [
      {
        number: '5',
        timestamp: EVENT.timestamp,
        focus: { type: 'Encounter', id: 'e1', change: 'created', resource: older },
        context: EVENT.context!,
      },
      { ...EVENT, number: '6' },
    ];
    const bundle = notification('full-resource', { type: 'query-event', events });
    holdsForEvery(bundle, 'query-event');
    const numbers = partsOf(bundle)
      .filter(({ name }) => name === 'event-number')
      .map(({ valueString }) => valueString);
    expect(numbers).toEqual(['5', '6']);
    expect(bundle.entry?.slice(1).map(({ request }) => `${request?.method} ${request?.url}`)).toEqual([
      'POST Encounter',
      'GET Patient/p1',
      'PUT Encounter/e1',
    ]);
  });

  test('a deleted focus is named without a resource', () => {
    const gone: NotificationEvent = {
      ...EVENT,
      focus: { type: 'Encounter', id: 'e1', change: 'deleted' },
      context: [],
    };
    const [, entry] = notification('full-resource', { events: [gone] }).entry ?? [];
    expect(entry).toEqual({
      fullUrl: `${BASE}/Encounter/e1`,
      request: { method: 'DELETE', url: 'Encounter/e1' },
      response: { status: '204' },
    });
  });

  test('errors are told in the hub’s codes', () => {
    const error = { coding: [{ system: 'urn:samspil:error', code: 'CHANNEL-CONNECT' }] };
    const subscription = {
      id: 'sub-1',
      topic: TOPIC,
      status: 'error',
      content: 'id-only',
      eventCount: 7,
      errors: [error],
    } as const;
    const bundle = notification('id-only', { type: 'heartbeat', events: [], subscription });
    expect(named(statusOf(bundle), 'error')).toEqual([{ name: 'error', valueCodeableConcept: error }]);
  });
});

test('$status is a searchset of states', () => {
  const state = { topic: TOPIC, status: 'active', content: 'id-only', eventCount: '12' } as const;
  const bundle = statusSearchset(
    [
      { ...state, id: 'a' },
      { ...state, id: 'b' },
    ],
    { baseUrl: BASE, ids: () => 'u-1' },
  );
  expect([bundle.type, bundle.total, bundle.entry?.length]).toEqual(['searchset', 2, 2]);
  const kinds = bundle.entry?.map(
    ({ resource }) => named((resource as Parameters).parameter ?? [], 'type')[0]?.valueCode,
  );
  expect(kinds).toEqual(['query-status', 'query-status']);
  expect(statusSearchset([], { baseUrl: BASE, ids: () => 'u' })).toEqual({
    resourceType: 'Bundle',
    type: 'searchset',
    total: 0,
  });
});
