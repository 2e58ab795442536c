import type { Issue } from '../errors.ts';
import type { Attempt, Channel, ChannelKind, ChannelWorld, Delivery, Recipient } from './channel.ts';
import { type EgressRules, openEgress } from './egress.ts';
import { fhirSubscription } from './fhir-subscription/channel.ts';
import { file } from './file/channel.ts';
import { openHttpClient, type TlsIdentity } from './http-client.ts';
import { medcomMessage } from './medcom-message/channel.ts';
import { mllp } from './mllp/channel.ts';
import { openMllpPeers } from './mllp/peers.ts';

/** What there is: one row for each kind of recipient. */
export const CHANNELS: Readonly<Record<ChannelKind, Channel>> = {
  'fhir-subscription': fhirSubscription,
  'medcom-message': medcomMessage,
  mllp,
  file,
};

export interface ChannelOptions {
  readonly egress: EgressRules;
  readonly now: () => Date;
  readonly fileRoot?: string;
  readonly tls?: TlsIdentity;
}

export interface Channels {
  /** What is wrong with a recipient's settings; empty = usable. */
  check(recipient: Pick<Recipient, 'kind' | 'settings'>): readonly Issue[];
  /** One attempt. Never rejects for anything a recipient or the network does. */
  send(delivery: Delivery, signal?: AbortSignal): Promise<Attempt>;
  /** Ends kept connections. */
  close(): void;
}

/** Opens what the channels share: connections and the rules on where they may go. */
export function openChannels({ egress: rules, now, fileRoot, tls }: ChannelOptions): Channels {
  const egress = openEgress(rules);
  const http = openHttpClient({ egress, tls });
  const peers = openMllpPeers({ egress, tls });
  const world: ChannelWorld = { http, mllp: peers, egress, now, ...(fileRoot !== undefined && { fileRoot }) };
  return {
    check: ({ kind, settings }) => CHANNELS[kind].check(settings, egress),
    send: (delivery, signal) => CHANNELS[delivery.recipient.kind].send(delivery, world, signal),
    close() {
      http.close();
      peers.close();
    },
  };
}
