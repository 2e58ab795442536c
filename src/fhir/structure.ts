import { isFault } from '../errors.ts';
import { bindingCheck } from './bindings.ts';
import { primitiveCheck, referenceCheck } from './element-checks.ts';
import { DEEPEST, isObject } from './fhirpath-collections.ts';
import type { ElementModel, Model, TypeModel } from './model.ts';
import { capitalised } from './model.ts';
import { rulesOf } from './rules.ts';
import type { Terminology } from './terminology.ts';
import type { Check, JsonObject, Visit } from './visit.ts';

/** A level is a name, and an index where it repeats. */
const LONGEST_PATH = 2 * DEEPEST;

/** What the caller adds to the base: profiles that resources claim, extensions that are known. */
export interface Hooks {
  readonly resource: Check;
  readonly extension: Check;
}

/** One JSON property of an object. `owner` is the object: a list of primitives is read with its companion. */
interface Property {
  readonly element: ElementModel;
  readonly check: (value: unknown, owner: JsonObject, visit: Visit) => void;
  /** Several properties of one choice: which of the object's choices. */
  readonly choice: number;
}

interface Shape {
  readonly name: string;
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly { readonly element: ElementModel; readonly names: readonly string[] }[];
  readonly rules: readonly Check[];
  readonly choices: number;
}

export interface Structure {
  /** Checks a resource against base R4: structure, formats, required bindings, references, invariants, then the hooks. */
  resource(value: unknown, visit: Visit, contained?: boolean): void;
}

