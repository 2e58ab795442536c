import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { type Request, type Response, Router } from 'express';
import { type Issue, isFault, issue } from '../../errors.ts';
import { drainInbound } from '../../pipeline/inbound.ts';
import { receive } from '../../pipeline/receive.ts';
import { type MessageRow, readMessage } from '../../store/messages.ts';
import { readPosted } from '../../store/resources.ts';
import { clientOf, type Door } from '../deps.ts';
import { bodyOf, rawBody, UUID } from '../messages.ts';
import { refuse, refuseCode, sendFhir } from '../reply.ts';
import { principalOf } from '../sign-in/require-scope.ts';

/** Types a sender may post, and read back. */
const POSTED = ['Encounter', 'Patient'] as const;

/** What the store step says it did with each entry; as written by pipeline/inbound. */
interface Made {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/** `POST`, `PUT` and `GET` of what senders post, and transactions: all become messages and go the one way. */
export function resourceRoutes(door: Door): Router {
  const { parts, requireScope } = door;
  const router = Router();
  for (const type of POSTED) {
    router.post(`/fhir/${type}`, requireScope(`system/${type}.c`), rawBody, async (request, response) => {
      const ifNoneExist = request.get('if-none-exist');
      await interact(request, response, {
        door,
        type,
        entry: { method: 'POST', url: type, ...(ifNoneExist && { ifNoneExist }) },
      });
    });
    router.put(`/fhir/${type}/:id`, requireScope(`system/${type}.u`), rawBody, async (request, response) => {
      const { id } = request.params as { id: string };
      if (!UUID.test(id)) return refuseCode(response, 'DOOR-NOT-FOUND');
      const ifMatch = request.get('if-match');
      await interact(request, response, {
        door,
        type,
        entry: { method: 'PUT', url: `${type}/${id}`, ...(ifMatch && { ifMatch }) },
      });
    });
    router.get(`/fhir/${type}/:id`, requireScope(`system/${type}.r`), async (request, response) => {
      const { id } = request.params as { id: string };
      // a sender reads back what it has posted itself; for everybody else there is nothing here
      const found = UUID.test(id)
        ? await readPosted(parts.db, { type, id, sender: principalOf(response).client.id })
        : undefined;
      if (!found) return refuseCode(response, 'DOOR-NOT-FOUND');
      response.set({
        ETag: `W/"${found.meta?.versionId}"`,
        'Last-Modified': new Date(found.meta?.lastUpdated ?? 0).toUTCString(),
      });
      sendFhir(response, 200, found);
    });
  }
  router.post('/fhir', requireScope('system/Encounter.c'), rawBody, async (request, response) => {
    const parsed = readJson(bodyOf(request));
    if (!parsed.ok) return refuse(response, parsed.issues);
    const { resource } = parsed;
    if (resource.resourceType !== 'Bundle' || resource.type !== 'transaction')
      return refuse(response, [issue('DOOR-INTERACTION', 'Bundle.type')]);
    await run(resource, response, { door, answer: (message) => transactionResponse(message, door) });
  });
  return router;
}

type Parsed =
  | { readonly ok: true; readonly resource: Resource }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const DEEPEST = 64;

/** Well-formed, an object with a type, not deeper than any resource is; everything else is found by validation. */
export function readJson(bytes: Uint8Array): Parsed {
  if (bytes.length === 0) return { ok: false, issues: [issue('DOOR-EMPTY')] };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (depthOf(text) > DEEPEST) return { ok: false, issues: [issue('DOOR-TOO-DEEP', undefined, { limit: DEEPEST })] };
    const value: unknown = JSON.parse(text);
    if (typeof (value as Resource | null)?.resourceType === 'string') return { ok: true, resource: value as Resource };
    return { ok: false, issues: [issue('DOOR-NOT-FHIR')] };
  } catch {
    return { ok: false, issues: [issue('DOOR-JSON')] };
  }
}

