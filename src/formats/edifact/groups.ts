import { component, type Segment } from './syntax.ts';

/** A group of segments that belong together; `S00` is what stands before the first group. */
export interface Group {
  readonly name: string;
  readonly segments: readonly Segment[];
}

/**
 * MedCom opens most groups by a trigger segment of the group's own name (`S07+07`). Where it does not, a segment opens one:
 * group now open → tag → group it opens.
 */
type Openers = Readonly<Record<string, Readonly<Record<string, string>>>>;

const NEXT_DRUG = { LIN: 'S04', TOD: 'S08' };
const IMPLIED: Readonly<Record<string, Openers>> = {
  MEDPRE: {
    S00: { PNA: 'S01' },
    S01: { PNA: 'S01', DTM: 'S02' },
    S02: { GIS: 'S03' },
    S03: NEXT_DRUG,
    S04: { ...NEXT_DRUG, EQN: 'S06', DSG: 'S07' },
    S06: { ...NEXT_DRUG, DSG: 'S07' },
    S07: { ...NEXT_DRUG, DSG: 'S07' },
    S08: { TOD: 'S08' },
  },
  MEDRPT: { S16: { GIS: 'S18' }, S18: { GIS: 'S18' }, S20: { GIS: 'S18' } },
  MEDREQ: { S15: { GIS: 'S17' }, S17: { GIS: 'S17' } },
};

const isTrigger = (segment: Segment) => /^S\d\d$/.test(segment.tag) && component(segment, 1) === segment.tag.slice(1);

/** The groups of a message of a family, in their order. */
export function groupsOf(family: string, body: readonly Segment[]): Group[] {
  const openers = IMPLIED[family] ?? {};
  const groups: { name: string; segments: Segment[] }[] = [{ name: 'S00', segments: [] }];
  for (const segment of body) {
    const implied = openers[groups.at(-1)!.name]?.[segment.tag];
    if (isTrigger(segment)) groups.push({ name: segment.tag, segments: [] });
    else if (implied) groups.push({ name: implied, segments: [segment] });
    else groups.at(-1)!.segments.push(segment);
  }
  return groups;
}
