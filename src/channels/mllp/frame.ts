/** MLLP, the minimal lower layer protocol of HL7 v2: start byte, message, two end bytes (HL7 v2 implementation guide, appendix C). */
const START = 0x0b;
const END = 0x1c;
const RETURN = 0x0d;

export function frame(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(START), message, Buffer.of(END, RETURN)]);
}

/** Takes what a socket gives, in any pieces, and hands out whole messages; what stands between frames is passed over. */
export interface FrameReader {
  /** Undefined: the message under way is longer than the bound; nothing sensible can follow. */
  read(chunk: Uint8Array): readonly Uint8Array[] | undefined;
}

export function frameReader(limit: number): FrameReader {
  let held = Buffer.alloc(0);
  const next = (): Uint8Array | undefined => {
    const start = held.indexOf(START);
    if (start < 0) held = Buffer.alloc(0);
    const end = start < 0 ? -1 : held.indexOf(END, start + 1);
    if (end < 0) return undefined;
    const message = held.subarray(start + 1, end);
    held = held.subarray(end + 1);
    return message;
  };
  return {
    read(chunk) {
      held = Buffer.concat([held, chunk]);
      const messages: Uint8Array[] = [];
      for (let message = next(); message; message = next()) messages.push(message);
      return held.length > limit ? undefined : messages;
    },
  };
}

const segments = (message: Uint8Array) =>
  Buffer.from(message)
    .toString('latin1')
    .split(/[\r\n]+/);

/** MSH-10 of a message, by its own field separator; undefined when there is none. */
export function controlIdOf(message: Uint8Array): string | undefined {
  const [header = ''] = segments(message);
  return header.startsWith('MSH') ? header.split(header[3] ?? '|')[9]?.trim() || undefined : undefined;
}

export interface Acknowledged {
  /** MSA-1, table 0008: AA, AE, AR (original mode) or CA, CE, CR (enhanced mode). */
  readonly code: string;
  /** MSA-2: the control id of the message it answers. */
  readonly controlId: string;
}

/** The verdict in an acknowledgement; undefined when it is none. */
export function readAcknowledged(message: Uint8Array): Acknowledged | undefined {
  const [header = '', ...rest] = segments(message);
  const separator = header[3];
  if (!header.startsWith('MSH') || !separator) return undefined;
  const fields = rest.find((segment) => segment.startsWith(`MSA${separator}`))?.split(separator);
  const [, code, controlId] = fields ?? [];
  return code && controlId ? { code: code.trim(), controlId: controlId.trim() } : undefined;
}
