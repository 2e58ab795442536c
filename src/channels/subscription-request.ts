import type { Subscription, SubscriptionChannel } from '@medplum/fhirtypes';
import { done, type ErrorCode, type Issue, isFault, issue, type Result, refused } from '../errors.ts';
import { readHeaderLine } from './http-delivery.ts';
import { readSecret } from './signature.ts';
import { isFilterOf, readFilters, type SubscriptionFilter } from './subscription-filter.ts';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/';
const CROSS_VERSION = /^http:\/\/hl7\.org\/fhir\/\d+\.\d+\/StructureDefinition\/extension-Subscription\./;

/** Extension on Subscription.channel: a signing secret (profiles/samspil). FHIR has no place of its own for it. */
export const WEBHOOK_SECRET = 'http://samspil.dk/fhir/StructureDefinition/webhook-secret';

/** How much of a resource a notification carries. */
export type ContentLevel = 'empty' | 'id-only' | 'full-resource';
const CONTENT_LEVELS: readonly ContentLevel[] = ['empty', 'id-only', 'full-resource'];

/** A topic one may subscribe to, as far as reading a subscription needs it. */
export interface SubscribableTopic {
  readonly canonical: string;
  /** Type of the resource its events are about. */
  readonly focus: string;
}

/** What a client asked for, checked. */
export interface SubscriptionRequest {
  readonly topic: string;
  /** `off`: the client wants nothing for now. Anything else asks for a handshake. */
  readonly wanted: 'requested' | 'off';
  readonly endpoint: string;
  /** The payload's media type, sent as Content-Type as it stands. */
  readonly contentType: string;
  readonly content: ContentLevel;
  readonly headers: readonly string[];
  /** `whsec_…`: what the notifications are signed with; none: unsigned. */
  readonly secrets: readonly string[];
  readonly filters: readonly SubscriptionFilter[];
  /** Seconds between heartbeats; absent: none may be sent. */
  readonly heartbeatSeconds?: number;
  readonly timeoutSeconds?: number;
  /** Most events in one notification. */
  readonly maxCount?: number;
  /** Instant. */
  readonly end?: string;
}

