import type { ElementModel, Model, TypeModel } from '../fhir/model.ts';
import { capitalised, choiceType } from '../fhir/model.ts';
import { primitiveReader, type ReadPrimitive } from './primitive.ts';

/**
 * A type as the engine works with it: a {@link TypeModel} with each element's JSON names and its own type looked up once. A type no model knows
 * is an open shape: it has its name, takes any element, and lets what is there say whether an element is a list.
 */
export interface Shape {
  readonly name: string;
  readonly kind: 'primitive' | 'complex' | 'resource' | 'open';
  /** `Resource`, `DomainResource`: what stands there is always of another type. */
  readonly isAbstract: boolean;
  /** Of a primitive: how a value of another type becomes one. */
  readonly read: ReadPrimitive | undefined;
  /** Also answers to the JSON name of a choice (`valueString`). Undefined: no such element (never for an open shape). */
  element(name: string): ShapeElement | undefined;
  /** Elements that must be there. */
  readonly required: readonly ShapeElement[];
  /** Names of its elements, for suggestions. */
  readonly names: readonly string[];
}

export interface ShapeElement {
  readonly name: string;
  readonly isList: boolean;
  readonly min: number;
  readonly max: number;
  /** The ways to fill it; one for a plain element, several for a choice. */
  readonly options: readonly Option[];
}

export interface Option {
  /** JSON property: `valueQuantity`. */
  readonly key: string;
  /** JSON property of id and extensions of a primitive: `_valueString`. */
  readonly sibling: string;
  readonly type: string;
  readonly shape: Shape | undefined;
}

const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/';
/** The System types of FHIRPath stand in primitives' own definitions and for Resource.id. */
const SYSTEM_TYPE = /^System\./;

/** The shapes of one model, each made once. */
export class Shapes {
  readonly model: Model;
  readonly #byType = new Map<TypeModel, Shape>();
  readonly #open = new Map<string, Shape>();
  #resources: ReadonlySet<string> | undefined;

  constructor(model: Model) {
    this.model = model;
  }

  /** The shape of a type by name or canonical; undefined where the model does not know it. */
  known(nameOrCanonical: string): Shape | undefined {
    const type = this.model.type(nameOrCanonical);
    return type && this.#of(type);
  }

  /** The shape of a resource type. Names come from messages, so only names the model has are looked up (and remembered). */
  resource(name: string): Shape | undefined {
    this.#resources ??= new Set(
      this.model.definitions.filter(({ kind }) => kind === 'resource').map(({ type }) => type),
    );
    return this.#resources.has(name) ? this.known(name) : undefined;
  }

  /** A shape no model knows. */
  open(name: string): Shape {
    let shape = this.#open.get(name);
    if (!shape) {
      shape = {
        name,
        kind: 'open',
        isAbstract: false,
        read: undefined,
        element: (element) => openElement(element),
        required: [],
        names: [],
      };
      this.#open.set(name, shape);
    }
    return shape;
  }

  #of(type: TypeModel): Shape {
    let shape = this.#byType.get(type);
    if (!shape) {
      shape = this.#make(type);
      this.#byType.set(type, shape);
    }
    return shape;
  }

  #make(type: TypeModel): Shape {
    const made = new Map<string, ShapeElement | undefined>();
    const element = (name: string) => {
      const known = made.get(name);
      if (known !== undefined || made.has(name)) return known;
      const found = this.#element(type, name);
      made.set(name, found);
      return found;
    };
    let required: readonly ShapeElement[] | undefined;
    return {
      name: type.name,
      kind: type.kind === 'resource' || type.kind === 'primitive' ? type.kind : 'complex',
      isAbstract: type.abstract && type.kind === 'resource',
      read: type.kind === 'primitive' ? primitiveReader(type.name) : undefined,
      element,
      get required() {
        required ??= [...type.elements.values()].filter((own) => own.min > 0).map((own) => element(own.name)!);
        return required;
      },
      names: [...type.elements.keys()],
    };
  }

  #element(type: TypeModel, name: string): ShapeElement | undefined {
    const own = type.elements.get(name);
    if (own) return this.#shaped(own, own.types);
    for (const choice of type.elements.values()) {
      const chosen = choice.isChoice && name.startsWith(choice.name) ? choiceType(choice, name) : undefined;
      if (chosen) return this.#shaped(choice, [chosen]);
    }
    return undefined;
  }

  #shaped(element: ElementModel, types: readonly string[]): ShapeElement {
    const shapeOf = (type: string) => this.#typeOf(element, type);
    const option = (type: string): Option => {
      let shape: Shape | undefined | null = null;
      const key = element.isChoice ? element.name + capitalised(type) : element.name;
      return {
        key,
        sibling: `_${key}`,
        type,
        // looked up late: types refer to each other in circles
        get shape() {
          if (shape === null) shape = shapeOf(type);
          return shape;
        },
      };
    };
    const { name, isList, min, max } = element;
    return { name, isList, min, max, options: (types.length > 0 ? types : ['']).map(option) };
  }

  #typeOf(element: ElementModel, type: string): Shape | undefined {
    if (element.contentReference) return this.known(element.contentReference);
    if (type === 'BackboneElement' || type === 'Element' || type === 'Base')
      return this.known(element.path) ?? this.known(type);
    if (SYSTEM_TYPE.test(type)) return this.known(element.name === 'id' ? 'id' : systemType(type));
    return this.known(type) ?? (type === '' ? undefined : this.open(type.replace(FHIR_TYPE, '')));
  }
}

function systemType(type: string): string {
  const name = type.slice('System.'.length);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

const openElements = new Map<string, ShapeElement>();

/** Element names come from maps, never from messages, so this stays small. */
export function openElement(name: string): ShapeElement {
  let element = openElements.get(name);
  if (!element) {
    element = {
      name,
      isList: false,
      min: 0,
      max: Infinity,
      options: [{ key: name, sibling: `_${name}`, type: '', shape: undefined }],
    };
    openElements.set(name, element);
  }
  return element;
}
