import { isElement, type XmlElement } from '../xml/parse.ts';

/** Elements inside a text: line ends, spaces, style (FormattedText of the OIOXML schemas) and the paragraphs of XRPT05. */
const INLINE = new Set(['Break', 'Space', 'Bold', 'Italic', 'Underline', 'Right', 'Center', 'FixedFont', 'Paragraph']);
const STYLES = new Set(['Bold', 'Italic', 'Underline', 'Right', 'Center', 'FixedFont']);

/** Stands for a line break of the file, which is only a space, or nothing at the edge of a line. */
const SOFT = '\u0001';

/** True where an element holds text, not elements of its own. */
export function isText(element: XmlElement): boolean {
  return element.children.every((child) => !isElement(child) || INLINE.has(child.name));
}

export function hasInline(element: XmlElement): boolean {
  return element.children.some(isElement);
}

export function isStyled(element: XmlElement): boolean {
  return element.children.some((child) => isElement(child) && (STYLES.has(child.name) || isStyled(child)));
}

function raw(element: XmlElement): string {
  const parts = element.children.map((child) => {
    if (!isElement(child)) return child.replace(/\s*[\r\n]\s*/g, SOFT);
    if (child.name === 'Break') return '\n';
    if (child.name === 'Space') return ' ';
    return child.name === 'Paragraph' ? `${raw(child)}\n` : raw(child);
  });
  return parts.join('');
}

/** The text of an element: `<Break/>` ends a line, `<Space/>` is a space, style is left out. */
export function renderText(element: XmlElement): string {
  const text = raw(element).replace(/\u0001+/g, SOFT);
  return text
    .replace(/(^|\n)\u0001/g, '$1')
    .replace(/\u0001(?=\n|$)/g, '')
    .replaceAll(SOFT, ' ');
}
