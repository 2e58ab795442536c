import { hash } from 'node:crypto';
import type { Resource } from '@medplum/fhirtypes';
import type { Issue, Result } from '../errors.ts';
import { done, isFault, issue, refused } from '../errors.ts';
import type { Model } from '../fhir/model.ts';
import type { MapDefinition } from './ast.ts';
import { Cell } from './cell.ts';
import { CodeMaps, readConceptMap } from './concept-map.ts';
import { finish } from './finish.ts';
import type { Directory } from './functions.ts';
import { importMap } from './import-map.ts';
import { Linker, type MapUnit } from './link.ts';
import { parseMap } from './parse-map.ts';
import { rulesOf } from './rule-sites.ts';
import type { RuleSite, UnmappedCode } from './run.ts';
import { Halt, Run } from './run.ts';
import { Shapes } from './shape.ts';
import { SourcePath } from './source-path.ts';
import { parseStructureMap } from './structure-map.ts';
import { emptyOf } from './target.ts';
import { type Coverage, coverageOf, type TraceRow, traceRows } from './tracking.ts';

export type { Coverage, TraceRow, UnmappedCode };

/** A file as read from a folder of maps: `hl7v2/ADT_A01.map`, `hl7v2/gender.json`, `hl7v2/gender.csv`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What maps read: a message as plain objects (the same as `SourceTree` of the formats), or a FHIR resource. */
export type SourceNode = string | SourceTree;
export interface SourceTree {
  readonly [element: string]: SourceNode | readonly SourceNode[] | undefined;
}

export interface TransformOptions {
  /** The instant of the run, ISO 8601 with zone. */
  readonly clock: string;
  /** Ids are made from it: same source, maps, clock and seed, same bytes. */
  readonly seed: string;
  /** The sender, whose own ConceptMap rows win. */
  readonly sender?: string;
  readonly directory?: Directory;
  readonly trace?: boolean;
  readonly coverage?: boolean;
  /** A target without a required element: refused (as wanted in the hub), or only told as an issue (as wanted at a workbench). */
  readonly incomplete?: 'refuse' | 'report';
}

export interface Transformed {
  readonly resource: Resource;
  readonly unmapped: readonly UnmappedCode[];
  readonly coverage?: Coverage;
  /** Worked out when first read, so read it before the resource is changed. */
  readonly trace?: readonly TraceRow[];
}

export interface MapLibrary {
  /** Hash of all maps and ConceptMaps. */
  readonly version: string;
  readonly names: readonly string[];
  /** Every rule of every map, to tell which never ran. */
  readonly rules: readonly RuleSite[];
  /** By folder and file without ending (`hl7v2/ADT_A01`), or canonical. */
  has(name: string): boolean;
  /**
   * Runs a map on a source. Never throws: what is wrong with the source or cannot be done is an issue with the map's `file:line:column`;
   * refused with MAP-NOT-FOUND, or the issues of the run if one is an error.
   */
  transform(name: string, source: SourceTree, options: TransformOptions): Result<Transformed>;
}

export interface LibrarySources {
  readonly maps: readonly SourceFile[];
  readonly conceptMaps: readonly SourceFile[];
}

/**
 * Parses, links and compiles maps and ConceptMaps.
 * @returns the library, with warnings; or every error found in any file (MAP-SYNTAX, MAP-CODES, MAP-*-UNKNOWN ...), so a broken one never replaces
 * a good one
 */
export function compileLibrary(sources: LibrarySources, model: Model): Result<MapLibrary> {
  const { linker, issues } = linkSources(sources, model);
  if (issues.some(isFault)) return refused(...issues);
  return done(new CompiledLibrary(linker, versionOf(sources)), issues);
}

/** The maps linked, whatever is wrong with them; for the linter and the workbench. */
export function linkSources(
  { maps, conceptMaps }: LibrarySources,
  model: Model,
): { linker: Linker; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const codes = new CodeMaps();
  for (const { path, text } of conceptMaps) {
    const read = readConceptMap(path, text);
    issues.push(...read.issues);
    const duplicate = read.ok ? codes.add(read.value) : undefined;
    if (duplicate) issues.push(duplicate);
  }
  const linker = new Linker(new Shapes(model), codes);
  for (const { path, text } of maps) {
    const parsed = readMapFile({ path, text });
    issues.push(...parsed.issues);
    if (parsed.ok) linker.add(parsed.value);
  }
  for (const unit of linker.units) unit.compile();
  return { linker, issues: [...issues, ...linker.issues] };
}

