import type { Patient } from '@medplum/fhirtypes';
import type { Queryable } from '../store/database.ts';
import type { DueDelivery } from '../store/deliveries.ts';
import { readVersions } from '../store/resources.ts';
import type { Claim } from './decide.ts';
import type { Footing } from './footing.ts';
import { hearDirectives } from './hear.ts';
import type { Parts } from './parts.ts';
import type { Target } from './target.ts';

export interface Looking {
  readonly db: Queryable;
  readonly footing: Footing;
  readonly target: Target;
}

/**
 * What deliveries claim, with everything a decision at this moment needs: resources as they were when routed, directives as they are now.
 * Undefined for one whose patient, topic or resources are gone.
 */
export async function readClaims(
  due: readonly DueDelivery[],
  { db, footing, target }: Looking,
  parts: Pick<Parts, 'register'>,
): Promise<(one: DueDelivery) => Claim | undefined> {
  const heard = await hearDirectives(db, [...new Set(due.flatMap((one) => one.patientId ?? []))], parts);
  const resourcesOf = await readResources(db, due);
  return (one) => {
    const resources = resourcesOf(one);
    const patient = resources.find(({ content }) => content.resourceType === 'Patient')?.content as Patient | undefined;
    const topic = footing.region.topics.get(one.topic);
    const directives = heard.get(one.patientId ?? '');
    if (!patient || !topic || !directives) return undefined;
    const { senderOrganisation } = one.content;
    return { ...target, ...directives, topic, patient, resources, senderOrganisation };
  };
}

async function readResources(
  db: Queryable,
  due: readonly DueDelivery[],
): Promise<(of: DueDelivery) => Claim['resources']> {
  const name = (ref: { type: string; id: string; version: number }) => `${ref.type}/${ref.id}/${ref.version}`;
  const refs = new Map(due.flatMap((one) => one.content.resources).map((ref) => [name(ref), ref]));
  const rows = new Map((await readVersions(db, [...refs.values()])).map((row) => [name(row), row.content]));
  return (of) =>
    of.content.resources.flatMap((ref) => {
      const content = rows.get(name(ref));
      return content ? [{ ref, content }] : [];
    });
}
