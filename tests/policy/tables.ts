import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AgreementDocument } from '../../src/policy/agreement.ts';
import type { DecisionCase } from '../../src/policy/cases.ts';
import { compileRules, type RuleSet } from '../../src/policy/decide.ts';
import type { DecisionInput } from '../../src/policy/decision.ts';
import type { Organisation } from '../../src/policy/organisation.ts';

export interface Table {
  readonly organisations: Readonly<Record<string, Organisation>>;
  readonly agreements: Readonly<Record<string, Omit<AgreementDocument, 'id'>>>;
  readonly cases: readonly DecisionCase[];
}

const root = resolve(import.meta.dirname, '../..');

function read(path: string): Table {
  return JSON.parse(readFileSync(path, 'utf8')) as Table;
}

/** The project's own table of decisions. */
export const own = read(resolve(root, 'fixtures/policy/cases.json'));

const sharedPath = resolve(process.env.SAMSPIL_SHARED ?? resolve(root, '../shared'), 'reference/consent-cases.json');
/** The reference table, where its folder is there. */
export const shared = existsSync(sharedPath) ? read(sharedPath) : undefined;

/** Compiles a table's rules, with changes; the test fails where they do not compile. */
export function rulesOf({ organisations, agreements }: Pick<Table, 'organisations' | 'agreements'>): RuleSet {
  const compiled = compileRules({ organisations, agreements, approvals: 'stated' });
  if (!compiled.ok) throw new Error(`rules do not compile: ${JSON.stringify(compiled.issues)}`);
  return compiled.value;
}

export const rules = rulesOf(own);

/** A request of the own table by its title, as a fresh copy. */
export function request(title: string): DecisionInput {
  const found = own.cases.find((one) => one.title === title);
  if (!found) throw new Error(`no case: ${title}`);
  return structuredClone(found.input);
}

/** The ordinary flow: a visit ended at home, to the municipal acute team under an agreement. */
export const ordinary = (): DecisionInput => request('74 years with 8 medicines and heart failure');
