/**
 * The lexical rules of FHIR's primitive types as JSON writes them (https://hl7.org/fhir/R4/datatypes.html#primitive): one row each.
 * Each is linear in the length of the value. Two things are held that the published patterns leave open: a day must exist in its month,
 * and a string has no control characters and is not blank (as the text of the specification says).
 */
type Rule = (value: unknown) => boolean;

const LONGEST_STRING = 1024 * 1024;
const LARGEST_INTEGER = 2_147_483_647;

const DATE = /^(?!0000)\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
const ZONE = '(Z|[+-]((0\\d|1[0-3]):[0-5]\\d|14:00))';
const CLOCK = '([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d{1,9})?';
const INSTANT = new RegExp(`^(?!0000)\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T${CLOCK}${ZONE}$`);
const TIME = new RegExp(`^${CLOCK}$`);
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function dayExists(value: string): boolean {
  if (value.length < 10) return true;
  const day = Number(value.slice(8, 10));
  if (day < 29) return true;
  const month = Number(value.slice(5, 7));
  const year = Number(value.slice(0, 4));
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : DAYS[month - 1]!);
}

const text = (pattern: RegExp) => (value: unknown) =>
  typeof value === 'string' && value.length > 0 && pattern.test(value);
const whole = (from: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= LARGEST_INTEGER;
const prose: Rule = (value) =>
  typeof value === 'string' && value.length <= LONGEST_STRING && /\S/.test(value) && !CONTROL.test(value);
const address: Rule = text(/^\S*$/);

function isBase64(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const compact = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  return compact.length > 0 && compact.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact);
}

export const PRIMITIVES: Readonly<Record<string, Rule>> = {
  boolean: (value) => typeof value === 'boolean',
  integer: whole(-LARGEST_INTEGER - 1),
  unsignedInt: whole(0),
  positiveInt: whole(1),
  decimal: (value) => typeof value === 'number' && Number.isFinite(value),
  string: prose,
  markdown: prose,
  xhtml: (value) => typeof value === 'string' && value.length > 0,
  code: text(/^[^\s]+( [^\s]+)*$/),
  id: text(/^[A-Za-z0-9.-]{1,64}$/),
  uri: address,
  url: address,
  canonical: address,
  oid: text(/^urn:oid:[0-2](\.(0|[1-9]\d*))+$/),
  uuid: text(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  date: (value) => typeof value === 'string' && DATE.test(value) && dayExists(value),
  dateTime: (value) =>
    typeof value === 'string' && (value.length > 10 ? INSTANT.test(value) : DATE.test(value)) && dayExists(value),
  instant: (value) => typeof value === 'string' && INSTANT.test(value) && dayExists(value),
  time: text(TIME),
  base64Binary: isBase64,
  'System.String': (value) => typeof value === 'string' && value.length > 0,
  'System.Boolean': (value) => typeof value === 'boolean',
  'System.Integer': whole(-LARGEST_INTEGER - 1),
  'System.Decimal': (value) => typeof value === 'number' && Number.isFinite(value),
};

/** What JSON a primitive is written as; decides whether a wrong value has the wrong type or the wrong form. */
export function jsonTypeOf(primitive: string): 'boolean' | 'number' | 'string' {
  if (/boolean/i.test(primitive)) return 'boolean';
  return /^(integer|unsignedInt|positiveInt|decimal|System\.(Integer|Decimal))$/.test(primitive) ? 'number' : 'string';
}
