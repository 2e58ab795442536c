import { expect, test } from '@jest/globals';
import type { SettingsTable } from '../../src/channels/channel.ts';
import { checkSettings, setting } from '../../src/channels/settings.ts';

const TABLE: SettingsTable = {
  url: { type: 'url', text: 'an address', max: 30 },
  name: { type: 'text', text: 'a name', min: 2, max: 5 },
  host: { type: 'host', text: 'a host' },
  count: { type: 'whole number', text: 'a count', min: 1, max: 16, default: 4 },
  on: { type: 'yes or no', text: 'a switch' },
  lines: { type: 'list of texts', text: 'some lines', max: 2 },
  kind: { type: 'text', text: 'a kind', oneOf: ['a', 'b'] },
};

const RIGHT: [string, unknown][] = [
  ['url', 'https://example.org/in'],
  ['name', 'ab'],
  ['name', 'abcde'],
  ['host', 'receiver-1.example.org'],
  ['host', '2001:db8::1'],
  ['count', 1],
  ['count', 16],
  ['on', false],
  ['lines', []],
  ['lines', ['a', 'b']],
  ['lines', ['x'.repeat(4096)]],
  ['kind', 'b'],
];
test.each(RIGHT)('%s may be %j', (name, value) => {
  expect(checkSettings(TABLE, { [name]: value })).toEqual([]);
});

const WRONG: [string, unknown][] = [
  ['url', 'example.org'],
  ['url', `https://example.org/${'x'.repeat(20)}`],
  ['url', 7],
  ['name', 'a'],
  ['name', 'abcdef'],
  ['name', 'a\nb'],
  ['name', 'a\0b'],
  ['name', null],
  ['host', 'receiver.example.org/path'],
  ['host', 'a b'],
  ['host', 'x'.repeat(2049)],
  ['host', ''.padEnd(3, '\u00e6')],
  ['count', 0],
  ['count', 17],
  ['count', 1.5],
  ['count', '4'],
  ['count', Number.NaN],
  ['on', 'yes'],
  ['lines', 'a'],
  ['lines', ['a', 'b', 'c']],
  ['lines', ['a', 7]],
  ['lines', ['a', '']],
  ['lines', ['a', 'b\r\nc']],
  ['lines', ['x'.repeat(4097)]],
  ['kind', 'c'],
];
test.each(WRONG)('%s may not be %j', (name, value) => {
  const { type } = TABLE[name]!;
  expect(checkSettings(TABLE, { [name]: value })).toEqual([
    { code: 'CHANNEL-SETTING', severity: 'error', place: name, detail: { setting: name, type } },
  ]);
});

test('a default stands for what is absent, and for nothing else', () => {
  expect(setting(TABLE, {}, 'count')).toBe(4);
  expect(setting(TABLE, { count: 7 }, 'count')).toBe(7);
  expect(setting(TABLE, { on: false }, 'on')).toBe(false);
  expect(setting(TABLE, {}, 'name')).toBeUndefined();
});
