import { SaxesParser } from 'saxes';
import { done, type ErrorCode, type Issue, issue, type Result, refused } from '../../errors.ts';
import { decodeXml } from './decode.ts';

/** An element with its place; names are local, the namespace stands beside. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  /** By local name; `xmlns` declarations are left out. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
  readonly line: number;
  readonly column: number;
}

interface Open extends XmlElement {
  readonly children: (XmlElement | string)[];
}

const MAX_DEPTH = 64;
const MAX_ELEMENTS = 300_000;

/** Ends the reading of a document; never leaves this file. */
class Stop {
  readonly issue: Issue;
  constructor(found: Issue) {
    this.issue = found;
  }
}

class Builder {
  readonly #parser = new SaxesParser({ xmlns: true, position: true });
  readonly #open: Open[] = [];
  #root: XmlElement | undefined;
  #count = 0;

  constructor() {
    this.#parser.on('error', () => this.#stop('XML-SYNTAX'));
    this.#parser.on('doctype', () => this.#stop('XML-DTD'));
    this.#parser.on('opentag', (tag) => this.#begin(tag));
    this.#parser.on('closetag', () => this.#open.pop());
    this.#parser.on('text', (text) => this.#add(text));
    this.#parser.on('cdata', (text) => this.#add(text));
  }

  build(text: string): XmlElement {
    this.#parser.write(text).close();
    return this.#root ?? this.#stop('XML-SYNTAX');
  }

  #stop(code: ErrorCode, detail?: Issue['detail']): never {
    throw new Stop(issue(code, `line ${this.#parser.line}, column ${this.#parser.column}`, detail));
  }

  #add(text: string): void {
    this.#open.at(-1)?.children.push(text);
  }

  #begin(tag: {
    local: string;
    uri: string;
    attributes: Record<string, { local: string; prefix: string; value: string }>;
  }): void {
    if (this.#open.length >= MAX_DEPTH) this.#stop('DOOR-TOO-DEEP', { limit: MAX_DEPTH });
    if (++this.#count > MAX_ELEMENTS) this.#stop('XML-TOO-LARGE', { limit: MAX_ELEMENTS });
    const attributes = Object.values(tag.attributes)
      .filter(({ local, prefix }) => prefix !== 'xmlns' && local !== 'xmlns')
      .map(({ local, value }) => [local, value] as const);
    const element: Open = {
      name: tag.local,
      namespace: tag.uri,
      attributes: Object.fromEntries(attributes),
      children: [],
      line: this.#parser.line,
      column: this.#parser.column,
    };
    this.#open.at(-1)?.children.push(element);
    this.#root ??= element;
    this.#open.push(element);
  }
}

/**
 * Reads an XML document strictly: well-formed, without document type declaration (so no entities of its own and nothing fetched),
 * at most 64 levels deep and of 300,000 elements. Issues: XML-SYNTAX, XML-DTD, XML-ENCODING, XML-TOO-LARGE, DOOR-TOO-DEEP.
 */
export function parseXml(bytes: Uint8Array): Result<XmlElement> {
  const text = decodeXml(bytes);
  if (!text.ok) return text;
  try {
    return done(new Builder().build(text.value), text.issues);
  } catch (thrown) {
    if (thrown instanceof Stop) return refused(...text.issues, thrown.issue);
    throw thrown;
  }
}

export const isElement = (node: XmlElement | string): node is XmlElement => typeof node !== 'string';

export function elementsOf(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(isElement).filter((child) => name === undefined || child.name === name);
}

/** The first element at a path of names below an element. */
export function elementAt(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((found, name) => found && elementsOf(found, name)[0], element);
}

/** All text directly in an element. */
export function textOf(element: XmlElement | undefined): string {
  return element?.children.filter((child) => typeof child === 'string').join('') ?? '';
}

export const placeOf = (element: XmlElement) => `line ${element.line}, column ${element.column} (${element.name})`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPES[sign]!);

/** Writes an element again; each names its namespace where it differs from the one around it. */
export function writeXml(element: XmlElement, around = ''): string {
  const namespace = element.namespace === around ? '' : ` xmlns="${escapeXml(element.namespace)}"`;
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  const children = element.children.map((child) =>
    typeof child === 'string' ? escapeXml(child) : writeXml(child, element.namespace),
  );
  const start = `<${element.name}${namespace}${attributes.join('')}`;
  return children.length ? `${start}>${children.join('')}</${element.name}>` : `${start}/>`;
}
