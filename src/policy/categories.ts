import type { CodeableConcept, Coding, Resource } from '@medplum/fhirtypes';

/**
 * Categories are the words agreements share by. `identity` and `administrative` only go along with something else.
 * How far a type is classified by what: `plain` says nothing sensitive by itself, `coded` needs a code of a known system, `text` needs a known source.
 */
export interface CategoryRow {
  readonly category: string;
  readonly judged: 'plain' | 'coded' | 'text';
}

const row = (category: string, judged: CategoryRow['judged']): CategoryRow => ({ category, judged });

export const CATEGORY_OF_TYPE: Readonly<Record<string, CategoryRow>> = {
  Patient: row('identity', 'plain'),
  Organization: row('administrative', 'plain'),
  Practitioner: row('administrative', 'plain'),
  PractitionerRole: row('administrative', 'plain'),
  Location: row('administrative', 'plain'),
  HealthcareService: row('administrative', 'plain'),
  Endpoint: row('administrative', 'plain'),
  Device: row('administrative', 'plain'),
  MessageHeader: row('administrative', 'plain'),
  Encounter: row('admission-status', 'plain'),
  EpisodeOfCare: row('admission-status', 'plain'),
  Appointment: row('appointment', 'plain'),
  AppointmentResponse: row('appointment', 'plain'),
  Schedule: row('appointment', 'plain'),
  Slot: row('appointment', 'plain'),
  Condition: row('diagnosis', 'coded'),
  AllergyIntolerance: row('allergy', 'coded'),
  Medication: row('medication', 'coded'),
  MedicationStatement: row('medication', 'coded'),
  MedicationRequest: row('medication', 'coded'),
  MedicationAdministration: row('medication', 'coded'),
  MedicationDispense: row('medication', 'coded'),
  Immunization: row('medication', 'coded'),
  Procedure: row('procedure', 'coded'),
  Observation: row('findings', 'coded'),
  Specimen: row('laboratory', 'coded'),
  DiagnosticReport: row('laboratory', 'coded'),
  ServiceRequest: row('referral', 'coded'),
  Task: row('referral', 'coded'),
  Flag: row('findings', 'coded'),
  RiskAssessment: row('findings', 'coded'),
  ClinicalImpression: row('findings', 'text'),
  CarePlan: row('plan', 'text'),
  CareTeam: row('plan', 'plain'),
  Goal: row('plan', 'text'),
  QuestionnaireResponse: row('findings', 'text'),
  Composition: row('document', 'text'),
  DocumentReference: row('document', 'text'),
  Communication: row('correspondence', 'text'),
  CommunicationRequest: row('correspondence', 'text'),
  Media: row('attachment', 'text'),
  Binary: row('attachment', 'text'),
  RelatedPerson: row('relatives', 'plain'),
  Provenance: row('provenance', 'plain'),
};

const OTHER: CategoryRow = row('other', 'text');

/** `system|code` of what a resource says it is, to the category it belongs to; speaks before the type. */
const CATEGORY_OF_CODE: Readonly<Record<string, string>> = {
  'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs': 'vitals',
  'http://terminology.hl7.org/CodeSystem/observation-category|laboratory': 'laboratory',
  'http://terminology.hl7.org/CodeSystem/observation-category|survey': 'function',
  'http://terminology.hl7.org/CodeSystem/observation-category|social-history': 'function',
  'http://terminology.hl7.org/CodeSystem/observation-category|imaging': 'findings',
  'http://loinc.org|18842-5': 'discharge-letter',
  'http://loinc.org|11490-0': 'discharge-letter',
  'http://loinc.org|28655-9': 'discharge-letter',
  'http://loinc.org|34745-0': 'nursing',
  'http://loinc.org|67796-3': 'findings',
  'http://loinc.org|57133-1': 'referral',
  'http://loinc.org|18776-5': 'plan',
  'http://loinc.org|52521-2': 'plan',
  'http://loinc.org|11502-2': 'laboratory',
  // advance directives and wishes for treatment and the end of life
  'http://loinc.org|42348-3': 'wishes',
  'http://loinc.org|75320-2': 'wishes',
  'http://loinc.org|75773-2': 'wishes',
  'http://loinc.org|81351-9': 'wishes',
};

/** Every category an agreement can name. */
export const CATEGORIES: ReadonlySet<string> = new Set([
  ...Object.values(CATEGORY_OF_TYPE).map(({ category }) => category),
  ...Object.values(CATEGORY_OF_CODE),
  // not of a whole resource: clinical details of an encounter, text a person wrote, a report a law asks for, anything else
  'encounter-details',
  'free-text',
  'statutory-report',
  'other',
]);

/** Types whose category follows from their code or category element. */
const BY_CODE = new Set([
  'Observation',
  'DiagnosticReport',
  'Composition',
  'DocumentReference',
  'ServiceRequest',
  'Goal',
]);

export function categoryOfCode(system: string | undefined, code: string | undefined): string | undefined {
  const key = `${system}|${code}`;
  return Object.hasOwn(CATEGORY_OF_CODE, key) ? CATEGORY_OF_CODE[key] : undefined;
}

/** Every category content of a type can have. */
export function categoriesOfType(type: string): string[] {
  const own = CATEGORY_OF_TYPE[type]?.category ?? OTHER.category;
  return BY_CODE.has(type) ? [...new Set([own, ...Object.values(CATEGORY_OF_CODE)])] : [own];
}

function codings(concepts: unknown): readonly Coding[] {
  const list = Array.isArray(concepts) ? concepts : [concepts];
  return list.flatMap((concept) => (concept as CodeableConcept | undefined)?.coding ?? []);
}

export function rowOf(resource: Resource): CategoryRow {
  const row = Object.hasOwn(CATEGORY_OF_TYPE, resource.resourceType) ? CATEGORY_OF_TYPE[resource.resourceType]! : OTHER;
  if (!BY_CODE.has(resource.resourceType)) return row;
  const { code, type, category } = resource as unknown as Record<string, unknown>;
  // what the code says is nearer to the content than the sender's category
  const told = [...codings(code), ...codings(type), ...codings(category)];
  const found = told.flatMap(({ system, code: value }) => categoryOfCode(system, value) ?? [])[0];
  return found ? { ...row, category: found } : row;
}
