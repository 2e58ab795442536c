import type { Result } from '../errors.ts';
import { done, refused } from '../errors.ts';
import type {
  ConceptMapBlock,
  ConceptRow,
  Constant,
  Group,
  Import,
  Input,
  MapDefinition,
  MetadataEntry,
  Noted,
  Relation,
  Spot,
  StructureUse,
} from './ast.ts';
import { readExpression } from './expression/parse.ts';
import { spotFinder } from './lexer.ts';
import { RuleReader } from './parse-rule.ts';
import { SyntaxFault, syntaxIssue, TokenStream } from './token-stream.ts';

/**
 * Parses FHIR Mapping Language (http://hl7.org/fhir/R5/mapping-language.html; takes the older R4 forms too).
 * @param text the text of a `.map` file
 * @param file its name, for places (`file:line:column`)
 * @returns the map, or one MAP-SYNTAX issue at the first fault; never throws and reads each token once
 */
export function parseMap(text: string, file: string): Result<MapDefinition> {
  const stream = new TokenStream(text);
  try {
    return done(new MapReader(stream, file).read());
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault;
    return refused(syntaxIssue(fault, text, file));
  }
}

const METADATA_LINE = /^([A-Za-z_][\w.]*)[ \t]*=[ \t]*([\s\S]*)$/;
const RELATIONS: ReadonlySet<string> = new Set(['-', '=', '==', '!=', '<=', '>=', '<-', '>-', '~']);

class MapReader {
  readonly #stream: TokenStream;
  readonly #file: string;
  readonly #spot: (offset: number) => Spot;
  readonly #rules: RuleReader;

  constructor(stream: TokenStream, file: string) {
    this.#stream = stream;
    this.#file = file;
    this.#spot = spotFinder(stream.text);
    this.#rules = new RuleReader(stream, this.#spot);
  }

