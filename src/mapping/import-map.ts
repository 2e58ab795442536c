import type { Result } from '../errors.ts';
import { done, type Issue, isFault, issue, refused } from '../errors.ts';
import type {
  ConceptMapBlock,
  ConceptRow,
  Dependent,
  Group,
  Input,
  MapDefinition,
  Noted,
  Parameter,
  Relation,
  Rule,
  Source,
  SourceListMode,
  StructureUse,
  Target,
  TargetListMode,
  TransformName,
} from './ast.ts';
import { TRANSFORMS } from './ast.ts';
import { RELATIONS } from './concept-map.ts';
import type { Expression } from './expression/ast.ts';
import { parseExpression } from './expression/parse.ts';
import { CONST_EXTENSION, metadataOf } from './structure-map.ts';
import { DEEPEST } from './token-stream.ts';

type Json = Readonly<Record<string, unknown>>;

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(object) : []);
const string = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined =>
  allowed.find((word) => word === value);

/** Entries of an object whose value is not undefined; keeps optional properties absent rather than undefined. */
function given<T extends object>(entries: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as never;
}

/**
 * A StructureMap resource (R4 or R5 form) as a map. There are no lines in it, so rules get the number they come at as their line.
 * @returns the map, or MAP-JSON and MAP-SYNTAX issues with the element's path as place
 */
export function importMap(resource: Json, file: string): Result<MapDefinition> {
  const reader = new Reader(file);
  const map = reader.map(resource);
  return reader.issues.some(isFault) ? refused(...reader.issues) : done(map, reader.issues);
}

class Reader {
  readonly issues: Issue[] = [];
  readonly #file: string;
  #line = 0;

  constructor(file: string) {
    this.#file = file;
  }

  map(resource: Json): MapDefinition {
    const constants = [
      ...list(resource.const).map(({ name, value }) => ({ name: string(name), value: string(value) })),
      ...list(resource.extension)
        .filter(({ url }) => url === CONST_EXTENSION)
        .map(constantOf),
    ];
    const groups = list(resource.group).map((group, index) => this.#group(group, `group[${index}]`));
    if (groups.length === 0) this.#expected('StructureMap.group', 'a group');
    return {
      file: this.#file,
      url: string(resource.url) ?? '',
      name: string(resource.name) ?? '',
      metadata: metadataOf(resource),
      conceptMaps: list(resource.contained)
        .filter(({ resourceType }) => resourceType === 'ConceptMap')
        .map(blockOf),
      structures: list(resource.structure).map((use, index) => this.#structure(use, `structure[${index}]`)),
      imports: (Array.isArray(resource.import) ? resource.import : []).map((url) => ({
        at: this.#at(),
        url: String(url),
      })),
      constants: constants.flatMap(({ name, value }, index) => {
        const read = name && value !== undefined ? this.#expression(value, `const[${index}]`) : undefined;
        return read ? [{ at: this.#at(), name: name!, value: read }] : [];
      }),
      groups,
    };
  }

  #at(): Noted['at'] {
    return { line: ++this.#line, column: 1 };
  }

  #expected(path: string, expected: string): void {
    this.issues.push(issue('MAP-JSON', `${this.#file}#${path}`, { expected }));
  }

  #needed(value: unknown, path: string): string {
    const text = string(value);
    if (text === undefined) this.#expected(path, 'text');
    return text ?? '';
  }

  #noted(node: Json): Noted {
    const documentation = string(node.documentation);
    return { at: this.#at(), ...(documentation && { before: documentation.split(/\r?\n/) }) };
  }

  #structure(use: Json, path: string): StructureUse {
    const mode = oneOf(use.mode, ['source', 'queried', 'target', 'produced']);
    if (!mode) this.#expected(`${path}.mode`, 'source, queried, target or produced');
    return {
      ...this.#noted(use),
      url: this.#needed(use.url, `${path}.url`),
      mode: mode ?? 'source',
      ...given({ alias: string(use.alias) }),
    };
  }

  #group(group: Json, path: string): Group {
    return {
      ...this.#noted(group),
      name: this.#needed(group.name, `${path}.name`),
      ...given({ extends: string(group.extends), typeMode: oneOf(group.typeMode, ['types', 'type-and-types']) }),
      inputs: list(group.input).map((input, index) => this.#input(input, `${path}.input[${index}]`)),
      rules: this.#rules(group.rule, path, 0),
    };
  }

  #input(input: Json, path: string): Input {
    const mode = oneOf(input.mode, ['source', 'target']);
    if (!mode) this.#expected(`${path}.mode`, 'source or target');
    return {
      name: this.#needed(input.name, `${path}.name`),
      mode: mode ?? 'source',
      ...given({ type: string(input.type) }),
    };
  }

