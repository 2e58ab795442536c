import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import type { DemoClientId } from '../../gateway/sign-in/demo-clients.ts';
import type { Hub } from '../../hub.ts';
import { greetingLane } from '../../pipeline/lane.ts';
import { storyOf } from '../../pipeline/story.ts';
import { readMessage } from '../../store/messages.ts';
import { applyRegistry, type RegistryEntry } from '../../store/registry.ts';
import { saveSubscription } from '../../store/subscriptions.ts';
import { openReceivers, type Receivers } from './receivers.ts';
import { type Heard, Senders } from './senders.ts';
import { tell } from './story.ts';

const DAY = resolve(import.meta.dirname, '../../../fixtures/demo');

/** One thing that happens on the demo day: a file of `fixtures/demo/`, its sender and its door. */
interface Happening {
  readonly at: string;
  readonly client: DemoClientId;
  readonly door: 'mllp' | 'http' | 'fhir';
  readonly file: string;
  readonly says: string;
  /** FHIR door: the type posted. */
  readonly type?: string;
  readonly contentType?: string;
}

export interface Playing {
  readonly config: Config;
  readonly say: (text: string) => void;
  readonly isEmpty: boolean;
  /** Hears each MedCom message the receivers get and give. */
  readonly onMessage?: (text: string) => void;
}

/** Puts the demo region's receivers up, and at the first start plays the day and tells its story. */
export async function playDemo(hub: Hub, { config, say, isEmpty, onMessage }: Playing): Promise<Receivers> {
  const receivers = await openReceivers(hub.parts.newId, onMessage);
  await pointRegionAt(receivers, hub);
  const { rows } = await hub.parts.db.query<{ count: string }>('SELECT count(*) FROM message');
  const before = Number(rows[0]?.count ?? 0);
  if (before > 0) say(`\nFound ${before} messages of earlier starts; the day is not played again.\n`);
  else if (!isEmpty) await playDay(new Senders(hub, config.dataDir), hub, say);
  say(
    `\nServing on ${hub.baseUrl} (MLLP ${hub.mllpPort}). Try:\n  npx samspil message list\n  curl ${hub.baseUrl}/health/ready\nEnd with Ctrl-C.\n`,
  );
  return receivers;
}

/** The demo's receivers listen on other ports at each start; the region's data says where. */
async function pointRegionAt(receivers: Receivers, hub: Hub): Promise<void> {
  const { parts } = hub;
  const { region } = await parts.region.current(parts.db);
  const at = parts.now().toISOString();
  const entries = [...region.recipients.values()].map(
    ({ id, ...content }): RegistryEntry => ({
      kind: 'recipient',
      id,
      content: { ...content, settings: { ...content.settings, url: `${receivers.adviceUrl}/${id}` } },
    }),
  );
  await applyRegistry(parts.db, entries, at);
  for (const subscription of SUBSCRIPTIONS) {
    const endpoint = `${receivers.hookUrl}/${subscription.client}`;
    const request = {
      topic: subscription.topic,
      wanted: 'requested',
      endpoint,
      contentType: 'application/fhir+json',
      content: subscription.content,
      headers: [],
      filters: [],
    };
    await saveSubscription(
      parts.db,
      { ...subscription, status: 'requested', request, content: asPosted(subscription, endpoint) },
      at,
    );
    parts.offer([greetingLane(subscription.id)]);
  }
}

const TOPIC = 'http://samspil.dk/fhir/SubscriptionTopic/';
/** Who subscribes on the demo day: the municipality's care record and the practice. */
const SUBSCRIPTIONS = [
  {
    id: 'b7f3a2de-5f0e-4a53-8a3e-0d8a1f6c0001',
    client: 'demo-municipality',
    topic: `${TOPIC}hospital-stay`,
    content: 'id-only',
  },
  {
    id: 'b7f3a2de-5f0e-4a53-8a3e-0d8a1f6c0002',
    client: 'demo-gp',
    topic: `${TOPIC}discharge`,
    content: 'full-resource',
  },
] as const;

function asPosted({ topic, content }: (typeof SUBSCRIPTIONS)[number], endpoint: string) {
  const level = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content';
  const channel = {
    type: 'rest-hook' as const,
    endpoint,
    payload: 'application/fhir+json',
    _payload: { extension: [{ url: level, valueCode: content }] },
  };
  return {
    resourceType: 'Subscription' as const,
    status: 'requested' as const,
    reason: 'Demo',
    criteria: topic,
    channel,
  };
}

async function playDay(senders: Senders, hub: Hub, say: Playing['say']): Promise<void> {
  const day = JSON.parse(await readFile(join(DAY, 'day.json'), 'utf8')) as Happening[];
  say('\nA day in the demo region (all persons are synthetic)\n');
  // both subscribers have to be shaken hands with before the first event
  await settle(async () => {
    const { rows } = await hub.parts.db.query(`SELECT 1 FROM subscription WHERE status = 'requested'`);
    return rows.length === 0;
  });
  for (const happening of day) {
    const heard = await send(happening, senders);
    say(`\n${happening.at}  ${happening.says}\n`);
    say(await storyText(heard, hub));
  }
}

async function send(
  { client, door, file, type, contentType = 'application/hl7-v2' }: Happening,
  senders: Senders,
): Promise<Heard> {
  const body = await readFile(join(DAY, file));
  if (door === 'mllp') return senders.mllp(body);
  if (door === 'fhir') return senders.http(client, `/fhir/${type}`, { body, contentType: 'application/fhir+json' });
  return senders.http(client, '/messages', { body, contentType });
}

async function storyText(heard: Heard, hub: Hub): Promise<string> {
  const { db } = hub.parts;
  if (!heard.messageId) return tell(heard, undefined);
  const isOver = async () => {
    const message = await readMessage(db, heard.messageId!);
    if (message?.state === 'received') return false;
    const story = message && (await storyOf(db, message, 'operator'));
    return story?.deliveries.every(({ state }) => state !== 'waiting' && state !== 'sent') ?? true;
  };
  await settle(isOver);
  const message = await readMessage(db, heard.messageId);
  return tell(heard, message && (await storyOf(db, message, 'operator')));
}

/** Waits until something is so, at most some seconds: the story is told as it then stands. */
async function settle(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 5_000; Date.now() < end; ) {
    if (await isSo()) return;
    await new Promise((wait) => setTimeout(wait, 20));
  }
}
