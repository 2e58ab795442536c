import type {
  Dependent,
  Parameter,
  Rule,
  Source,
  SourceListMode,
  Spot,
  Target,
  TargetListMode,
  TransformName,
} from './ast.ts';
import { SIMPLE_VARIABLE, TRANSFORMS } from './ast.ts';
import type { Expression } from './expression/ast.ts';
import { readArguments, readExpression, readLiteral, readPath } from './expression/parse.ts';
import type { TokenStream } from './token-stream.ts';

const SOURCE_MODES: ReadonlySet<string> = new Set(['first', 'not_first', 'last', 'not_last', 'only_one']);
const TARGET_MODES: Readonly<Record<string, TargetListMode>> = {
  first: 'first',
  last: 'last',
  single: 'single',
  /** R4's word for R5's `single`. */
  collate: 'single',
};
const TRANSFORM_NAMES: ReadonlySet<string> = new Set(TRANSFORMS);

/** Reads the rules of a group. */
export class RuleReader {
  readonly #stream: TokenStream;
  readonly #spot: (offset: number) => Spot;

  constructor(stream: TokenStream, spot: (offset: number) => Spot) {
    this.#stream = stream;
    this.#spot = spot;
  }

  /** `{ rules }`, and the comments between the last rule and the brace. */
  block(): { rules: Rule[]; closing: string[] } {
    return this.#stream.nested(() => {
      this.#stream.expect('{');
      const rules: Rule[] = [];
      while (!this.#stream.is('}')) rules.push(this.#rule());
      const closing = this.#stream.takeComments().map((comment) => comment.text);
      this.#stream.expect('}');
      return { rules, closing };
    });
  }

  #rule(): Rule {
    const comments = this.#stream.takeComments();
    const { gap, start } = this.#stream.token;
    const sources = this.#listOf(() => this.#source());
    const targets = this.#stream.takeIf('->') ? this.#listOf(() => this.#target()) : [];
    const then = this.#stream.takeIf('then') ? this.#then() : { dependents: [], rules: [], closing: [] };
    const name = this.#ruleName();
    comments.push(...this.#stream.takeComments());
    if (!this.#stream.is(';')) this.#stream.fail("',', '->', 'then', a rule name in quotes or ';'");
    this.#stream.take();
    const after = this.#stream.takeTrailing();
    return this.#simplified({
      at: this.#spot(start),
      ...(comments.length > 0 && { before: comments.map((comment) => comment.text) }),
      ...(after !== undefined && { after }),
      ...(gap && { gap }),
      ...(name !== undefined && { name }),
      sources,
      targets,
      dependents: then.dependents,
      rules: then.rules,
      ...(then.closing.length > 0 && { closing: then.closing }),
    });
  }

  /** `a.x -> b.y` becomes what HL7's StructureMap has for it: create, with one variable name on both sides. */
  #simplified(rule: Rule): Rule {
    const [source, target] = [rule.sources[0]!, rule.targets[0]];
    const bare =
      rule.sources.length === 1 &&
      rule.targets.length === 1 &&
      rule.dependents.length + rule.rules.length === 0 &&
      source.element !== undefined &&
      source.variable === undefined &&
      target?.context !== undefined &&
      target.element !== undefined &&
      target.transform === undefined &&
      target.variable === undefined;
    if (!bare) return rule;
    return {
      ...rule,
      sources: [{ ...source, variable: SIMPLE_VARIABLE }],
      targets: [{ ...target, transform: 'create', variable: SIMPLE_VARIABLE }],
    };
  }

  #ruleName(): string | undefined {
    const { kind } = this.#stream.token;
    return kind === 'string' || kind === 'name' ? this.#stream.take().text : undefined;
  }

  #listOf<T>(read: () => T): T[] {
    const all = [read()];
    while (this.#stream.takeIf(',')) all.push(read());
    return all;
  }

  /** A context and the path below it. */
  #path(what: string): { context: string; element?: string } {
    const context = this.#stream.name(what);
    const steps: string[] = [];
    while (this.#stream.takeIf('.')) {
      steps.push(this.#stream.name('an element'));
      if (this.#stream.is('[') && this.#stream.ahead().text === 'x') for (let i = 0; i < 3; i++) this.#stream.take();
    }
    return steps.length > 0 ? { context, element: steps.join('.') } : { context };
  }

  #source(): Source {
    const at = this.#spot(this.#stream.token.start);
    const path = this.#path("a rule or '}'");
    const type = this.#stream.takeIf(':') ? this.#stream.name('a type') : undefined;
    const cardinality = this.#stream.token.kind === 'number' ? this.#cardinality() : {};
    const defaultValue = this.#stream.takeIf('default') ? this.#defaultValue() : undefined;
    const listMode = SOURCE_MODES.has(this.#stream.token.text)
      ? (this.#stream.take().text as SourceListMode)
      : undefined;
    const variable = this.#alias();
    const condition = this.#clause('where');
    const check = this.#clause('check');
    const log = this.#clause('log');
    return {
      at,
      ...path,
      ...(type !== undefined && { type }),
      ...cardinality,
      ...(defaultValue && { defaultValue }),
      ...(listMode && { listMode }),
      ...(variable !== undefined && { variable }),
      ...(condition && { condition }),
      ...(check && { check }),
      ...(log && { log }),
    };
  }

  #cardinality(): { min: number; max: string } {
    const min = Number(this.#stream.take().text);
    this.#stream.expect('..');
    if (this.#stream.takeIf('*')) return { min, max: '*' };
    if (this.#stream.token.kind !== 'number') this.#stream.fail("a number or '*'");
    return { min, max: this.#stream.take().text };
  }

  /** In parentheses, or (as in R4) a bare literal. */
  #defaultValue(): Expression {
    if (!this.#stream.takeIf('(')) return readLiteral(this.#stream);
    const value = readExpression(this.#stream);
    this.#stream.expect(')');
    return value;
  }

  #alias(): string | undefined {
    return this.#stream.takeIf('as') ? this.#stream.name('the name of a variable') : undefined;
  }

  #clause(word: string): Expression | undefined {
    return this.#stream.takeIf(word) ? readExpression(this.#stream) : undefined;
  }

  #target(): Target {
    const at = this.#spot(this.#stream.token.start);
    const standsAlone = this.#stream.is('(') || this.#stream.ahead().text === '(';
    const path = standsAlone ? {} : this.#path('a target');
    const made = standsAlone || this.#stream.takeIf('=') ? this.#transform() : { parameters: [] };
    const variable = this.#alias();
    return { at, ...path, ...made, ...(variable !== undefined && { variable }), ...this.#targetMode() };
  }

  #targetMode(): Pick<Target, 'listMode' | 'listRuleId'> {
    if (this.#stream.takeIf('share'))
      return { listMode: 'share', listRuleId: this.#stream.name('the name of what is shared') };
    const listMode = this.#stream.token.kind === 'name' ? TARGET_MODES[this.#stream.token.text] : undefined;
    if (!listMode) return {};
    this.#stream.take();
    return { listMode };
  }

  #transform(): { transform: TransformName; parameters: Parameter[] } {
    const { kind, text, start } = this.#stream.token;
    if (this.#stream.takeIf('(')) {
      const value = readExpression(this.#stream);
      this.#stream.expect(')');
      return evaluate(value);
    }
    if (kind === 'name' && this.#stream.ahead().text === '(') {
      if (TRANSFORM_NAMES.has(text)) return this.#named(this.#stream.take().text as TransformName);
      const call: Expression = {
        kind: 'call',
        name: this.#stream.name(),
        args: readArguments(this.#stream),
        offset: start,
      };
      return evaluate(readPath(this.#stream, call));
    }
    if (this.#stream.is('%')) return evaluate(readExpression(this.#stream));
    if ((kind === 'name' && text !== 'true' && text !== 'false') || kind === 'quoted-name') {
      const name = this.#stream.name();
      if (!this.#stream.is('.')) return { transform: 'copy', parameters: [{ kind: 'id', value: name }] };
      return evaluate(readPath(this.#stream, { kind: 'name', name, offset: start }));
    }
    return { transform: 'copy', parameters: [this.#parameter('a value, a variable, a transform or (FHIRPath)')] };
  }

  #named(transform: TransformName): { transform: TransformName; parameters: Parameter[] } {
    if (transform === 'evaluate') {
      const args = readArguments(this.#stream);
      const [first, second] = args;
      if (!first || args.length > 2) this.#stream.fail('evaluate(variable, FHIRPath) or evaluate(FHIRPath)');
      if (!second) return evaluate(first);
      if (first.kind !== 'name' && first.kind !== 'variable') this.#stream.fail('a variable', first.offset);
      return {
        transform,
        parameters: [
          { kind: 'id', value: first.name },
          { kind: 'expression', value: second },
        ],
      };
    }
    return { transform, parameters: this.#parameters() };
  }

  #parameters(): Parameter[] {
    this.#stream.expect('(');
    if (this.#stream.takeIf(')')) return [];
    const parameters = this.#listOf(() => this.#parameter('a value or a variable'));
    this.#stream.expect(')');
    return parameters;
  }

  #parameter(what: string): Parameter {
    const { kind, text } = this.#stream.token;
    if (kind === 'name' && (text === 'true' || text === 'false')) {
      this.#stream.take();
      return { kind: 'boolean', value: text === 'true' };
    }
    if (kind === 'name' || kind === 'quoted-name') return { kind: 'id', value: this.#stream.name() };
    const negative = this.#stream.is('-') && this.#stream.ahead().kind === 'number' && Boolean(this.#stream.take());
    if (!negative && kind !== 'string' && kind !== 'number' && kind !== 'time') this.#stream.fail(what);
    const { type, value } = readLiteral(this.#stream);
    const signed = negative ? `-${value}` : value;
    if (type === 'integer') return { kind: 'integer', value: Number(signed) };
    if (type === 'string' || type === 'decimal' || type === 'date' || type === 'dateTime' || type === 'time')
      return { kind: type, value: signed };
    return this.#stream.fail('a plain value');
  }

  #then(): { dependents: Dependent[]; rules: Rule[]; closing: string[] } {
    if (this.#stream.is('{')) return { dependents: [], ...this.block() };
    const dependents = this.#listOf(() => this.#dependent());
    return { dependents, ...(this.#stream.is('{') ? this.block() : { rules: [], closing: [] }) };
  }

  #dependent(): Dependent {
    const at = this.#spot(this.#stream.token.start);
    const name = this.#stream.name('the name of a group or {');
    if (!this.#stream.is('(')) this.#stream.fail("'('");
    return { at, name, parameters: this.#parameters() };
  }
}

function evaluate(value: Expression): { transform: 'evaluate'; parameters: Parameter[] } {
  return { transform: 'evaluate', parameters: [{ kind: 'expression', value }] };
}
