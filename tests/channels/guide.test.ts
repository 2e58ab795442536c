import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Channel, SettingRow } from '../../src/channels/channel.ts';
import { CHANNELS } from '../../src/channels/index.ts';

const guide = readFileSync(resolve(import.meta.dirname, '../../docs/guides/channels.md'), 'utf8');

function typeOf({ type, min, max, secret }: SettingRow): string {
  const bounds = type === 'whole number' ? ` ${min}-${max}` : '';
  return `${type}${bounds}${secret ? ', secret' : ''}`;
}
const defaultOf = ({ required, default: value }: SettingRow) => (required ? 'required' : String(value ?? ''));

const section = ({ kind, text, settings }: Channel) =>
  [
    `### ${kind}`,
    '',
    `${text}.`,
    '',
    '| setting | type | default | meaning |',
    '|---|---|---|---|',
    ...Object.entries(settings).map(([name, row]) => `| ${name} | ${typeOf(row)} | ${defaultOf(row)} | ${row.text} |`),
  ].join('\n');

test('the guide tells every channel’s settings as they are', () => {
  for (const channel of Object.values(CHANNELS)) expect(guide).toContain(section(channel));
  expect([...guide.matchAll(/^### (.+)$/gm)].map(([, kind]) => kind)).toEqual(Object.keys(CHANNELS));
});
