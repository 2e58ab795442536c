import type { MessageReading, SourceMessage } from '../../../src/formats/format.ts';
import { hl7v2 } from '../../../src/formats/hl7v2/index.ts';

/** Nancy Ann Test Berggren: the official test person of the Danish health services. */
export const ADMISSION = [
  'MSH|^~\\&|EPJ|AUH|SAMSPIL|RM|20260301120000||ADT^A01^ADT_A01|K1|P|2.5',
  'EVN|A01|20260301120000',
  'PID|1||2512489996^^^CPR^NNDNK||Berggren^Nancy Ann^Test||19481225|F|||Testgade 1^^Aarhus C^^8000^DK^H^^0751',
  'PV1|1|I|AKUT^^^AUH||||||||||||||||B100|||||||||||||||||||||||||20260301114500',
];

export const bytesOf = (lines: readonly string[], end = '\r') =>
  new TextEncoder().encode(lines.map((line) => line + end).join(''));

export const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The lines of the admission with some replaced by name. */
export function admissionWith(changes: Readonly<Record<string, string | undefined>>): string[] {
  return ADMISSION.map((line) => (line.slice(0, 3) in changes ? changes[line.slice(0, 3)] : line)).filter(
    (line) => line !== undefined,
  );
}

export function readOne(lines: readonly string[] | Uint8Array): MessageReading {
  const reading = hl7v2.read(lines instanceof Uint8Array ? lines : bytesOf(lines));
  expect(reading.issues.filter((issue) => issue.severity === 'error')).toEqual([]);
  expect(reading.messages).toHaveLength(1);
  return reading.messages[0]!;
}

/** The message, which must have been taken. */
export function taken(lines: readonly string[] | Uint8Array): SourceMessage {
  const reading = readOne(lines);
  if (!reading.ok) throw new Error(`refused: ${JSON.stringify(reading.issues)}`);
  return reading.message;
}

/** Codes and places of a message's faults, which must have been refused. */
export function faults(lines: readonly string[] | Uint8Array): string[] {
  const reading = readOne(lines);
  expect(reading.ok).toBe(false);
  return reading.issues
    .filter((issue) => issue.severity === 'error')
    .map((issue) => `${issue.code} ${issue.place ?? ''}`.trim());
}

/** Codes and places of everything said of a message, faults or not. */
export function said(lines: readonly string[] | Uint8Array): string[] {
  return readOne(lines).issues.map((issue) => `${issue.severity} ${issue.code} ${issue.place ?? ''}`.trim());
}
