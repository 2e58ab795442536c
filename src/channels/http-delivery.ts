import { type Issue, issue } from '../errors.ts';
import type { Attempt, ChannelWorld, Delivery, Recipient, SettingsTable } from './channel.ts';
import type { Egress } from './egress.ts';
import { attemptOf } from './http-attempt.ts';
import { checkSettings, setting } from './settings.ts';
import { readSecret, webhookHeaders } from './signature.ts';

/** What every channel over HTTP lets a recipient set. */
export const HTTP_SETTINGS = {
  url: { type: 'url', required: true, text: 'address that messages are posted to' },
  headers: {
    type: 'list of texts',
    max: 20,
    secret: true,
    text: 'header lines sent with each message, as `Name: value`',
  },
  secrets: {
    type: 'list of texts',
    max: 4,
    secret: true,
    text: 'signing secrets (`whsec_…`); several while one is being changed',
  },
  timeoutSeconds: { type: 'whole number', default: 30, min: 1, max: 120, text: 'how long one attempt may take' },
} as const satisfies SettingsTable;

type Settings = Recipient['settings'];

/** Headers that are the hub's or the connection's own. */
const RESERVED =
  /^(host|connection|content-(length|type|encoding)|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*|webhook-.*)$/i;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/;

/** `Name: value` (RFC 9110 5.1, visible ASCII only) as a pair; undefined when malformed or reserved. */
export function readHeaderLine(line: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = HEADER_LINE.exec(line) ?? [];
  return name === undefined || value === undefined || RESERVED.test(name) ? undefined : [name, value.trim()];
}

const texts = (value: unknown) => (Array.isArray(value) ? value : []).filter((item) => typeof item === 'string');

/** Beyond the table: an address that may be reached, well-formed header lines and signing secrets. */
export function checkHttpSettings(table: SettingsTable, settings: Settings, egress: Egress): readonly Issue[] {
  const found = checkSettings(table, settings);
  if (found.length > 0) return found;
  const address = egress.checkUrl(String(settings.url));
  const wrong = (name: string, type: string) => issue('CHANNEL-SETTING', name, { setting: name, type });
  return [
    ...(address.ok ? [] : address.issues.map((fault) => ({ ...fault, place: 'url' }))),
    ...(texts(settings.headers).every(readHeaderLine) ? [] : [wrong('headers', 'list of header lines')]),
    ...(texts(settings.secrets).every(readSecret) ? [] : [wrong('secrets', 'list of signing secrets')]),
  ];
}

/** Header lines as one record; lines of the same name are joined as RFC 9110 5.3 joins them. */
function ownHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [name, value = ''] = readHeaderLine(line) ?? [];
    const key = name?.toLowerCase();
    if (key) headers.set(key, headers.has(key) ? `${headers.get(key)}, ${value}` : value);
  }
  return Object.fromEntries(headers);
}

/** Posts a delivery as the recipient's settings say, signed by Standard Webhooks. `accept`: media types the answer may have. */
export async function postDelivery(
  { delivery, table, accept }: { delivery: Delivery; table: SettingsTable; accept: string },
  world: ChannelWorld,
  signal?: AbortSignal,
): Promise<Attempt> {
  const { settings } = delivery.recipient;
  const fault = checkHttpSettings(table, settings, world.egress)[0];
  if (fault) return { outcome: 'refused', reason: fault.code };
  const signed = { id: delivery.id, at: world.now(), body: delivery.body, secrets: texts(settings.secrets) };
  const exchange = await world.http.post({
    url: String(settings.url),
    headers: {
      accept,
      ...ownHeaders(texts(settings.headers)),
      'content-type': delivery.contentType,
      ...webhookHeaders(signed),
    },
    body: delivery.body,
    timeoutMs: setting<number>(table, settings, 'timeoutSeconds') * 1000,
    signal,
  });
  return attemptOf(exchange, world.now());
}
