import type { Result } from '../errors.ts';
import type { Directive } from '../policy/decision.ts';

/**
 * Words of this room:
 * - **register**: what somebody else knows about a person and the hub asks at the moment it needs it; never copied.
 * - **registration**: what a citizen has said in the national consent service: positive, data-specific or negative.
 */

/** What the hub needs of a consent register. Refused: it could not be heard, and nobody may take that for "nothing registered". */
export interface ConsentRegister {
  /** Of one person, by civil registration number (CPR, ten digits). */
  directives(person: string): Promise<Result<readonly Directive[]>>;
  close(): void;
}
