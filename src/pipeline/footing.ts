import type { Issue } from '../errors.ts';
import type { Directory } from '../mapping/functions.ts';
import { compileRules, type RuleSet } from '../policy/rules.ts';
import type { Organisation, Region } from './region.ts';

/** What decisions and routes stand on: the region at one revision, its rules compiled, its directory. */
export interface Footing {
  readonly region: Region;
  readonly rules: RuleSet;
  readonly directory: Directory;
}

/** Derives a footing. Agreements that cannot be compiled leave the rule set without any: then nothing that needs one leaves. */
export function layFooting(region: Region, onFault: (issues: readonly Issue[]) => void): Footing {
  const organisations = Object.fromEntries(region.organisations);
  const compiled = compileRules({ organisations, agreements: region.agreements });
  if (!compiled.ok) onFault(compiled.issues);
  const rules = compiled.ok ? compiled.value : emptyRules(organisations);
  return { region, rules, directory: directoryOf(region) };
}

function emptyRules(organisations: Record<string, Organisation>): RuleSet {
  const without = compileRules({ organisations, agreements: [] });
  if (!without.ok) throw new Error('the organisations of the region cannot be compiled');
  return without.value;
}

/** GLN ↔ SOR ↔ ydernummer ↔ SHAK look-ups, and the names senders use for themselves (MSH-4); what the region does not know stays unknown. */
function directoryOf({ organisations, clients }: Region): Directory {
  const byNumber = new Map<string, Organisation>();
  for (const { senders } of clients.values())
    for (const [name, id] of Object.entries(senders)) {
      const organisation = organisations.get(id);
      if (organisation) byNumber.set(name, organisation);
    }
  for (const organisation of organisations.values())
    for (const number of [organisation.sor, organisation.gln, organisation.shak, organisation.ydernummer])
      if (number) byNumber.set(number, organisation);
  return { organisation: ({ value }) => byNumber.get(value) };
}
