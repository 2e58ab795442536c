import type { Expression } from './expression/ast.ts';

/**
 * A map as it was written, in the shape of StructureMap (http://hl7.org/fhir/R5/structuremap.html): what the parser and the
 * JSON import make, and what the printer, the JSON export, the linter and the compiler read.
 */
export interface MapDefinition {
  /** File the map came from, relative to the folder of maps: `hl7v2/ADT_A01.map`. */
  readonly file: string;
  readonly url: string;
  readonly name: string;
  /** Other `///` lines (title, status, description, version ...) in the order written; `null` = named without a value. */
  readonly metadata: readonly MetadataEntry[];
  readonly conceptMaps: readonly ConceptMapBlock[];
  readonly structures: readonly StructureUse[];
  readonly imports: readonly Import[];
  readonly constants: readonly Constant[];
  readonly groups: readonly Group[];
}

/** Where something stands in its map; lines and columns count from 1. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

/** Comments are kept, as the formatter must not lose them; they become `documentation` in StructureMap. */
export interface Noted {
  readonly at: Spot;
  readonly before?: readonly string[];
  readonly after?: string;
  /** An empty line stood before it. */
  readonly gap?: boolean;
}

export interface MetadataEntry {
  readonly key: string;
  readonly value: string | number | boolean | null;
}

export interface StructureUse extends Noted {
  readonly url: string;
  readonly alias?: string;
  readonly mode: 'source' | 'queried' | 'target' | 'produced';
}

export interface Import extends Noted {
  readonly url: string;
}

export interface Constant extends Noted {
  readonly name: string;
  readonly value: Expression;
}

/** A ConceptMap written in the map itself and named by `#id` in `translate`. */
export interface ConceptMapBlock extends Noted {
  readonly id: string;
  readonly prefixes: readonly { readonly name: string; readonly url: string }[];
  /** `unmapped for s = provided`: codes without a row are taken over as they are. */
  readonly provided: readonly string[];
  readonly rows: readonly ConceptRow[];
}

export interface ConceptRow {
  readonly source: { readonly prefix: string; readonly code: string };
  readonly relation: Relation;
  readonly target: { readonly prefix: string; readonly code: string };
}

/** The operators of a `conceptmap` block; `conceptRelations` in concept-map.ts gives their R4 and R5 words. */
export type Relation = '-' | '=' | '==' | '!=' | '<=' | '>=' | '<-' | '>-' | '~';

export interface Group extends Noted {
  readonly name: string;
  readonly extends?: string;
  readonly typeMode?: 'types' | 'type-and-types';
  readonly inputs: readonly Input[];
  readonly rules: readonly Rule[];
  /** Comments between the last rule and the closing brace. */
  readonly closing?: readonly string[];
}

export interface Input {
  readonly name: string;
  readonly mode: 'source' | 'target';
  readonly type?: string;
}

export interface Rule extends Noted {
  readonly name?: string;
  readonly sources: readonly Source[];
  readonly targets: readonly Target[];
  readonly rules: readonly Rule[];
  readonly dependents: readonly Dependent[];
  readonly closing?: readonly string[];
}

export type SourceListMode = 'first' | 'not_first' | 'last' | 'not_last' | 'only_one';
export type TargetListMode = 'first' | 'share' | 'last' | 'single';

export interface Source {
  readonly at: Spot;
  readonly context: string;
  /** One element, or several steps joined by dots. */
  readonly element?: string;
  readonly type?: string;
  readonly min?: number;
  /** A number or `*`. */
  readonly max?: string;
  readonly defaultValue?: Expression;
  readonly listMode?: SourceListMode;
  readonly variable?: string;
  readonly condition?: Expression;
  readonly check?: Expression;
  readonly log?: Expression;
}

export const TRANSFORMS = [
  'create',
  'copy',
  'truncate',
  'escape',
  'cast',
  'append',
  'translate',
  'reference',
  'dateOp',
  'uuid',
  'pointer',
  'evaluate',
  'cc',
  'c',
  'qty',
  'id',
  'cp',
] as const;
export type TransformName = (typeof TRANSFORMS)[number];

export interface Target {
  readonly at: Spot;
  /** Absent: the transform stands alone and makes only a variable (`evaluate(...) as v`). */
  readonly context?: string;
  readonly element?: string;
  readonly transform?: TransformName;
  readonly parameters: readonly Parameter[];
  readonly variable?: string;
  readonly listMode?: TargetListMode;
  /** Name of what `share` shares. */
  readonly listRuleId?: string;
}

export type Parameter =
  | { readonly kind: 'id' | 'string' | 'date' | 'dateTime' | 'time'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: number }
  /** Kept as text: `1.50` keeps its precision. */
  | { readonly kind: 'decimal'; readonly value: string }
  /** The FHIRPath of `evaluate`. */
  | { readonly kind: 'expression'; readonly value: Expression };

export interface Dependent {
  readonly at: Spot;
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

/** The variable of both sides of a rule in simple form (`a.x -> b.y`), as HL7's own engine writes it. */
export const SIMPLE_VARIABLE = 'vvv';

export function isSimpleForm(rule: Rule): boolean {
  const [source, target] = [rule.sources[0], rule.targets[0]];
  return (
    rule.sources.length === 1 &&
    rule.targets.length === 1 &&
    source?.variable === SIMPLE_VARIABLE &&
    target?.variable === SIMPLE_VARIABLE &&
    target.transform === 'create' &&
    target.parameters.length === 0 &&
    rule.rules.length === 0 &&
    rule.dependents.length === 0
  );
}
