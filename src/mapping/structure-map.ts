import type { Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';
import type {
  ConceptMapBlock,
  Dependent,
  Group,
  MapDefinition,
  MetadataEntry,
  Noted,
  Parameter,
  Rule,
  Source,
  Target,
} from './ast.ts';
import { RELATIONS } from './concept-map.ts';
import { printExpression, quoted } from './expression/print.ts';

export type FhirRelease = 'R4' | 'R5';
type Json = Record<string, unknown>;

/** R5's StructureMap.const in R4 (http://hl7.org/fhir/5.0/StructureDefinition/ extensions for cross-version use). */
export const CONST_EXTENSION = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-StructureMap.const';

/** Header lines that are elements of StructureMap; others are not exported. */
const METADATA_ELEMENTS: ReadonlySet<string> = new Set([
  'id',
  'version',
  'title',
  'status',
  'experimental',
  'date',
  'publisher',
  'description',
  'purpose',
  'copyright',
]);

/**
 * A map as a StructureMap resource, in R5 form (http://hl7.org/fhir/R5/structuremap.html) or R4 form. What R4 has no place for is kept where it can be:
 * constants as an extension, literal arguments of groups as text, unnamed rules by a number.
 */
export function exportMap(map: MapDefinition, release: FhirRelease): Json {
  const { status = 'draft', ...stated }: Json = Object.fromEntries(
    map.metadata
      .filter(({ key, value }) => METADATA_ELEMENTS.has(key) && value !== null)
      .map(({ key, value }) => [key, value]),
  );
  const constants = map.constants.map(({ name, value }) => ({ name, value: printExpression(value) }));
  const writer = new Writer(release);
  return compact({
    resourceType: 'StructureMap',
    ...stated,
    contained: map.conceptMaps.map((block) => writer.conceptMap(block)),
    extension: release === 'R4' ? constants.map(constExtension) : [],
    url: map.url,
    name: map.name,
    status,
    structure: map.structures.map((use) =>
      compact({ url: use.url, mode: use.mode, alias: use.alias, documentation: documentation(use) }),
    ),
    import: map.imports.map(({ url }) => url),
    const: release === 'R5' ? constants : [],
    group: map.groups.map((group) => writer.group(group)),
  });
}

function constExtension({ name, value }: { name: string; value: string }): Json {
  return {
    url: CONST_EXTENSION,
    extension: [
      { url: 'name', valueId: name },
      { url: 'value', valueString: value },
    ],
  };
}

/** Without entries that are undefined or empty lists. */
function compact(entries: Json): Json {
  const isThere = (value: unknown) =>
    value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => isThere(value)));
}

function documentation({ before, after }: Noted): string | undefined {
  const lines = [...(before ?? []), ...(after === undefined ? [] : [after])];
  return lines.length > 0 ? lines.join('\n') : undefined;
}

class Writer {
  readonly #release: FhirRelease;

  constructor(release: FhirRelease) {
    this.#release = release;
  }

