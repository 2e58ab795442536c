import fc from 'fast-check';
import type {
  ConceptMapBlock,
  Dependent,
  Group,
  MapDefinition,
  MetadataEntry,
  Parameter,
  Relation,
  Rule,
  Source,
  Target,
} from '../../src/mapping/ast.ts';
import { TRANSFORMS } from '../../src/mapping/ast.ts';
import { BINDING, type BinaryOperator, type Expression } from '../../src/mapping/expression/ast.ts';

/** Random maps, expressions and sources for property tests. */
const at = { line: 1, column: 1 };
const plainName = fc.constantFrom(
  'src',
  'tgt',
  'PID_3',
  'name',
  'value',
  'x1',
  '_odd',
  'group',
  'then',
  'type',
  'as',
  'log',
  'where',
);
const anyName = fc.oneof(
  { weight: 8, arbitrary: plainName },
  fc.constantFrom('with space', 'back`tick', 'true', 'æøå', '1st'),
);
const words = [
  'plain',
  "it's",
  'say "so"',
  'back\\slash',
  'line\nbreak',
  '// no comment',
  '/* nor this */',
  '',
  'æ→😀',
  '{}',
  '%',
];
const anyText = fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 }));
const number = fc.constantFrom('0', '7', '42', '1.50', '0.001');

/** Only what is there is given, as the types of the AST ask for. */
function optional<T extends object>(entries: { [K in keyof T]?: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(entries as never, { requiredKeys: [] }) as never;
}

const literal: fc.Arbitrary<Expression> = fc.oneof(
  anyText.map((value): Expression => ({ kind: 'literal', type: 'string', value, offset: 0 })),
  fc.boolean().map((value): Expression => ({ kind: 'literal', type: 'boolean', value: String(value), offset: 0 })),
  number.map(
    (value): Expression => ({ kind: 'literal', type: value.includes('.') ? 'decimal' : 'integer', value, offset: 0 }),
  ),
  fc.constantFrom<Expression>(
    { kind: 'literal', type: 'date', value: '2025-03-01', offset: 0 },
    { kind: 'literal', type: 'dateTime', value: '2025-03-01T10:00:00+01:00', offset: 0 },
    { kind: 'literal', type: 'time', value: '10:00', offset: 0 },
    { kind: 'literal', type: 'quantity', value: '5', unit: 'days', offset: 0 },
    { kind: 'literal', type: 'quantity', value: '4.5', unit: "'mg'", offset: 0 },
    { kind: 'literal', type: 'empty', value: '', offset: 0 },
  ),
);

export const expressions: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    literal,
    anyName.map((name): Expression => ({ kind: 'name', name, offset: 0 })),
    plainName.map((name): Expression => ({ kind: 'variable', name, offset: 0 })),
    fc
      .constantFrom('$this' as const, '$index' as const)
      .map((name): Expression => ({ kind: 'special', name, offset: 0 })),
    fc.record({ kind: fc.constant('member' as const), of: tie('expression'), name: anyName, offset: fc.constant(0) }),
    fc.record({
      kind: fc.constant('item' as const),
      of: tie('expression'),
      by: tie('expression'),
      offset: fc.constant(0),
    }),
    fc.record({
      kind: fc.constant('sign' as const),
      sign: fc.constantFrom('+' as const, '-' as const),
      of: tie('expression'),
      offset: fc.constant(0),
    }),
    fc.record({
      kind: fc.constant('type' as const),
      test: fc.constantFrom('is' as const, 'as' as const),
      of: tie('expression'),
      type: fc.constantFrom('string', 'FHIR.Patient'),
      offset: fc.constant(0),
    }),
    fc.record({
      kind: fc.constant('binary' as const),
      op: fc.constantFrom(...(Object.keys(BINDING) as BinaryOperator[])),
      left: tie('expression'),
      right: tie('expression'),
      offset: fc.constant(0),
    }),
    fc
      .record({
        name: fc.constantFrom('exists', 'where', 'iif', 'danishInstant', 'first'),
        args: fc.array(tie('expression'), { maxLength: 2 }),
        of: fc.option(tie('expression'), { nil: undefined }),
      })
      .map(({ name, args, of }): Expression => ({ kind: 'call', name, args, offset: 0, ...(of && { of }) })),
  ),
})).expression;

