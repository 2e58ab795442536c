import type { ErrorCode, Issue } from '../errors.ts';
import type { Egress } from './egress.ts';
import type { HttpClient } from './http-client.ts';
import type { MllpPeers } from './mllp/peers.ts';

/**
 * Words of this room:
 * - **recipient**: somebody the hub delivers to: data, naming a channel kind and its settings.
 * - **channel**: a way of reaching recipients; one folder here, one row in `index.ts`.
 * - **delivery**: one message for one recipient; its id is the same for every attempt.
 * - **attempt**: one try to hand a delivery over, and what came of it.
 */
export type ChannelKind = 'fhir-subscription' | 'medcom-message' | 'mllp' | 'file';

export interface Recipient {
  readonly id: string;
  readonly kind: ChannelKind;
  /** As in the channel's {@link SettingsTable}; checked by `Channel.check` when the recipient is saved and again at sending. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Delivery {
  /** Constant over all attempts; letters, digits, `.`, `_` and `-` only, never derived from a person's number. */
  readonly id: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly attemptId: string;
  readonly recipient: Recipient;
  /** The bytes to hand over, without framing. */
  readonly body: Uint8Array;
  /** Media type of `body`, with its parameters. */
  readonly contentType: string;
}

/** What the recipient said, where it said something the pipeline reads (an Acknowledgement, an ACK). */
export interface Answer {
  readonly answer?: Uint8Array;
  readonly answerContentType?: string;
}

/** What came of one try. Only `delivered` is success; the pipeline decides from `outcome` alone, `reason` is for people. */
export type Attempt =
  /** The recipient has taken it. */
  | ({ readonly outcome: 'delivered'; readonly httpStatus?: number } & Answer)
  /** Not taken, and the same bytes may be taken later. */
  | {
      readonly outcome: 'retry';
      readonly reason: ErrorCode;
      readonly httpStatus?: number;
      /** Not before this many seconds, as the recipient asked; at most a day. */
      readonly retryAfterSeconds?: number;
    }
  /** Not taken, and the same bytes never will be: somebody has to look at it. */
  | ({ readonly outcome: 'refused'; readonly reason: ErrorCode; readonly httpStatus?: number } & Answer)
  /** Handed over, but no answer came: it may have arrived. A repeat carries the same ids. */
  | { readonly outcome: 'unknown'; readonly reason: ErrorCode };

/** One setting of a channel; check, console form and README come from these rows. */
export interface SettingRow {
  readonly type: 'url' | 'text' | 'host' | 'whole number' | 'yes or no' | 'list of texts';
  /** What it means, for the person who fills the form. */
  readonly text: string;
  readonly required?: true;
  /** Used when absent. */
  readonly default?: string | number | boolean;
  /** The only values allowed. */
  readonly oneOf?: readonly string[];
  /** Bounds of a whole number; bounds of the length of a text or list. */
  readonly min?: number;
  readonly max?: number;
  /** Never shown again after it has been saved. */
  readonly secret?: true;
}
export type SettingsTable = Readonly<Record<string, SettingRow>>;

/** The world as a channel sees it; made once by `openChannels`. */
export interface ChannelWorld {
  readonly http: HttpClient;
  readonly mllp: MllpPeers;
  readonly egress: Egress;
  readonly now: () => Date;
  /** Folder under which recipients of kind `file` have theirs; undefined: no file channel on this machine. */
  readonly fileRoot?: string;
}

/** A way of reaching recipients. Expected failures are values; a throw is a bug. */
export interface Channel {
  readonly kind: ChannelKind;
  /** One sentence for the console. */
  readonly text: string;
  readonly settings: SettingsTable;
  /** What is wrong with a recipient's settings; empty = usable. `egress` says which addresses may be reached. */
  check(settings: Recipient['settings'], egress: Egress): readonly Issue[];
  /** One try. `signal` ends it early when the hub stops; the outcome then says truly whether anything was sent. */
  send(delivery: Delivery, world: ChannelWorld, signal?: AbortSignal): Promise<Attempt>;
}