export interface SubscriptionRules {
  readonly topics: readonly SubscribableTopic[];
  readonly now: Date;
  /** Faults of the address itself: `Egress.checkUrl`, or a recipient's own check. */
  readonly checkEndpoint: (url: string) => readonly Issue[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const object = (value: unknown): Json => (isObject(value) ? value : {});
const extensionsOf = (element: unknown) => objects(object(element).extension);

/** Collects what is wrong, so that a client learns all of it at once. */
interface Reader {
  readonly found: Issue[];
  wrong(code: ErrorCode, place: string): undefined;
}

function reader(): Reader {
  const found: Issue[] = [];
  return {
    found,
    wrong(code, place) {
      found.push(issue(code, place, code === 'SUBSCRIPTION-ELEMENT' ? { element: place } : undefined));
      return undefined;
    },
  };
}

interface ExtensionWanted {
  readonly on: unknown;
  readonly place: string;
  readonly value: 'valueUnsignedInt' | 'valuePositiveInt';
  readonly least: number;
}

/** A whole number in an extension of the guide; undefined when absent or wrong. */
function numberIn(name: string, { on, place, value, least }: ExtensionWanted, { wrong }: Reader): number | undefined {
  const [extension, second] = extensionsOf(on).filter(({ url }) => url === BACKPORT + name);
  if (!extension) return undefined;
  const number = extension[value];
  const fits = typeof number === 'number' && Number.isSafeInteger(number) && number >= least && !second;
  return fits ? number : wrong('SUBSCRIPTION-ELEMENT', place);
}

/** Media types a notification can be written in, with `fhirVersion` 4.0 if any is named (FHIR R4 2.21.0.6.1, version parameter). */
function readPayload(channel: Json, { wrong }: Reader): string | undefined {
  const { payload } = channel;
  if (typeof payload !== 'string') return wrong('SUBSCRIPTION-PAYLOAD', 'Subscription.channel.payload');
  const [type = '', ...parameters] = payload.split(';').map((part) => part.trim().toLowerCase());
  const fits = parameters.every((parameter) => /^(charset="?utf-8"?|fhirversion="?4\.0(\.\d)?"?)$/.test(parameter));
  const known = type === 'application/fhir+json' || type === 'application/json';
  return known && fits && /^[\x21-\x7e][\x20-\x7e]*$/.test(payload)
    ? payload
    : wrong('SUBSCRIPTION-PAYLOAD', 'Subscription.channel.payload');
}

function readContent(channel: Json, { wrong }: Reader): ContentLevel | undefined {
  const named = extensionsOf(channel._payload).filter(({ url }) => url === `${BACKPORT}backport-payload-content`);
  const level = CONTENT_LEVELS.find((known) => known === named[0]?.valueCode);
  return level && named.length === 1 ? level : wrong('SUBSCRIPTION-CONTENT', 'Subscription.channel.payload.extension');
}

function readCriteria(subscription: Json, topic: SubscribableTopic | undefined, { wrong }: Reader) {
  const criteria = extensionsOf(subscription._criteria).filter(
    ({ url }) => url === `${BACKPORT}backport-filter-criteria`,
  );
  if (criteria.length > 20) wrong('SUBSCRIPTION-FILTER', 'Subscription.criteria.extension');
  return criteria.slice(0, 20).flatMap(({ valueString }, index) => {
    const filters = typeof valueString === 'string' ? readFilters(valueString) : undefined;
    const fits = filters && topic && filters.every((filter) => isFilterOf(topic.focus, filter));
    if (!fits) wrong('SUBSCRIPTION-FILTER', `Subscription.criteria.extension[${index}]`);
    return fits ? filters : [];
  });
}

function readHeaders(channel: Json, { wrong }: Reader): readonly string[] {
  const { header = [] } = channel;
  const fits = Array.isArray(header) && header.length <= 20;
  const lines = fits ? header.filter((line): line is string => typeof line === 'string' && !!readHeaderLine(line)) : [];
  if (!fits || lines.length < header.length) wrong('SUBSCRIPTION-ELEMENT', 'Subscription.channel.header');
  return lines;
}

function readSecrets(channel: Json, { wrong }: Reader): readonly string[] {
  const secrets = extensionsOf(channel)
    .filter(({ url }) => url === WEBHOOK_SECRET)
    .map(({ valueString }) => valueString);
  const fits = secrets.filter((secret): secret is string => typeof secret === 'string' && !!readSecret(secret));
  if (fits.length < secrets.length || secrets.length > 4)
    wrong('SUBSCRIPTION-ELEMENT', 'Subscription.channel.extension');
  return fits;
}

function readEndpoint(channel: Json, rules: SubscriptionRules, { found, wrong }: Reader): string | undefined {
  const { endpoint } = channel;
  if (typeof endpoint !== 'string') return wrong('SUBSCRIPTION-ELEMENT', 'Subscription.channel.endpoint');
  const faults = rules.checkEndpoint(endpoint).filter(isFault);
  found.push(...faults.map((fault) => ({ ...fault, place: 'Subscription.channel.endpoint' })));
  return faults.length > 0 ? undefined : endpoint;
}

function readEnd({ end }: Json, now: Date, { wrong }: Reader): string | undefined {
  if (end === undefined) return undefined;
  const fits =
    typeof end === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(end) && Date.parse(end) > now.getTime();
  return fits ? end : wrong('SUBSCRIPTION-ELEMENT', 'Subscription.end');
}

/** Where extensions may stand that change what a subscription means; one the hub does not know is refused, not passed over. */
function checkExtensions(subscription: Json, { wrong }: Reader): void {
  const channel = object(subscription.channel);
  const known = ['payload-content', 'filter-criteria', 'heartbeat-period', 'timeout', 'max-count'].map(
    (name) => `${BACKPORT}backport-${name}`,
  );
  const places: readonly (readonly [string, unknown])[] = [
    ['Subscription', subscription],
    ['Subscription.criteria', subscription._criteria],
    ['Subscription.channel', channel],
    ['Subscription.channel.type', channel._type],
    ['Subscription.channel.endpoint', channel._endpoint],
    ['Subscription.channel.payload', channel._payload],
  ];
  for (const [place, element] of places) {
    const urls = extensionsOf(element).map(({ url }) => String(url));
    const meaning = urls.filter((url) => url.startsWith(BACKPORT) || CROSS_VERSION.test(url));
    if (meaning.some((url) => !known.includes(url)) || object(element).modifierExtension !== undefined)
      wrong('SUBSCRIPTION-EXTENSION', `${place}.extension`);
  }
}

/**
 * Reads a Subscription as a client posts it (profile backport-subscription of the Subscriptions R5 Backport 1.1 on R4): criteria = canonical of
 * a topic, channel rest-hook, JSON payload, a content level, filters the topic has. What the hub cannot do as asked is refused with a
 * located issue, all of them at once; nothing asked for is passed over.
 */
export function readSubscription(resource: unknown, rules: SubscriptionRules): Result<SubscriptionRequest> {
  const found = reader();
  const subscription = object(resource);
  const channel = object(subscription.channel);
  if (subscription.resourceType !== 'Subscription') found.wrong('SUBSCRIPTION-ELEMENT', 'Subscription');
  if (!['requested', 'active', 'off'].includes(String(subscription.status)))
    found.wrong('SUBSCRIPTION-ELEMENT', 'Subscription.status');
  if (channel.type !== 'rest-hook') found.wrong('SUBSCRIPTION-CHANNEL', 'Subscription.channel.type');
  const topic = rules.topics.find(({ canonical }) => canonical === subscription.criteria);
  if (!topic) found.wrong('SUBSCRIPTION-TOPIC', 'Subscription.criteria');
  checkExtensions(subscription, found);
  const onChannel = (name: string, value: ExtensionWanted['value'], least: number) =>
    numberIn(name, { on: channel, place: 'Subscription.channel.extension', value, least }, found);

  const read = {
    filters: readCriteria(subscription, topic, found),
    endpoint: readEndpoint(channel, rules, found),
    contentType: readPayload(channel, found),
    content: readContent(channel, found),
    headers: readHeaders(channel, found),
    secrets: readSecrets(channel, found),
    heartbeatSeconds: onChannel('backport-heartbeat-period', 'valueUnsignedInt', 10),
    timeoutSeconds: onChannel('backport-timeout', 'valueUnsignedInt', 1),
    maxCount: onChannel('backport-max-count', 'valuePositiveInt', 1),
    end: readEnd(subscription, rules.now, found),
  };
  const { endpoint, contentType, content, ...rest } = read;
  if (found.found.length > 0 || !topic || !endpoint || !contentType || !content) return refused(...found.found);
  const optional = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const wanted = subscription.status === 'off' ? 'off' : 'requested';
  return done({ ...optional, topic: topic.canonical, wanted, endpoint, contentType, content } as SubscriptionRequest);
}

/** A Subscription as it may be shown: without what only the sender of notifications needs to know. */
export function withoutSecrets(subscription: Subscription): Subscription {
  const { header: _, extension, ...channel } = subscription.channel ?? ({} as SubscriptionChannel);
  const shown = extension?.filter(({ url }) => url !== WEBHOOK_SECRET);
  return { ...subscription, channel: { ...channel, ...(shown?.length && { extension: shown }) } };
}
