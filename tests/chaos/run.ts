import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { signIn } from '../../src/gateway/sign-in/client-side.ts';
import { type DemoClientId, readDemoKey } from '../../src/gateway/sign-in/demo-clients.ts';
import { openReceiver, type Receiver } from '../helpers/receiver.ts';
import { plan, seeded, strikeAll } from './faults.ts';
import { type Counts, type Door, httpDoor, messagesOf, mllpDoor, people, sendInOrder } from './load.ts';
import { freePort, HubProcess, Postgres, pause, RedisServer } from './processes.ts';
import { moody, municipality, type Seen, subscriber } from './receivers.ts';
import { countOpen, judge, readRecord, type Verdict } from './verdict.ts';

export interface ChaosRun {
  readonly queue: 'postgres' | 'redis';
  readonly patients: number;
  readonly messagesEach: number;
  /** How often each kind of fault happens. */
  readonly rounds: number;
  /** Mean wait between two faults, in milliseconds. */
  readonly faultEveryMs: number;
  /** Mean wait of a sender between two messages, in milliseconds. */
  readonly betweenMs: number;
  readonly seed: number;
}

export interface ChaosResult extends Verdict {
  readonly run: ChaosRun;
  readonly acknowledged: number;
  readonly resent: number;
  readonly struck: Readonly<Record<string, number>>;
  readonly seconds: number;
}

interface World {
  readonly folder: string;
  readonly postgres: Postgres;
  readonly redis: RedisServer | undefined;
  readonly gateway: HubProcess;
  readonly worker: HubProcess;
  readonly baseUrl: string;
  readonly mllpPort: number;
  readonly notices: Seen[];
  readonly events: Seen[];
  readonly receivers: readonly Receiver[];
}

const REGION = resolve(import.meta.dirname, '../../region');

/** One run: a hub of two processes under load while its parts are killed; gives what was counted and every broken promise. */
export async function runChaos(run: ChaosRun): Promise<ChaosResult> {
  const began = Date.now();
  const random = seeded(run.seed);
  const world = await openWorld(run, random);
  try {
    await subscribe(world);
    const sent = people(run.patients).map((person) => messagesOf(person, run.messagesEach));
    const counts: Counts = { acknowledged: 0, resent: 0, refused: [] };
    const between = () => random() * 2 * run.betweenMs;
    const senders = sent.map((messages, index) =>
      sendInOrder(messages, { door: doorOf(world, index), counts, between }),
    );
    const wait = () => random() * 2 * run.faultEveryMs;
    const struck = await strikeAll(plan(world, run.rounds, random), wait);
    await Promise.all(senders);
    await untilDone(world);
    const verdict = judge(sent.flat(), await readRecord(world.postgres.url), [
      { recipient: 'engby-advis', seen: world.notices, isNumbered: false },
      { recipient: 'Subscription/', seen: world.events, isNumbered: true },
    ]);
    const fallen = [world.gateway, world.worker].filter((process) => process.hasFallen);
    const faults = [
      ...verdict.faults,
      ...counts.refused.map((code) => `a message was refused: ${code}`),
      ...fallen.map(({ name }) => `the ${name} ended by itself`),
      ...(await leaks(world)),
    ];
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    return { run, ...verdict, faults, acknowledged: counts.acknowledged, resent: counts.resent, struck, seconds };
  } finally {
    await closeWorld(world);
  }
}

async function openWorld({ queue }: ChaosRun, random: () => number): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'samspil-chaos-'));
  const [notices, events]: [Seen[], Seen[]] = [[], []];
  const receivers = [
    await openReceiver(moody(municipality(notices), random)),
    await openReceiver(moody(subscriber(events), random)),
  ];
  const postgres = new Postgres(join(folder, 'database'));
  await postgres.start();
  const redis = queue === 'redis' ? new RedisServer() : undefined;
  await redis?.start();
  const [port, mllpPort] = [await freePort(), await freePort()];
  const baseUrl = `http://127.0.0.1:${port}`;
  const env = {
    SAMSPIL_DATABASE_URL: postgres.url,
    SAMSPIL_REDIS_URL: redis?.url ?? '',
    SAMSPIL_DATA_DIR: join(folder, 'data'),
    SAMSPIL_REGION_DIR: await regionWith(folder, receivers[0]!.url),
    SAMSPIL_PORT: String(port),
    SAMSPIL_MLLP_PORT: String(mllpPort),
    SAMSPIL_BASE_URL: baseUrl,
    SAMSPIL_EGRESS_ALLOW: 'loopback',
  };
  const [gateway, worker] = [new HubProcess('gateway', folder, env), new HubProcess('worker', folder, env)];
  await gateway.start();
  await worker.start();
  return { folder, postgres, redis, gateway, worker, baseUrl, mllpPort, notices, events, receivers };
}

