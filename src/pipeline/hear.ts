import { SYSTEM } from '../fhir/identifiers.ts';
import type { Queryable } from '../store/database.ts';
import { type Directives, readDirectives } from '../store/directives.ts';
import { readIdentifiers } from '../store/resources.ts';
import type { Claim } from './decide.ts';
import type { Parts } from './parts.ts';

/** What is known of a patient's directives at this moment, and whether all could be asked. */
export type HeardDirectives = Pick<Claim, 'directives' | 'consentSource'>;

/**
 * The directives of patients: the hub's own, and those of the consent register where there is one. Asked anew for every decision that
 * releases something, and not kept. A person without a CPR number is unknown to the register.
 */
export async function hearDirectives(
  db: Queryable,
  patientIds: readonly string[],
  { register }: Pick<Parts, 'register'>,
): Promise<ReadonlyMap<string, HeardDirectives>> {
  const own = await readDirectives(db, patientIds);
  const numbers = register
    ? await readIdentifiers(db, { patientIds, system: SYSTEM.cpr })
    : new Map<string, string[]>();
  const heard = [...own].map(async ([id, directives]) => {
    const answers = await Promise.all((numbers.get(id) ?? []).map((number) => register!.directives(number)));
    const told = answers.flatMap((answer) => (answer.ok ? answer.value : []));
    const consentSource = answers.every(({ ok }) => ok) ? 'ok' : 'unavailable';
    return [id, { directives: withTold(directives, told), consentSource }] as const;
  });
  return new Map(await Promise.all(heard));
}

function withTold(directives: Directives, told: readonly unknown[]): Directives {
  return told.length === 0 ? directives : { ...directives, flat: [...directives.flat, ...told] };
}
