import type { Bundle, Encounter, Parameters as FhirParameters } from '@medplum/fhirtypes';
import { type AcknowledgementCode, writeAcknowledgement } from '../../src/formats/fhir/acknowledgement.ts';
import type { RegionClient, RegionRecipient } from '../../src/pipeline/region.ts';
import { openTestHub, type TestHub } from '../helpers/hub.ts';
import { type Adt, adt, type Person } from '../helpers/messages.ts';
import { type Answer, eventually, openReceiver, type Received, type Receiver } from '../helpers/receiver.ts';

/** Tries come quickly here, and are given up after the fifth. */
export const QUICK = { firstSeconds: 0.05, factor: 1, leastSeconds: 0.05, longestSeconds: 0.05, mostAttempts: 5 };

export interface DeliveryStory {
  readonly id: string;
  readonly recipient: string;
  readonly state: string;
  readonly reason?: string;
  readonly messageHeaderId?: string;
  readonly attempts: number;
  readonly tries?: { outcome: string; reason?: string; httpStatus?: number; at: string }[];
}
export interface Story {
  readonly state: string;
  readonly steps: readonly { step: string; at: string }[];
  readonly decisions?: readonly { outcome: string; codes: string[]; phase: string; deliveryId: string }[];
  readonly deliveries: readonly DeliveryStory[];
}

