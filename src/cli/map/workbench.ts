import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { StructureDefinition } from '@medplum/fhirtypes';
import type { Issue } from '../../errors.ts';
import { sentence } from '../../errors.ts';
import { buildModel, type Model, r4Definitions } from '../../fhir/model.ts';
import { readMapFolder } from '../../library/maps.ts';
import type { MapDefinition } from '../../mapping/ast.ts';
import { type LibrarySources, readMapFile, type SourceFile } from '../../mapping/library.ts';

/** Folders of the workbench, from options that all words of `samspil map` share. */
export const FOLDER_OPTIONS = {
  maps: { type: 'string', default: 'mappings' },
  profiles: { type: 'string', default: 'profiles' },
} as const;

const LOGICAL = /"kind"\s*:\s*"logical"/;

/** FHIR R4, and the logical models of source formats below `folder`; a file that is no JSON is the package loader's to complain about. */
export async function workbenchModel(folder: string): Promise<Model> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readFile(join(folder, name), 'utf8')),
  );
  const models = texts.filter((text) => LOGICAL.test(text)).flatMap(definitionOf);
  return buildModel([...r4Definitions(), ...models]);
}

function definitionOf(text: string): StructureDefinition[] {
  try {
    const resource = JSON.parse(text) as StructureDefinition;
    return resource.resourceType === 'StructureDefinition' ? [resource] : [];
  } catch {
    return [];
  }
}

/** What one map needs: its own file, the ConceptMaps at hand, and the maps it imports, from its folder and the folder of maps. */
export interface MapSources {
  /** Name to run it by. */
  readonly name: string;
  readonly sources: LibrarySources;
}

/**
 * Finds a map by file or by name in the folder of maps.
 * @returns undefined where there is neither
 */
export async function sourcesOf(map: string, folder: string): Promise<MapSources | undefined> {
  const all = await readMapFolder(folder);
  const own = await readFile(map, 'utf8').catch(() => undefined);
  if (own === undefined) {
    const file = all.maps.find(({ path }) => path === map || path.replace(/\.(map|json)$/, '') === map);
    return file && { name: file.path.replace(/\.(map|json)$/, ''), sources: all };
  }
  const inside = relative(resolve(folder), resolve(map));
  const path = inside.startsWith('..') ? basename(map) : inside.replaceAll('\\', '/');
  const beside = inside.startsWith('..') ? await readMapFolder(dirname(map)) : { maps: [], conceptMaps: [] };
  const others = [...all.maps, ...beside.maps].filter((file) => file.path !== path);
  return {
    name: path.replace(/\.(map|json)$/, ''),
    sources: { maps: closure({ path, text: own }, others), conceptMaps: [...all.conceptMaps, ...beside.conceptMaps] },
  };
}

/** A map and, of the others, those it imports, directly or through each other. */
function closure(first: SourceFile, others: readonly SourceFile[]): SourceFile[] {
  const definitions = others.map((file) => ({ file, read: readMapFile(file) }));
  const wanted: SourceFile[] = [first];
  const read = readMapFile(first);
  const waiting: MapDefinition[] = read.ok ? [read.value] : [];
  for (let map = waiting.pop(); map; map = waiting.pop())
    for (const { url } of map.imports)
      for (const other of definitions) {
        if (!other.read.ok || wanted.includes(other.file) || !imports(url, other.read.value.url)) continue;
        wanted.push(other.file);
        waiting.push(other.read.value);
      }
  return wanted;
}

function imports(pattern: string, url: string): boolean {
  const [head, tail] = pattern.split('*', 2);
  return tail === undefined ? url === pattern : url.startsWith(head!) && url.endsWith(tail);
}

const PLACE = /^(.*?):(\d+)(?::(\d+))?$/;

/**
 * An issue for people: place and sentence, then the line it is about with a mark under the column.
 * @param files to show lines from, by the path their places begin with
 */
export function showIssue(found: Issue, files: readonly SourceFile[]): string {
  const head = `${found.place ?? 'maps'}  ${found.severity}: ${sentence(found)} [${found.code}]\n`;
  const [, path, line, column] = PLACE.exec(found.place ?? '') ?? [];
  const text = files.find((file) => file.path === path)?.text.split(/\r?\n/)[Number(line) - 1];
  if (text === undefined) return head;
  const from = Math.max(0, Number(column ?? 1) - 80);
  const shown = text.slice(from, from + 160);
  const mark = column === undefined ? '' : `    ${shown.slice(0, Number(column) - 1 - from).replace(/[^\t]/g, ' ')}^\n`;
  return `${head}    ${shown}\n${mark}`;
}

export function showIssues(issues: readonly Issue[], { maps, conceptMaps }: LibrarySources): string {
  return issues.map((found) => showIssue(found, [...maps, ...conceptMaps])).join('');
}

/** Text for stdout. */
export const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
