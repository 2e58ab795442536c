import { createRequire } from 'node:module';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type Issue, issue } from '../errors.ts';
import { isRecord } from './flow.ts';

const load = createRequire(import.meta.url);
const SCHEMA = load('../../profiles/agreement/agreement.schema.json') as { $id: string };
const NESTED = 16;

const compiled = new Map<string, ValidateFunction>();

function validator(part: '' | '#/$defs/terms'): ValidateFunction {
  const known = compiled.get(part);
  if (known) return known;
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajv.addSchema(SCHEMA);
  const made = ajv.getSchema(`${SCHEMA.$id}${part}`)!;
  compiled.set(part, made);
  return made;
}

function isTooDeep(value: unknown, depth = 0): boolean {
  if (depth > NESTED) return true;
  return (
    typeof value === 'object' && value !== null && Object.values(value).some((inner) => isTooDeep(inner, depth + 1))
  );
}

function check(document: unknown, part: '' | '#/$defs/terms', name: string): Issue[] {
  if (isTooDeep(document)) return [issue('POLICY-SHAPE', name, { rule: 'depth' })];
  const validate = validator(part);
  if (validate(document)) return [];
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  return errors.map(({ instancePath, keyword, params }) => {
    const missing = isRecord(params) && typeof params.missingProperty === 'string' ? `/${params.missingProperty}` : '';
    return issue('POLICY-SHAPE', `${name}${instancePath}${missing}`, { rule: keyword });
  });
}

/** Whether a document says what a decision needs. Places are `<agreement>/<JSON pointer>`. */
export function checkTerms(document: unknown, name: string): Issue[] {
  return check(document, '#/$defs/terms', name);
}

/** Whether a document is complete, as one to be put on file must be. */
export function checkDocument(document: unknown, name: string): Issue[] {
  return check(document, '', name);
}
