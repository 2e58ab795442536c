import { type ErrorCode, type Issue, issue } from '../../errors.ts';
import { danishInstant } from '../../fhir/danish-time.ts';
import type { SourceTree } from '../format.ts';
import { type CodeList, wordOf } from '../letter/codes.ts';
import { plain, prose } from '../letter/tree.ts';
import type { Group } from './groups.ts';
import { component, placeOf, type Segment } from './syntax.ts';

/** What one lift finds wrong and which segments it has read. */
export interface Scope {
  readonly issues: Issue[];
  readonly read: Set<Segment>;
}

const DIGITS: Readonly<Record<string, number>> = { 102: 8, 203: 12, 204: 14 };

const PLAIN_STYLES = /^[PF]00$/;

/** A group being lifted: gives its segments by tag and first component, and remembers which were asked for. */
export class Section {
  readonly group: Group;
  readonly #scope: Scope;

  constructor(group: Group, scope: Scope) {
    this.group = group;
    this.#scope = scope;
  }

  fault(code: ErrorCode, place: string, detail?: Issue['detail'], severity?: Issue['severity']): void {
    this.#scope.issues.push(issue(code, place, detail, severity));
  }

  /** Segments of a tag, of all qualifiers (first component) or of the given ones. */
  all(tag: string, ...qualifiers: readonly string[]): Segment[] {
    const found = this.group.segments.filter(
      (segment) => segment.tag === tag && (!qualifiers.length || qualifiers.includes(component(segment, 1) ?? '')),
    );
    for (const segment of found) this.#scope.read.add(segment);
    return found;
  }

  first(tag: string, ...qualifiers: readonly string[]): Segment | undefined {
    return this.all(tag, ...qualifiers)[0];
  }

  /** Component of the first such segment: `text('RFF', 'ROI', 1, 2)`. */
  text(tag: string, qualifier: string | undefined, element: number, at = 1): string | undefined {
    const segment = qualifier === undefined ? this.first(tag) : this.first(tag, qualifier);
    return segment && component(segment, element, at);
  }

  /** The second component of `RFF+<qualifier>:<value>`. */
  reference(qualifier: string): string | undefined {
    return this.text('RFF', qualifier, 1, 2);
  }

  /**
   * The word of a code. A code outside its list is kept as it stands and told as a warning, or, where a wrong reading
   * would change what the letter means, refused with the code given.
   */
  word(
    list: CodeList,
    segment: Segment | undefined,
    at: readonly [number, number],
    refusal?: 'LETTER-QUALIFIER' | 'LETTER-STATUS',
  ): string | undefined {
    const code = segment && component(segment, ...at);
    if (!segment || code === undefined) return undefined;
    const word = wordOf(list, code);
    if (word === undefined)
      this.fault(
        refusal ?? 'LETTER-QUALIFIER',
        placeOf(segment, ...at),
        { element: `${segment.tag} ${at.join('.')}` },
        refusal ? 'error' : 'warning',
      );
    return word ?? code;
  }

  /** The time of a `DTM+<qualifier>:<digits>:<format>`: `{ DateTime: '2026-03-29T02:30' }`, local Danish time as written. */
  time(segment: Segment | undefined): SourceTree | undefined {
    const DateTime = this.moment(segment);
    return DateTime === undefined ? undefined : { DateTime };
  }

  /** As {@link time}, without the wrapping: `2026-03-29T02:30`, `2026-03-29T02:30:00` or `2026-03-29`. */
  moment(segment: Segment | undefined): string | undefined {
    const digits = segment && component(segment, 1, 2);
    if (!segment || digits === undefined) return undefined;
    const format = component(segment, 1, 3) ?? '';
    if (DIGITS[format] === undefined) {
      this.fault('LETTER-QUALIFIER', placeOf(segment, 1, 3), { element: 'DTM 1.3' });
      return undefined;
    }
    if (!/^\d+$/.test(digits) || digits.length !== DIGITS[format]) {
      this.fault('LETTER-DATE-FORMAT', placeOf(segment, 1, 2), { format });
      return undefined;
    }
    const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)?(..)?(..)?$/.exec(digits)!;
    const date = `${year}-${month}-${day}`;
    const text = hour ? `${date}T${hour}:${minute}${second ? `:${second}` : ''}` : date;
    if (danishInstant(hour ? text : `${date}T12:00`)) return text;
    this.fault('LETTER-DATE', placeOf(segment, 1, 2));
    return undefined;
  }

  /** All FTX of the qualifiers as one text; see {@link proseOf}. */
  prose(...qualifiers: readonly string[]): string | undefined {
    return this.proseOf(this.all('FTX', ...qualifiers));
  }

  /**
   * The text of FTX segments (formats 2.4): each component ends a line unless a backslash at its end joins it to the next;
   * a component that is one full stop is an empty line.
   */
  proseOf(segments: readonly Segment[]): string | undefined {
    const styled = segments.find((segment) => !PLAIN_STYLES.test(component(segment, 2) ?? 'P00'));
    if (styled) this.fault('LETTER-TEXT-STYLE', placeOf(styled, 2), undefined, 'information');
    const lines = segments.flatMap((segment) => segment.elements[3] ?? []);
    const text = lines.map((line) => (line === '.' ? '\n' : line.endsWith('\\') ? line.slice(0, -1) : `${line}\n`));
    return prose(text.join(''));
  }

  /** The text of FTX segments as one line. */
  line(...qualifiers: readonly string[]): string | undefined {
    return plain(this.prose(...qualifiers)?.replace(/\n+/g, ' '));
  }
}

/** The sections of the given names, in their order. */
export function sections(groups: readonly Group[], scope: Scope, ...names: readonly string[]): Section[] {
  return groups.filter((group) => names.includes(group.name)).map((group) => new Section(group, scope));
}
