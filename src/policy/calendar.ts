import { danishDate, danishOffset } from '../fhir/danish-time.ts';

/** Calendar dates are `YYYY-MM-DD` in Danish time and compare as text. */
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY = 86_400_000;

/** A stretch of time in milliseconds since 1970, both ends included: what a date or an instant of some precision stands for. */
export interface Moment {
  readonly first: number;
  readonly last: number;
}

export function isDate(text: unknown): text is string {
  if (typeof text !== 'string' || !DATE.test(text)) return false;
  const day = Number(text.slice(8));
  return day <= 28 || day <= lastDayOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
}

/** Number of days in a month (1 to 12; others count on into the years around). */
function lastDayOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The first millisecond of the Danish day that is called what the UTC day beginning at `utc` is called. */
function startOfDay(utc: number): number {
  return utc - danishOffset(utc - danishOffset(utc));
}

/** A date as the whole Danish day, an instant with zone as itself; undefined where the text is neither. */
export function moment(text: unknown): Moment | undefined {
  if (isDate(text)) {
    const utc = Date.parse(text);
    return { first: startOfDay(utc), last: startOfDay(utc + DAY) - 1 };
  }
  if (typeof text !== 'string' || !INSTANT.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : { first: time, last: time };
}

/** The Danish date a date or an instant with zone falls on; undefined where the text is neither. */
export function dateOf(text: unknown): string | undefined {
  if (isDate(text)) return text;
  return typeof text === 'string' && INSTANT.test(text) ? danishDate(text) : undefined;
}

/** The same day so many months later, or the last day of that month where it is shorter (29 February + 12 months = 28 February). */
export function addMonths(date: string, months: number): string {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7)) + months;
  const day = Math.min(Number(date.slice(8)), lastDayOf(year, month));
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/** Whole years lived on a date. Born on 29 February: the birthday of a common year is 1 March. */
export function ageOn(birthDate: string, date: string): number {
  const years = Number(date.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return date.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

export function dayBefore(date: string): string {
  return new Date(Date.parse(date) - DAY).toISOString().slice(0, 10);
}
