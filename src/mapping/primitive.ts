/** Reads a value of another type as a primitive; undefined: it is no such thing. */
export type ReadPrimitive = (value: unknown) => string | number | boolean | undefined;

/** JSON form of a primitive type: number for numbers, boolean for booleans, else text. */
export function primitiveReader(type: string): ReadPrimitive {
  const read = READERS[type];
  const form = FORMS[type];
  if (read) return (value) => (isPlain(value) ? read(value) : undefined);
  if (form) return (value) => (isPlain(value) && form.test(String(value)) ? String(value) : undefined);
  return (value) => (typeof value === 'string' ? value : isPlain(value) ? String(value) : undefined);
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

const readers = new Map<string, ReadPrimitive>();

/** As {@link primitiveReader}, by the name of the type; names come from maps and definitions, so there are few. */
export function toPrimitive(value: unknown, type: string): string | number | boolean | undefined {
  let read = readers.get(type);
  if (!read) {
    read = primitiveReader(type);
    readers.set(type, read);
  }
  return read(value);
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