/** Depth of brackets outside strings, told before anything recursive looks at the text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    const token = match[0];
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth);
    else if (token === '}' || token === ']') depth--;
    if (deepest > DEEPEST) return deepest;
  }
  return deepest;
}

interface Interaction {
  readonly door: Door;
  readonly type: string;
  readonly entry: NonNullable<BundleEntry['request']>;
}

/** One resource posted or put is a transaction of one. */
async function interact(request: Request, response: Response, { door, type, entry }: Interaction): Promise<void> {
  const parsed = readJson(bodyOf(request));
  if (!parsed.ok) return refuse(response, parsed.issues);
  if (parsed.resource.resourceType !== type)
    return refuse(response, [issue('DOOR-OTHER-TYPE', parsed.resource.resourceType ? 'Resource' : undefined)], 400);
  if (entry.ifNoneExist && !/^identifier=[^|&]+\|[^&]+$/.test(entry.ifNoneExist))
    return refuseCode(response, 'STORE-CONDITION');
  const key = request.get('idempotency-key');
  const bundle: Bundle = {
    resourceType: 'Bundle',
    ...(key && /^[A-Za-z0-9\-.]{1,64}$/.test(key) && { id: key }),
    type: 'transaction',
    entry: [{ resource: parsed.resource, request: entry }],
  };
  await run(bundle, response, { door, answer: (message) => single(message, { door, type }) });
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

/**
 * Takes a transaction as a message, then works its lane at once, so that the answer can say what became of it. What takes too long is
 * answered with 202 and the place of its story: it is taken all the same.
 */
async function run(
  bundle: Bundle,
  response: Response,
  how: { door: Door; answer: (message: MessageRow) => Promise<Answer> },
): Promise<void> {
  const { parts, meters } = how.door;
  const client = clientOf(response, how.door);
  const bytes = new TextEncoder().encode(JSON.stringify(bundle));
  const receipt = await receive(
    { client, door: 'http', bytes, contentType: 'application/fhir+json', ownReceipt: false },
    parts,
  );
  meters.received.inc({ door: 'http', format: 'fhir', outcome: receipt.taken ? 'taken' : 'refused' });
  if (!receipt.taken) return refuse(response, receipt.issues);
  const story = `/messages/${receipt.id}`;
  response.set('X-Message-Location', story);
  const message = await worked(receipt.id, receipt.lanes ?? [], how.door);
  if (message?.state === 'stopped' || message?.state === 'parked') return refuse(response, issuesOf(message));
  if (message?.state !== 'done') {
    response.status(202).set('Location', story).end();
    return;
  }
  const { status, headers = {}, body } = await how.answer(message);
  response.set(headers);
  if (body) sendFhir(response, status, body);
  else response.status(status).end();
}

async function worked(id: string, lanes: readonly string[], { parts }: Door): Promise<MessageRow | undefined> {
  const inTime = new Promise<'late'>((late) => setTimeout(late, 5_000, 'late').unref());
  const work = Promise.all(lanes.map((lane) => drainInbound(lane, parts))).catch((thrown: unknown) => {
    parts.log.warn(
      { messageId: id, error: (thrown as Error).name },
      'a lane could not be worked at once; the queue will',
    );
  });
  await Promise.race([work, inTime]);
  return readMessage(parts.db, id);
}

function issuesOf(message: MessageRow): readonly Issue[] {
  const issues = message.steps.flatMap((step) => step.issues ?? []).filter(isFault);
  return issues.length > 0 ? issues : [issue('PIPELINE-INTERNAL')];
}

function madeOf(message: MessageRow): readonly Made[] {
  return (message.steps.find(({ step }) => step === 'store')?.made ?? []) as readonly Made[];
}

const STATUS = { created: 201, updated: 200, unchanged: 200 } as const;

async function single(message: MessageRow, { door, type }: { door: Door; type: string }): Promise<Answer> {
  const made = madeOf(message).find((one) => one.type === type);
  if (!made) return { status: 202 };
  const body = await readPosted(door.parts.db, { ...made, sender: message.sender });
  const headers = {
    Location: `${door.parts.baseUrl()}/fhir/${type}/${made.id}/_history/${made.version}`,
    ETag: `W/"${made.version}"`,
  };
  return { status: STATUS[made.outcome], headers, ...(body && { body }) };
}

async function transactionResponse(message: MessageRow, { parts }: Door): Promise<Answer> {
  const entry = madeOf(message).map(({ type, id, version, outcome }) => ({
    response: {
      status: String(STATUS[outcome]),
      location: `${type}/${id}/_history/${version}`,
      etag: `W/"${version}"`,
      lastModified: (message.finishedAt ?? parts.now()).toISOString(),
    },
  }));
  return { status: 200, body: { resourceType: 'Bundle', type: 'transaction-response', entry } };
}
