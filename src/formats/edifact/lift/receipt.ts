import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component, type Segment } from '../syntax.ts';
import { head, type Lift } from './letter.ts';

/** A line of UCI or UCM with the reasons (FTX) that follow it. */
interface Verdict {
  readonly about: Segment;
  readonly reasons: Segment[];
}

/** 4 rejects, 7 acknowledges (CONTRL 0083). */
const ACCEPTED: codes.CodeList = { 4: 'false', 7: 'true' };

function verdicts(section: Section): Verdict[] {
  const found: Verdict[] = [];
  for (const segment of section.group.segments) {
    if (segment.tag === 'UCI' || segment.tag === 'UCM') found.push({ about: segment, reasons: [] });
    else if (segment.tag === 'FTX') found.at(-1)?.reasons.push(segment);
  }
  for (const tag of ['UCI', 'UCM', 'FTX']) section.all(tag);
  return found;
}

const refusal = (section: Section, reasons: readonly Segment[]) => ({
  RefuseCode: section.word(codes.REFUSAL, reasons[0], [1, 1]),
  RefuseText: section.proseOf(reasons),
});

function original(section: Section, { about, reasons }: Verdict): SourceTree | undefined {
  return tree({
    OriginalLetterIdentifier: component(about, 1),
    OriginalVersionCode: component(about, 2, 5),
    Accepted: section.word(ACCEPTED, about, [3, 1], 'LETTER-QUALIFIER'),
    ...refusal(section, reasons),
  });
}

/** CONTRL CTL01-CTL03: what became of an interchange and of each message in it. */
export const receipt: Lift = (lifting) => {
  const section = head(lifting);
  const all = verdicts(section);
  const envelope = all.find(({ about }) => about.tag === 'UCI');
  const party = (element: number) => tree({ EANIdentifier: envelope && component(envelope.about, element) });
  return {
    Letter: tree({
      Identifier: lifting.message.reference,
      VersionCode: lifting.message.version,
      TypeCode: lifting.type.code,
    }),
    Sender: tree({ EANIdentifier: lifting.locations.sender }),
    Receiver: tree({ EANIdentifier: lifting.locations.receiver }),
    OriginalEmessage:
      envelope &&
      tree({
        OriginalEnvelopeIdentifier: component(envelope.about, 1),
        OriginalSender: party(2),
        OriginalReceiver: party(3),
        Accepted: section.word(ACCEPTED, envelope.about, [4, 1], 'LETTER-QUALIFIER'),
        ...refusal(section, envelope.reasons),
        OriginalLetter: all.filter(({ about }) => about.tag === 'UCM').map((one) => original(section, one)),
      }),
  };
};
