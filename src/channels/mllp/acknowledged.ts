/** The little of HL7 v2 a sender needs to know: which message this is, and which message an acknowledgement is about. */
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
