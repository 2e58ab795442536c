import { type Issue, issue } from '../errors.ts';
import type { SettingRow, SettingsTable } from './channel.ts';

type Settings = Readonly<Record<string, unknown>>;

const inBounds = (size: number, row: SettingRow) => size >= (row.min ?? 0) && size <= (row.max ?? 2048);
const isText = (value: unknown, row: SettingRow): value is string =>
  typeof value === 'string' && inBounds(value.length, row) && !/[\r\n\0]/.test(value);

const HAS_TYPE: Record<SettingRow['type'], (value: unknown, row: SettingRow) => boolean> = {
  url: (value, row) => isText(value, row) && URL.canParse(value),
  text: isText,
  host: (value, row) => isText(value, row) && /^[A-Za-z0-9._:-]+$/.test(value),
  'whole number': (value, row) => Number.isSafeInteger(value) && inBounds(value as number, row),
  'yes or no': (value) => typeof value === 'boolean',
  'list of texts': (value, row) =>
    Array.isArray(value) &&
    inBounds(value.length, row) &&
    value.every((item) => isText(item, { ...row, min: 1, max: 4096 })),
};

function checkOne(name: string, row: SettingRow, value: unknown): readonly Issue[] {
  if (value === undefined) return row.required ? [issue('CHANNEL-SETTING-MISSING', name, { setting: name })] : [];
  const fits = HAS_TYPE[row.type](value, row) && (!row.oneOf || row.oneOf.includes(value as string));
  return fits ? [] : [issue('CHANNEL-SETTING', name, { setting: name, type: row.type })];
}

/** Compares settings with their table: missing, wrong type, out of bounds, unknown names. Issues name settings, never values. */
export function checkSettings(table: SettingsTable, settings: Settings): readonly Issue[] {
  const known = Object.entries(table).flatMap(([name, row]) => checkOne(name, row, settings[name]));
  const unknown = Object.keys(settings).filter((name) => !Object.hasOwn(table, name));
  return unknown.length ? [...known, issue('CHANNEL-SETTING-UNKNOWN', 'settings', { count: unknown.length })] : known;
}

/** A setting's value or its default, after {@link checkSettings} found nothing. */
export function setting<T>(table: SettingsTable, settings: Settings, name: string): T {
  return (settings[name] ?? table[name]?.default) as T;
}