const simpleParameter: fc.Arbitrary<Parameter> = fc.oneof(
  plainName.map((value): Parameter => ({ kind: 'id', value })),
  anyText.map((value): Parameter => ({ kind: 'string', value })),
  fc.boolean().map((value): Parameter => ({ kind: 'boolean', value })),
  fc
    .integer({ min: -1000, max: 1000 })
    .map((value): Parameter => ({ kind: 'integer', value: value === 0 ? 0 : value })),
  fc.constantFrom<Parameter>({ kind: 'decimal', value: '1.5' }, { kind: 'decimal', value: '-0.25' }),
);

const evaluated: fc.Arbitrary<Pick<Target, 'transform' | 'parameters'>> = fc.record({
  transform: fc.constant('evaluate' as const),
  parameters: fc
    .tuple(fc.option(plainName, { nil: undefined }), expressions)
    .map(([focus, value]): Parameter[] => [
      ...(focus === undefined ? [] : [{ kind: 'id' as const, value: focus }]),
      { kind: 'expression', value },
    ]),
});
const transformed: fc.Arbitrary<Pick<Target, 'transform' | 'parameters'>> = fc.oneof(
  evaluated,
  fc.record({ transform: fc.constant('copy' as const), parameters: fc.tuple(simpleParameter) }),
  fc.record({
    transform: fc.constantFrom(...TRANSFORMS.filter((name) => name !== 'evaluate' && name !== 'copy')),
    parameters: fc.array(simpleParameter, { maxLength: 3 }),
  }),
  fc.constant({ parameters: [] }),
);

const path = fc.array(plainName, { minLength: 1, maxLength: 2 }).map((steps) => steps.join('.'));

const source: fc.Arbitrary<Source> = fc
  .tuple(
    plainName,
    optional<Source>({
      element: path,
      type: fc.constantFrom('string', 'CX'),
      defaultValue: expressions,
      listMode: fc.constantFrom(
        'first' as const,
        'not_first' as const,
        'last' as const,
        'not_last' as const,
        'only_one' as const,
      ),
      variable: plainName,
      condition: expressions,
      check: expressions,
      log: expressions,
    }),
    fc.option(fc.constantFrom({ min: 0, max: '1' }, { min: 1, max: '*' }), { nil: {} }),
  )
  .map(([context, rest, count]) => ({ at, context, ...rest, ...count }));

const target: fc.Arbitrary<Target> = fc
  .tuple(
    fc.record({ context: plainName, element: fc.option(path, { nil: undefined }) }),
    transformed,
    fc.option(plainName, { nil: undefined }),
    fc.constantFrom(
      {},
      {},
      { listMode: 'first' as const },
      { listMode: 'single' as const },
      { listMode: 'share' as const, listRuleId: 'x' },
    ),
  )
  .map(([{ context, element }, made, variable, mode]) => ({
    at,
    context,
    ...(element !== undefined && { element }),
    ...made,
    ...(variable !== undefined && { variable }),
    ...mode,
  }));

const dependent: fc.Arbitrary<Dependent> = fc.record({
  at: fc.constant(at),
  name: plainName,
  parameters: fc.array(simpleParameter, { maxLength: 3 }),
});

/** `a.x -> b.y` is simple form in the mapping language, so a rule that only looks like it gets a variable. */
function notBare(rule: Rule): Rule {
  return { ...rule, targets: rule.targets.map((one) => (one.transform ? one : { variable: 'made', ...one })) };
}

const ruleName = fc.option(fc.constantFrom('a rule', 'it"s', 'x'), { nil: undefined });

const rules: fc.Arbitrary<Rule[]> = fc.letrec<{ rules: Rule[]; rule: Rule }>((tie) => ({
  rules: fc.oneof({ maxDepth: 2 }, fc.constant<Rule[]>([]), fc.array(tie('rule'), { minLength: 1, maxLength: 3 })),
  rule: fc
    .record({
      sources: fc.array(source, { minLength: 1, maxLength: 2 }),
      targets: fc.array(target, { maxLength: 3 }),
      dependents: fc.array(dependent, { maxLength: 2 }),
      rules: tie('rules'),
      name: ruleName,
    })
    .map(({ name, ...rest }): Rule => notBare({ at, ...rest, ...(name !== undefined && { name }) })),
})).rules;

const group: fc.Arbitrary<Group> = fc
  .record({
    name: fc.constantFrom('main', 'other', 'third'),
    inputs: fc.constant([
      { name: 'src', mode: 'source' as const },
      { name: 'tgt', mode: 'target' as const, type: 'Patient' },
    ]),
    rules,
    rest: optional<Group>({
      extends: fc.constant('base'),
      typeMode: fc.constantFrom('types' as const, 'type-and-types' as const),
    }),
  })
  .map(({ rest, ...made }) => ({ at, ...made, ...rest }));

