import type { SourceTree } from '../../format.ts';
import { plain, tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component, type Segment } from '../syntax.ts';
import { isLink, type Lift, type Lifting, links, one, some } from './letter.ts';
import { relative } from './parties.ts';
import { general, reportBase, resultStatus } from './report.ts';

/** The parts a pathologist writes, by the qualifier of their text. */
const PARTS = {
  Macroscopic: 'MAC',
  Microscopic: 'MIC',
  Conclusion: 'KON',
  Hematology: 'HEM',
  Comments: 'SPC',
} as const;

const headlineOf = (section: Section | undefined) => section?.text('INV', undefined, 2, 4);
const has = (section: Section, tag: string, qualifier?: string) =>
  section.group.segments.some((segment) => segment.tag === tag && (!qualifier || component(segment, 1) === qualifier));

/** A table of cells in fixed columns: name to column 40, marrow to 52, blood behind (MEDRPT, haematology). */
function bloodCount(section: Section): SourceTree | undefined {
  const lines = section.all('FTX', 'HEM').map((ftx) => ftx.elements[3]?.[0] ?? '');
  const row = (line: string) => [line.slice(0, 40), line.slice(40, 52), line.slice(52)].map((cell) => tidy(cell));
  const [labels, ...rows] = lines.map(row);
  const cells = ([name, marrow, blood]: readonly (string | undefined)[], named: string) =>
    tree({ [named]: name, Marrow: marrow, Peripheral: blood });
  return tree({
    Headline: headlineOf(section),
    Labels: labels && cells(labels, 'CellTypes'),
    Result: rows.map((one) => cells(one, 'CellType')),
  });
}

const tidy = (cell: string) => plain(cell.replace(/\s+/g, ' '));

function textual(sections: readonly Section[]): SourceTree | undefined {
  const parts = Object.entries(PARTS).map(([name, qualifier]) => {
    const found = sections.filter((section) => has(section, 'FTX', qualifier));
    if (name === 'Hematology') return [name, found.map(bloodCount)] as const;
    const texts = found.map((section) =>
      tree({
        Headline: headlineOf(section),
        Text: section.proseOf(section.all('FTX').filter((ftx) => !isLink(ftx))),
        Reference: links(section),
      }),
    );
    return [name, texts] as const;
  });
  return tree(Object.fromEntries(parts));
}

const coded = (cin: Segment, comment: string | undefined) =>
  tree({ Code: component(cin, 2), Text: component(cin, 2, 4), Comment: comment });

/** The first code says where (topography), the others what was found; CIN+SPC behind a code is a comment on it. */
function codedResults(section: Section, headline: string | undefined): SourceTree | undefined {
  const all = section.all('CIN');
  section.all('INV');
  const nodes = all
    .map((cin, index) => ({ cin, next: all[index + 1] }))
    .filter(({ cin }) => component(cin, 1) === 'CCI')
    .map(({ cin, next }) => coded(cin, next && component(next, 1) === 'SPC' ? component(next, 2, 4) : undefined));
  return tree({ Headline: headline, Topography: nodes[0], Result: nodes.slice(1) });
}

interface Findings {
  readonly headline: string | undefined;
  readonly bySample: ReadonlyMap<string, (SourceTree | undefined)[]>;
}

/** Result groups with codes belong to the sample their RFF+ASL numbers; the headline stands in the group before. */
function findings(sections: readonly Section[]): Findings {
  const bySample = new Map<string, (SourceTree | undefined)[]>();
  const headlines = sections.filter(
    (section) => has(section, 'INV', 'OE') && !has(section, 'CIN') && !has(section, 'RSL'),
  );
  sections.forEach((section, index) => {
    if (!has(section, 'CIN')) return;
    const titles = sections[index - 1]?.all('INV', 'OE') ?? [];
    const title = titles.length > 1 || index - 1 !== sections.indexOf(headlines[0]!) ? titles.at(-1) : undefined;
    const number = section.reference('ASL') ?? '1';
    const found = codedResults(section, title && component(title, 2, 4));
    bySample.set(number, [...(bySample.get(number) ?? []), found]);
  });
  return { headline: headlineOf(headlines[0]), bySample };
}

function sample(section: Section, found: Findings, sole: boolean): SourceTree | undefined {
  const number = section.text('SEQ', undefined, 2) ?? '1';
  const results = sole ? [...found.bySample.values()].flat() : found.bySample.get(number);
  return tree({
    RequesterSampleIdentifier: section.reference('RTI'),
    LaboratoryInternalSampleIdentifier: section.reference('STI'),
    MaterialDescription: section.line('SRC', 'MAT'),
    CodedResults: results,
  });
}

function table(section: Section | undefined): SourceTree | undefined {
  return tree({ ResultHeadline: headlineOf(section), TableResult: section?.text('RSL', undefined, 2) });
}

function laboratoryResults(lifting: Lifting): SourceTree | undefined {
  const results = some(lifting, 'S18');
  const answer = results.find((section) => has(section, 'RSL') || has(section, 'STS'));
  const found = findings(results);
  const samples = some(lifting, 'S16');
  return tree({
    GeneralResultInformation: tree({
      ResultStatusCode: answer && resultStatus(answer),
      ...general(lifting),
    }),
    CodedFormat: tree({
      DiagnosisHeadline: found.headline,
      Sample: samples.map((section) => sample(section, found, samples.length === 1)),
    }),
    TableFormat: table(answer),
    TextualFormat: textual(results.filter((section) => !has(section, 'CIN'))),
  });
}

/** MEDRPT RPT03, RPT04: coded, tabular and textual findings on one or more samples. */
export const pathologyReport: Lift = (lifting) => {
  const request = one(lifting, 'S04');
  const info = one(lifting, 'S02');
  const clinical = one(lifting, 'S10');
  return {
    ...reportBase(lifting),
    Relative: some(lifting, 'S07')
      .filter((section) => has(section, 'PNA', 'PER'))
      .map(relative),
    RequisitionInformation: tree({
      RequestersRequisitionIdentifier: request?.reference('ROI'),
      ReceiversRequisitionIdentifier: request?.reference('SOI'),
      SamplingDateTime: request?.time(request.first('DTM', '4')),
      SampleReceivedDateTime: request?.time(request.first('DTM', '8')),
      ClinicalInformation: clinical?.proseOf(clinical.all('FTX').filter((ftx) => !isLink(ftx))),
      Comments: info?.proseOf(info.all('FTX').filter((ftx) => !isLink(ftx))),
      Reference: clinical ? links(clinical) : undefined,
    }),
    LaboratoryResults: laboratoryResults(lifting),
  };
};
