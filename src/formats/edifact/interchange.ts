import { type ErrorCode, type Issue, issue } from '../../errors.ts';
import { component, placeOf, type Segment, tokenize } from './syntax.ts';

/** What UNB says. */
export interface InterchangeHeader {
  readonly senderId: string;
  /** 14 = EAN/GLN; VANS operators may use a name of their own under it. */
  readonly senderQualifier: string;
  readonly receiverId: string;
  readonly receiverQualifier: string;
  /** Local Danish time `YYYY-MM-DDTHH:MM`; UNB's year has two digits. */
  readonly sent?: string;
  readonly reference: string;
  /** The sender asks for a positive receipt. */
  readonly wantsReceipt: boolean;
}

/** One message between UNH and UNT, its service segments checked, its content not yet read. */
export interface RawMessage {
  /** UNH 0062, the letter's identifier; '' where UNH lacks it. */
  readonly reference: string;
  /** `MEDDIS`. */
  readonly family: string;
  /** `D:93A:UN`: what UNH says between family and version, for receipts. */
  readonly directory: string;
  /** `D2030C`. */
  readonly version: string;
  /** `DIS20`; of a UNH without it, told from the version. */
  readonly type: string;
  readonly header: Segment;
  /** Between UNH and UNT. */
  readonly body: readonly Segment[];
  readonly issues: readonly Issue[];
}

export interface Interchange {
  readonly header?: InterchangeHeader;
  readonly messages: readonly RawMessage[];
  /** Faults of the interchange as a whole. */
  readonly issues: readonly Issue[];
}

interface OpenMessage {
  readonly header: Segment | undefined;
  readonly body: Segment[];
  readonly issues: Issue[];
  readonly from: number;
  to: number;
}

/** Version letter to the three letters of the type: D2030C is DIS20 (formats 1, "version code anatomy"). */
const TYPE_OF_VERSION: Readonly<Record<string, string>> = {
  D: 'DIS',
  H: 'REF',
  R: 'RPT',
  Q: 'REQ',
  B: 'BIN',
  C: 'CTL',
};

function typeOf(header: Segment | undefined): string {
  const declared = header && component(header, 3);
  if (declared) return declared;
  const version = /^([DHRQBC])(\d\d)\d\d[A-Z]$/.exec((header && component(header, 2, 5)) ?? '');
  return version ? TYPE_OF_VERSION[version[1]!]! + version[2] : '';
}

/** UNB's YYMMDD and HHMM as a local time; the century is the one that makes it lie between 1970 and 2069. */
function sentTime(header: Segment): string | undefined {
  const date = /^(\d\d)(\d\d)(\d\d)$/.exec(component(header, 4, 1) ?? '');
  const time = /^(\d\d)(\d\d)$/.exec(component(header, 4, 2) ?? '');
  if (!date || !time) return undefined;
  const century = Number(date[1]) >= 70 ? '19' : '20';
  return `${century}${date[1]}-${date[2]}-${date[3]}T${time[1]}:${time[2]}`;
}

function readHeader(segment: Segment): InterchangeHeader {
  const sent = sentTime(segment);
  return {
    senderId: component(segment, 2) ?? '',
    senderQualifier: component(segment, 2, 2) ?? '',
    receiverId: component(segment, 3) ?? '',
    receiverQualifier: component(segment, 3, 2) ?? '',
    ...(sent && { sent }),
    reference: component(segment, 5) ?? '',
    wantsReceipt: component(segment, 9) === '1',
  };
}

/** The elements without which a service segment says nothing: [element, component, what people call it]. */
const REQUIRED: Readonly<Record<string, readonly (readonly [number, number, string])[]>> = {
  UNB: [
    [1, 1, 'syntax identifier'],
    [2, 1, 'sender'],
    [3, 1, 'receiver'],
    [4, 1, 'date'],
    [5, 1, 'interchange reference'],
  ],
  UNH: [
    [1, 1, 'message reference'],
    [2, 1, 'message name'],
    [2, 5, 'version'],
  ],
  UNT: [
    [1, 1, 'segment count'],
    [2, 1, 'message reference'],
  ],
  UNZ: [
    [1, 1, 'message count'],
    [2, 1, 'interchange reference'],
  ],
};

/** Walks over the segments once, service segments opening and closing what they are about. */
class Walk {
  readonly issues: Issue[] = [];
  readonly messages: OpenMessage[] = [];
  header: Segment | undefined;
  #open: OpenMessage | undefined;
  #trailer: Segment | undefined;
  #references = new Set<string>();

  /** False where the rest of the file is no longer part of this interchange. */
  take(segment: Segment, index: number): boolean {
    if (this.#trailer) {
      this.#fault(this.issues, segment.tag === 'UNB' ? 'EDIFACT-SECOND-INTERCHANGE' : 'EDIFACT-AFTER-UNZ', segment);
      return false;
    }
    if (segment.tag === 'UNB') this.#begin(segment);
    else if (segment.tag === 'UNH') this.#openMessage(segment, index);
    else if (segment.tag === 'UNT') this.#closeMessage(segment, index);
    else if (segment.tag === 'UNZ') this.#end(segment, index);
    else if (segment.tag === 'UNG' || segment.tag === 'UNE') this.#fault(this.issues, 'EDIFACT-GROUPS', segment);
    else this.#inMessage(segment, index).body.push(segment);
    return true;
  }