  read(): MapDefinition {
    const metadata = this.#metadataLines();
    const legacy = this.#stream.is('map') ? this.#mapLine() : undefined;
    metadata.push(...this.#metadataLines());
    const conceptMaps: ConceptMapBlock[] = [];
    const structures: StructureUse[] = [];
    const imports: Import[] = [];
    const constants: Constant[] = [];
    const groups: Group[] = [];
    for (;;) {
      if (this.#stream.is('conceptmap')) conceptMaps.push(this.#conceptMap());
      else if (this.#stream.is('uses')) structures.push(this.#uses());
      else if (this.#stream.is('imports')) imports.push(this.#imports());
      else if (this.#stream.is('let')) constants.push(this.#constant());
      else break;
    }
    while (this.#stream.is('group')) groups.push(this.#group());
    if (this.#stream.token.kind !== 'end' || groups.length === 0)
      this.#stream.fail(groups.length > 0 ? "'group' or the end of the map" : 'a declaration or a group');
    const stated = (key: string) => metadata.find((entry) => entry.key === key)?.value;
    return {
      file: this.#file,
      url: String(legacy?.url ?? stated('url') ?? ''),
      name: String(legacy?.name ?? stated('name') ?? ''),
      metadata: metadata.filter((entry) => entry.key !== 'url' && entry.key !== 'name'),
      conceptMaps,
      structures,
      imports,
      constants,
      groups,
    };
  }

  #metadataLines(): MetadataEntry[] {
    const lines: MetadataEntry[] = [];
    while (this.#stream.token.kind === 'metadata') lines.push(this.#metadata());
    return lines;
  }

  #metadata(): MetadataEntry {
    const { text, start } = this.#stream.take();
    const [, key, raw] = METADATA_LINE.exec(text)!;
    const written = raw!.trim();
    if (written.startsWith('"""')) return { key: key!, value: written.slice(3, -3).replace(/^\r?\n|\r?\n$/g, '') };
    const value = new TokenStream(written);
    const { kind, text: plain } = value.token;
    if (kind === 'end') return { key: key!, value: null };
    if (kind === 'string') return { key: key!, value: plain };
    if (kind === 'number') return { key: key!, value: Number(plain) };
    if (plain === 'true' || plain === 'false') return { key: key!, value: plain === 'true' };
    return this.#stream.fail('a text in quotes, a number, true or false', start);
  }

  #mapLine(): { url: string; name: string } {
    this.#stream.expect('map');
    const url = this.#string('the canonical url of the map, in quotes');
    this.#stream.expect('=');
    const name = this.#stream.token.kind === 'string' ? this.#stream.take().text : this.#stream.name();
    return { url, name };
  }

  #string(what: string): string {
    if (this.#stream.token.kind !== 'string') this.#stream.fail(what);
    return this.#stream.take().text;
  }

  #begin(): Noted {
    const before = this.#stream.takeComments().map((comment) => comment.text);
    const { gap, start } = this.#stream.token;
    return { at: this.#spot(start), ...(before.length > 0 && { before }), ...(gap && { gap }) };
  }

  /** Adds the comment at the end of the line just read. */
  #end<T extends object>(node: T): T {
    const after = this.#stream.takeTrailing();
    return after === undefined ? node : { ...node, after };
  }

  #uses(): StructureUse {
    const noted = this.#begin();
    this.#stream.expect('uses');
    const url = this.#string('the canonical url of a structure, in quotes');
    const alias = this.#stream.takeIf('alias') ? this.#stream.name() : undefined;
    this.#stream.expect('as');
    const mode = this.#stream.name("'source', 'target', 'queried' or 'produced'");
    if (mode !== 'source' && mode !== 'target' && mode !== 'queried' && mode !== 'produced')
      this.#stream.fail("'source', 'target', 'queried' or 'produced'");
    this.#stream.takeIf(';');
    return this.#end({ ...noted, url, ...(alias !== undefined && { alias }), mode });
  }

  #imports(): Import {
    const noted = this.#begin();
    this.#stream.expect('imports');
    const url = this.#string('the canonical url of a map, in quotes');
    this.#stream.takeIf(';');
    return this.#end({ ...noted, url });
  }

  #constant(): Constant {
    const noted = this.#begin();
    this.#stream.expect('let');
    const name = this.#stream.name();
    this.#stream.expect('=');
    const value = readExpression(this.#stream);
    this.#stream.expect(';');
    return this.#end({ ...noted, name, value });
  }

  #conceptMap(): ConceptMapBlock {
    const noted = this.#begin();
    this.#stream.expect('conceptmap');
    const id = this.#string('the name of the concept map, in quotes: "#name"').replace(/^#/, '');
    this.#stream.expect('{');
    const prefixes: { name: string; url: string }[] = [];
    while (this.#stream.takeIf('prefix')) {
      const name = this.#stream.name();
      this.#stream.expect('=');
      prefixes.push({ name, url: this.#string('the url of a code system, in quotes') });
    }
    const provided: string[] = [];
    while (this.#stream.takeIf('unmapped')) {
      this.#stream.expect('for');
      provided.push(this.#stream.name());
      this.#stream.expect('=');
      this.#stream.expect('provided');
    }
    const known = new Set(prefixes.map((prefix) => prefix.name));
    const rows: ConceptRow[] = [];
    while (!this.#stream.is('}')) rows.push(this.#conceptRow(known));
    this.#stream.expect('}');
    return this.#end({ ...noted, id, prefixes, provided, rows });
  }

  #conceptRow(prefixes: ReadonlySet<string>): ConceptRow {
    const source = this.#prefixed(prefixes);
    const relation = this.#stream.token;
    if (!RELATIONS.has(relation.text)) this.#stream.fail('a relation such as == or -');
    this.#stream.take();
    return { source, relation: relation.text as Relation, target: this.#prefixed(prefixes) };
  }

  #prefixed(prefixes: ReadonlySet<string>): { prefix: string; code: string } {
    if (!prefixes.has(this.#stream.token.text)) this.#stream.fail('a declared prefix');
    const prefix = this.#stream.name();
    this.#stream.expect(':');
    const { kind } = this.#stream.token;
    if (kind !== 'string' && kind !== 'number') return { prefix, code: this.#stream.name('a code') };
    return { prefix, code: this.#stream.take().text };
  }

  #group(): Group {
    const noted = this.#begin();
    this.#stream.expect('group');
    const name = this.#stream.name('the name of the group');
    const inputs = this.#inputs();
    const parent = this.#stream.takeIf('extends') ? this.#stream.name('the name of a group') : undefined;
    const typeMode = this.#stream.takeIf('<<') ? this.#typeMode() : undefined;
    const { rules, closing } = this.#rules.block();
    return this.#end({
      ...noted,
      name,
      ...(parent !== undefined && { extends: parent }),
      ...(typeMode && { typeMode }),
      inputs,
      rules,
      ...(closing.length > 0 && { closing }),
    });
  }

  #typeMode(): 'types' | 'type-and-types' {
    const word = this.#stream.name("'types' or 'type+'");
    if (word === 'types') {
      this.#stream.expect('>>');
      return 'types';
    }
    if (word !== 'type') this.#stream.fail("'types' or 'type+'");
    this.#stream.expect('+');
    this.#stream.expect('>>');
    return 'type-and-types';
  }

  #inputs(): Input[] {
    this.#stream.expect('(');
    const inputs: Input[] = [];
    do inputs.push(this.#input());
    while (this.#stream.takeIf(','));
    this.#stream.expect(')');
    return inputs;
  }

  #input(): Input {
    if (!this.#stream.is('source') && !this.#stream.is('target')) this.#stream.fail("'source' or 'target'");
    const mode = this.#stream.take().text as 'source' | 'target';
    const name = this.#stream.name('the name of the parameter');
    if (!this.#stream.takeIf(':')) return { name, mode };
    const type = this.#stream.token.kind === 'string' ? this.#stream.take().text : this.#stream.name('a type');
    return { name, mode, type };
  }
}
