import type { Atom } from '@medplum/core';
import {
  AndAtom,
  ArithmeticOperatorAtom,
  AsAtom,
  ConcatAtom,
  ContainsAtom,
  DotAtom,
  EmptySetAtom,
  EqualsAtom,
  EquivalentAtom,
  FhirPathAtom,
  FunctionAtom,
  ImpliesAtom,
  InAtom,
  IndexerAtom,
  InfixOperatorAtom,
  IsAtom,
  initFhirPathParserBuilder,
  LiteralAtom,
  NotEqualsAtom,
  NotEquivalentAtom,
  OrAtom,
  SymbolAtom,
  Tokenizer,
  UnionAtom,
  XorAtom,
} from '@medplum/core';
import {
  answer,
  areWithin,
  type Collection,
  choiceProperties,
  distinct,
  EMPTY,
  Exhausted,
  type Frame,
  isObject,
  isThere,
  NotCompiled,
  negated,
  type Run,
  type Surroundings,
  spend,
  step,
  truth,
} from './fhirpath-collections.ts';
import { FUNCTIONS } from './fhirpath-functions.ts';
import { evaluateByLibrary } from './fhirpath-library.ts';
import { and, arithmetic, compare, equal, equivalent, implies, or, xor } from './fhirpath-operators.ts';
import { capitalised, r4Definitions } from './model.ts';

/**
 * FHIRPath compiled to functions over plain JSON. The parser is Medplum's; what invariants use is compiled here; an expression with anything
 * else is evaluated by the `fhirpath` library. Collections are arrays of JSON values, without types: a type is told from the property
 * of a choice (`valueQuantity`) or from `resourceType`, and where that does not do, the library is asked.
 */
export interface Expression {
  evaluate(value: unknown, around: Surroundings): Collection;
  /** The singleton boolean of the result: true, false, or undefined for an empty or plural one; else why there is none. */
  test(value: unknown, around: Surroundings): boolean | undefined | 'unevaluable' | 'too costly';
}

/**
 * Compiles an expression; `type` is the type or path of what it will be run on (`Patient.contact`).
 * @throws SyntaxError if the expression cannot be parsed: a fault of the definition it stands in.
 */
export function compileFhirPath(expression: string, type?: string): Expression {
  let atom: Atom;
  try {
    atom = parsed(expression);
  } catch {
    throw new SyntaxError('The FHIRPath expression cannot be parsed');
  }
  try {
    return runnable(compile(atom), compileTruth(atom));
  } catch (thrown) {
    if (!(thrown instanceof NotCompiled)) throw thrown;
    return libraryExpression(expression, type);
  }
}

/** Medplum's own parse stops where it understands no more and passes over the rest; here the rest is a fault. */
function parsed(expression: string): Atom {
  const tokens = new Tokenizer(expression, ['true', 'false'], ['!=', '!~', '<=', '>=', '{}', '->']).tokenize();
  const parser = initFhirPathParserBuilder().construct(tokens);
  const atom = parser.consumeAndParse();
  if (parser.hasMore()) throw new SyntaxError('There is more than one expression');
  return atom;
}

function runnable(run: Run, verdict: Verdict): Expression {
  const from = (value: unknown, around: Surroundings) => {
    const focus = [value];
    return { around, context: focus, self: focus, index: 0 };
  };
  const evaluate = (value: unknown, around: Surroundings) => {
    const frame = from(value, around);
    return run(frame.self, frame);
  };
  const test: Expression['test'] = (value, around) => {
    const frame = from(value, around);
    return verdict(frame.self, frame);
  };
  return { evaluate: within(evaluate, EMPTY), test: within(test, 'too costly') };
}

/** An expression that spends its budget gives `otherwise`. */
function within<T>(give: (value: unknown, around: Surroundings) => T, otherwise: T) {
  return (value: unknown, around: Surroundings): T => {
    try {
      return give(value, around);
    } catch (thrown) {
      if (thrown instanceof Exhausted) return otherwise;
      throw thrown;
    }
  };
}

