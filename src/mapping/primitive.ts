/** JSON form of a primitive type from a value of another: number for numbers, boolean for booleans, else text. Undefined: it is no such thing. */
export function toPrimitive(value: unknown, type: string): string | number | boolean | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const read = READERS[type];
  if (read) return read(value);
  const text = String(value);
  const form = FORMS[type];
  return form && !form.test(text) ? undefined : text;
}

function whole(least: number): (value: string | number | boolean) => number | undefined {
  return (value) => {
    const number = typeof value === 'string' && /^[+-]?\d{1,10}$/.test(value.trim()) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= least ? number : undefined;
  };
}

const READERS: Readonly<Record<string, (value: string | number | boolean) => number | boolean | undefined>> = {
  boolean: (value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  integer: whole(-2147483648),
  unsignedInt: whole(0),
  positiveInt: whole(1),
  decimal: (value) => {
    const number =
      typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  },
};

const DATE = String.raw`\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?`;
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?`;
const ZONE = String.raw`(Z|[+-](0\d|1[0-4]):[0-5]\d)`;

/** Forms of http://hl7.org/fhir/R4/datatypes.html#primitive that texts of other types are most often mistaken for. */
const FORMS: Readonly<Record<string, RegExp>> = {
  date: new RegExp(`^${DATE}$`),
  dateTime: new RegExp(`^${DATE}$|^\\d{4}-\\d\\d-\\d\\dT${TIME}${ZONE}$`),
  instant: new RegExp(`^\\d{4}-\\d\\d-\\d\\dT${TIME}${ZONE}$`),
  time: new RegExp(`^${TIME}$`),
};