  #rules(rules: unknown, path: string, depth: number): Rule[] {
    if (depth < DEEPEST) return list(rules).map((rule, index) => this.#rule(rule, `${path}.rule[${index}]`, depth));
    this.#expected(path, `no more than ${DEEPEST} levels of nesting`);
    return [];
  }

  #rule(rule: Json, path: string, depth: number): Rule {
    const noted = this.#noted(rule);
    const sources = list(rule.source).map((source, index) => this.#source(source, `${path}.source[${index}]`));
    if (sources.length === 0) this.#expected(`${path}.source`, 'a source');
    return {
      ...noted,
      ...given({ name: string(rule.name) }),
      sources,
      targets: list(rule.target).map((target, index) => this.#target(target, `${path}.target[${index}]`)),
      rules: this.#rules(rule.rule, path, depth + 1),
      dependents: list(rule.dependent).map((dependent, index) =>
        this.#dependent(dependent, `${path}.dependent[${index}]`),
      ),
    };
  }

  #source(source: Json, path: string): Source {
    const text = (name: string) => {
      const written = string(source[name]);
      return written === undefined ? undefined : this.#expression(written, `${path}.${name}`);
    };
    const modes: readonly SourceListMode[] = ['first', 'not_first', 'last', 'not_last', 'only_one'];
    return {
      at: this.#at(),
      context: this.#needed(source.context, `${path}.context`),
      ...given({
        element: string(source.element),
        type: string(source.type),
        min: typeof source.min === 'number' ? source.min : undefined,
        max: string(source.max),
        defaultValue: text('defaultValue') ?? text('defaultValueString'),
        listMode: oneOf(source.listMode, modes),
        variable: string(source.variable),
        condition: text('condition'),
        check: text('check'),
        log: text('logMessage'),
      }),
    };
  }

  #target(target: Json, path: string): Target {
    const transform = target.transform === undefined ? undefined : oneOf<TransformName>(target.transform, TRANSFORMS);
    if (target.transform !== undefined && !transform) this.#expected(`${path}.transform`, 'a known transform');
    const parameters = list(target.parameter).map((parameter) => this.#parameter(parameter, path));
    const last = parameters.at(-1);
    if (transform === 'evaluate' && last?.kind === 'string') {
      const value = this.#expression(last.value, `${path}.parameter[${parameters.length - 1}]`);
      if (value) parameters[parameters.length - 1] = { kind: 'expression', value };
    }
    return {
      at: this.#at(),
      ...given({ context: string(target.context), element: string(target.element), transform }),
      parameters,
      ...given({
        variable: string(target.variable),
        listMode: listModeOf(target.listMode),
        listRuleId: string(target.listRuleId),
      }),
    };
  }

