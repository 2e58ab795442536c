import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A signing secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64; undefined when it is not one. */
export function readSecret(text: string): Uint8Array | undefined {
  const encoded = text.slice(PREFIX.length);
  if (!text.startsWith(PREFIX) || !BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

export interface Signing {
  /** `webhook-id`: the delivery's id, the same for every attempt, so that the receiver can drop a repeat. */
  readonly id: string;
  readonly at: Date;
  readonly body: Uint8Array;
  /** `whsec_…`; more than one while a secret is being changed. */
  readonly secrets: readonly string[];
}

/**
 * The headers of Standard Webhooks 1.0.0: `webhook-id`, `webhook-timestamp` (seconds) and, with at least one secret,
 * `webhook-signature`: a `v1,` HMAC-SHA256 over `id.timestamp.body` for each secret.
 */
export function webhookHeaders({ id, at, body, secrets }: Signing): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const sign = (key: Uint8Array) =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  const signatures = secrets.flatMap((secret) => readSecret(secret) ?? []).map(sign);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
  };
}
