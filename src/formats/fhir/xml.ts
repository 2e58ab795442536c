import type { Issue, Result } from '../../errors.ts';
import { done, issue, refused } from '../../errors.ts';
import type { ElementModel, Model } from '../../fhir/model.ts';
import { choiceType, r4Model } from '../../fhir/model.ts';
import { jsonTypeOf } from '../../fhir/primitives.ts';
import type { XmlElement } from '../xml/parse.ts';
import { elementsOf, escapeXml, parseXml, placeOf, writeXml } from '../xml/parse.ts';

/**
 * FHIR XML (https://hl7.org/fhir/R4/xml.html) to FHIR JSON and back, by the element model of R4. Reading is lenient on what a validator
 * says better with a FHIRPath: an unknown element, a repeated single one and a malformed value are kept and left to it.
 */
export const FHIR_NAMESPACE = 'http://hl7.org/fhir';

type Json = Record<string, unknown>;
const NAME = /^[A-Za-z][A-Za-z0-9]*$/;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** The type whose elements an element has: of a backbone its path, else its type code; undefined for a primitive. */
function contentType(model: Model, element: ElementModel, property: string): string | undefined {
  if (element.contentReference) return element.contentReference;
  const code = element.isChoice ? choiceType(element, property) : element.types[0];
  if (code === 'BackboneElement' || code === 'Element') return element.path;
  return code && model.type(code)?.kind !== 'primitive' && !code.startsWith('System.') ? code : undefined;
}

function primitiveType(element: ElementModel, property: string): string {
  return (element.isChoice ? choiceType(element, property) : element.types[0]) ?? 'string';
}

class Reader {
  readonly issues: Issue[] = [];
  readonly #model = r4Model();

  resource(element: XmlElement): Json {
    if (element.namespace !== FHIR_NAMESPACE) this.#fault(element);
    return { resourceType: element.name, ...this.#complex(element, element.name) };
  }

  #fault(element: XmlElement): void {
    if (this.issues.length < 100) this.issues.push(issue('FHIR-XML', placeOf(element)));
  }

  #complex(element: XmlElement, type: string): Json {
    const out: Json = {};
    for (const [name, value] of Object.entries(element.attributes)) {
      if (name === 'id' || name === 'url') out[name] = value;
      else if (name !== 'schemaLocation') this.#fault(element);
    }
    if (element.children.some((child) => typeof child === 'string' && child.trim() !== '')) this.#fault(element);
    for (const child of elementsOf(element)) this.#child(child, type, out);
    for (const [name, value] of Object.entries(out))
      if (Array.isArray(value) && value.every((each) => each === null)) delete out[name];
    return out;
  }

  #child(child: XmlElement, type: string, out: Json): void {
    const { name } = child;
    const isKnown = NAME.test(name) && (child.namespace === FHIR_NAMESPACE || name === 'div');
    const element = isKnown ? this.#model.element(type, name) : undefined;
    const content = element && contentType(this.#model, element, name);
    if (!isKnown) this.#fault(child);
    else if (!element) add(out, name, child.attributes.value ?? {}, false);
    else if (element.types[0] === 'xhtml') add(out, name, writeXml(child), false);
    else if (element.types[0] === 'Resource') this.#nested(child, out, element.isList);
    else if (content) add(out, name, this.#complex(child, content), element.isList);
    else this.#primitive(child, element, out);
  }

  /** `contained`, `Bundle.entry.resource`: the resource is the one element inside. */
  #nested(child: XmlElement, out: Json, isList: boolean): void {
    const [inner, ...more] = elementsOf(child);
    if (inner && more.length === 0) add(out, child.name, this.resource(inner), isList);
    else this.#fault(child);
  }

  #primitive(child: XmlElement, element: ElementModel, out: Json): void {
    const { value: raw, ...rest } = child.attributes;
    const about = this.#complex({ ...child, attributes: rest }, 'Element');
    const hasMore = Object.keys(about).length > 0;
    const value = raw === undefined ? null : jsonValue(raw, primitiveType(element, child.name));
    if (value === null && !hasMore) this.#fault(child);
    else if (element.isList) {
      // both arrays keep step, null where one has nothing; what is all null is dropped at the end
      add(out, child.name, value, true);
      add(out, `_${child.name}`, hasMore ? about : null, true);
    } else {
      if (value !== null) add(out, child.name, value, false);
      if (hasMore) add(out, `_${child.name}`, about, false);
    }
  }
}

