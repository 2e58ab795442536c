import { resolve } from 'node:path';
import { sentence } from '../errors.ts';
import { r4Model } from '../fhir/model.ts';
import type { Library } from './library.ts';
import { openMaps } from './maps.ts';
import { openValidators } from './packages.ts';

/** Maps of the project itself. */
export const MAPPINGS = resolve(import.meta.dirname, '../../mappings');

/**
 * Opens the maps in `mappings/` and the profiles in `profiles/` with the packages added to the data folder. Throws where a map cannot be
 * compiled, naming file, line and reason: a hub does not start on half a library. Later reloads leave the good one in place.
 */
export async function openLibrary({
  dataDir,
  mappings = MAPPINGS,
}: {
  dataDir?: string;
  mappings?: string;
}): Promise<Library> {
  const [maps, validators] = await Promise.all([
    openMaps(mappings, r4Model()),
    openValidators(dataDir ? { dataDir } : {}),
  ]);
  if (!maps.ok) throw new Error(maps.issues.map((found) => `${found.place}: ${sentence(found)}`).join('\n'));
  const live = maps.value;
  return {
    get version() {
      return `${live.current.version}-${validators.base.version}`;
    },
    get maps() {
      return live.current;
    },
    reload: () => live.reload(),
    validate: (resource) => validators.validate(resource).filter((found) => !isAdvice(found.detail?.rule)),
  };
}

/** Best practice of base FHIR that says nothing on whether a resource is right: narrative is written when something leaves (dom-6). */
const ADVICE = new Set(['dom-6']);
const isAdvice = (rule: unknown) => typeof rule === 'string' && ADVICE.has(rule);
