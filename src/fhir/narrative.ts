/**
 * The rules on `Narrative.div` (https://hl7.org/fhir/R4/narrative.html#xhtml, invariants txt-1 and txt-2): well-formed XHTML whose root
 * is a `div` in the XHTML namespace, only the basic formatting elements and attributes of HTML 4, and some content that is not blank.
 * One pass, no recursion.
 */
const ELEMENTS = new Set(
  (
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q ' +
    'samp small span strong sub sup table tbody td tfoot th thead tr tt u ul var bdo address del ins kbd map area'
  ).split(' '),
);
const ATTRIBUTES = new Set(
  (
    'abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset cite class colspan ' +
    'compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope shape span ' +
    'src start style summary tabindex title type valign value vspace width xml:lang xmlns'
  ).split(' '),
);
const NAMESPACE = 'http://www.w3.org/1999/xhtml';
const ENTITY = /&(?!(#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});)/;
const TAG = /^<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>$/;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The rule a narrative breaks, as a short structural name; undefined if it breaks none. */
export type NarrativeFault =
  | 'not well-formed'
  | 'element not allowed'
  | 'attribute not allowed'
  | 'not a div'
  | 'empty';

export function narrativeFault(xhtml: string): NarrativeFault | undefined {
  const open: string[] = [];
  let content = false;
  let closed = false;
  let at = 0;
  const source = xhtml.trim();
  while (at < source.length) {
    const start = source.indexOf('<', at);
    const text = source.slice(at, start < 0 ? source.length : start);
    if (ENTITY.test(text) || text.includes(']]>')) return 'not well-formed';
    if (/[^\s\u00a0]/.test(text)) {
      if (open.length === 0) return 'not well-formed';
      content = true;
    }
    if (start < 0) break;
    const end = endOfMarkup(source, start);
    if (end < 0 || closed) return 'not well-formed';
    const markup = source.slice(start, end);
    at = end;
    if (markup.startsWith('<!--')) continue;
    const tag = TAG.exec(markup);
    if (!tag) return 'not well-formed';
    const fault = tag[1] ? closing(tag[2]!, open) : opening(tag, open);
    if (fault) return fault;
    if (tag[2] === 'img' || tag[2] === 'br') content ||= tag[2] === 'img';
    closed = open.length === 0;
  }
  if (!closed) return open.length > 0 ? 'not well-formed' : 'not a div';
  return content ? undefined : 'empty';
}

/** Index after the markup that begins at `start`; `>` inside an attribute value does not end it. */
function endOfMarkup(source: string, start: number): number {
  if (source.startsWith('<!--', start)) {
    const end = source.indexOf('-->', start + 4);
    return end < 0 ? -1 : end + 3;
  }
  let quote = '';
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at]!;
    if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '>') return at + 1;
  }
  return -1;
}

function closing(name: string, open: string[]): NarrativeFault | undefined {
  return open.pop() === name ? undefined : 'not well-formed';
}

function opening([, , name, attributes, selfClosed]: RegExpExecArray, open: string[]): NarrativeFault | undefined {
  if (!ELEMENTS.has(name!)) return open.length === 0 ? 'not a div' : 'element not allowed';
  if (open.length === 0 && (name !== 'div' || !attributes!.includes(NAMESPACE))) return 'not a div';
  const seen = new Set<string>();
  for (const [, attribute, double, single] of attributes!.matchAll(ATTRIBUTE)) {
    if (seen.has(attribute!) || ENTITY.test(double ?? single ?? '')) return 'not well-formed';
    seen.add(attribute!);
    if (!ATTRIBUTES.has(attribute!) || /^\s*(javascript|vbscript):/i.test(double ?? single ?? ''))
      return 'attribute not allowed';
  }
  if (!selfClosed) open.push(name!);
  return undefined;
}