  #parameter(parameter: Json, path: string): Parameter {
    for (const [name, kind] of PARAMETER_KINDS) {
      const value = parameter[name];
      if (typeof value === 'string') return { kind: kind as 'string', value };
      if (typeof value === 'boolean') return { kind: 'boolean', value };
      if (typeof value === 'number')
        return name === 'valueDecimal' ? { kind: 'decimal', value: String(value) } : { kind: 'integer', value };
    }
    this.#expected(`${path}.parameter`, 'a value');
    return { kind: 'string', value: '' };
  }

  /** R5 has parameters, R4 names of variables (or, as we write them, literals). */
  #dependent(dependent: Json, path: string): Dependent {
    const variables = Array.isArray(dependent.variable) ? dependent.variable.map(String) : [];
    const parameters = variables.map((text) => this.#variable(text, path));
    return {
      at: this.#at(),
      name: this.#needed(dependent.name, `${path}.name`),
      parameters: [...parameters, ...list(dependent.parameter).map((parameter) => this.#parameter(parameter, path))],
    };
  }

  #variable(text: string, path: string): Parameter {
    if (/^[A-Za-z_]/.test(text) && text !== 'true' && text !== 'false') return { kind: 'id', value: text };
    const read = this.#expression(text, path);
    if (read?.kind === 'literal' && read.type === 'boolean') return { kind: 'boolean', value: read.value === 'true' };
    if (read?.kind === 'literal' && read.type === 'decimal') return { kind: 'decimal', value: read.value };
    if (/^-?\d+$/.test(text)) return { kind: 'integer', value: Number(text) };
    if (/^-?\d+\.\d+$/.test(text)) return { kind: 'decimal', value: text };
    return { kind: 'string', value: read?.kind === 'literal' ? read.value : text };
  }

  #expression(text: string, path: string): Expression | undefined {
    const read = parseExpression(text, `${this.#file}#${path}`);
    this.issues.push(...read.issues);
    return read.ok ? read.value : undefined;
  }
}

const PARAMETER_KINDS: readonly (readonly [string, Parameter['kind']])[] = [
  ['valueId', 'id'],
  ['valueString', 'string'],
  ['valueBoolean', 'boolean'],
  ['valueInteger', 'integer'],
  ['valueDecimal', 'decimal'],
  ['valueDate', 'date'],
  ['valueDateTime', 'dateTime'],
  ['valueTime', 'time'],
];

function listModeOf(modes: unknown): TargetListMode | undefined {
  const mode = Array.isArray(modes) ? modes[0] : modes;
  return mode === 'collate' ? 'single' : oneOf<TargetListMode>(mode, ['first', 'share', 'last', 'single']);
}

function constantOf(extension: Json): { name: string | undefined; value: string | undefined } {
  const part = (url: string) => list(extension.extension).find((inner) => inner.url === url);
  return { name: string(part('name')?.valueId), value: string(part('value')?.valueString) };
}

/** A contained ConceptMap as a block; each pair of systems gets prefixes `s`, `t`, `s1`, `t1` ... */
function blockOf(resource: Json): ConceptMapBlock {
  const prefixes: { name: string; url: string }[] = [];
  const provided: string[] = [];
  const prefixOf = (url: unknown, letter: string) => {
    const known = prefixes.find((prefix) => prefix.url === (string(url) ?? ''));
    if (known) return known.name;
    const count = prefixes.filter(({ name }) => name.startsWith(letter)).length;
    const name = count === 0 ? letter : `${letter}${count}`;
    prefixes.push({ name, url: string(url) ?? '' });
    return name;
  };
  const rows = list(resource.group).flatMap((group): ConceptRow[] => {
    const [source, target] = [prefixOf(group.source, 's'), prefixOf(group.target, 't')];
    if (['provided', 'use-source-code'].includes(String(object(group.unmapped).mode))) provided.push(source);
    return list(group.element).flatMap((element) =>
      list(element.target).map((item) => ({
        source: { prefix: source, code: string(element.code) ?? '' },
        relation: relationOf(item),
        target: { prefix: target, code: string(item.code) ?? '' },
      })),
    );
  });
  return { at: { line: 1, column: 1 }, id: string(resource.id) ?? '', prefixes, provided, rows };
}

function relationOf({ equivalence, relationship }: Json): Relation {
  const found = Object.entries(RELATIONS).find(([, words]) =>
    equivalence === undefined ? words.relationship === relationship : words.equivalence === equivalence,
  );
  return (found?.[0] as Relation | undefined) ?? '-';
}
