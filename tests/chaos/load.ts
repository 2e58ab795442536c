import { connect, type Socket } from 'node:net';
import type { Person } from '../helpers/messages.ts';
import { adt } from '../helpers/messages.ts';
import { pause } from './processes.ts';

/** A message of the load: the `place`-th of its patient, and what its notice will look like. */
export interface Sent {
  readonly controlId: string;
  readonly cpr: string;
  readonly place: number;
  readonly bytes: string;
  /** `admission status`, as the recipient will read them. */
  readonly notice: string;
}

export interface Counts {
  acknowledged: number;
  resent: number;
  refused: string[];
}

/** People who cannot exist: serial numbers of the test kind, born in the first months of 1950. */
export function people(count: number): readonly Person[] {
  return Array.from({ length: count }, (_, index) => {
    const [month, day] = [
      String(1 + (Math.floor(index / 28) % 12)).padStart(2, '0'),
      String(1 + (index % 28)).padStart(2, '0'),
    ];
    const serial = 9990 + (Math.floor(index / 336) % 10);
    return {
      cpr: `${day}${month}50${serial}`,
      family: 'Prøve',
      given: `Nr${index}`,
      birth: `1950${month}${day}`,
      gender: 'F',
      municipality: '0991',
    };
  });
}

/** Events of a stay that are told, in order, with the status each leaves. */
const STAY = [
  ['A01', 'in-progress'],
  ['A21', 'onleave'],
  ['A22', 'in-progress'],
  ['A03', 'finished'],
] as const;

/** A patient's messages in order: stay after stay, each event a notice of its own. */
export function messagesOf(person: Person, count: number): readonly Sent[] {
  return Array.from({ length: count }, (_, place) => {
    const [event, status] = STAY[place % STAY.length]!;
    const day = String(1 + Math.floor(place / STAY.length)).padStart(2, '0');
    const [admitted, at] = [`202603${day}0600`, `202603${day}0${6 + (place % STAY.length)}30`];
    const controlId = `${person.cpr}-${place}`;
    const discharged = event === 'A03' ? { discharged: at } : {};
    const visit = `V-${person.cpr}-${day}`;
    const bytes = adt({ event, id: controlId, person, at, visit, admitted, ...discharged });
    return { controlId, cpr: person.cpr, place, bytes, notice: `2026-03-${day} ${status}` };
  });
}

/** Hands one message in; true after a positive receipt, false where none came; throws a refusal. */
export type Door = (message: Sent) => Promise<boolean>;

class Refused extends Error {}

/** POST /messages, with a token that is fetched anew where the one at hand is not taken. */
export function httpDoor(baseUrl: string, signIn: () => Promise<string>): Door {
  let token: string | undefined;
  return async ({ bytes }) => {
    try {
      token ??= await signIn();
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/hl7-v2' };
      const response = await fetch(`${baseUrl}/messages`, {
        method: 'POST',
        headers,
        body: bytes,
        signal: AbortSignal.timeout(15_000),
      });
      const receipt = await response.text();
      if (response.status === 401) token = undefined;
      if (response.status === 401 || response.status >= 500) return false;
      return verdictOf(receipt, response.status);
    } catch (thrown) {
      if (thrown instanceof Refused) throw thrown;
      return false;
    }
  };
}

function verdictOf(receipt: string, status: number | string): boolean {
  if (/MSA\|AA\|/.test(receipt)) return true;
  throw new Refused(`${status}: ${/[A-Z]+-[A-Z-]{4,}/.exec(receipt)?.[0] ?? 'no code'}`);
}

/** MLLP, one connection kept as long as it holds; an answer must name the message it answers. */
export function mllpDoor(port: number): Door {
  let socket: Socket | undefined;
  return ({ bytes, controlId }) =>
    new Promise((done, fail) => {
      const line = socket ?? connect(port, '127.0.0.1');
      socket = line;
      let heard = '';
      const end = (isTaken: boolean) => {
        clearTimeout(timer);
        line.removeAllListeners().on('error', () => {});
        if (!isTaken) {
          line.destroy();
          socket = undefined;
        }
        done(isTaken);
      };
      const timer = setTimeout(() => end(false), 15_000);
      line.on('error', () => end(false)).on('close', () => end(false));
      line.on('data', (chunk) => {
        heard += chunk;
        if (!heard.includes('\x1c\r')) return;
        if (!heard.includes(`|${controlId}`)) fail(new Refused('an answer to another message'));
        else if (!/MSA\|AA\|/.test(heard)) fail(new Refused(`MLLP: ${/[A-Z]+-[A-Z-]{4,}/.exec(heard)?.[0]}`));
        else end(true);
      });
      line.write(`\x0b${bytes}\x1c\r`);
    });
}

/** One patient's sender: the next message only after the receipt of the one before, the same bytes again where none came. */
export async function sendInOrder(
  messages: readonly Sent[],
  how: { door: Door; counts: Counts; between: () => number },
): Promise<void> {
  for (const message of messages) {
    try {
      while (!(await how.door(message))) {
        how.counts.resent += 1;
        await pause(100);
      }
      how.counts.acknowledged += 1;
    } catch (thrown) {
      how.counts.refused.push((thrown as Error).message);
    }
    await pause(how.between());
  }
}
