import type { Subscription } from '@medplum/fhirtypes';
import { type Response, Router } from 'express';
import { statusSearchset } from '../../channels/subscription-notification.ts';
import {
  readSubscription as readRequest,
  type SubscriptionRequest,
  withoutSecrets,
} from '../../channels/subscription-request.ts';
import { nextStatus } from '../../channels/subscription-status.ts';
import { greetingLane } from '../../pipeline/lane.ts';
import { audit } from '../../store/audit.ts';
import {
  listSubscriptions,
  readSubscription,
  type SubscriptionRow,
  saveSubscription,
  setSubscriptionStatus,
} from '../../store/subscriptions.ts';
import { clientOf, type Door } from '../deps.ts';
import { bodyOf, rawBody, UUID } from '../messages.ts';
import { refuse, refuseCode, sendFhir } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';
import { readJson } from './resources.ts';

/** FHIR Subscriptions: R5 backport on R4, rest-hook. A client sees and changes its own; another's is not found. */
export function subscriptionRoutes(door: Door): Router {
  const { parts, requireScope } = door;
  const router = Router();
  const base = '/fhir/Subscription';

  router.post(base, requireScope('system/Subscription.c'), rawBody, async (request, response) => {
    await save(response, { door, body: bodyOf(request), id: parts.newId() });
  });
  router.put(`${base}/:id`, requireScope('system/Subscription.u'), rawBody, async (request, response) => {
    const before = await own(request.params as { id: string }, response, door);
    if (before) await save(response, { door, body: bodyOf(request), id: before.id, before });
  });
  router.get(base, requireScope('system/Subscription.s'), async (_request, response) => {
    const rows = await listSubscriptions(parts.db, principalOf(response).client.id);
    const entry = rows.map((row) => ({
      fullUrl: `${parts.baseUrl()}/fhir/Subscription/${row.id}`,
      resource: asResource(row),
      search: { mode: 'match' },
    }));
    sendFhir(response, 200, {
      resourceType: 'Bundle',
      type: 'searchset',
      total: rows.length,
      ...(entry.length > 0 && { entry }),
    });
  });
  router.get(`${base}/$status`, requireScope('system/Subscription.r'), async (request, response) => {
    const wanted = [request.query.id ?? []].flat().flatMap((ids) => String(ids).split(','));
    const rows = (await listSubscriptions(parts.db, principalOf(response).client.id)).filter(
      (row) => wanted.length === 0 || wanted.includes(row.id),
    );
    sendStatus(response, rows, door);
  });
  router.get(`${base}/:id/$status`, requireScope('system/Subscription.r'), async (request, response) => {
    const row = await own(request.params as { id: string }, response, door);
    if (row) sendStatus(response, [row], door);
  });
  router.get(`${base}/:id`, requireScope('system/Subscription.r'), async (request, response) => {
    const row = await own(request.params as { id: string }, response, door);
    if (row) sendFhir(response, 200, asResource(row));
  });
  router.delete(`${base}/:id`, requireScope('system/Subscription.d'), async (request, response) => {
    const row = await own(request.params as { id: string }, response, door);
    if (!row) return;
    await setSubscriptionStatus(
      parts.db,
      row.id,
      { status: nextStatus(row.status, 'switched-off') },
      parts.now().toISOString(),
    );
    response.status(204).end();
  });
  return router;
}

async function own({ id }: { id: string }, response: Response, { parts }: Door): Promise<SubscriptionRow | undefined> {
  const row = UUID.test(id) ? await readSubscription(parts.db, id) : undefined;
  if (row?.client === principalOf(response).client.id) return row;
  refuseCode(response, 'DOOR-NOT-FOUND');
  return undefined;
}

async function save(
  response: Response,
  { door, body, id, before }: { door: Door; body: Uint8Array; id: string; before?: SubscriptionRow },
): Promise<void> {
  const { parts } = door;
  const parsed = readJson(body);
  if (!parsed.ok) return refuse(response, parsed.issues);
  const topics = [...door.footing().region.topics.values()].map(({ canonical }) => ({ canonical, focus: 'Encounter' }));
  const checkEndpoint = (url: string) => parts.channels.check({ kind: 'fhir-subscription', settings: { url } });
  const read = readRequest(parsed.resource, { topics, now: parts.now(), checkEndpoint });
  if (!read.ok) return refuse(response, read.issues, 422);
  const faults = parts.library
    .validate(parsed.resource)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (faults.length > 0) return refuse(response, faults);
  const client = clientOf(response, door);
  const at = parts.now().toISOString();
  const status = nextStatus(before?.status ?? 'requested', read.value.wanted === 'off' ? 'switched-off' : 'asked');
  const row = {
    id,
    client: client.id,
    topic: read.value.topic,
    status,
    content: parsed.resource as Subscription,
    request: read.value,
  };
  await parts.db.transaction(async (db) => {
    await saveSubscription(db, row, at);
    await audit(
      db,
      [{ kind: 'subscription', actor: client.id, detail: { subscription: id, topic: row.topic, status } }],
      at,
    );
  });
  if (status === 'requested') parts.offer([greetingLane(id)]);
  response.set('Location', `${parts.baseUrl()}/fhir/Subscription/${id}`);
  sendFhir(response, before ? 200 : 201, asResource({ ...row, error: null }));
}

/** As posted, with the hub's id and status; headers and signing secrets are not shown again. */
function asResource({
  id,
  status,
  content,
  error,
}: Pick<SubscriptionRow, 'id' | 'status' | 'content' | 'error'>): Subscription {
  return { ...withoutSecrets(content), id, status, ...(error && { error }) };
}

function sendStatus(response: Response, rows: readonly SubscriptionRow[], { parts }: Door): void {
  const states = rows.map((row) => ({
    id: row.id,
    topic: row.topic,
    status: row.status,
    content: (row.request as SubscriptionRequest).content,
    eventCount: row.events,
    ...(row.error && { errors: [{ coding: [{ system: 'urn:samspil:error', code: row.error }] }] }),
  }));
  sendFhir(response, 200, statusSearchset(states, { baseUrl: `${parts.baseUrl()}/fhir`, ids: parts.newId }));
}
