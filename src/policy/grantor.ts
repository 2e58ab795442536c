import { type Moment, moment } from './calendar.ts';
import type { Flow } from './flow.ts';

/** From this age the young person alone consents and declines (Sundhedsloven § 17, stk. 3). */
const AGE_OF_CONSENT = 15;
/** Who acts for a child below it (§ 14). */
const CUSTODY = new Set(['parent', 'custody-holder']);

/** Awake and of age: one who can say yes here and now. */
export function decidesAlone({ age, input }: Flow): boolean {
  return age !== undefined && age >= AGE_OF_CONSENT && input.patient.capacity === 'full';
}

/**
 * Whether the one who gave a directive is entitled to, by the patient's age and capacity on the day of the decision (§§ 14, 17).
 * Doubt goes to confidentiality: an unknown grantor, age or capacity makes a block count and a permit not, and a block the patient set outlives lost capacity.
 * @param isBlock the directive keeps data back (an opt-out, or one not understood)
 * @param given when the directive was given
 */
export function mayGive(grantor: unknown, isBlock: boolean, given: Moment, flow: Flow): boolean {
  const { representative, capacity, capacity_since } = flow.input.patient;
  const isPatient = grantor === 'patient';
  const isCustody = CUSTODY.has(grantor as string);
  const isRepresentative = typeof grantor === 'string' && !isPatient && grantor === representative;
  if (isBlock && typeof grantor !== 'string') return true;
  if (flow.age === undefined) return isBlock && (isPatient || isCustody || isRepresentative);
  if (flow.age < AGE_OF_CONSENT) return isCustody || isRepresentative;
  if (capacity === 'full' || capacity === 'temporarily-incapable') return isPatient;
  if (isPatient) return isBlock || given.last < (moment(capacity_since)?.first ?? Number.NEGATIVE_INFINITY);
  return isRepresentative && (isBlock || capacity === 'permanently-incapable');
}
