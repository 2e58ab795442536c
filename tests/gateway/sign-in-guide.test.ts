import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { readClient } from '../../src/gateway/sign-in/client.ts';
import { OWN_SCOPES } from '../../src/gateway/sign-in/scopes.ts';

const guide = readFileSync(resolve(import.meta.dirname, '../../docs/guides/sign-in.md'), 'utf8');

test('the guide tells the scopes as they are', () => {
  const rows = Object.entries(OWN_SCOPES).map(([scope, text]) => `| \`${scope}\` | ${text} |`);
  expect(guide).toContain(['| scope | allows |', '|---|---|', ...rows].join('\n'));
});

test('the guide’s client is one', () => {
  const [, json = ''] = /```json\n([\s\S]+?)```/.exec(guide) ?? [];
  const { id, ...content } = JSON.parse(json);
  expect(readClient(id, content).issues).toEqual([]);
});