  finish(count: number, last: Segment | undefined): void {
    this.#leaveOpen(count);
    if (!this.header) this.issues.unshift(issue('EDIFACT-UNB-MISSING', 'line 1, column 1'));
    if (!this.#trailer) this.#fault(this.issues, 'EDIFACT-UNZ-MISSING', last);
  }

  #fault(issues: Issue[], code: ErrorCode, segment?: Segment, detail?: Issue['detail']): void {
    issues.push(issue(code, segment ? placeOf(segment) : 'line 1, column 1', detail));
  }

  /** True where the segment has all it must have. */
  #isWhole(issues: Issue[], segment: Segment): boolean {
    const missing = REQUIRED[segment.tag]!.filter(([element, at]) => component(segment, element, at) === undefined);
    for (const [element, at, name] of missing)
      issues.push(
        issue('EDIFACT-ELEMENT-MISSING', placeOf(segment, element, at), { segment: segment.tag, element: name }),
      );
    return missing.length === 0;
  }

  #begin(segment: Segment): void {
    if (this.header) {
      this.#fault(this.issues, 'EDIFACT-UNB-REPEATED', segment);
      return;
    }
    this.header = segment;
    this.#isWhole(this.issues, segment);
    if (!/^UNO[ABC]$/.test(component(segment, 1) ?? 'UNOC'))
      this.issues.push(issue('EDIFACT-SYNTAX-LEVEL', placeOf(segment, 1)));
    if (component(segment, 4) && !sentTime(segment)) this.issues.push(issue('LETTER-DATE', placeOf(segment, 4)));
  }

  /** The open message, or one without UNH for segments that stand outside any. */
  #inMessage(segment: Segment, index: number): OpenMessage {
    if (this.#open) return this.#open;
    const stray: OpenMessage = { header: undefined, body: [], issues: [], from: index, to: index };
    this.#fault(stray.issues, 'EDIFACT-UNH-MISSING', segment);
    this.messages.push(stray);
    this.#open = stray;
    return stray;
  }

  #leaveOpen(index: number): void {
    if (!this.#open) return;
    this.#fault(this.#open.issues, 'EDIFACT-UNT-MISSING', this.#open.body.at(-1) ?? this.#open.header);
    this.#open.to = index - 1;
    this.#open = undefined;
  }

  #openMessage(segment: Segment, index: number): void {
    this.#leaveOpen(index);
    this.#open = { header: segment, body: [], issues: [], from: index, to: index };
    this.messages.push(this.#open);
    const reference = component(segment, 1);
    if (this.#isWhole(this.#open.issues, segment) && this.#references.has(reference!))
      this.#fault(this.#open.issues, 'EDIFACT-DUPLICATE-MESSAGE', segment);
    if (reference) this.#references.add(reference);
  }

  #closeMessage(segment: Segment, index: number): void {
    const message = this.#inMessage(segment, index);
    message.to = index;
    this.#open = undefined;
    if (!this.#isWhole(message.issues, segment) || !message.header) return;
    const count = message.body.length + 2;
    if (component(segment, 1) !== String(count) && Number(component(segment, 1)) !== count)
      this.#fault(message.issues, 'EDIFACT-UNT-COUNT', segment, { count });
    if (component(segment, 2) !== component(message.header, 1))
      this.#fault(message.issues, 'EDIFACT-UNT-REFERENCE', segment);
  }

  #end(segment: Segment, index: number): void {
    this.#leaveOpen(index);
    this.#trailer = segment;
    if (!this.#isWhole(this.issues, segment)) return;
    const count = this.messages.length;
    if (Number(component(segment, 1)) !== count) this.#fault(this.issues, 'EDIFACT-UNZ-COUNT', segment, { count });
    if (this.header && component(segment, 2) !== component(this.header, 5))
      this.#fault(this.issues, 'EDIFACT-UNZ-REFERENCE', segment);
  }
}

function rawMessage(open: OpenMessage): RawMessage {
  const { header, body, issues } = open;
  const at = (element: number, part = 1) => (header && component(header, element, part)) ?? '';
  return {
    reference: at(1),
    family: at(2),
    directory: [2, 3, 4].map((part) => at(2, part)).join(':'),
    version: at(2, 5),
    type: typeOf(header),
    header: header ?? { tag: 'UNH', elements: [], line: body[0]?.line ?? 1, column: body[0]?.column ?? 1 },
    body,
    issues,
  };
}

/**
 * Reads an interchange: its service segments, their counts and references (ISO 9735, 8-10). A fault of one message refuses that
 * message; a fault of the interchange, or a second interchange in the file, refuses all of it.
 */
export function readInterchange(bytes: Uint8Array): Interchange {
  const { segments, faults } = tokenize(bytes);
  const walk = new Walk();
  segments.every((segment, index) => walk.take(segment, index));
  walk.finish(segments.length, segments.at(-1));
  for (const { segment, issue: found } of faults) {
    const message = walk.messages.find(({ from, to }) => segment >= from && segment <= to);
    (message?.issues ?? walk.issues).push(found);
  }
  return {
    ...(walk.header && { header: readHeader(walk.header) }),
    messages: walk.messages.map(rawMessage),
    issues: walk.issues,
  };
}
