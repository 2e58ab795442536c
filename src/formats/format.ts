import type { Issue } from '../errors.ts';

/**
 * Words of this room:
 * - **format**: a syntax senders write (HL7 v2, EDIFACT, OIOXML, FHIR, PPJ, NEMSIS).
 * - **reading**: what came of reading some bytes: an envelope with one or more messages, each taken or refused on its own.
 * - **source tree**: a message as plain objects named as in the format's logical model (`PID_3`, `CX_1`); what maps read.
 * - **acknowledgement**: the receipt the format itself prescribes (ACK, CONTRL, XCTL, MedCom Acknowledgement).
 */
export type FormatId = 'hl7v2' | 'edifact' | 'oioxml' | 'fhir' | 'ppj' | 'nemsis';

/** A leaf is text as it stood in the message (unescaped); an absent element is absent, never ''. Fields with HL7's explicit null `""` are named in the segment's `PID_DELETED`. */
export type SourceNode = string | SourceTree;
export interface SourceTree {
  readonly [element: string]: SourceNode | readonly SourceNode[] | undefined;
}

/** A business identifier with its system as a URI (`urn:oid:1.2.208.176.1.2` for a CPR number) or, where unknown, the sender's own namespace. */
export interface Identifier {
  readonly system: string;
  readonly value: string;
}

/** One message of any format, parsed; the bytes stay with the caller. */
export interface SourceMessage {
  readonly format: FormatId;
  /** The sender's own word for what this is: `ADT^A01`, `DIS20`, `hospital-notification-message`. */
  readonly type: string;
  /** Name of the logical model of `tree`, and of the map that reads it: `mappings/<format>/<structure>.map`. */
  readonly structure: string;
  /** Version as the sender wrote it: `2.5`, `D2030C`. */
  readonly version: string;
  /** The id a repeat carries again: MSH-10, letter id, MessageHeader.id. */
  readonly controlId: string;
  /** Whom the message names as its sender and receiver (MSH-3/4, GLN, SOR); most specific first. */
  readonly sender: readonly Identifier[];
  readonly receiver: readonly Identifier[];
  /** Identifiers of the patient, the most trusted first; the first one chooses the lane. Empty: no patient. */
  readonly patient: readonly Identifier[];
  /** Identifiers of a patient who is merged away by this message (A40, CPR change). */
  readonly mergedFrom?: readonly Identifier[];
  readonly tree: SourceTree;
}

/** What happened to one message of a reading. A refused one keeps what could be read of its header, so that it can be answered. */
export type MessageReading =
  | { readonly ok: true; readonly message: SourceMessage; readonly issues: readonly Issue[] }
  | { readonly ok: false; readonly controlId?: string; readonly type?: string; readonly issues: readonly Issue[] };

export interface Reading {
  readonly messages: readonly MessageReading[];
  /** Faults of the envelope itself (UNB, FHS, VANSEnvelope). If one is an error, no message is taken. */
  readonly issues: readonly Issue[];
  /** What `acknowledge` needs to know of the envelope; each format has its own shape. */
  readonly envelope?: unknown;
}

/** The verdict on one message of a reading, in the order of `Reading.messages`. */
export interface Verdict {
  readonly accepted: boolean;
  /** True: the hub's own fault, the sender may send again unchanged (AR, transient-error). */
  readonly transient?: boolean;
  readonly issues: readonly Issue[];
}

export interface AcknowledgeContext {
  /** ISO 8601 instant with zone. */
  readonly now: string;
  /** Makes a fresh id (UUID); handed in so that tests know every id. */
  readonly newId: () => string;
}

export interface Acknowledgement {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A sender format: one folder `src/formats/<id>/`, one row in `src/formats/index.ts`. All pure: bytes in, values out. */
export interface Format {
  readonly id: FormatId;
  readonly contentTypes: readonly string[];
  /** A cheap look at the first bytes; must not throw on anything. */
  recognise(bytes: Uint8Array): boolean;
  /** Never throws on any bytes: every fault is an issue with a code and a place. */
  read(bytes: Uint8Array): Reading;
  /** The format's own receipt for a reading; undefined where the format asks for none (a receipt is never acknowledged). */
  acknowledge(
    bytes: Uint8Array,
    reading: Reading,
    verdicts: readonly Verdict[],
    context: AcknowledgeContext,
  ): Acknowledgement | undefined;
}
