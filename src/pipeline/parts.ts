import type { Channels } from '../channels/index.ts';
import type { Library } from '../library/library.ts';
import type { LaneQueue } from '../queue/queue.ts';
import type { ConsentRegister } from '../registers/consent-register.ts';
import type { Acceptor } from '../store/accept.ts';
import type { Database } from '../store/database.ts';
import type { Footing } from './footing.ts';
import type { RegionWatch } from './region.ts';

/** What the steps log: codes, ids and counts, never a name, number or payload. */
export interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** The parts the steps work with; put together in `hub.ts` and nowhere else. */
export interface Parts {
  readonly db: Database;
  readonly acceptor: Acceptor;
  readonly queue: LaneQueue;
  readonly library: Library;
  /** Folder of the maps. */
  readonly mappings: string;
  readonly region: RegionWatch<Footing>;
  readonly channels: Channels;
  /** What citizens have registered elsewhere; absent: nobody is asked. */
  readonly register?: ConsentRegister;
  /** Asks for runs of lanes that have new work; never waits, never throws: the sweeper finds what an offer lost. */
  readonly offer: (lanes: readonly string[]) => void;
  readonly log: Log;
  /** Address others reach the hub by, without a slash at the end. */
  readonly baseUrl: () => string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly random: () => number;
}