function libraryExpression(expression: string, type: string | undefined): Expression {
  return {
    evaluate: (value, around) => evaluateByLibrary({ expression, type }, value, around) ?? EMPTY,
    test: (value, around) => {
      const result = evaluateByLibrary({ expression, type }, value, around);
      return result ? truth(result) : 'unevaluable';
    },
  };
}

/** Operators that take both sides as collections. */
const OPERATORS: readonly (readonly [
  abstract new (...args: never[]) => InfixOperatorAtom,
  (left: Collection, right: Collection) => Collection,
])[] = [
  [AndAtom, (left, right) => answer(and(truth(left), truth(right)))],
  [OrAtom, (left, right) => answer(or(truth(left), truth(right)))],
  [XorAtom, (left, right) => answer(xor(truth(left), truth(right)))],
  [ImpliesAtom, (left, right) => answer(implies(truth(left), truth(right)))],
  [EqualsAtom, (left, right) => answer(equal(left, right))],
  [NotEqualsAtom, (left, right) => answer(negated(equal(left, right)))],
  [EquivalentAtom, (left, right) => answer(equivalent(left, right))],
  [NotEquivalentAtom, (left, right) => answer(!equivalent(left, right))],
  [InAtom, (left, right) => (left.length === 0 ? EMPTY : answer(areWithin(left, right)))],
  [ContainsAtom, (left, right) => (right.length === 0 ? EMPTY : answer(areWithin(right, left)))],
  [UnionAtom, (left, right) => distinct([...left, ...right])],
  [ConcatAtom, (left, right) => [`${left[0] ?? ''}${right[0] ?? ''}`]],
];

export function compile(atom: Atom): Run {
  if (atom instanceof FhirPathAtom) return compile(atom.child);
  if (atom instanceof LiteralAtom) return constant(atom.value.value);
  if (atom instanceof EmptySetAtom) return () => EMPTY;
  if (atom instanceof SymbolAtom) return symbol(atom.name);
  if (atom instanceof DotAtom) return dot(atom);
  if (atom instanceof FunctionAtom) return call(atom);
  if (atom instanceof IndexerAtom) return indexed(compile(atom.left), compile(atom.expr));
  if (atom instanceof IsAtom) return isOf(atom.left, typeName(atom.right));
  if (atom instanceof AsAtom) return ofType(atom.left, typeName(atom.right));
  if (atom instanceof InfixOperatorAtom) return infix(atom);
  throw new NotCompiled();
}

/** An expression asked only for its truth: connectives stop where the answer is known, and existence collects nothing. */
type Verdict = (focus: Collection, frame: Frame) => boolean | undefined;

function compileTruth(atom: Atom): Verdict {
  if (atom instanceof FhirPathAtom) return compileTruth(atom.child);
  if (atom instanceof AndAtom) return connective(atom, and, false);
  if (atom instanceof OrAtom) return connective(atom, or, true);
  if (atom instanceof ImpliesAtom) return connective(atom, implies, false);
  if (atom instanceof DotAtom && atom.right instanceof FunctionAtom && atom.right.args.length === 0) {
    const existence = existenceOf(atom.left, atom.right.name);
    if (existence) return existence;
  }
  const run = compile(atom);
  return (focus, frame) => truth(run(focus, frame));
}

function connective(
  { left, right }: InfixOperatorAtom,
  apply: (left: boolean | undefined, right: boolean | undefined) => boolean | undefined,
  decided: boolean,
): Verdict {
  const first = compileTruth(left);
  const second = compileTruth(right);
  return (focus, frame) => {
    const known = first(focus, frame);
    return known === decided ? apply(known, undefined) : apply(known, second(focus, frame));
  };
}

