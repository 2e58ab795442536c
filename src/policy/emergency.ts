import { overrideBasis } from './basis.ts';
import { moment } from './calendar.ts';
import type { EmergencyOverride } from './decision.ts';
import type { Flow } from './flow.ts';
import { isRecord } from './flow.ts';
import { decidesAlone } from './grantor.ts';
import type { ReasonCode } from './reason-codes.ts';

/** Fewer characters say nothing; a short word such as "bevidstløs" says enough. */
const SHORTEST_REASON = 5;
/** An override holds for one patient, one recipient unit and eight hours. */
const HOURS = 8;
const HOUR = 3_600_000;

/** The override declared with a request, or undefined. */
export function declared({ input }: Flow): EmergencyOverride | undefined {
  return isRecord(input.emergency_override) ? input.emergency_override : undefined;
}

function isInTime(override: EmergencyOverride, now: number): boolean {
  if (override.declared === undefined) return true;
  const start = moment(override.declared);
  return start !== undefined && start.first <= now && now <= start.last + HOURS * HOUR;
}

/** A lookup is declared by the one who looks; a disclosure by the one who sends, to another health professional. */
function isProfessional({ input, action }: Flow): boolean {
  if (input.recipient.health_professional !== true) return false;
  return action === 'lookup' || input.sender.health_professional === true;
}

/** What is wrong with the declaration itself; empty where nothing is. */
export function overrideFaults(override: EmergencyOverride, flow: Flow): ReasonCode[] {
  const faults: ReasonCode[] = [];
  const isUnreachable = override.kind === 'patient-unreachable';
  const reason = typeof override.reason === 'string' ? override.reason.trim() : '';
  if (isUnreachable && reason.length < SHORTEST_REASON) faults.push('EMG-NO-REASON');
  if (!isProfessional(flow)) faults.push('EMG-ROLE');
  if (!isUnreachable && override.kind !== 'patient-agrees') faults.push('EMG-KIND');
  if (!isInTime(override, flow.now)) faults.push('EMG-EXPIRED');
  if (override.recipient !== undefined && override.recipient !== flow.recipient.id) faults.push('EMG-SCOPE');
  if (faults.length === 0 && isUnreachable && !overrideBasis(flow)) faults.push('EMG-SCOPE');
  return faults;
}

/** The patient agrees here and now, and is one who can: awake, of age, told to a health professional. */
export function agreesOnTheSpot(flow: Flow): boolean {
  const override = declared(flow);
  if (override?.kind !== 'patient-agrees' || overrideFaults(override, flow).length > 0) return false;
  return decidesAlone(flow);
}
