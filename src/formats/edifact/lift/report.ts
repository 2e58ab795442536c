import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { type Part, tree } from '../../letter/tree.ts';
import type { Group } from '../groups.ts';
import { Section } from '../section.ts';
import { component, type Segment } from '../syntax.ts';
import { type Lift, type Lifting, letter, links, one, some, unlessSame } from './letter.ts';
import { initials, parties, patient, ROLES } from './parties.ts';

/** Status of a result from its GIS and STS; one of only asterisks says that the sample has come (formats 2.5). */
export function resultStatus(section: Section): string | undefined {
  const [gis, sts] = [section.first('GIS'), section.first('STS')];
  const key = `${(gis && component(gis, 1)) ?? 'N'} ${(sts && component(sts, 2)) ?? 'FR'}`;
  if (key === 'N PR' && section.text('RSL', undefined, 2) === '*****') return 'proeve_modtaget';
  return codes.wordOf(codes.RESULT_STATUS, key) ?? section.word(codes.RESULT_STATUS, sts, [2, 1]);
}

function analysis(section: Section): SourceTree | undefined {
  const inv = section.first('INV');
  return tree({
    AnalysisCode: inv && component(inv, 2),
    AnalysisCodeType: section.word(codes.ANALYSIS_CODE_KIND, inv, [2, 2]),
    AnalysisCodeResponsible: inv && component(inv, 2, 3),
    AnalysisShortName: inv && component(inv, 2, 4),
    AnalysisCompleteName: section.prose('ACM'),
  });
}

/** `REL+PRF+POR:91:<register>:<who>`: the laboratory that made the result. */
function producer(section: Section): SourceTree | undefined {
  const rel = section.first('REL', 'PRF');
  return tree({ Identifier: rel && component(rel, 2, 4), IdentifierCode: rel && component(rel, 2, 3) });
}

function interval(section: Section): SourceTree | undefined {
  const rnd = section.first('RND');
  return tree({
    TypeOfInterval: section.word(codes.INTERVAL_KIND, rnd, [1, 1]),
    LowerLimit: rnd && component(rnd, 2),
    UpperLimit: rnd && component(rnd, 3),
    IntervalText: section.line(),
  });
}

/** `RSL+NV+212++:::µmol/l+HI`: the value as text, whatever its kind; an operator stands beside it (`7` less, `6` more than). */
function value(section: Section): Readonly<Record<string, Part>> {
  const rsl = section.first('RSL');
  return {
    ResultType: section.word(codes.RESULT_KIND, rsl, [1, 1]),
    Operator: section.word(codes.RESULT_OPERATOR, rsl, [2, 2]),
    Value: rsl && component(rsl, 2),
    Unit: rsl && component(rsl, 4, 4),
    ResultValidation: section.word(codes.RESULT_VALIDATION, rsl, [5, 1]),
  };
}

/** Each FTX of the qualifier as a text of its own. */
export function eachProse(section: Section | undefined, ...qualifiers: readonly string[]): (string | undefined)[] {
  return (section?.all('FTX', ...qualifiers) ?? []).map((ftx) => section?.proseOf([ftx]));
}

function result(section: Section, intervals: readonly Section[]): SourceTree | undefined {
  return tree({
    ResultStatusCode: resultStatus(section),
    Analysis: analysis(section),
    ProducerOfLabResult: producer(section),
    ReferenceInterval: intervals.map(interval),
    ...value(section),
    ResultTextValue: eachProse(section, 'RIT'),
    ResultComments: eachProse(section, 'SPC'),
    Reference: links(section),
  });
}

/** A result group with the reference intervals (S20) that follow it. */
function results(lifting: Lifting): (SourceTree | undefined)[] {
  const found: { group: Group; intervals: Group[] }[] = [];
  for (const group of lifting.groups) {
    if (group.name === 'S18') found.push({ group, intervals: [] });
    else if (group.name === 'S20') found.at(-1)?.intervals.push(group);
  }
  const section = (group: Group) => new Section(group, lifting.scope);
  return found.map(({ group, intervals }) => result(section(group), intervals.map(section)));
}

function samplingInterval(section: Section | undefined): SourceTree | undefined {
  return tree({
    StartDateTime: section?.time(section.first('DTM', 'SCS')),
    EndDateTime: section?.time(section.first('DTM', 'SCE')),
  });
}

function sample(lifting: Lifting): SourceTree | undefined {
  const request = one(lifting, 'S04');
  const specimen = one(lifting, 'S16');
  return tree({
    LaboratoryInternalSampleIdentifier: request?.reference('SOI'),
    RequesterSampleIdentifier: request?.reference('ROI'),
    SamplingDateTime: request?.time(request.first('DTM', '4')),
    SampleReceivedDateTime: request?.time(request.first('DTM', '8')),
    Volume: specimen?.text('QTY', undefined, 1, 2),
    UnitOfVolume: specimen?.text('QTY', undefined, 2),
    SamplingInterval: samplingInterval(specimen),
  });
}

/** Letter, parties and patient of any MEDRPT: persons at the laboratory examine, persons elsewhere asked for it. */
export function reportBase(lifting: Lifting): Readonly<Record<string, Part>> {
  const info = one(lifting, 'S02');
  const person = some(lifting, 'S07').find((section) =>
    section.group.segments.some((pna) => component(pna, 1) === 'PAT'),
  );
  const han = person?.first('HAN');
  const home = one(lifting, 'S06')?.first('ADR');
  return {
    Letter: letter(lifting, { section: info, tellsNew: false }, { ServiceReportIdentifier: undefined }),
    ...parties(some(lifting, 'S01'), ROLES.report, {
      locations: lifting.locations,
      shape: (section, role) => ({ [role === 'Sender' ? 'Examinator' : 'Physician']: initials(section) }),
    }),
    Patient: patient(person, {
      ...patientAddress(home),
      Consent: han && tree({ Given: 'true', Text: component(han, 1, 4) }),
    }),
  };
}

/** S06 `ADR+:PO+US:<street>++<postcode>++<code>:KOM:IM:<municipality>`. */
function patientAddress(adr: Segment | undefined): Record<string, string | undefined> {
  if (!adr) return {};
  return {
    StreetName: component(adr, 2, 2),
    SuburbName: component(adr, 2, 3),
    DistrictName: component(adr, 3),
    PostCodeIdentifier: component(adr, 4),
    MunicipalityId: component(adr, 6),
    MunicipalityName: component(adr, 6, 4),
  };
}

/** What S02 says of the report as a whole. */
export function general(lifting: Lifting): Readonly<Record<string, Part>> {
  const info = one(lifting, 'S02');
  const status = info?.word(codes.REPORT_STATUS, info.first('STS'), [2, 1]);
  return {
    LaboratoryInternalProductionIdentifier: info?.reference('SRI'),
    ResultsDateTime: info?.time(info.first('DTM', 'ISR')),
    ResultStatus: unlessSame(status, 'komplet'),
  };
}

/** MEDRPT RPT01: clinical biochemistry; a value is text unless the sender says it is a number. */
export const laboratoryReport: Lift = (lifting) => ({
  ...reportBase(lifting),
  RequisitionInformation: tree({
    Comments: eachProse(one(lifting, 'S02'), 'SPC'),
    ClinicalInformation: one(lifting, 'S10')?.prose(),
    Sample: sample(lifting),
  }),
  LaboratoryResults: tree({
    GeneralResultInformation: tree(general(lifting)),
    Result: results(lifting),
  }),
});
