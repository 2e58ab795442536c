import type { Issue } from '../errors.ts';
import { issue } from '../errors.ts';
import type { Constant, Group, MapDefinition } from './ast.ts';
import { compileGroup } from './compile-group.ts';
import type { CodeMap } from './concept-map.ts';
import { blockMap, CodeMaps } from './concept-map.ts';
import { compileExpression } from './expression/compile.ts';
import type { Evaluate } from './expression/evaluation.ts';
import type { Run } from './run.ts';
import type { GroupContext, GroupUnit } from './scope.ts';
import type { Shape, Shapes } from './shape.ts';

/** A map among others: its names resolved, its groups compiled when first asked for. */
export class MapUnit {
  readonly definition: MapDefinition;
  readonly #linker: Linker;
  readonly #groups = new Map<string, GroupUnit>();
  readonly #constants = new Map<string, Evaluate>();
  readonly #blocks = new CodeMaps();
  #imported: readonly MapUnit[] | undefined;

  constructor(definition: MapDefinition, linker: Linker) {
    this.definition = definition;
    this.#linker = linker;
    for (const block of definition.conceptMaps) this.#blocks.add(blockMap(definition.file, block));
    for (const group of definition.groups) this.#addGroup(group);
  }

  #addGroup(group: Group): void {
    if (this.#groups.has(group.name)) {
      const place = `${this.definition.file}:${group.at.line}:${group.at.column}`;
      this.#linker.report(issue('MAP-DUPLICATE', place, { name: group.name }));
      return;
    }
    const inputs = group.inputs.map(({ type }) => (type === undefined ? undefined : this.type(type)));
    let code: GroupUnit['call'] | undefined;
    const unit = {
      definition: group,
      inputs,
      // groups call each other in circles, so each is compiled when first called or asked for
      call: (run: Run, args: Parameters<GroupUnit['call']>[1]) => {
        code ??= compileGroup(group, this.definition.file, this.#context());
        code(run, args);
      },
      compile: () => {
        code ??= compileGroup(group, this.definition.file, this.#context());
      },
    };
    this.#groups.set(group.name, unit);
  }

  /** Compiles everything now, so that all that is wrong is said. */
  compile(): void {
    for (const { url, at } of this.definition.imports)
      if (!url.includes('*') && this.#linker.named(url).length === 0)
        this.#linker.report(
          issue('MAP-IMPORT-UNKNOWN', `${this.definition.file}:${at.line}:${at.column}`, { name: url }),
        );
    for (const group of this.definition.groups) this.#checkAncestors(group);
    for (const unit of this.#groups.values()) (unit as GroupUnit & { compile(): void }).compile();
  }

  #checkAncestors(group: Group): void {
    let ancestor: Group | undefined = group;
    for (const seen = new Set<Group>(); ancestor?.extends !== undefined; ) {
      if (seen.has(ancestor)) {
        const place = `${this.definition.file}:${group.at.line}:${group.at.column}`;
        this.#linker.report(issue('MAP-GROUP-CIRCLE', place, { name: group.name }));
        return;
      }
      seen.add(ancestor);
      ancestor = this.group(ancestor.extends)?.definition;
    }
  }

  get groups(): readonly GroupUnit[] {
    return [...this.#groups.values()];
  }

  /** This map and those it imports, directly or through others. */
  get reach(): readonly MapUnit[] {
    if (!this.#imported) {
      const reached = new Set<MapUnit>([this]);
      for (const unit of reached)
        for (const { url } of unit.definition.imports) for (const other of this.#linker.named(url)) reached.add(other);
      this.#imported = [...reached];
    }
    return this.#imported;
  }

  /** The one target structure, for an entry group that does not type its target. */
  get onlyTarget(): Shape | undefined {
    const targets = this.definition.structures.filter(({ mode }) => mode === 'target');
    return targets.length === 1 ? this.#linker.shapes.known(targets[0]!.url) : undefined;
  }

  group(name: string): GroupUnit | undefined {
    for (const unit of this.reach) {
      const found = unit.#groups.get(name);
      if (found) return found;
    }
    return undefined;
  }

  type(name: string): Shape | undefined {
    const { shapes } = this.#linker;
    const use = this.definition.structures.find((structure) => structure.alias === name);
    if (use) return shapes.known(use.url) ?? shapes.open(name);
    const named = this.definition.structures.find(({ url }) => url === name || url.endsWith(`/${name}`));
    return shapes.known(name) ?? (named && shapes.open(name));
  }

  defaultGroup(source: string, target: string | undefined): GroupUnit | undefined {
    for (const unit of this.reach)
      for (const group of unit.groups) {
        const { typeMode } = group.definition;
        if (!typeMode || group.inputs[0]?.name !== source) continue;
        if (target === undefined ? typeMode === 'type-and-types' : group.inputs[1]?.name === target) return group;
      }
    return undefined;
  }

  constant(name: string): Evaluate | undefined {
    const found = this.#constants.get(name);
    if (found) return found;
    const written = this.definition.constants.find((constant) => constant.name === name);
    if (!written) return undefined;
    this.#constants.set(name, () => []); // a constant that is its own part is nothing
    const evaluate = this.#compileConstant(written);
    this.#constants.set(name, evaluate);
    return evaluate;
  }

  #compileConstant({ value, at }: Constant): Evaluate {
    return compileExpression(value, {
      shapes: this.#linker.shapes,
      place: `${this.definition.file}:${at.line}:${at.column}`,
      slot: () => undefined,
      constant: (name) => this.constant(name),
      report: (found) => this.#linker.report(found),
    });
  }

  #codeMap(name: string): CodeMap | undefined {
    if (name.startsWith('#')) return this.#blocks.find(name);
    const folder = this.definition.file.slice(0, this.definition.file.lastIndexOf('/') + 1);
    return this.#linker.codes.find(name) ?? this.#linker.codes.find(folder + name);
  }

  #context(): GroupContext {
    return {
      shapes: this.#linker.shapes,
      codes: this.#linker.codes,
      report: (found) => this.#linker.report(found),
      group: (name) => this.group(name),
      groupNames: () => this.reach.flatMap((unit) => [...unit.#groups.keys()]),
      defaultGroup: (source, target) => this.defaultGroup(source, target),
      type: (name) => this.type(name),
      codeMap: (name) => this.#codeMap(name),
      constant: (name) => this.constant(name),
    };
  }
}

/** All maps of a library, by name and canonical. */
export class Linker {
  readonly shapes: Shapes;
  readonly codes: CodeMaps;
  readonly issues: Issue[] = [];
  readonly units: MapUnit[] = [];
  readonly #byName = new Map<string, MapUnit>();

  constructor(shapes: Shapes, codes: CodeMaps) {
    this.shapes = shapes;
    this.codes = codes;
  }

  report(found: Issue): void {
    this.issues.push(found);
  }

  add(definition: MapDefinition): void {
    const unit = new MapUnit(definition, this);
    this.units.push(unit);
    for (const name of new Set([definition.file.replace(/\.(map|json)$/, ''), definition.url])) {
      if (name === '') continue;
      if (this.#byName.has(name)) this.report(issue('MAP-DUPLICATE', definition.file, { name }));
      else this.#byName.set(name, unit);
    }
  }

  find(name: string): MapUnit | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.split('|', 1)[0]!);
  }

  /** The maps an `imports` means; `*` stands for any text. */
  named(url: string): readonly MapUnit[] {
    if (!url.includes('*')) return [this.find(url)].filter((unit) => unit !== undefined);
    const [head, tail] = [url.slice(0, url.indexOf('*')), url.slice(url.indexOf('*') + 1)];
    return this.units.filter(({ definition }) => definition.url.startsWith(head) && definition.url.endsWith(tail));
  }
}