/** Compiles base R4 to closures, each type when it is first met. */
export function compileStructure(model: Model, terminology: Terminology, hooks: Hooks): Structure {
  const shapes = new Map<string, Shape>();
  const resourceShapes = new Map<string, Shape>();
  const structure: Structure = { resource };

  function resource(value: unknown, visit: Visit, contained = false): void {
    const type = resourceType(value, visit);
    if (!type) return;
    const found = value as JsonObject;
    if (found === visit.root) wholeResource(found, type, visit);
    else visit.within(found, { contained, fullUrl: fullUrlOf(visit) }, () => wholeResource(found, type, visit));
  }

  function resourceType(value: unknown, visit: Visit): string | undefined {
    if (!isObject(value) || Array.isArray(value))
      visit.report('FHIR-JSON-TYPE', { type: 'Resource', expected: 'an object' });
    else if (typeof value.resourceType !== 'string') visit.report('FHIR-NOT-A-RESOURCE');
    else {
      const name = value.resourceType;
      if (resourceShapes.has(name) || isConcrete(name)) return name;
      visit.report('FHIR-RESOURCE-TYPE');
    }
    return undefined;
  }

  function isConcrete(name: string): boolean {
    const type = model.type(name);
    return type?.kind === 'resource' && !type.abstract && type.name === name;
  }

  function wholeResource(value: JsonObject, type: string, visit: Visit): void {
    const shape = resourceShapes.get(type) ?? shapeOf(type);
    resourceShapes.set(type, shape);
    object(shape, value, visit);
    hooks.resource(value, visit);
  }

  function shapeOf(typeOrPath: string): Shape {
    const known = shapes.get(typeOrPath);
    if (known) return known;
    const shape = makeShape(typeOrPath, model.type(typeOrPath)!);
    shapes.set(typeOrPath, shape);
    return shape;
  }

  function makeShape(name: string, type: TypeModel): Shape {
    const properties = new Map<string, Property>();
    const required: { element: ElementModel; names: readonly string[] }[] = [];
    let choices = 0;
    for (const element of type.elements.values()) {
      const choice = element.isChoice ? choices++ : -1;
      const names = element.isChoice ? element.types.map((code) => element.name + capitalised(code)) : [element.name];
      names.forEach((property, at) => {
        for (const [key, check] of checksOf(element, property, element.types[at] ?? ''))
          properties.set(key, { element, check, choice });
      });
      if (element.min > 0) required.push({ element, names });
    }
    return { name, properties, required, rules: ownRules(type), choices };
  }

  /** The rules on a type itself and on its ancestors; those on a backbone element stand on the element. */
  function ownRules(type: TypeModel): readonly Check[] {
    const chain: Check[] = [];
    for (
      let at: TypeModel | undefined = type;
      at && at.kind !== 'backbone';
      at = at.base ? model.type(at.base) : undefined
    ) {
      const root = model.definitions.find((definition) => definition.url === at!.url)?.differential?.element?.[0];
      chain.push(...rulesOf(root?.constraint, type.name));
    }
    return chain;
  }

  /** The checks of one property: that of its value and, for a primitive, that of its companion `_name`. */
  function checksOf(element: ElementModel, property: string, code: string): [string, Property['check']][] {
    const primitive = isPrimitive(code);
    const single = elementCheck(element, code);
    const check = element.isList ? repeating(single, element, primitive) : once(single, element);
    if (!primitive) return [[property, check]];
    return [
      [property, check],
      [`_${property}`, companion(element, property, lazily('Element'))],
    ];
  }

  const isPrimitive = (code: string) => code.startsWith('System.') || model.type(code)?.kind === 'primitive';

  function elementCheck(element: ElementModel, code: string): Check {
    const checks: Check[] = [typeCheck(element, code)];
    const { binding, definition } = element;
    if (binding?.strength === 'required') checks.push(bindingCheck(terminology, binding.valueSet) ?? nothing);
    if (code === 'Reference')
      checks.push(referenceCheck(definition.type?.find((type) => type.code === code)?.targetProfile) ?? nothing);
    const inherited = new Set(rootConstraints(code));
    checks.push(
      ...rulesOf(
        definition.constraint?.filter(({ key }) => !inherited.has(key)),
        element.path,
      ),
    );
    const used = checks.filter((check) => check !== nothing);
    if (used.length === 1) return used[0]!;
    return (value, visit) => {
      const before = visit.issues.length;
      for (const check of used) {
        check(value, visit);
        // what has the wrong form is not asked for its meaning
        if (visit.issues.length > before && visit.issues.slice(before).some(isFault)) return;
      }
    };
  }

  function rootConstraints(code: string): string[] {
    const url = model.type(code)?.url;
    const root = model.definitions.find((definition) => definition.url === url)?.differential?.element?.[0];
    return (root?.constraint ?? []).map(({ key }) => key!);
  }

  function typeCheck(element: ElementModel, code: string): Check {
    if (element.contentReference) return lazily(element.contentReference);
    if (isPrimitive(code)) return primitiveCheck(code);
    if (model.type(code)?.kind === 'resource') {
      const contained = element.name === 'contained';
      return (value, visit) => resource(value, visit, contained);
    }
    const nested = model.type(element.path);
    const check = lazily(nested?.kind === 'backbone' ? element.path : code);
    if (code !== 'Extension') return check;
    return (value, visit) => {
      check(value, visit);
      hooks.extension(value, visit);
    };
  }

  function lazily(typeOrPath: string): Check {
    let shape: Shape | undefined;
    return (value, visit) => {
      shape ??= shapeOf(typeOrPath);
      object(shape, value, visit);
    };
  }

  return structure;
}

const nothing: Check = () => {};

function fullUrlOf(visit: Visit): string | undefined {
  // Bundle.entry[i].resource: the entry is the i-th of the Bundle the visit is in
  const [entry, index, last] = visit.path.slice(-3);
  if (entry !== 'entry' || typeof index !== 'number' || last !== 'resource') return undefined;
  const entries = (visit.around.resource as JsonObject).entry as readonly JsonObject[] | undefined;
  const fullUrl = entries?.[index]?.fullUrl;
  return typeof fullUrl === 'string' ? fullUrl : undefined;
}

