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
/** Attributes whose value could be a script. */
const ADDRESSES = new Set(['href', 'src', 'cite', 'longdesc']);
const NAMESPACE = 'http://www.w3.org/1999/xhtml';
const BAD_ENTITY = /&(?!(#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});)/;
/** One tag, or one comment, from where it begins. */
const MARKUP =
  /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|<!--(?:[^-]|-(?!-))*-->/y;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** What nearly every tag has: one attribute that is allowed, and no address. */
const ONE_ATTRIBUTE = new RegExp(
  `^\\s+(?:${[...ATTRIBUTES].filter((name) => !ADDRESSES.has(name)).join('|')})="[^"]*"$`,
);
const ROOT = ` xmlns="${NAMESPACE}"`;
const SLASH = '/'.charCodeAt(0);
const SCRIPT = /["']\s*(java|vb)script:/i;

/** The rule a narrative breaks, as a short structural name; undefined if it breaks none. */
export type NarrativeFault =
  | 'not well-formed'
  | 'element not allowed'
  | 'attribute not allowed'
  | 'not a div'
  | 'empty';

export function narrativeFault(xhtml: string): NarrativeFault | undefined {
  if (xhtml.includes(']]>') || (xhtml.includes('&') && BAD_ENTITY.test(xhtml))) return 'not well-formed';
  const open: string[] = [];
  let content = false;
  let ended = false;
  let at = 0;
  for (let start = xhtml.indexOf('<'); start >= 0; start = xhtml.indexOf('<', at)) {
    const text: boolean = start > at && (!content || open.length === 0) && /[^\s\u00a0]/.test(xhtml.slice(at, start));
    if (text && open.length === 0) return 'not well-formed';
    const closed = endOfExpected(xhtml, start, open);
    if (closed > 0) {
      open.pop();
      content ||= text;
      ended = open.length === 0;
      at = closed;
      continue;
    }
    MARKUP.lastIndex = start;
    const markup = MARKUP.exec(xhtml);
    if (!markup) return 'not well-formed';
    at = MARKUP.lastIndex;
    content ||= text || markup[2] === 'img';
    if (markup[2] === undefined) continue;
    if (ended) return 'not well-formed';
    const fault = markup[1] ? closing(markup[2], open) : opening(markup, open);
    if (fault) return fault;
    ended = open.length === 0;
  }
  if (/\S/.test(xhtml.slice(at)) || open.length > 0)
    return ended ? 'not well-formed' : at === 0 ? 'not a div' : 'not well-formed';
  if (!ended) return 'not a div';
  return content ? undefined : 'empty';
}

/** Index after the end tag of the element last opened, if it stands here: the common case, without an expression. */
function endOfExpected(xhtml: string, start: number, open: readonly string[]): number {
  const name = open.at(-1);
  if (name === undefined || xhtml.charCodeAt(start + 1) !== SLASH) return -1;
  return xhtml.startsWith(name, start + 2) && xhtml[start + 2 + name.length] === '>' ? start + 3 + name.length : -1;
}

function closing(name: string, open: string[]): NarrativeFault | undefined {
  return open.pop() === name ? undefined : 'not well-formed';
}

function opening([, , name, attributes, selfClosed]: RegExpExecArray, open: string[]): NarrativeFault | undefined {
  if (!ELEMENTS.has(name!)) return open.length === 0 ? 'not a div' : 'element not allowed';
  if (open.length === 0 && (name !== 'div' || !attributes!.includes(NAMESPACE))) return 'not a div';
  if (!selfClosed) open.push(name!);
  return attributes ? faultOfAttributes(attributes) : undefined;
}

function faultOfAttributes(attributes: string): NarrativeFault | undefined {
  if (attributes === ROOT || ONE_ATTRIBUTE.test(attributes)) return undefined;
  if (SCRIPT.test(attributes)) return 'attribute not allowed';
  const seen: string[] = [];
  for (const [, name] of attributes.matchAll(ATTRIBUTE)) {
    if (seen.includes(name!)) return 'not well-formed';
    if (!ATTRIBUTES.has(name!)) return 'attribute not allowed';
    seen.push(name!);
  }
  return undefined;
}