/** A `.map` file, or a StructureMap in JSON. */
export function readMapFile({ path, text }: SourceFile): Result<MapDefinition> {
  if (!path.endsWith('.json')) return parseMap(text, path);
  const resource = parseStructureMap(text, path);
  return resource.ok ? importMap(resource.value, path) : resource;
}

function versionOf({ maps, conceptMaps }: LibrarySources): string {
  const parts = [...maps, ...conceptMaps].map(({ path, text }) => `${path}\n${text.length}\n${text}`).toSorted();
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 16);
}

class CompiledLibrary implements MapLibrary {
  readonly version: string;
  readonly #linker: Linker;
  /** Paths seen in sources, by map. */
  readonly #paths = new Map<string, SourcePath>();

  constructor(linker: Linker, version: string) {
    this.#linker = linker;
    this.version = version;
  }

  get names(): readonly string[] {
    return this.#linker.units.map(({ definition }) => definition.file.replace(/\.(map|json)$/, ''));
  }

  get rules(): readonly RuleSite[] {
    return this.#linker.units.flatMap(({ definition }) => rulesOf(definition));
  }

  has(name: string): boolean {
    return this.#linker.find(name) !== undefined;
  }

  transform(name: string, source: SourceTree, options: TransformOptions): Result<Transformed> {
    const unit = this.#linker.find(name);
    if (!unit) return refused(issue('MAP-NOT-FOUND', undefined, { name: this.#isPrintable(name) ? name : '' }));
    const run = new Run(this.#linker.shapes, options);
    const isTracked = Boolean(options.trace || options.coverage);
    const root = isTracked ? this.#root(name) : undefined;
    run.isTracked = isTracked;
    if (options.coverage) run.reads = new Set();
    if (options.coverage) run.rulesRun = new Set();
    if (options.trace) run.trace = [];
    const resource = execute(unit, new Cell(source, undefined, undefined, '', -1, root), run);
    const isRefused = run.issues.some(
      (found) => isFault(found) && !(options.incomplete === 'report' && found.code === 'MAP-REQUIRED'),
    );
    if (!resource || isRefused) return refused(...run.issues);
    const value: Transformed = {
      resource: resource as unknown as Resource,
      unmapped: run.unmapped,
      ...(options.coverage && root && { coverage: coverageOf(run, source, root) }),
    };
    return done(options.trace ? withTrace(value, run, resource) : value, run.issues);
  }

  /** A name that is not one of the library's own may be anything. */
  #isPrintable(name: string): boolean {
    return /^[\w./:|-]{1,120}$/.test(name);
  }

  #root(name: string): SourcePath {
    const kept = this.#paths.get(name);
    if (kept && !kept.isFull) return kept;
    const made = new SourcePath('');
    this.#paths.set(name, made);
    return made;
  }
}

/** Rows are worked out when first read: paths in the result cost more than the run itself, and most traces are never looked at. */
function withTrace(value: Transformed, run: Run, resource: Record<string, unknown>): Transformed {
  let rows: readonly TraceRow[] | undefined;
  return Object.defineProperty(value, 'trace', {
    enumerable: true,
    get() {
      rows ??= traceRows(run, resource);
      return rows;
    },
  });
}

/** Runs the first group of a map; gives the root of its first target. */
function execute(unit: MapUnit, source: Cell, run: Run): Record<string, unknown> | undefined {
  const [entry] = unit.groups;
  if (!entry) return undefined;
  const { definition, inputs } = entry;
  const place = `${unit.definition.file}:${definition.at.line}:${definition.at.column}`;
  const rule = { map: unit.definition.file, group: definition.name, rule: '', line: definition.at.line, place };
  const args = definition.inputs.map(({ mode }, index) => {
    if (mode === 'source') return source;
    const shape = inputs[index] ?? unit.onlyTarget;
    const value = emptyOf(shape);
    run.made.push({ value, shape, owner: undefined, key: '', rule });
    return new Cell(value, shape);
  });
  const target = args[definition.inputs.findIndex(({ mode }) => mode === 'target')];
  try {
    entry.call(run, args);
  } catch (thrown) {
    if (!(thrown instanceof Halt)) throw thrown;
    run.issues.push(thrown.issue);
    return undefined;
  }
  if (!target) return undefined;
  finish(run, target.value as Record<string, unknown>);
  return target.value as Record<string, unknown>;
}