/** `name.exists()` and `name.empty()` of a plain name. */
function existenceOf(atom: Atom, name: string): Verdict | undefined {
  if ((name !== 'exists' && name !== 'empty') || !(atom instanceof SymbolAtom) || !/^[a-z]/.test(atom.name))
    return undefined;
  const wanted = name === 'exists';
  const properties = choiceProperties(atom.name);
  return (focus) => isThere(focus, atom.name, properties) === wanted;
}

const constant = (value: unknown): Run => constantly(value === undefined ? EMPTY : [value]);

function infix(atom: InfixOperatorAtom): Run {
  const left = compile(atom.left);
  const right = compile(atom.right);
  if (atom instanceof UnionAtom && isConstant(atom)) return constantly(distinct(constants(atom)));
  if (atom instanceof InAtom && isConstant(atom.right)) return isAmong(left, new Set(constants(atom.right)));
  if (atom instanceof ArithmeticOperatorAtom) {
    const { operator } = atom;
    if (/^[<>]/.test(operator))
      return (focus, frame) => answer(compare(operator, left(focus, frame), right(focus, frame)));
    return (focus, frame) => arithmetic(operator, left(focus, frame), right(focus, frame));
  }
  const row = OPERATORS.find(([kind]) => atom instanceof kind);
  if (!row) throw new NotCompiled();
  const apply = row[1];
  return (focus, frame) => apply(left(focus, frame), right(focus, frame));
}

const isConstant = (atom: Atom): boolean =>
  atom instanceof LiteralAtom || (atom instanceof UnionAtom && isConstant(atom.left) && isConstant(atom.right));

function constants(atom: Atom): unknown[] {
  if (atom instanceof UnionAtom) return [...constants(atom.left), ...constants(atom.right)];
  return atom instanceof LiteralAtom ? [atom.value.value] : [];
}

function constantly(collection: Collection): Run {
  return () => collection;
}

/** `… in ('a' | 'b')`: the list is made once, and an item is looked up in it. */
function isAmong(left: Run, list: ReadonlySet<unknown>): Run {
  return (focus, frame) => {
    const items = left(focus, frame);
    return items.length === 0 ? EMPTY : answer(items.every((item) => list.has(item)));
  };
}

/** Variables FHIR defines for invariants (https://hl7.org/fhir/R4/fhirpath.html#variables). */
const VARIABLES: Readonly<Record<string, Run>> = {
  $this: (_, frame) => frame.self,
  $index: (_, frame) => [frame.index],
  '%context': (_, frame) => frame.context,
  '%resource': (_, frame) => [frame.around.resource],
  '%rootResource': (_, frame) => [frame.around.rootResource],
  '%ucum': () => ['http://unitsofmeasure.org'],
  '%sct': () => ['http://snomed.info/sct'],
  '%loinc': () => ['http://loinc.org'],
};

function symbol(name: string): Run {
  const variable = VARIABLES[name];
  if (variable) return variable;
  if (/^[$%]/.test(name) || name in Object.prototype) throw new NotCompiled();
  if (/^[A-Z]/.test(name)) return (focus) => focus.filter((item) => isResource(item, name));
  const properties = choiceProperties(name);
  return (focus, frame) => {
    const found = step(focus, name, properties);
    spend(frame, focus.length + found.length);
    return found;
  };
}

function dot({ left, right }: DotAtom): Run {
  // the extensions of a primitive stand beside it, under `_name`
  if (right instanceof SymbolAtom && (right.name === 'extension' || right.name === 'id')) {
    const parent = parentStep(left);
    if (parent)
      return (focus, frame) => {
        const found = besideAndWithin(parent.run(focus, frame), parent.name, right.name);
        spend(frame, 1 + found.length);
        return found;
      };
  }
  const first = compile(left);
  if (right instanceof FunctionAtom) return call(right, left, first);
  const second = compile(right);
  return (focus, frame) => second(first(focus, frame), frame);
}

