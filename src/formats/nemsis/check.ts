import type { Issue } from '../../errors.ts';
import { issue } from '../../errors.ts';
import { PRIMITIVES } from '../../fhir/primitives.ts';
import type { XmlElement } from '../xml/parse.ts';
import { elementsOf, placeOf, textOf } from '../xml/parse.ts';
import { isAbsent } from './tree.ts';

/** Sections of a patient care report in the order the standard gives them (EMSDataSet 3.5). */
const SECTIONS = [
  'eRecord',
  'eResponse',
  'eDispatch',
  'eCrew',
  'eTimes',
  'ePatient',
  'ePayment',
  'eScene',
  'eSituation',
  'eInjury',
  'eArrest',
  'eHistory',
  'eNarrative',
  'eVitals',
  'eLabs',
  'eExam',
  'eProtocols',
  'eMedications',
  'eProcedures',
  'eAirway',
  'eDevice',
  'eDisposition',
  'eOutcome',
  'eCustomResults',
  'eOther',
];

const NOT_VALUE = /^770100[135]$/;
const PERTINENT_NEGATIVE = /^88010(0[1-9]|[12]\d|3[01])$/;
const MOST = 100;

type Rule = (text: string) => boolean;
const within =
  (least: number, most: number): Rule =>
  (text) =>
    /^\d+(\.\d+)?$/.test(text) && Number(text) >= least && Number(text) <= most;
const whole =
  (least: number, most: number): Rule =>
  (text) =>
    /^\d+$/.test(text) && within(least, most)(text);
const time: Rule = (text) => PRIMITIVES.instant!(text);

/** What the values the map reads must look like; ranges are those the data dictionary allows or wider. */
const VALUES: readonly (readonly [pattern: RegExp, rule: Rule])[] = [
  [/^eTimes\.\d\d$/, time],
  [/^e(Vitals|Medications|Procedures)\.01$/, time],
  [/^eSituation\.(01|18)$/, time],
  [/^eVitals\.06$/, whole(0, 500)],
  // P: palpated
  [/^eVitals\.07$/, (text) => /^[Pp]$/.test(text) || whole(0, 500)(text)],
  [/^eVitals\.10$/, whole(0, 500)],
  [/^eVitals\.12$/, whole(0, 100)],
  [/^eVitals\.14$/, whole(0, 300)],
  [/^eVitals\.16$/, within(0, 200)],
  [/^eVitals\.18$/, (text) => /^(High|Low)$/.test(text) || within(0, 2000)(text)],
  [/^eVitals\.19$/, whole(1, 4)],
  [/^eVitals\.20$/, whole(1, 5)],
  [/^eVitals\.21$/, whole(1, 6)],
  [/^eVitals\.23$/, whole(3, 15)],
  [/^eVitals\.24$/, within(0, 50)],
  [/^eVitals\.27$/, whole(0, 10)],
  [/^eMedications\.05$/, within(0, 1_000_000)],
  [/^ePatient\.15$/, whole(0, 120)],
  [/^ePatient\.17$/, (text) => text.length === 10 && PRIMITIVES.date!(text)],
];

/**
 * Checks one PatientCareReport as far as the hub reads it: sections known and in order, elements in their sections, values of the kind their
 * element has, absent ones with a code of the standard. Issues with line and column: NEMSIS-SECTION, NEMSIS-ORDER, NEMSIS-ELEMENT,
 * NEMSIS-VALUE, NEMSIS-ABSENT, NEMSIS-MISSING.
 */
export function checkReport(report: XmlElement): Issue[] {
  const sections = elementsOf(report);
  const issues = [
    ...sections.flatMap((section, index) => orderIssues(section, sections[index - 1])),
    ...sections.flatMap((section) => elementIssues(section, section.name)),
  ];
  const id = elementsOf(report, 'eRecord').flatMap((section) => elementsOf(section, 'eRecord.01'))[0];
  if (!id || !textOf(id).trim()) issues.unshift(issue('NEMSIS-MISSING', placeOf(report), { element: 'eRecord.01' }));
  return issues.slice(0, MOST);
}

function orderIssues(section: XmlElement, before: XmlElement | undefined): Issue[] {
  const at = SECTIONS.indexOf(section.name);
  if (at < 0) return [issue('NEMSIS-SECTION', placeWithoutName(section))];
  if (before && SECTIONS.indexOf(before.name) >= at)
    return [issue('NEMSIS-ORDER', placeOf(section), { section: section.name })];
  return [];
}

function elementIssues(parent: XmlElement, section: string): Issue[] {
  return elementsOf(parent).flatMap((element) => {
    if (!element.name.startsWith(`${section}.`))
      return [issue('NEMSIS-ELEMENT', placeWithoutName(element), { section })];
    if (elementsOf(element).length > 0) return elementIssues(element, section);
    return valueIssues(element);
  });
}

function valueIssues(element: XmlElement): Issue[] {
  const { NV, PN } = element.attributes;
  const isReason = (NV === undefined || NOT_VALUE.test(NV)) && (PN === undefined || PERTINENT_NEGATIVE.test(PN));
  if (!isReason) return [issue('NEMSIS-ABSENT', placeOf(element))];
  const text = textOf(element).trim();
  if (!text) return isAbsent(element) ? [] : [issue('NEMSIS-VALUE', placeOf(element), { element: element.name })];
  if (element.attributes.nil === 'true') return [issue('NEMSIS-ABSENT', placeOf(element))];
  const rule = VALUES.find(([pattern]) => pattern.test(element.name))?.[1];
  return rule && !rule(text) ? [issue('NEMSIS-VALUE', placeOf(element), { element: element.name })] : [];
}

/** The name of an element that is not known may be anything; only its place is told. */
function placeWithoutName({ line, column }: XmlElement): string {
  return `line ${line}, column ${column}`;
}
