import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { type Part, tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component } from '../syntax.ts';
import { type Lift, type Lifting, letter, links, one, some, unlessSame } from './letter.ts';
import { address, initials, parties, patient, ROLES, relative, telephones } from './parties.ts';
import { eachProse } from './report.ts';

/** The questions on a smear that have an element of their own: code, name, and how the answer is written. */
const CERVIX: readonly (readonly [string, string, 'yes' | 'date' | 'text'])[] = [
  ['ADP101', 'Condyloma', 'yes'],
  ['ADP102', 'IUD', 'yes'],
  ['ADP103', 'Pregnant', 'yes'],
  ['ADP201', 'DateOfPeriod', 'date'],
  ['ADP202', 'HormonTherapy', 'text'],
  ['ADP203', 'DateOfCryoTherapy', 'date'],
  ['ADP204', 'DateOfLaser', 'date'],
  ['ADP205', 'DateOfConisation', 'date'],
  ['ADP206', 'DateOfHysterectomi', 'date'],
  ['ADP213', 'DateOfIrradiation', 'date'],
  ['ADP214', 'DateOfChemoTherapy', 'date'],
];

function cervixInformations(sections: readonly Section[]): SourceTree | undefined {
  const parts = sections.flatMap((section) => {
    const row = CERVIX.find(([code]) => code === section.text('INV', 'IN', 2));
    if (!row) return [];
    const [, name, kind] = row;
    section.all('RSL');
    const date = section.moment(section.first('DTM'));
    const text = section.text('RSL', undefined, 2, 6);
    return [[name, kind === 'yes' ? 'true' : kind === 'date' ? date : text] as const];
  });
  return tree(Object.fromEntries(parts));
}

/** `INV+IN+:::<question>` with the answer as text, number, code or time. */
function prompt(section: Section): SourceTree | undefined {
  const inv = section.first('INV', 'IN');
  if (!inv) return undefined;
  const rsl = section.first('RSL');
  const kind = rsl && component(rsl, 1);
  const code = component(inv, 2);
  const Question = code
    ? tree({
        Code: code,
        CodeType: section.word(codes.ANALYSIS_CODE_KIND, inv, [2, 2]),
        CodeResponsible: component(inv, 2, 3),
        CodeText: component(inv, 2, 4),
      })
    : component(inv, 2, 4);
  return tree({
    Question,
    Answer: tree({
      Text: kind === 'TV' ? rsl && component(rsl, 2, 6) : undefined,
      Numerical:
        kind === 'NV' ? tree({ Value: rsl && component(rsl, 2), Unit: rsl && component(rsl, 3, 4) }) : undefined,
      DiagnoseCode: kind === 'CV' ? rsl && component(rsl, 2) : undefined,
      DateTime: section.moment(section.first('DTM')),
    }),
  });
}

/** Local microbiology codes (MDS) have names in three parts; others one (INV 2.4). */
function analysis(section: Section): SourceTree | undefined {
  const inv = section.first('INV');
  const names = section.first('FTX', 'ACM');
  const isMicrobiology = inv !== undefined && component(inv, 2, 3) === 'MDS';
  const kind = inv && component(inv, 2, 2);
  return tree({
    [isMicrobiology ? 'MICAnalysisCode' : 'AnalysisCode']: inv && component(inv, 2),
    AnalysisCodeType: codes.wordOf(codes.ANALYSIS_CODE_KIND, kind) ?? kind,
    AnalysisCodeResponsible: inv && component(inv, 2, 3),
    AnalysisShortName: inv && component(inv, 2, 4),
    AnalysisMDSName:
      names &&
      tree({ Examination: component(names, 4), Material: component(names, 4, 2), Location: component(names, 4, 3) }),
  });
}

function requestedAnalysis(section: Section, priority: string | undefined): SourceTree | undefined {
  return tree({
    ResultPriority: section.word(codes.REQUEST_PRIORITY, section.first('PTY', 'REP'), [2, 1]) ?? priority,
    Analysis: analysis(section),
    SupplementaryLocation: section.line('SRC'),
    SupplementaryAnalysis: section.line('IVC'),
  });
}