/** A second value where one is allowed makes a list, which the validator then names. */
function add(out: Json, name: string, value: unknown, isList: boolean): void {
  const before = Object.hasOwn(out, name) ? out[name] : undefined;
  if (before === undefined) out[name] = isList ? [value] : value;
  else out[name] = Array.isArray(before) ? [...before, value] : [before, value];
}

function jsonValue(raw: string, type: string): unknown {
  const kind = jsonTypeOf(type);
  if (kind === 'boolean') return raw === 'true' ? true : raw === 'false' ? false : raw;
  return kind === 'number' && NUMBER.test(raw) ? Number(raw) : raw;
}

/**
 * A resource in FHIR XML as FHIR JSON.
 * Issues: those of {@link parseXml}, and FHIR-XML (line and column) for text, attributes and names that are no FHIR.
 */
export function readFhirXml(bytes: Uint8Array): Result<Json> {
  const root = parseXml(bytes);
  if (!root.ok) return root;
  const reader = new Reader();
  const resource = reader.resource(root.value);
  return reader.issues.length > 0 ? refused(...reader.issues) : done(resource, root.issues);
}

/**
 * A resource as FHIR XML, the elements in the order of their definitions.
 * @param resource sound FHIR JSON; what R4 does not define is left out, as XML has no place for it
 */
export function writeFhirXml(resource: object): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${resourceXml(resource as Json, true)}`;
}

function resourceXml(resource: Json, isRoot = false): string {
  const type = String(resource.resourceType);
  const namespace = isRoot ? ` xmlns="${FHIR_NAMESPACE}"` : '';
  return `<${type}${namespace}>${contentXml(resource, type)}</${type}>`;
}

function contentXml(value: Json, type: string): string {
  const model = r4Model();
  const elements = [...(model.type(type)?.elements.values() ?? [])];
  return elements.flatMap((element) => elementXml(value, type, element)).join('');
}

function elementXml(value: Json, type: string, element: ElementModel): string[] {
  const isAttribute =
    element.name === 'id' ? r4Model().type(type)?.kind !== 'resource' : type === 'Extension' && element.name === 'url';
  if (isAttribute) return [];
  const names = element.isChoice
    ? element.types.map((code) => element.name + code.charAt(0).toUpperCase() + code.slice(1))
    : [element.name];
  return names.flatMap((name) => {
    const values = listed(value[name]);
    const abouts = listed(value[`_${name}`]);
    return Array.from({ length: Math.max(values.length, abouts.length) }, (_, index) =>
      oneXml({ name, element, value: values[index], about: abouts[index] as Json | null | undefined }),
    );
  });
}

function listed(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

interface One {
  readonly name: string;
  readonly element: ElementModel;
  readonly value: unknown;
  readonly about: Json | null | undefined;
}

function oneXml({ name, element, value, about }: One): string {
  const code = element.types[0];
  if (code === 'xhtml') return String(value);
  if (code === 'Resource') return `<${name}>${resourceXml(value as Json)}</${name}>`;
  const content = contentType(r4Model(), element, name);
  if (content) return tagXml(name, value as Json, content);
  const known = value === undefined || value === null ? '' : ` value="${attributeXml(String(value))}"`;
  const id = about?.id === undefined ? '' : ` id="${attributeXml(String(about.id))}"`;
  const inside = about ? contentXml(about, 'Element') : '';
  return inside ? `<${name}${id}${known}>${inside}</${name}>` : `<${name}${id}${known}/>`;
}

function tagXml(name: string, value: Json, type: string): string {
  const attributes = ['id', ...(type === 'Extension' ? ['url'] : [])]
    .filter((attribute) => typeof value[attribute] === 'string')
    .map((attribute) => ` ${attribute}="${attributeXml(String(value[attribute]))}"`);
  const inside = contentXml(value, type);
  return inside ? `<${name}${attributes.join('')}>${inside}</${name}>` : `<${name}${attributes.join('')}/>`;
}

/** Line breaks and tabs in an attribute would be read as spaces; as references they stay (XML 1.0, section 3.3.3). */
function attributeXml(text: string): string {
  return escapeXml(text).replace(/[\n\r\t]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
