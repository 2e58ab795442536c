import { type Issue, issue } from '../../errors.ts';

/** MLLP (HL7 Minimal Lower Layer Protocol, release 1): 0x0B, the message, 0x1C 0x0D. */
const START = 0x0b;
const END = 0x1c;
const RETURN = 0x0d;
const FEED = 0x0a;
/** First room for a frame, in bytes; most messages need no more. */
const FIRST = 4_096;
const END_BYTE = Uint8Array.of(END);

export interface Frames {
  /** Contents of the frames that became complete, in order. */
  readonly frames: readonly Uint8Array[];
  readonly faults: readonly Issue[];
}

/** Finds one byte value in a chunk, never looking at the same stretch twice. */
function finder(chunk: Uint8Array, byte: number): (from: number) => number {
  let next = -1;
  return (from) => {
    if (next < from) {
      const found = chunk.indexOf(byte, from);
      next = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return next;
  };
}

/**
 * An incremental decoder for one connection; feed it the bytes however they are cut.
 * - Bytes between frames (other than CR and LF) are dropped and told once for each run: MLLP-OUTSIDE.
 * - A frame beyond `limit` bytes is dropped to its end: MLLP-TOO-LARGE. Memory stays within the limit and one chunk.
 * - 0x0B inside a frame: the earlier one was never ended; it is dropped and the new one read: MLLP-UNENDED.
 * - 0x1C ends a frame when CR, LF or the next 0x0B follows (senders forget the CR); before anything else it is content.
 */
export class MllpDecoder {
  readonly #limit: number;
  #state: 'outside' | 'inside' | 'skipping' = 'outside';
  /** The open frame's content so far; grows by doubling, never beyond the limit. */
  #buffer = new Uint8Array(FIRST);
  #size = 0;
  #sawEnd = false;
  #toldOutside = false;
  #frames: Uint8Array[] = [];
  #faults: Issue[] = [];

  /** @param options.limit most bytes of one frame's content */
  constructor(options: { limit: number }) {
    this.#limit = options.limit;
  }

  /** Takes the next bytes of the connection. */
  feed(chunk: Uint8Array): Frames {
    const find = { start: finder(chunk, START), end: finder(chunk, END) };
    let at = 0;
    while (at < chunk.length) {
      if (this.#sawEnd) at = this.#afterEnd(chunk, at);
      else if (this.#state === 'outside') at = this.#outside(chunk, at, find.start(at));
      else at = this.#inside(chunk, at, find);
    }
    return this.#take();
  }

  /** The connection has ended: a frame whose 0x1C came is complete, any other open one is a fault. */
  end(): Frames {
    if (this.#sawEnd) this.#close();
    else if (this.#state !== 'outside') this.#faults.push(issue('MLLP-UNENDED'));
    this.#open('outside');
    return this.#take();
  }

  #take(): Frames {
    const taken = { frames: this.#frames, faults: this.#faults };
    this.#frames = [];
    this.#faults = [];
    return taken;
  }

  #open(state: 'outside' | 'inside'): void {
    if (this.#buffer.length > FIRST) this.#buffer = new Uint8Array(FIRST);
    this.#size = 0;
    this.#sawEnd = false;
    this.#toldOutside = false;
    this.#state = state;
  }

  #close(): void {
    if (this.#state === 'inside') this.#frames.push(this.#buffer.slice(0, this.#size));
    this.#open('outside');
  }

  #keep(bytes: Uint8Array): void {
    if (this.#state === 'skipping' || bytes.length === 0) return;
    const size = this.#size + bytes.length;
    if (size > this.#limit) {
      this.#faults.push(issue('MLLP-TOO-LARGE', undefined, { limit: this.#limit }));
      this.#state = 'skipping';
      return;
    }
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(size, this.#buffer.length * 2), this.#limit));
      larger.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#size);
    this.#size = size;
  }

  #outside(chunk: Uint8Array, at: number, start: number): number {
    const end = Math.min(start, chunk.length);
    for (let index = at; index < end && !this.#toldOutside; index++) {
      if (chunk[index] === RETURN || chunk[index] === FEED) continue;
      this.#faults.push(issue('MLLP-OUTSIDE'));
      this.#toldOutside = true;
    }
    if (end < chunk.length) this.#open('inside');
    return end + 1;
  }

  #inside(chunk: Uint8Array, at: number, find: { start(from: number): number; end(from: number): number }): number {
    const start = find.start(at);
    const end = find.end(at);
    const stop = Math.min(start, end, chunk.length);
    this.#keep(chunk.subarray(at, stop));
    if (stop === chunk.length) return stop;
    if (start < end) {
      this.#faults.push(issue('MLLP-UNENDED'));
      this.#open('inside');
    } else this.#sawEnd = true;
    return stop + 1;
  }

  #afterEnd(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === RETURN || byte === FEED || byte === START) {
      this.#close();
      return byte === START ? at : at + 1;
    }
    this.#sawEnd = false;
    this.#keep(END_BYTE);
    return at;
  }
}

/** All frames of captured bytes. */
export function readFrames(bytes: Uint8Array): Frames {
  const decoder = new MllpDecoder({ limit: bytes.length });
  const fed = decoder.feed(bytes);
  const ended = decoder.end();
  return { frames: [...fed.frames, ...ended.frames], faults: [...fed.faults, ...ended.faults] };
}

/** A message as a frame. */
export function writeFrame(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.length + 3);
  frame[0] = START;
  frame.set(message, 1);
  frame.set([END, RETURN], message.length + 1);
  return frame;
}
