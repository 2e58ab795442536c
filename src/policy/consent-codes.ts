import { CATEGORY_OF_TYPE, categoriesOfType, categoryOfCode } from './categories.ts';

/** Extensions of the hub's Consent profile. */
export const CONSENT_EXTENSION = {
  /** valueCode: `written`, `digital` or `oral`. */
  form: 'http://samspil.dk/fhir/StructureDefinition/consent-form',
  /** On an actor, valueBoolean: the whole authority is meant, not the one unit. */
  wholeEntity: 'http://samspil.dk/fhir/StructureDefinition/consent-whole-entity',
} as const;

/** http://terminology.hl7.org/CodeSystem/consentaction as the hub's actions; `correct` and `collect` bear on nothing the hub does. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  access: ['lookup'],
  disclose: ['disclose', 'notify'],
  use: ['lookup', 'disclose', 'notify'],
};

const PURPOSE_SYSTEM = 'http://samspil.dk/fhir/CodeSystem/purpose';
/** http://terminology.hl7.org/CodeSystem/v3-ActReason as the hub's purposes. */
const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'treatment',
  COC: 'treatment',
  CAREMGT: 'treatment',
  ETREAT: 'emergency',
  BTG: 'emergency',
  HQUALIMP: 'quality',
  HRESCH: 'research',
  PUBHLTH: 'statutory-report',
  HPAYMT: 'insurance',
};

export function purposeOf(code: string, system: string): readonly string[] | undefined {
  if (system === PURPOSE_SYSTEM) return code === '' ? undefined : [code];
  return Object.hasOwn(PURPOSES, code) ? [PURPOSES[code]!] : undefined;
}

const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const CATEGORY_SYSTEM = 'http://samspil.dk/fhir/CodeSystem/category';

/** Categories meant by a class of content: a resource type, a document type, or the hub's own word. */
export function categoriesOfClass(code: string, system: string): readonly string[] | undefined {
  if (system === CATEGORY_SYSTEM) return code === '' ? undefined : [code];
  if (system === RESOURCE_TYPES) return Object.hasOwn(CATEGORY_OF_TYPE, code) ? categoriesOfType(code) : undefined;
  const category = categoryOfCode(system, code);
  return category === undefined ? undefined : [category];
}

/** http://terminology.hl7.org/CodeSystem/v3-RoleCode and v2-0131 as kinds of grantor. */
export const GRANTORS: Readonly<Record<string, string>> = {
  PRN: 'parent',
  MTH: 'parent',
  FTH: 'parent',
  NMTH: 'parent',
  NFTH: 'parent',
  ADOPTP: 'parent',
  GUARD: 'guardian',
  POWATT: 'attorney',
  HPOWATT: 'attorney',
  NOK: 'next-of-kin',
  N: 'next-of-kin',
};
