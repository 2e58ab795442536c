import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import type { LetterType } from '../../letter/letter-types.ts';
import { type Part, tree } from '../../letter/tree.ts';
import type { Group } from '../groups.ts';
import type { InterchangeHeader, RawMessage } from '../interchange.ts';
import { type Scope, Section, sections } from '../section.ts';
import { component, placeOf, type Segment } from '../syntax.ts';
import type { Locations } from './parties.ts';

/** What every lift has before it: the message, its groups, where faults go. */
export interface Lifting {
  readonly type: LetterType;
  readonly message: RawMessage;
  readonly header: InterchangeHeader | undefined;
  readonly groups: readonly Group[];
  readonly scope: Scope;
  readonly locations: Locations;
}

/** Lifts the groups of a message to the tree of its structure; the envelope is put around it by the caller. */
export type Lift = (lifting: Lifting) => Readonly<Record<string, Part>>;

export function some(lifting: Lifting, ...names: readonly string[]): Section[] {
  return sections(lifting.groups, lifting.scope, ...names);
}

export function one(lifting: Lifting, name: string): Section | undefined {
  return some(lifting, name)[0];
}

/** The section before the first group, which every message has. */
export function head(lifting: Lifting): Section {
  return one(lifting, 'S00') ?? new Section({ name: 'S00', segments: [] }, lifting.scope);
}

/** A text in the letter only where it is not what another element says already. */
export const unlessSame = (text: string | undefined, other: string | undefined) => (text === other ? undefined : text);

/**
 * The element Letter. `status` is the GIS that says what this letter is to those before it; `more` the identifiers of the family.
 * S02 repeats the identifier and the time of the letter: they are kept only where they differ.
 */
export function letter(
  lifting: Lifting,
  status: { readonly section: Section | undefined; readonly tellsNew: boolean },
  more: Readonly<Record<string, Part>> = {},
): SourceTree | undefined {
  const { message, type } = lifting;
  const start = head(lifting);
  const info = one(lifting, 'S02');
  const authorised = start.moment(start.first('DTM', '137'));
  const word = status.section?.word(codes.LETTER_STATUS, status.section.first('GIS'), [1, 1], 'LETTER-QUALIFIER');
  return tree({
    Identifier: message.reference,
    VersionCode: message.version,
    TypeCode: type.code,
    Authorisation: tree({ DateTime: authorised }),
    StatusCode: word === 'nytbrev' && !status.tellsNew ? undefined : word,
    ServiceReportIdentifier: unlessSame(info?.reference('SRI'), message.reference),
    LetterDateTime: unlessSame(info?.moment(info.first('DTM', '182')), authorised),
    ...more,
  });
}

/** A coded diagnosis or procedure: `CIN+<role>+<code>:<system>:<agency>:<text>`. */
export function diagnosis(
  section: Section,
  cin: Segment,
  more: Readonly<Record<string, Part>> = {},
): SourceTree | undefined {
  return tree({
    DiagnoseCode: component(cin, 2),
    DiagnoseTypeCode: section.word(codes.DIAGNOSIS_SYSTEM, cin, [2, 2]),
    DiagnoseText: component(cin, 2, 4),
    ...more,
  });
}

const LINKS = ['BIN', 'URL', 'SUP'];

/** FTX of clinical text are all but the links to other documents. */
export function isLink(segment: Segment): boolean {
  return LINKS.includes(component(segment, 1) ?? '');
}

/** A link to another document: `FTX+BIN+P00++<title>:<object id>:<kind>:<extension>:<size>`, a web address or a paper sent apart. */
export function links(section: Section): (SourceTree | undefined)[] {
  return section.all('FTX', ...LINKS).map((segment) => {
    const kind = component(segment, 1);
    return tree({
      RefDescription: component(segment, 4),
      BIN:
        kind === 'BIN'
          ? tree({
              ObjectIdentifier: component(segment, 4, 2),
              ObjectCode: section.word(codes.OBJECT_KIND, segment, [4, 3]),
              ObjectExtensionCode: section.word(codes.OBJECT_EXTENSION, segment, [4, 4]),
              OriginalObjectSize: component(segment, 4, 5),
            })
          : undefined,
      URL: kind === 'URL' ? (segment.elements[3] ?? []).slice(1).join('').replaceAll('\\', '') : undefined,
      SUP: kind === 'SUP' ? 'true' : undefined,
    });
  });
}

/** BGM names the kind of document; a body of another kind than UNH declares is refused. */
export function checkKind(lifting: Lifting, expected: string): void {
  const start = head(lifting);
  const bgm = start.first('BGM');
  const place = placeOf(bgm ?? lifting.message.header, bgm ? 1 : undefined);
  if (!bgm) start.fault('LETTER-MISSING', place, { element: 'BGM' });
  else if (component(bgm, 1) !== expected)
    start.fault('LETTER-TYPE-CONTENT', place, { found: 'another document', declared: lifting.type.code });
}

/** The sender's SPR repeats the type of the letter: `SPR+ORG+<speciality>+DIS20:SKS:SST`. */
export function checkStatedType(lifting: Lifting): void {
  for (const section of some(lifting, 'S01')) {
    const spr = section.first('SPR');
    const stated = spr && component(spr, 3);
    if (stated && stated !== lifting.type.code && /^[A-Z]{3}\d\d$/.test(stated))
      section.fault('LETTER-TYPE-CONTENT', placeOf(spr, 3), { found: stated, declared: lifting.type.code });
  }
}
