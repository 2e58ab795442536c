import { type Issue, issue } from '../../errors.ts';
import { danishInstant } from '../../fhir/danish-time.ts';
import type { SourceNode, SourceTree } from '../format.ts';
import { plain, prose, tree } from '../letter/tree.ts';
import { elementAt, elementsOf, placeOf, textOf, type XmlElement } from '../xml/parse.ts';
import { hasInline, isStyled, isText, renderText } from './text.ts';

/** `Date` with `Time` or `TimeWithSec` as one local time; undefined where the element has no date. */
function momentOf(element: XmlElement, issues: Issue[]): string | undefined {
  const date = textOf(elementAt(element, 'Date')).trim();
  if (!date) return undefined;
  const time = textOf(elementAt(element, 'TimeWithSec') ?? elementAt(element, 'Time')).trim();
  const text = time ? `${date}T${time}` : date;
  if (danishInstant(time ? text : `${date}T12:00`)) return text;
  issues.push(issue('LETTER-DATE', placeOf(element)));
  return undefined;
}

const DATE_PARTS = ['Date', 'Time', 'TimeWithSec'];

function leaf(element: XmlElement, issues: Issue[]): string | undefined {
  if (isStyled(element)) issues.push(issue('LETTER-TEXT-STYLE', placeOf(element), undefined, 'information'));
  const text = renderText(element);
  return hasInline(element) ? prose(text) : plain(text);
}

function branch(element: XmlElement, issues: Issue[]): SourceTree | undefined {
  const parts = new Map<string, SourceNode[]>();
  const isDated = elementAt(element, 'Date') !== undefined;
  const moment = isDated ? momentOf(element, issues) : undefined;
  if (moment !== undefined) parts.set('DateTime', [moment]);
  for (const child of elementsOf(element)) {
    // no letter has an element of this name, and no object can be given it safely
    if (child.name === '__proto__' || (isDated && DATE_PARTS.includes(child.name))) continue;
    const node = nodeOf(child, issues);
    if (node !== undefined) parts.set(child.name, [...(parts.get(child.name) ?? []), node]);
  }
  return tree(Object.fromEntries(parts));
}

/**
 * An element as a source node: local names, whatever the namespace; text trimmed, `<Break/>` as a line end; date and time as one
 * local time under `DateTime`; the empty left out. The depth is bounded by the XML reader.
 */
export function nodeOf(element: XmlElement, issues: Issue[]): SourceNode | undefined {
  if (isText(element)) return leaf(element, issues);
  // an answer that is a time: <DateTime><Date/><Time/></DateTime>
  if (element.name === 'DateTime') return momentOf(element, issues);
  return branch(element, issues);
}