function sample(lifting: Lifting, section: Section): SourceTree | undefined {
  return tree({
    RequesterSampleIdentifier: section.reference('RTI') ?? one(lifting, 'S02')?.reference('ROI'),
    MaterialDescription: section.line('MAT'),
    MaterialPreTreatment: section
      .all('SPC', 'PRM')
      .map((spc) => codes.wordOf(codes.MATERIAL_TREATMENT, component(spc, 2)) ?? 'ikke_fikseret'),
    Reference: links(section),
  });
}

function requisition(lifting: Lifting): SourceTree | undefined {
  const info = one(lifting, 'S02');
  const [first] = some(lifting, 'S15');
  const taken = first?.first('SPC', 'SCI');
  const ordered = info?.time(info.first('DTM', '4'));
  const cin = info?.first('CIN');
  return tree({
    RequestersRequisitionIdentifier:
      lifting.type.code === 'REQ03'
        ? info?.reference('ROI')
        : unlessSame(info?.reference('ROI'), first?.reference('RTI')),
    RequisitionDateTime: ordered,
    SamplingLocationCode: first?.word(codes.SAMPLING_PLACE, taken, [2, 1]),
    SamplingDateTimeType: codes.wordOf(codes.SAMPLING_TIME_KIND, taken && component(taken, 2)),
    SamplingDateTime: first?.time(first.first('DTM', 'SCO')) ?? (lifting.type.code === 'REQ01' ? undefined : ordered),
    Sample: some(lifting, 'S15').map((section) => sample(lifting, section)),
    NumberOfTestTubes: info?.text('PAC', undefined, 1),
    ClinicalInformation: one(lifting, 'S09')?.prose(),
    CodedClinicalInformation: cin && tree({ IndicationCode: component(cin, 2), IndicationText: component(cin, 2, 4) }),
    Comments: eachProse(info, 'RRO', 'SPC', 'NC'),
    CarbonCopyReceiver: info?.line('KOP'),
  });
}

/** In MEDREQ, and there only, HAN says that the patient does not consent (official twins); its absence says nothing here. */
function person(lifting: Lifting): Readonly<Record<string, Part>> {
  const section = some(lifting, 'S06').find(({ group }) => group.segments.some((pna) => component(pna, 1) === 'PAT'));
  const home = one(lifting, 'S05');
  return {
    Patient: patient(section, {
      ...address(home?.first('ADR')),
      Telephone: home ? telephones(home) : undefined,
      Consent: section?.first('HAN') ? tree({ Given: 'false' }) : undefined,
    }),
    Relative: some(lifting, 'S06')
      .filter(({ group }) => group.segments.some((pna) => component(pna, 1) === 'PER'))
      .map(relative),
  };
}

function payer(lifting: Lifting, found: readonly (SourceTree | undefined)[] | undefined): Part {
  const info = one(lifting, 'S02');
  const kind = info?.word(codes.PAYER_KIND, info.first('FCA'), [1, 1]);
  return found?.map((one) => tree({ PayersTypeCode: kind, ...one })) ?? tree({ PayersTypeCode: kind });
}

/** MEDREQ: what a practice or ward asks a laboratory to examine. */
export const laboratoryRequest: Lift = (lifting) => {
  const info = one(lifting, 'S02');
  const priority = info?.word(codes.REQUEST_PRIORITY, info.first('PTY', 'REP'), [2, 1]);
  const prompts = some(lifting, 'S10');
  const isCervix = (section: Section) => CERVIX.some(([code]) => code === section.text('INV', 'IN', 2));
  const found = parties(some(lifting, 'S01'), ROLES.request, {
    locations: lifting.locations,
    shape: (section) => ({ Physician: initials(section) }),
  });
  return {
    Letter: letter(lifting, { section: info, tellsNew: false }),
    ...found,
    Payer: payer(lifting, found.Payer),
    ...person(lifting),
    RequisitionInformation: requisition(lifting),
    Requests: tree({
      RequestedAnalysis: some(lifting, 'S17').map((section) => requestedAnalysis(section, priority)),
      Prompt: prompts.filter((section) => !isCervix(section)).map(prompt),
      SupplementaryCervixInformations: cervixInformations(prompts),
    }),
  };
};
