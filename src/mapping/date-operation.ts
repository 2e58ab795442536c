const FORM = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const AMOUNT = /^([+-]?\d{1,6}) (year|month|week|day|hour|minute|second)s?$/;
const MILLISECONDS: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
};

/** A date or dateTime cut to `year`, `month` or `day`. */
export function toPrecision(text: string, precision: string): string | undefined {
  const length = { year: 4, month: 7, day: 10 }[precision];
  return length !== undefined && FORM.test(text) && text.length >= length ? text.slice(0, length) : undefined;
}

/**
 * A date or dateTime moved by an amount (`5 days`, `-1 month`), same precision and offset; a day a month does not have becomes its last.
 * @returns undefined where the text is no date, the amount is none, or the date is not precise enough to be moved by it
 */
export function shiftDate(text: string, amount: string): string | undefined {
  const [form, by] = [FORM.exec(text), AMOUNT.exec(amount)];
  if (!form || !by) return undefined;
  const [, year, month, day, time, zone = ''] = form;
  const [count, unit] = [Number(by[1]), by[2]!];
  if ((unit === 'month' && !month) || (unit !== 'year' && unit !== 'month' && !day)) return undefined;
  if (MILLISECONDS[unit]! < 86_400_000 && !time) return undefined;
  const start = new Date(`${year}-${month ?? '01'}-${day ?? '01'}T${time ?? '00:00:00'}Z`);
  if (Number.isNaN(start.getTime())) return undefined;
  const moved =
    unit in MILLISECONDS
      ? new Date(start.getTime() + count * MILLISECONDS[unit]!)
      : byMonths(start, unit === 'year' ? count * 12 : count);
  if (Number.isNaN(moved.getTime()) || moved.getUTCFullYear() < 1 || moved.getUTCFullYear() > 9999) return undefined;
  const written = moved.toISOString();
  if (!time) return written.slice(0, text.length);
  const fraction = time.split('.')[1];
  return `${written.slice(0, 11 + Math.min(time.length, 8))}${fraction ? `.${fraction}` : ''}${zone}`;
}

function byMonths(start: Date, months: number): Date {
  const moved = new Date(start);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(start.getUTCDate(), last));
  return moved;
}