const conceptMap: fc.Arbitrary<ConceptMapBlock> = fc
  .array(
    fc.tuple(
      anyText.filter((code) => code !== ''),
      fc.constantFrom<Relation>('-', '==', '!=', '<=', '>=', '=', '<-', '>-', '~'),
      fc.constantFrom('a', 'b-c'),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((rows) => ({
    at,
    id: 'codes',
    prefixes: [
      { name: 's', url: 'http://example.org/s' },
      { name: 't', url: 'http://example.org/t' },
    ],
    provided: [],
    rows: rows.map(([code, relation, to]) => ({
      source: { prefix: 's', code },
      relation,
      target: { prefix: 't', code: to },
    })),
  }));

export const definitions: fc.Arbitrary<MapDefinition> = fc.record({
  file: fc.constant('random.map'),
  url: fc.constant('http://example.org/maps/random'),
  name: fc.constantFrom('random', "odd 'name'"),
  metadata: fc.subarray([
    { key: 'title', value: 'A title' },
    { key: 'status', value: 'active' },
    { key: 'experimental', value: true },
    { key: 'description', value: 'two\nlines' },
  ] as MetadataEntry[]),
  conceptMaps: fc.array(conceptMap, { maxLength: 1 }),
  structures: fc.constant([
    { at, url: 'http://hl7.org/fhir/StructureDefinition/Patient', alias: 'Patient', mode: 'target' as const },
  ]),
  imports: fc.constantFrom([], [{ at, url: 'http://example.org/maps/*' }]),
  constants: fc.array(
    expressions.map((value) => ({ at, name: 'fixed', value })),
    { maxLength: 1 },
  ),
  groups: fc.uniqueArray(group, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
});

/**
 * The same map with every name one that is there and every call one with the arguments it takes, so that it compiles and what it does when it runs
 * can be looked at.
 */
export function sound(map: MapDefinition): MapDefinition {
  return JSON.parse(JSON.stringify(map, (_key, node) => soundNode(node)));
}

const ARGUMENTS: Readonly<Record<string, number>> = { exists: 0, first: 0, where: 1, iif: 2, danishInstant: 1 };
const TARGETS = [
  'name',
  'name.family',
  'birthDate',
  'deceased',
  'contact.name',
  'maritalStatus',
  'multipleBirth',
  'active',
];

function soundNode(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const found = node as Record<string, unknown>;
  if (found.kind === 'variable') return { ...found, name: 'src' };
  if (found.kind === 'id') return { ...found, value: 'src' };
  if (found.kind === 'call') return soundCall(found);
  if (found.extends !== undefined) return { ...found, extends: undefined };
  if (Array.isArray(found.inputs)) return { ...found, name: found.name };
  if (Array.isArray(found.dependents)) return { ...found, dependents: [] };
  if ('parameters' in found) return soundTarget(found);
  return 'context' in found ? { ...found, context: 'src', type: undefined } : found;
}

function soundCall(call: Record<string, unknown>): unknown {
  const wanted = ARGUMENTS[call.name as string]! - (call.name === 'danishInstant' && call.of ? 1 : 0);
  const args = (call.args as unknown[]).slice(0, wanted);
  while (args.length < wanted) args.push({ kind: 'name', name: 'name', offset: 0 });
  return { ...call, args };
}

function soundTarget(target: Record<string, unknown>): unknown {
  const parameters = target.parameters as { kind: string }[];
  const isEvaluate = target.transform === 'evaluate';
  return {
    ...target,
    context: 'tgt',
    element: TARGETS[JSON.stringify(target).length % TARGETS.length],
    ...(!isEvaluate && { transform: 'copy', parameters: [parameters[0] ?? { kind: 'id', value: 'src' }] }),
  };
}

/** Source trees as formats make them, and worse. */
export const sources: fc.Arbitrary<Record<string, unknown>> = fc.dictionary(
  fc.constantFrom('PID', 'PID_3', 'CX_1', 'name', 'value', 'src', 'type', '__proto__', 'constructor', 'resourceType'),
  fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.string({ maxLength: 5 }),
      fc.constantFrom('20250301', '2512489996', null, 5, true, '', 'Patient'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('CX_1', 'CX_4', 'value', 'name', 'resourceType'), tie('node'), { maxKeys: 3 }),
    ),
  })).node,
  { maxKeys: 6 },
);
