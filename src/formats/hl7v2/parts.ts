import type { SourceNode, SourceTree } from '../format.ts';
import { partTypes } from './dictionary.ts';
import { unescapeText } from './escape.ts';
import type { Separators } from './separators.ts';

/** How the text of a message is read: its separators and the character set of `\Xnn\`. */
export interface Reader {
  readonly separators: Separators;
  readonly charset: string;
}

type MutableTree = Record<string, SourceNode | readonly SourceNode[]>;

/** HL7's explicit null: the sender asks to delete what is there (2.8.2 section 2.5.3). */
export const EXPLICIT_NULL = '""';

/** Types whose text runs to the end of the repetition: a separator in it is the sender's missing escape, not a part. */
const FREE_TEXT = new Set(['TX', 'FT']);

/** Characters neither XML, FHIR nor a database takes in a text. */
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f]/g;

/** Blanks around a value are padding (FHIR has no place for them either); only in free text they are the sender's own. */
function leaf(raw: string, reader: Reader): string {
  return freeText(raw, reader).trim();
}

function freeText(raw: string, reader: Reader): string {
  return unescapeText(raw, reader.separators, reader.charset).replace(CONTROL, '');
}

function pieces(raw: string, separator: string | undefined): string[] {
  return separator === undefined || !raw.includes(separator) ? [raw] : raw.split(separator);
}

/** A component: text, or a tree of subcomponents where its type has parts. */
function readComponent(raw: string, type: string, reader: Reader): SourceNode {
  const types = partTypes(type);
  if (types) return readParts(pieces(raw, reader.separators.subcomponent), type, (text) => leaf(text, reader));
  return leaf(raw, reader);
}

function readParts(
  texts: readonly string[],
  type: string,
  read: (text: string, index: number) => SourceNode,
): SourceTree {
  const tree: MutableTree = {};
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]!;
    // a null part has nothing to delete by itself: the element it is a part of is replaced as a whole
    if (text.trim() !== '' && text !== EXPLICIT_NULL) tree[`${type}_${index + 1}`] = read(text, index);
  }
  return tree;
}

/** A component the dictionary has as plain text though parts stand in it: the first part is its value, the others stand beside it. */
function spreadSubcomponents(tree: SourceTree, texts: readonly string[], type: string, reader: Reader): SourceTree {
  const { subcomponent } = reader.separators;
  if (subcomponent === undefined || !texts.some((text) => text.includes(subcomponent))) return tree;
  const spread: MutableTree = { ...(tree as MutableTree) };
  texts.forEach((text, index) => {
    const name = `${type}_${index + 1}`;
    if (typeof tree[name] !== 'string' || !text.includes(subcomponent)) return;
    delete spread[name];
    text.split(subcomponent).forEach((part, at) => {
      if (part.trim() !== '') spread[at === 0 ? name : `${name}_${at + 1}`] = leaf(part, reader);
    });
  });
  return spread;
}

/** One repetition of a field as a node of the source tree. Unknown types (Z-segments, newer fields) become a tree of `ANY_1`, `ANY_2` … */
export function readRepetition(raw: string, type: string | undefined, reader: Reader): SourceNode {
  const name = type ?? 'ANY';
  const types = partTypes(name);
  if (!types && name !== 'ANY') return leaf(raw, reader);
  const texts = pieces(raw, reader.separators.component);
  const tree = readParts(texts, name, (text, index) => readComponent(text, types?.[index] ?? 'ST', reader));
  return spreadSubcomponents(tree, texts, name, reader);
}

/**
 * A plain field in which components stand anyway (a newer type than the dictionary's, TS with its precision): the first is the value.
 * @returns the value and the further components by their numbers from 2
 */
export function readPlain(raw: string, type: string, reader: Reader): { value: string; beside: [number, string][] } {
  const [first = '', ...rest] = FREE_TEXT.has(type) ? [raw] : pieces(raw, reader.separators.component);
  const beside: [number, string][] = [];
  rest.forEach((text, index) => {
    if (text.trim() !== '') beside.push([index + 2, leaf(text, reader)]);
  });
  return { value: FREE_TEXT.has(type) ? freeText(first, reader) : leaf(first, reader), beside };
}

export function isPlain(type: string | undefined): type is string {
  return type !== undefined && type !== 'ANY' && partTypes(type) === undefined;
}
