import { createHash } from 'node:crypto';

/**
 * Lanes: order is kept inside one, and one worker at a time drains it. A lane's name says nothing about a person.
 * `in:<n>` by hash of the patient's first identifier; `out:<recipient>:<n>` by hash of the patient's id; `greet:<subscription>` for a handshake, `beat:<subscription>` for a heartbeat.
 */
const INBOUND_LANES = 16;
const DELIVERY_LANES = 4;

function bucket(key: string, count: number): number {
  return createHash('sha256').update(key).digest().readUInt32BE() % count;
}

export function inboundLane(patient: readonly { system: string; value: string }[], sender: string): string {
  const first = patient[0];
  return `in:${bucket(first ? `${first.system}|${first.value}` : sender, INBOUND_LANES)}`;
}

/** The lane of a patient merged away by a message: such a message is a barrier in both lanes. Undefined where nobody is merged. */
export function barrierLane(merged: readonly { system: string; value: string }[] | undefined): string | undefined {
  return merged?.length ? inboundLane(merged, '') : undefined;
}

export function deliveryLane(recipient: string, patientId: string | null): string {
  return `out:${recipient}:${bucket(patientId ?? '', DELIVERY_LANES)}`;
}

/** All lanes a recipient's deliveries may be in. */
export function deliveryLanesOf(recipient: string): readonly string[] {
  return Array.from({ length: DELIVERY_LANES }, (_, lane) => `out:${recipient}:${lane}`);
}

export function greetingLane(subscriptionId: string): string {
  return `greet:${subscriptionId}`;
}

export function heartbeatLane(subscriptionId: string): string {
  return `beat:${subscriptionId}`;
}

export type LaneKind = 'in' | 'out' | 'greet' | 'beat';

/** The kind of a lane and, for `greet` and `beat`, the subscription's id. */
export function readLane(lane: string): { kind: LaneKind; rest: string } {
  const colon = lane.indexOf(':');
  return { kind: lane.slice(0, colon) as LaneKind, rest: lane.slice(colon + 1) };
}
