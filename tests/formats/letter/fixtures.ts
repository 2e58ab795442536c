import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { edifact } from '../../../src/formats/edifact/edifact.ts';
import type { Reading } from '../../../src/formats/format.ts';
import { oioxml } from '../../../src/formats/oioxml/oioxml.ts';

export const project = resolve(import.meta.dirname, '../../..');
const FORMATS = { edifact, oioxml };
export type Syntax = keyof typeof FORMATS;

const folder = (syntax: Syntax) => resolve(project, 'fixtures', syntax);

/** Names of the cases of one syntax: `DIS20-plain`, `XDIS20-plain`. */
export const casesOf = (syntax: Syntax) => readdirSync(folder(syntax));

export function bytesOf(syntax: Syntax, name: string): Uint8Array {
  const file = readdirSync(resolve(folder(syntax), name)).find((one) => one.startsWith('message.'))!;
  return new Uint8Array(readFileSync(resolve(folder(syntax), name, file)));
}

export const jsonOf = (syntax: Syntax, name: string, file: string): unknown => {
  const path = resolve(folder(syntax), name, file);
  return readdirSync(resolve(path, '..')).includes(file) ? JSON.parse(readFileSync(path, 'utf8')) : {};
};

export const readCase = (syntax: Syntax, name: string): Reading => FORMATS[syntax].read(bytesOf(syntax, name));

/** Every case as `[syntax, name]`. */
export const CASES = (['edifact', 'oioxml'] as const).flatMap((syntax) =>
  casesOf(syntax).map((name) => [syntax, name] as const),
);