  conceptMap({ id, prefixes, provided, rows }: ConceptMapBlock): Json {
    const urlOf = (name: string) => prefixes.find((prefix) => prefix.name === name)?.url;
    const pairs = new Map(rows.map(({ source, target }) => [`${source.prefix} ${target.prefix}`, { source, target }]));
    const group = [...pairs.values()].map(({ source, target }) =>
      compact({
        source: urlOf(source.prefix),
        target: urlOf(target.prefix),
        element: rows
          .filter((row) => row.source.prefix === source.prefix && row.target.prefix === target.prefix)
          .map((row) => ({
            code: row.source.code,
            target: [{ code: row.target.code, ...this.#relation(row.relation) }],
          })),
        unmapped: provided.includes(source.prefix)
          ? { mode: this.#release === 'R4' ? 'provided' : 'use-source-code' }
          : undefined,
      }),
    );
    return compact({ resourceType: 'ConceptMap', id, status: 'draft', group });
  }

  #relation(relation: ConceptMapBlock['rows'][number]['relation']): Json {
    const { equivalence, relationship } = RELATIONS[relation];
    return this.#release === 'R4' ? { equivalence } : { relationship };
  }

  group(group: Group): Json {
    return compact({
      name: group.name,
      extends: group.extends,
      typeMode: group.typeMode ?? (this.#release === 'R4' ? 'none' : undefined),
      documentation: documentation(group),
      input: group.inputs.map(({ name, type, mode }) => compact({ name, type, mode })),
      rule: group.rules.map((rule, index) => this.#rule(rule, index)),
    });
  }

  #rule(rule: Rule, index: number): Json {
    const unnamed = this.#release === 'R4' ? `rule${index + 1}` : undefined;
    return compact({
      name: rule.name ?? unnamed,
      source: rule.sources.map((source) => this.#source(source)),
      target: rule.targets.map((target) => this.#target(target)),
      rule: rule.rules.map((inner, at) => this.#rule(inner, at)),
      dependent: rule.dependents.map((dependent) => this.#dependent(dependent)),
      documentation: documentation(rule),
    });
  }

  #source(source: Source): Json {
    const text = (expression: Source['check']) => expression && printExpression(expression);
    const fallback = text(source.defaultValue);
    return compact({
      context: source.context,
      min: source.min,
      max: source.max,
      type: source.type,
      ...(this.#release === 'R4' ? { defaultValueString: fallback } : { defaultValue: fallback }),
      element: source.element,
      listMode: source.listMode,
      variable: source.variable,
      condition: text(source.condition),
      check: text(source.check),
      logMessage: text(source.log),
    });
  }

  #target(target: Target): Json {
    const mode = target.listMode === 'single' && this.#release === 'R4' ? 'collate' : target.listMode;
    return compact({
      context: target.context,
      contextType: this.#release === 'R4' && target.context !== undefined ? 'variable' : undefined,
      element: target.element,
      variable: target.variable,
      listMode: mode && [mode],
      listRuleId: target.listRuleId,
      transform: target.transform,
      parameter: target.parameters.map((parameter) => this.#parameter(parameter)),
    });
  }

  #parameter(parameter: Parameter): Json {
    switch (parameter.kind) {
      case 'id':
        return { valueId: parameter.value };
      case 'boolean':
        return { valueBoolean: parameter.value };
      case 'integer':
        return { valueInteger: parameter.value };
      case 'decimal':
        return { valueDecimal: Number(parameter.value) };
      case 'expression':
        return { valueString: printExpression(parameter.value) };
      case 'string':
        return { valueString: parameter.value };
      default: {
        const type = parameter.kind.charAt(0).toUpperCase() + parameter.kind.slice(1);
        return this.#release === 'R5' ? { [`value${type}`]: parameter.value } : { valueString: parameter.value };
      }
    }
  }

  /** R4 has only variables here; a literal is written as in the mapping language, which no name looks like. */
  #dependent({ name, parameters }: Dependent): Json {
    if (this.#release === 'R5') return { name, parameter: parameters.map((parameter) => this.#parameter(parameter)) };
    const variable = parameters.map((parameter) =>
      parameter.kind === 'string' ? quoted(parameter.value, "'") : String(parameter.value),
    );
    return { name, variable };
  }
}

/** Metadata of an imported resource, as header lines. */
export function metadataOf(resource: Readonly<Json>): MetadataEntry[] {
  return [...METADATA_ELEMENTS]
    .map((key) => ({ key, value: resource[key] }))
    .filter((entry): entry is { key: string; value: string | boolean } =>
      ['string', 'boolean'].includes(typeof entry.value),
    );
}

/** Reads the text of a StructureMap file; the resource itself is read by `importMap`. */
export function parseStructureMap(text: string, file: string): Result<Json> {
  try {
    const resource: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof resource === 'object' && resource !== null && (resource as Json).resourceType === 'StructureMap')
      return done(resource as Json);
    return refused(issue('MAP-JSON', file, { expected: 'a resource of type StructureMap' }));
  } catch {
    return refused(issue('MAP-JSON', file, { expected: 'JSON' }));
  }
}
