/**
 * Danish local time. HL7 v2, EDIFACT and OIOXML write local times without a zone; FHIR needs the offset.
 * Where the clock is put back an hour comes twice: it is read as the first one (summer time). Where it is put forward an hour is missing:
 * such a time is read as the hour after. Both as in the "compatible" rule of TC39 Temporal.
 */
const LOCAL = /^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?$/;
const HOUR = 3_600_000;

const copenhagen = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Copenhagen',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** 01:00 UTC of the last Sunday of a month (0-11): when the European Union changes its clocks (directive 2000/84/EC). */
function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0, 1));
  return last.getTime() - last.getUTCDay() * 24 * HOUR;
}

/** Offset of Danish time from UTC at an instant (milliseconds since 1970), in milliseconds. */
export function danishOffset(instant: number): number {
  const year = new Date(instant).getUTCFullYear();
  if (year >= 1996) return instant >= lastSunday(year, 2) && instant < lastSunday(year, 9) ? 2 * HOUR : HOUR;
  // the zone database knows the older rules; local mean time before 1894 has seconds, which FHIR offsets cannot say
  const local = Date.parse(`${copenhagen.format(instant).replace(' ', 'T')}Z`);
  return Math.round((local - Math.floor(instant / 1000) * 1000) / 60_000) * 60_000;
}

function offsetText(offset: number): string {
  const minutes = offset / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `+${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * A Danish local date and time as a FHIR instant with its offset.
 * @param text `YYYYMMDDHHMM[SS[.f]]` or `YYYY-MM-DDTHH:MM[:SS[.f]]`, without zone
 * @returns `2026-03-29T03:30:00+02:00`, or undefined where the text is no such time (32 January, 25 o'clock)
 */
export function danishInstant(text: string): string | undefined {
  const match = LOCAL.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction] = match;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes 30 February as 2 March; the round trip shows it
  if (Number.isNaN(local) || new Date(local).getUTCDate() !== Number(day)) return undefined;
  const before = danishOffset(local - 3 * HOUR);
  const after = danishOffset(local + 3 * HOUR);
  const isTold = (offset: number) => danishOffset(local - offset) === offset;
  const offset = isTold(before) ? before : isTold(after) ? after : undefined;
  const told = offset === undefined ? local + HOUR : local;
  return `${new Date(told).toISOString().slice(0, 19)}${fraction ? `.${fraction}` : ''}${offsetText(offset ?? after)}`;
}

/** The Danish calendar date (`YYYY-MM-DD`) of an instant with zone, or undefined where it is none. */
export function danishDate(instant: string): string | undefined {
  const time = Date.parse(instant);
  return Number.isNaN(time) ? undefined : new Date(time + danishOffset(time)).toISOString().slice(0, 10);
}
