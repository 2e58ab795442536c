/** Identifier systems of Danish health care as FHIR URIs (hl7dk/dk-core, MedCom core). */
export const SYSTEM = {
  cpr: 'urn:oid:1.2.208.176.1.2',
  xEcpr: 'urn:oid:1.2.208.176.1.6.1.1',
  dEcpr: 'urn:oid:1.2.208.176.1.6.1.3',
  sor: 'urn:oid:1.2.208.176.1.1',
  gln: 'https://www.gs1.org/gln',
  ydernummer: 'urn:oid:1.2.208.176.1.4',
  shak: 'urn:oid:1.2.208.176.1.5',
  cvr: 'http://cvr.dk',
  municipality: 'http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes',
  sks: 'urn:oid:1.2.208.176.2.4',
  npu: 'urn:oid:1.2.208.176.2.1',
  lpr3: 'https://www.esundhed.dk/Registre/Landspatientregisteret',
} as const;

export type PersonNumberKind = 'cpr' | 'x-ecpr' | 'd-ecpr';

/** A person number read for its form: the number without hyphen, and what can be told from it. */
export interface PersonNumber {
  readonly kind: PersonNumberKind;
  readonly system: string;
  readonly value: string;
  /** `YYYY-MM-DD`; only of a CPR number. */
  readonly birthDate?: string;
  readonly gender?: 'male' | 'female';
}

const CPR = /^(\d{2})(\d{2})(\d{2})-?(\d)\d{2}(\d)$/;
const REPLACEMENT = /^(\d{2})(\d{2})\d{2}-?([01567])[A-Z]{2}\d$/;

/** Century by the 7th digit (CPR office: 0-3 1900s; 4, 9 2000s to year 36; 5-8 2000s to year 57, else 1800s). */
function centuryOf(seventh: number, year: number): number {
  if (seventh <= 3) return 1900;
  if (seventh === 4 || seventh === 9) return year <= 36 ? 2000 : 1900;
  return year <= 57 ? 2000 : 1800;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function readCpr(match: RegExpExecArray): PersonNumber | undefined {
  const [day, month, short, seventh, last] = match.slice(1).map(Number) as [number, number, number, number, number];
  const year = centuryOf(seventh, short) + short;
  // test numbers of the official kind may add 60 to the day; the date behind must still be one
  const real = day > 60 ? day - 60 : day;
  if (!isDate(year, month, real)) return undefined;
  const birthDate = new Date(Date.UTC(year, month - 1, real)).toISOString().slice(0, 10);
  return {
    kind: 'cpr',
    system: SYSTEM.cpr,
    value: match[0].replace('-', ''),
    birthDate,
    gender: last % 2 ? 'male' : 'female',
  };
}

/**
 * Reads a CPR number or a replacement number (X-eCPR: 7th character 1 or 7; D-eCPR: 0, 5 or 6; medcom.md 2.5) with or without hyphen.
 * Modulus 11 is no test: numbers that fail it have been issued since 1 October 2007.
 * @returns undefined where the form is neither, or the date in it is impossible
 */
export function readPersonNumber(text: string): PersonNumber | undefined {
  const trimmed = text.trim().toUpperCase();
  const cpr = CPR.exec(trimmed);
  if (cpr) return readCpr(cpr);
  const replacement = REPLACEMENT.exec(trimmed);
  if (!replacement || !isDate(2000, Number(replacement[2]), Number(replacement[1]))) return undefined;
  const kind = '17'.includes(replacement[3]!) ? 'x-ecpr' : 'd-ecpr';
  return { kind, system: kind === 'x-ecpr' ? SYSTEM.xEcpr : SYSTEM.dEcpr, value: trimmed.replace('-', '') };
}

/** 13 digits whose last one is the GS1 check digit. */
export function isGln(text: string): boolean {
  if (!/^\d{13}$/.test(text)) return false;
  const sum = [...text.slice(0, 12)].reduce((total, digit, index) => total + Number(digit) * (index % 2 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10 === Number(text[12]);
}
