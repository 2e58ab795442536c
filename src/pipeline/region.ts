import type { ChannelKind } from '../channels/channel.ts';
import type { RetryPolicy } from '../channels/retry.ts';
import type { AgreementDocument } from '../policy/agreement.ts';
import type { Queryable } from '../store/database.ts';
import { type Registry, type RegistryEntry, readRegistry, registryRevision } from '../store/registry.ts';

/** An organisation (or unit) of the region, as decisions, routes and MedCom messages name it. */
export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly sor?: string;
  readonly gln?: string;
  readonly shak?: string;
  readonly ydernummer?: string;
  readonly municipalityCode?: string;
  readonly sector: string;
  readonly legal_entity: string;
  readonly branch: string;
  /** False: answers to it say that something was left out; absent: none and withheld look the same (EHDS art. 8). */
  readonly neutral_answers?: boolean;
}

/** A system that signs in, and whom it may speak for. */
export interface RegionClient {
  readonly id: string;
  readonly name: string;
  readonly organisation: string;
  readonly role: string;
  /** What it may name as a message's sender (MSH-3, MSH-4, GLN, SOR), and which organisation that is. */
  readonly senders: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] };
}

/** Who may connect over MLLP: told by port, address or the fingerprint of a client certificate. */
export interface Peer {
  readonly id: string;
  readonly client: string;
  readonly port?: number;
  readonly addresses?: readonly string[];
  readonly certificateFingerprints?: readonly string[];
}

/** Somebody the hub delivers to without being asked each time: reached through a channel, for topics, for a catchment. */
export interface RegionRecipient {
  readonly id: string;
  readonly organisation: string;
  readonly role: string;
  readonly healthProfessional: boolean;
  readonly channel: ChannelKind;
  readonly topics: readonly string[];
  /** Codes of the municipalities whose citizens it answers for; absent: of whoever the topic is about. */
  readonly municipalities?: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly paused?: boolean;
  /** Where it differs from the hub's own way of trying again. */
  readonly retry?: Partial<RetryPolicy>;
}

/** A kind of event others can be told about, and on what footing. */
export interface Topic {
  readonly id: string;
  readonly canonical: string;
  readonly title: string;
  /** `stay`: each notice of a hospital stay; `discharge`: an encounter ends. */
  readonly event: 'stay' | 'discharge';
  readonly action: string;
  readonly purpose: string;
  readonly trigger: string;
  /** Resource types that may be part of it, before minimisation. */
  readonly resources: readonly string[];
}

/** The region's data at one moment, with the look-ups the steps need. */
export interface Region {
  readonly revision: string;
  readonly organisations: ReadonlyMap<string, Organisation>;
  readonly clients: ReadonlyMap<string, RegionClient>;
  readonly peers: readonly Peer[];
  readonly recipients: ReadonlyMap<string, RegionRecipient>;
  readonly topics: ReadonlyMap<string, Topic>;
  /** Every version on file; which of them speaks is the rule set's to say. */
  readonly agreements: readonly AgreementDocument[];
}

export function buildRegion(registry: Registry): Region {
  const ofKind = <T>(kind: RegistryEntry['kind']) =>
    new Map(
      registry.entries
        .filter((entry) => entry.kind === kind)
        .map((entry) => [entry.id, { ...entry.content, id: entry.id } as T]),
    );
  return {
    revision: registry.revision,
    organisations: ofKind<Organisation>('organisation'),
    clients: ofKind<RegionClient>('client'),
    peers: [...ofKind<Peer>('peer').values()],
    recipients: ofKind<RegionRecipient>('recipient'),
    topics: ofKind<Topic>('topic'),
    agreements: registry.entries
      .filter(({ kind }) => kind === 'agreement')
      .map(({ content }) => content as unknown as AgreementDocument),
  };
}

/** Keeps one Region in memory and builds it anew when its revision in the database has moved on. */
export class RegionWatch<Built> {
  readonly #build: (region: Region) => Built;
  #current: { revision: string; built: Built } | undefined;

  /** `build` derives what steps use from a region (rule set, directory); it runs once a revision. */
  constructor(build: (region: Region) => Built) {
    this.#build = build;
  }

  async current(db: Queryable): Promise<Built> {
    const revision = await registryRevision(db);
    if (this.#current?.revision !== revision) {
      const registry = await readRegistry(db);
      this.#current = { revision: registry.revision, built: this.#build(buildRegion(registry)) };
    }
    return this.#current.built;
  }
}
