import type {
  ConceptMapBlock,
  Dependent,
  Group,
  MapDefinition,
  Noted,
  Parameter,
  Rule,
  Source,
  Target,
} from './ast.ts';
import { isSimpleForm, TRANSFORMS } from './ast.ts';
import { printExpression, printName, quoted } from './expression/print.ts';

const WIDTH = 120;
const TRANSFORM_NAMES: ReadonlySet<string> = new Set(TRANSFORMS);

/**
 * The one way a map is written: two spaces a level, `///` header, one rule a line where it fits in 120 columns. Comments stay, and one empty
 * line where there was any. Printing what was parsed from its own output gives the same bytes.
 */
export function printMap(map: MapDefinition): string {
  const metadata = [{ key: 'url', value: map.url }, { key: 'name', value: map.name }, ...map.metadata];
  const blocks = [
    metadata.map(({ key, value }) => printMetadata(key, value)),
    ...map.conceptMaps.map((block) => noted(block, printConceptMap(block))),
    map.structures.flatMap((use) =>
      noted(use, [`uses ${quoted(use.url, '"')}${use.alias ? ` alias ${printName(use.alias)}` : ''} as ${use.mode}`]),
    ),
    map.imports.flatMap((item) => noted(item, [`imports ${quoted(item.url, '"')}`])),
    map.constants.flatMap((item) => noted(item, [`let ${printName(item.name)} = ${printExpression(item.value)};`])),
    ...map.groups.map((group) => noted(group, printGroup(group))),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function printMetadata(key: string, value: string | number | boolean | null): string {
  if (value === null) return `/// ${key} =`;
  if (typeof value !== 'string') return `/// ${key} = ${value}`;
  return `/// ${key} = ${value.includes('\n') && !value.includes('"""') ? `"""\n${value}\n"""` : quoted(value, "'")}`;
}

/** Puts a node's comments around its lines. */
function noted(node: Noted, lines: string[], indent = ''): string[] {
  const before = (node.before ?? []).flatMap((comment) => printComment(comment, indent));
  const after = node.after ? ` // ${node.after.replace(/\s*\r?\n\s*/g, ' ')}` : '';
  return [...before, ...lines.slice(0, -1), `${lines.at(-1)}${after}`];
}

function printComment(comment: string, indent: string): string[] {
  return comment.split(/\r?\n/).map((line) => `${indent}// ${line.trim()}`.trimEnd());
}

function printConceptMap({ id, prefixes, provided, rows }: ConceptMapBlock): string[] {
  const code = (text: string) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : quoted(text, '"'));
  return [
    `conceptmap ${quoted(`#${id}`, '"')} {`,
    ...prefixes.map(({ name, url }) => `  prefix ${printName(name)} = ${quoted(url, '"')}`),
    ...provided.map((prefix) => `  unmapped for ${printName(prefix)} = provided`),
    ...rows.map(
      ({ source, relation, target }) =>
        `  ${printName(source.prefix)}:${code(source.code)} ${relation} ${printName(target.prefix)}:${code(target.code)}`,
    ),
    '}',
  ];
}

function printGroup(group: Group): string[] {
  const inputs = group.inputs.map(
    ({ mode, name, type }) => `${mode} ${printName(name)}${type === undefined ? '' : ` : ${printTypeName(type)}`}`,
  );
  const mode = group.typeMode === 'types' ? ' <<types>>' : group.typeMode ? ' <<type+>>' : '';
  const parent = group.extends === undefined ? '' : ` extends ${printName(group.extends)}`;
  return [`group ${printName(group.name)}(${inputs.join(', ')})${parent}${mode} {`, ...printBody(group, ''), '}'];
}

function printTypeName(type: string): string {
  return /^\w+$/.test(type) ? type : quoted(type, '`');
}

function printBody(node: Group | Rule, indent: string): string[] {
  const inner = `${indent}  `;
  return [
    ...node.rules.flatMap((rule, index) => [
      ...(rule.gap && index > 0 ? [''] : []),
      ...noted(rule, printRule(rule, inner), inner),
    ]),
    ...(node.closing ?? []).flatMap((comment) => printComment(comment, inner)),
  ];
}

function printRule(rule: Rule, indent: string): string[] {
  const simple = isSimpleForm(rule);
  const sources = rule.sources.map((source) => printSource(source, simple)).join(', ');
  const targets = rule.targets.map((target) => printTarget(target, simple));
  const name = rule.name === undefined ? '' : ` ${quoted(rule.name, '"')}`;
  const calls = rule.dependents.map(printDependent).join(', ');
  const opens = rule.rules.length > 0 || (rule.closing?.length ?? 0) > 0;
  const then = calls || opens ? ` then${calls ? ` ${calls}` : ''}${opens ? ' {' : ''}` : '';
  const tail = opens ? then : `${then}${name};`;
  const line = `${indent}${sources}${targets.length > 0 ? ` -> ${targets.join(', ')}` : ''}${tail}`;
  const head =
    line.length <= WIDTH || targets.length === 0
      ? [line]
      : [
          `${indent}${sources} ->`,
          ...targets.map((target, index) => `${indent}    ${target}${index < targets.length - 1 ? ',' : tail}`),
        ];
  return opens ? [...head, ...printBody(rule, indent), `${indent}}${name};`] : head;
}

function printPath(context: string | undefined, element: string | undefined): string {
  const steps = element === undefined ? [] : element.split('.');
  return [context, ...steps]
    .filter((step) => step !== undefined)
    .map(printName)
    .join('.');
}

function printSource(source: Source, simple: boolean): string {
  const clause = (word: string, expression: Source['check']) =>
    expression ? ` ${word} (${printExpression(expression)})` : '';
  return [
    printPath(source.context, source.element),
    source.type === undefined ? '' : ` : ${printTypeName(source.type)}`,
    source.min === undefined && source.max === undefined ? '' : ` ${source.min ?? 0}..${source.max ?? '*'}`,
    clause('default', source.defaultValue),
    source.listMode ? ` ${source.listMode}` : '',
    source.variable === undefined || simple ? '' : ` as ${printName(source.variable)}`,
    clause('where', source.condition),
    clause('check', source.check),
    clause('log', source.log),
  ].join('');
}

function printTarget(target: Target, simple: boolean): string {
  const path = printPath(target.context, target.element);
  const made = target.transform && !simple ? printTransform(target) : '';
  const variable = target.variable === undefined || simple ? '' : ` as ${printName(target.variable)}`;
  const mode = target.listMode
    ? ` ${target.listMode}${target.listRuleId === undefined ? '' : ` ${printName(target.listRuleId)}`}`
    : '';
  return `${path}${path && made ? ' = ' : ''}${made}${variable}${mode}`;
}

function printTransform({ transform, parameters }: Target): string {
  const [first] = parameters;
  if (transform === 'copy' && parameters.length === 1) return printParameter(first!);
  if (transform === 'evaluate' && parameters.length === 1 && first!.kind === 'expression') {
    const { value } = first!;
    const text = printExpression(value);
    const isCall = value.kind === 'call' && !value.of && !TRANSFORM_NAMES.has(value.name);
    return isCall ? text : `(${text})`;
  }
  return `${transform}(${parameters.map(printParameter).join(', ')})`;
}

function printDependent({ name, parameters }: Dependent): string {
  return `${printName(name)}(${parameters.map(printParameter).join(', ')})`;
}

export function printParameter(parameter: Parameter): string {
  switch (parameter.kind) {
    case 'id':
      return printName(parameter.value);
    case 'string':
      return quoted(parameter.value, "'");
    case 'expression':
      return printExpression(parameter.value);
    case 'time':
      return `@T${parameter.value}`;
    case 'date':
    case 'dateTime':
      return `@${parameter.value}`;
    default:
      return String(parameter.value);
  }
}