function object(shape: Shape, value: unknown, visit: Visit): void {
  if (!isObject(value) || Array.isArray(value)) {
    visit.report('FHIR-JSON-TYPE', { type: shape.name, expected: 'an object' });
    return;
  }
  if (visit.path.length > LONGEST_PATH) {
    visit.report('FHIR-TOO-DEEP', { limit: DEEPEST });
    return;
  }
  const chosen: (string | undefined)[] | undefined = shape.choices > 0 ? new Array(shape.choices) : undefined;
  visit.grant();
  let empty = value.resourceType === undefined;
  for (const key in value) {
    empty = false;
    const property = shape.properties.get(key);
    if (property) {
      if (chosen && property.choice >= 0) choose(chosen, property, key, visit);
      property.check(value[key], value, visit);
    } else if (key !== 'resourceType' || value.resourceType === undefined) unknownElement(key, shape, visit);
  }
  if (empty) {
    visit.report('FHIR-ELEMENT-EMPTY');
    return;
  }
  for (const { element, names } of shape.required) if (!isAnyPresent(value, names)) missing(element, visit);
  for (const rule of shape.rules) rule(value, visit);
}

function isAnyPresent(value: JsonObject, names: readonly string[]): boolean {
  for (const name of names) if (value[name] !== undefined) return true;
  return names.some((name) => value[`_${name}`] !== undefined);
}

function missing(element: ElementModel, visit: Visit): void {
  visit.at(element.name, () => visit.report('FHIR-MIN', { element: element.path, min: element.min, count: 0 }));
}

function choose(chosen: (string | undefined)[], { choice, element }: Property, key: string, visit: Visit): void {
  const name = key[0] === '_' ? key.slice(1) : key;
  if (chosen[choice] !== undefined && chosen[choice] !== name)
    visit.at(element.name, () => visit.report('FHIR-CHOICE', { element: element.path }));
  chosen[choice] = name;
}

/** A name that looks like an element's is shown; anything else might be somebody's data. */
function unknownElement(key: string, shape: Shape, visit: Visit): void {
  const shown = /^_?[a-z][A-Za-z]{0,39}$/.test(key) ? key : '?';
  visit.at(shown, () => visit.report('FHIR-ELEMENT-UNKNOWN', { type: shape.name }));
}

function once(check: Check, element: ElementModel): Property['check'] {
  const { name } = element;
  return (value, _owner, visit) => {
    visit.path.push(name);
    if (Array.isArray(value)) visit.report('FHIR-SINGLE-EXPECTED');
    else check(value, visit);
    visit.path.pop();
  };
}

function repeating(check: Check, element: ElementModel, primitive: boolean): Property['check'] {
  const { name, max, path } = element;
  return (value, owner, visit) => {
    visit.path.push(name);
    if (!Array.isArray(value)) visit.report('FHIR-LIST-EXPECTED');
    else if (value.length === 0) visit.report('FHIR-ELEMENT-EMPTY');
    else if (value.length > max) visit.report('FHIR-MAX', { element: path, max, count: value.length });
    else
      for (let at = 0; at < value.length; at++) {
        if (value[at] === null && primitive && hasCompanion(owner, name, at)) continue;
        visit.path.push(at);
        check(value[at], visit);
        visit.path.pop();
      }
    visit.path.pop();
  };
}

const hasCompanion = (owner: JsonObject, name: string, at: number) => {
  const companions = owner[`_${name}`];
  return Array.isArray(companions) && isObject(companions[at]);
};

/** `_name`: id and extensions of a primitive (https://hl7.org/fhir/R4/json.html#primitive); an object, or an array aligned with the values. */
function companion(element: ElementModel, property: string, check: Check): Property['check'] {
  return (value, owner, visit) => {
    visit.path.push(element.name);
    if (element.isList !== Array.isArray(value))
      visit.report(element.isList ? 'FHIR-LIST-EXPECTED' : 'FHIR-SINGLE-EXPECTED');
    else if (Array.isArray(value)) companions({ values: value, primitives: owner[property] }, check, visit);
    else check(value, visit);
    visit.path.pop();
  };
}

/** The companions of a list stand in line with its values; one of the two is there at each place. */
function companions(
  { values, primitives }: { values: readonly unknown[]; primitives: unknown },
  check: Check,
  visit: Visit,
): void {
  values.forEach((value, at) => {
    const primitive = Array.isArray(primitives) ? primitives[at] : undefined;
    visit.path.push(at);
    if (value !== null) check(value, visit);
    else if (primitive === undefined || primitive === null) visit.report('FHIR-ELEMENT-EMPTY');
    visit.path.pop();
  });
}
