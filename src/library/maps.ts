import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../errors.ts';
import type { Model } from '../fhir/model.ts';
import type { LibrarySources, MapLibrary, SourceFile } from '../mapping/library.ts';
import { compileLibrary } from '../mapping/library.ts';

const STRUCTURE_MAP = /"resourceType"\s*:\s*"StructureMap"/;
const CONCEPT_MAP = /"resourceType"\s*:\s*"ConceptMap"/;

/**
 * Reads a folder of maps: `.map` files and StructureMaps in JSON, ConceptMaps in JSON or CSV. Paths are relative to the folder, with `/`.
 * A folder that is not there holds no maps; other files are left alone.
 */
export async function readMapFolder(folder: string): Promise<LibrarySources> {
  const names = await readdir(folder, { recursive: true }).catch((fault: { code?: string }) => {
    if (fault.code === 'ENOENT') return [];
    throw fault;
  });
  const wanted = names.filter((name) => /\.(map|json|csv)$/.test(name)).toSorted();
  const files: SourceFile[] = await Promise.all(
    wanted.map(async (name) => ({
      path: name.replaceAll('\\', '/'),
      text: await readFile(join(folder, name), 'utf8'),
    })),
  );
  const isMap = ({ path, text }: SourceFile) =>
    path.endsWith('.map') || (path.endsWith('.json') && STRUCTURE_MAP.test(text));
  const isConceptMap = ({ path, text }: SourceFile) =>
    path.endsWith('.csv') || (path.endsWith('.json') && CONCEPT_MAP.test(text));
  return { maps: files.filter(isMap), conceptMaps: files.filter((file) => !isMap(file) && isConceptMap(file)) };
}

/** The maps in use. Replaced as a whole: a run that began with one version ends with it. */
export interface LiveMaps {
  readonly current: MapLibrary;
  /** Reads the folder again; a folder with an error in it leaves the current maps as they are. */
  reload(): Promise<Result<MapLibrary>>;
}

/** Reads and compiles a folder of maps; refused with every error found in them. */
export async function openMaps(folder: string, model: Model): Promise<Result<LiveMaps>> {
  const first = compileLibrary(await readMapFolder(folder), model);
  if (!first.ok) return first;
  let current = first.value;
  const live: LiveMaps = {
    get current() {
      return current;
    },
    async reload() {
      const next = compileLibrary(await readMapFolder(folder), model);
      if (next.ok && next.value.version !== current.version) current = next.value;
      return next;
    },
  };
  return { ok: true, value: live, issues: first.issues };
}