/** A hub with one municipality that it notifies, played by a real receiver. */
export interface World {
  readonly hub: TestHub;
  /** What the municipality got, and how it answers from now on. */
  readonly municipality: { readonly url: string; readonly received: Received[]; answer: Receiver['answer'] };
  /** Nobody listens at the municipality's address until the function given is called. */
  away(): Promise<() => Promise<void>>;
  /** Hands in an event of a person's stay; gives the message's id. */
  tell(event: string, person: Person, more?: Partial<Adt>): Promise<string>;
  story(id: string): Promise<Story>;
  /** Waits until all deliveries of a message are in one of these states. */
  settled(id: string, ...states: string[]): Promise<readonly DeliveryStory[]>;
  /** Changes the municipality's recipient in the region's data. */
  recipient(change: Partial<RegionRecipient>): Promise<void>;
  client(id: string, change: Partial<RegionClient>): Promise<void>;
  sql<Row extends object>(text: string, values?: unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Persons who cannot exist: serial numbers of the test kind, born on the same day of different years. */
export const person = (index: number): Person => ({
  cpr: `0905${40 + (index % 60)}999${Math.floor(index / 60)}`,
  family: 'Afprøvning',
  given: `Nr${index}`,
  birth: `19${40 + (index % 60)}0509`,
  gender: 'F',
  municipality: '0991',
});

const HEADERS = { 'content-type': 'application/hl7-v2' };
let count = 0;

export async function openWorld(env: Record<string, string> = {}): Promise<World> {
  const municipality: { received: Received[]; answer: Receiver['answer']; url: string } = {
    received: [],
    answer: acknowledging('ok'),
    url: '',
  };
  const onRequest = (request: Received) => {
    municipality.received.push(request);
    return municipality.answer(request);
  };
  let server = await openReceiver(onRequest);
  municipality.url = server.url;
  const hub = await openTestHub(env);
  const region = async () => (await hub.hub.parts.region.current(hub.hub.parts.db)).region;
  const world: World = {
    hub,
    municipality,
    async tell(event, who, more = {}) {
      count += 1;
      const minute = String(count % 60).padStart(2, '0');
      const at = `2026031${Math.floor(count / 600) % 10}${String(Math.floor(count / 60) % 10).padStart(2, '0')}${minute}`;
      const discharged = event === 'A03' ? { discharged: at } : {};
      const body = adt({
        event,
        id: `D-${count}`,
        person: who,
        at,
        visit: `V-${who.cpr}`,
        admitted: '202603090600',
        ...discharged,
        ...more,
      });
      const post = () => hub.request('demo-epj', '/messages', { method: 'POST', headers: HEADERS, body });
      let response = await post();
      // as a sender does while the database is away
      for (let tries = 0; response.status === 503 && tries < 20; tries++) response = await post();
      if (response.status !== 202) throw new Error(`${event} was not taken: ${await response.text()}`);
      return response.headers.get('location')!.split('/').at(-1)!;
    },
    async story(id) {
      return (await (await hub.request('demo-operator', `/messages/${id}`)).json()) as Story;
    },
    async settled(id, ...states) {
      let told: Story | undefined;
      await eventually(
        async () => {
          told = await world.story(id);
          return (told.deliveries ?? []).length > 0 && told.deliveries.every(({ state }) => states.includes(state));
        },
        15_000,
        () =>
          `not ${states}: ${JSON.stringify(told)}; log: ${hub
            .logged()
            .split('\n')
            .filter((line) => line.includes('"level":50'))
            .join()}`,
      );
      return told!.deliveries;
    },
    async recipient(change) {
      const { recipients } = await region();
      await hub.change({
        kind: 'recipient',
        id: 'engby-advis',
        content: { ...recipients.get('engby-advis')!, ...change },
      });
    },
    async client(id, change) {
      const { clients } = await region();
      await hub.change({ kind: 'client', id, content: { ...clients.get(id)!, ...change } });
    },
    async sql(text, values = []) {
      return (await hub.hub.parts.db.query(text, values)).rows as never;
    },
    async away() {
      await server.close();
      return async () => {
        server = await openReceiver(onRequest, Number(new URL(municipality.url).port));
      };
    },
    async close() {
      await hub.close();
      await server.close();
    },
  };
  await world.recipient({ settings: { url: municipality.url }, retry: QUICK });
  return world;
}

export const bundleOf = ({ body }: Received) => JSON.parse(String(body)) as Bundle;
export const headerIdOf = (received: Received) => bundleOf(received).entry![0]!.resource!.id!;
export function statusOf(received: Received): string | undefined {
  const stay = bundleOf(received).entry?.find(({ resource }) => resource?.resourceType === 'Encounter')?.resource;
  return (stay as Encounter | undefined)?.status;
}
export const isAbout = (who: Person) => (received: Received) => String(received.body).includes(who.cpr);

/** The MedCom Acknowledgement of a message as its recipient writes it. */
export function acknowledgementOf(original: Bundle, code: AcknowledgementCode): Bundle {
  const issues = code === 'ok' ? [] : [{ code: 'DOOR-JSON' as const, severity: 'error' as const }];
  const ids = { bundle: crypto.randomUUID(), message: crypto.randomUUID() };
  return writeAcknowledgement({ original, code, issues, ids, now: new Date().toISOString() })!;
}

export function acknowledging(code: AcknowledgementCode) {
  return (request: Received): Answer => ({
    status: 200,
    contentType: 'application/fhir+json',
    body: JSON.stringify(acknowledgementOf(bundleOf(request), code)),
  });
}

/** A subscription to stays or discharges, shaken hands with; gives its id. */
export async function subscribe(
  { hub }: World,
  to: {
    client: 'demo-municipality' | 'demo-gp';
    endpoint: string;
    topic: 'hospital-stay' | 'discharge';
    content?: string;
  },
): Promise<string> {
  const extension = [
    {
      url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
      valueCode: to.content ?? 'id-only',
    },
  ];
  const subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'A test',
    criteria: `http://samspil.dk/fhir/SubscriptionTopic/${to.topic}`,
    channel: { type: 'rest-hook', endpoint: to.endpoint, payload: 'application/fhir+json', _payload: { extension } },
  };
  const headers = { 'content-type': 'application/fhir+json' };
  const created = await hub.request(to.client, '/fhir/Subscription', {
    method: 'POST',
    headers,
    body: JSON.stringify(subscription),
  });
  const { id } = (await created.json()) as { id: string };
  await eventually(async () => (await statusOfSubscription(hub, to.client, id)) === 'active');
  return id;
}

export async function statusOfSubscription(
  hub: TestHub,
  client: 'demo-municipality' | 'demo-gp',
  id: string,
): Promise<string> {
  return ((await (await hub.request(client, `/fhir/Subscription/${id}`)).json()) as { status: string }).status;
}

/** Event notifications a subscriber got, without handshakes. */
export function eventsOf({ received }: Receiver): readonly Received[] {
  return received.filter((request) => {
    const status = bundleOf(request).entry?.[0]?.resource as FhirParameters;
    return status.parameter?.some(({ name, valueCode }) => name === 'type' && valueCode === 'event-notification');
  });
}
