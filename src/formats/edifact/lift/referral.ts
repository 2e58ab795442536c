import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component, type Segment } from '../syntax.ts';
import { diagnosis, type Lift, type Lifting, letter, links, one, some, unlessSame } from './letter.ts';
import { identifier, parties, patient, ROLES, relative } from './parties.ts';

/** The referring person: title in the first component, name in the second (NAD+BV). */
function referrer(section: Section): SourceTree | undefined {
  const nad = section.first('NAD');
  return tree({
    ...(nad && identifier(section, nad, 2)),
    PersonName: nad && component(nad, 4, 2),
    PersonTitle: nad && component(nad, 4, 1),
  });
}

/** REF07 writes what is referred for as one of the additional codes, the others as the reason itself (`CIN+HI+511:HET`). */
const PHYSIOTHERAPY = 'fysioterapihenvisning';
const SPECIALIST = 'speciallaegehenvisning';

function reason(lifting: Lifting, section: Section, cin: Segment): { refer: boolean; node: SourceTree | undefined } {
  const role = component(cin, 1);
  const isPhysiotherapy = lifting.type.code === 'REF07';
  if (role === 'HI') {
    const DiagnoseTypeCode = isPhysiotherapy ? PHYSIOTHERAPY : SPECIALIST;
    const parts = { DiagnoseCode: component(cin, 2), DiagnoseTypeCode, DiagnoseText: component(cin, 2, 4) };
    return {
      refer: !isPhysiotherapy,
      node: tree(isPhysiotherapy ? { DiagnoseDescriptionCode: PHYSIOTHERAPY, ...parts } : parts),
    };
  }
  if (role === 'H') return { refer: true, node: diagnosis(section, cin) };
  const DiagnoseDescriptionCode = section.word(codes.DIAGNOSIS_ROLE, cin, [1, 1]);
  return { refer: false, node: tree({ DiagnoseDescriptionCode, ...diagnosis(section, cin) }) };
}

function reasons(lifting: Lifting): SourceTree | undefined {
  const section = one(lifting, 'S02');
  const found = section?.all('CIN').map((cin) => reason(lifting, section, cin)) ?? [];
  return tree({
    Refer: found.filter(({ refer }) => refer).map(({ node }) => node),
    ReferralAdditional: found.filter(({ refer }) => !refer).map(({ node }) => node),
  });
}

function clinical(section: Section | undefined): SourceTree | undefined {
  return tree({
    Cave: section?.prose('AL'),
    Anamnesis: section?.prose('NC'),
    Examination: section?.prose('CF'),
    ActualMedicine: section?.prose('MT'),
    FirstDateOfPeriod: section?.prose('PR'),
  });
}

function visitations(section: Section | undefined): (SourceTree | undefined)[] {
  return (section?.all('FTX') ?? []).map((ftx) =>
    tree({
      InformationCode: section?.word(codes.VISITATION, ftx, [1, 1]),
      Information: section?.proseOf([ftx]),
    }),
  );
}

/** FTX+IN holds an e-mail address, or something else the sender wanted to say. */
function information(section: Section | undefined): { email?: string; other?: string } {
  const text = section?.prose('IN');
  if (text === undefined) return {};
  return /^\S+@\S+$/.test(text) ? { email: text } : { other: text };
}

/** MEDREF: from a practice (PO) to a department, specialist or therapist (SSP). */
export const referral: Lift = (lifting) => {
  const info = one(lifting, 'S02');
  const anamnesis = one(lifting, 'S12');
  const priority = one(lifting, 'S18');
  const transport = one(lifting, 'S19');
  const { email, other } = information(anamnesis);
  const start = one(lifting, 'S00');
  return {
    Letter: letter(
      lifting,
      { section: info, tellsNew: true },
      {
        EpisodeOfCareIdentifier: info?.reference('ROI'),
        Ordered: unlessSame(info?.moment(info.first('DTM', '4')), start?.moment(start.first('DTM', '137'))),
      },
    ),
    ...parties(some(lifting, 'S01'), ROLES.referral, {
      locations: lifting.locations,
      shape: (person) => ({ Referrer: referrer(person) }),
    }),
    Patient: patient(one(lifting, 'S07'), { EmailIdentifier: email }),
    Relative: some(lifting, 'S09', 'S10').map(relative),
    AdditionalInformation: tree({
      Priority: priority?.word(codes.REFERRAL_PRIORITY, priority.first('PTY', 'PRI'), [2, 1]),
      ReferralStatus: priority?.word(codes.REFERRAL_STATUS, priority.first('PAS'), [1, 1]),
      Transport: transport?.word(codes.TRANSPORT, transport.first('TDT'), [3, 1]),
      Supplementary: transport?.prose('COT'),
      ClinicalReason: info?.prose('DI'),
      Information: other,
    }),
    Referral: reasons(lifting),
    RelevantClinicalInformation: clinical(anamnesis),
    HospitalVisitation: visitations(priority),
    Reference: anamnesis ? links(anamnesis) : undefined,
  };
};