/** The demo region, with the municipality's address turned to our receiver. */
async function regionWith(folder: string, url: string): Promise<string> {
  const region = join(folder, 'region');
  await cp(REGION, region, { recursive: true });
  const file = join(region, 'recipients.json');
  const recipients = JSON.parse(await readFile(file, 'utf8')) as { id: string; settings: object }[];
  for (const recipient of recipients) if (recipient.id === 'engby-advis') recipient.settings = { url };
  await writeFile(file, JSON.stringify(recipients));
  return region;
}

function doorOf({ folder, baseUrl, mllpPort }: World, index: number): Door {
  return index % 3 === 2 ? mllpDoor(mllpPort) : httpDoor(baseUrl, () => tokenOf(folder, baseUrl, 'demo-epj'));
}

const SCOPES: Partial<Record<DemoClientId, string>> = {
  'demo-epj': 'samspil/messages.write',
  'demo-municipality': 'system/Subscription.cruds',
};

async function tokenOf(folder: string, baseUrl: string, client: DemoClientId): Promise<string> {
  const key = await readDemoKey(join(folder, 'data'), client);
  const signed = key && (await signIn({ baseUrl, clientId: client, key, scope: SCOPES[client]! }));
  if (!signed?.ok) throw new Error(`${client} cannot sign in yet`);
  return signed.value.accessToken;
}

/** A municipality's subscription to stays, id-only; waits until its handshake is done, so that it counts from the first message on. */
async function subscribe(world: World): Promise<void> {
  const extension = [
    {
      url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
      valueCode: 'id-only',
    },
  ];
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Stays of own citizens',
    criteria: 'http://samspil.dk/fhir/SubscriptionTopic/hospital-stay',
    channel: {
      type: 'rest-hook',
      endpoint: world.receivers[1]!.url,
      payload: 'application/fhir+json',
      _payload: { extension },
    },
  };
  const token = await persistently(() => tokenOf(world.folder, world.baseUrl, 'demo-municipality'));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' };
  const ask = async (path: string, init: RequestInit = {}) =>
    (await (await fetch(`${world.baseUrl}/fhir/${path}`, { ...init, headers })).json()) as {
      id: string;
      status: string;
    };
  const { id } = await ask('Subscription', { method: 'POST', body: JSON.stringify(subscription) });
  await persistently(async () => {
    const { status } = await ask(`Subscription/${id}`);
    if (status === 'error')
      await ask(`Subscription/${id}`, { method: 'PUT', body: JSON.stringify({ ...subscription, id }) });
    if (status !== 'active') throw new Error('not active yet');
  });
}

async function persistently<T>(work: () => Promise<T>, ms = 30_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    try {
      return await work();
    } catch (thrown) {
      if (Date.now() > end) throw thrown;
      await pause(100);
    }
  }
}

/** All is delivered, or nothing has moved for a minute. */
async function untilDone({ postgres, notices, events }: World): Promise<void> {
  let [moved, last] = [Date.now(), ''];
  while (Date.now() - moved < 60_000) {
    const open = await countOpen(postgres.url);
    if (open === 0) return;
    const now = `${open}|${notices.length}|${events.length}`;
    if (now !== last) [moved, last] = [Date.now(), now];
    await pause(100);
  }
}

/** A person's number in a log would be a fault of its own. */
async function leaks({ folder }: World): Promise<readonly string[]> {
  const logs = await Promise.all(['gateway', 'worker'].map((name) => readFile(join(folder, `${name}.log`), 'utf8')));
  return logs.some((log) => /\d{6}999\d|Prøve/.test(log)) ? ['a log holds a person’s number or name'] : [];
}

async function closeWorld({ gateway, worker, redis, postgres, receivers, folder }: World): Promise<void> {
  await Promise.all([gateway.stop(), worker.stop()]);
  await redis?.stop();
  await postgres.stop();
  for (const receiver of receivers) await receiver.close();
  if (process.env.SAMSPIL_CHAOS_KEEP) console.error(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true });
}

/** The counts in one line for people. */
export function tell({ run, acknowledged, resent, deliveries, repeats, struck, seconds, faults }: ChaosResult): string {
  const blows = Object.entries(struck).map(([name, times]) => `${name} ${times}×`);
  return (
    `chaos on ${run.queue}, seed ${run.seed}: ${acknowledged} of ${run.patients * run.messagesEach} acknowledged (${resent} sent again by the sender), ` +
    `${deliveries} deliveries, ${repeats} repeats with the same id, ${blows.join(', ')}; ${faults.length} faults; ${seconds} s`
  );
}