/** `a.b` as its parent `a` and the name `b`; undefined if the last part is not a plain name. */
function parentStep(atom: Atom): { run: Run; name: string } | undefined {
  const [parent, last] = atom instanceof DotAtom ? [atom.left, atom.right] : [undefined, atom];
  if (!(last instanceof SymbolAtom) || !/^[a-z]/.test(last.name)) return undefined;
  return { run: parent ? compile(parent) : (focus) => focus, name: last.name };
}

function besideAndWithin(parents: Collection, name: string, child: string): Collection {
  if (parents.length === 0) return EMPTY;
  const companions = parents.flatMap((parent) => (isObject(parent) ? [parent[`_${name}`]].flat() : []));
  return [...step(step(parents, name, choiceProperties(name)), child), ...step(companions, child)];
}

function call(atom: FunctionAtom, target?: Atom, before: Run = (focus) => focus): Run {
  const parent = atom.name === 'extension' && target ? parentStep(target) : undefined;
  if (parent) return extensionsOf(parent, compile(atom.args[0]!));
  if (atom.name === 'is' || atom.name === 'as' || atom.name === 'ofType') {
    const name = typeName(atom.args[0]);
    return atom.name === 'is' ? isOf(target, name) : ofType(target, name);
  }
  const make = Object.hasOwn(FUNCTIONS, atom.name) ? FUNCTIONS[atom.name] : undefined;
  if (!make) throw new NotCompiled();
  const run = make(atom.args.map(compile), atom.args);
  return (focus, frame) => run(before(focus, frame), frame);
}

/** `name.extension(url)`, on the extensions beside a primitive too. */
function extensionsOf(parent: { run: Run; name: string }, url: Run): Run {
  return (focus, frame) => {
    const [wanted] = url(frame.self, frame);
    const found = besideAndWithin(parent.run(focus, frame), parent.name, 'extension');
    return found.filter((extension) => isObject(extension) && extension.url === wanted);
  };
}

function indexed(left: Run, index: Run): Run {
  return (focus, frame) => {
    const [at] = index(frame.self, frame);
    const item = typeof at === 'number' ? left(focus, frame)[at] : undefined;
    return item === undefined ? EMPTY : [item];
  };
}

function typeName(atom: Atom | undefined): string {
  if (atom instanceof SymbolAtom) return atom.name;
  if (atom instanceof DotAtom && atom.right instanceof SymbolAtom) return atom.right.name;
  throw new NotCompiled();
}

const resourceNames = new Set<string>();

function isResourceName(name: string): boolean {
  if (resourceNames.size === 0)
    for (const { kind, name: resource } of r4Definitions()) if (kind === 'resource') resourceNames.add(resource!);
  return resourceNames.has(name);
}

function isResource(item: unknown, name: string): boolean {
  if (!isObject(item) || typeof item.resourceType !== 'string') return false;
  return item.resourceType === name || name === 'Resource' || name === 'DomainResource';
}

/** The items of `target` that are of the type: a resource by `resourceType`, a choice by its property. */
function ofType(target: Atom | undefined, type: string): Run {
  if (isResourceName(type)) {
    const run = target ? compile(target) : (focus: Collection) => focus;
    return (focus, frame) => run(focus, frame).filter((item) => isResource(item, type));
  }
  const parent = target && parentStep(target);
  const properties = parent && choiceProperties(parent.name);
  if (!parent || !properties) throw new NotCompiled();
  const property = [...properties.keys()].find((key) => key === parent.name + capitalised(type));
  if (!property) return () => EMPTY;
  return (focus, frame) => step(parent.run(focus, frame), property);
}

function isOf(target: Atom | undefined, type: string): Run {
  const all = target ? compile(target) : (focus: Collection) => focus;
  const typed = ofType(target, type);
  return (focus, frame) => (all(focus, frame).length === 0 ? EMPTY : answer(typed(focus, frame).length > 0));
}
