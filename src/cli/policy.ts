import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { done, type Issue, issue, type Result, refused, sentence } from '../errors.ts';
import { type DecisionCase, type Difference, runCase } from '../policy/cases.ts';
import { compileRules, decide, type RuleSource } from '../policy/decide.ts';
import type { Decision, DecisionInput } from '../policy/decision.ts';
import { type Audience, explain } from '../policy/explain.ts';
import { isRecord } from '../policy/flow.ts';
import type { Language } from '../policy/reason-codes.ts';
import { type Command, type ExitCode, type Io, WrongUse } from './command.ts';

/** Reads a JSON file, or stdin for `-`. */
export async function readJson(path: string, io: Io): Promise<Result<unknown>> {
  let bytes: Uint8Array;
  try {
    bytes = path === '-' ? await io.stdin() : await readFile(path);
  } catch {
    return refused(issue('POLICY-FILE', path));
  }
  try {
    return done(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return refused(issue('DOOR-JSON', path));
  }
}

/** Issues in people's words, one a line. */
export function tell(issues: readonly Issue[], io: Io): void {
  for (const found of issues)
    io.err(`${found.severity}: ${found.code}${found.place ? ` ${found.place}` : ''}: ${sentence(found)}\n`);
}

function refuse(issues: readonly Issue[], io: Io): ExitCode {
  tell(issues, io);
  return 1;
}

/** Tables state approvals without the hash of a document, so they are taken at their word. */
function rulesOf(table: Record<string, unknown>, place: string) {
  const { organisations, agreements } = table;
  const missing = ['organisations', 'agreements'].filter(
    (name) => typeof table[name] !== 'object' || table[name] === null,
  );
  if (missing.length > 0)
    return refused(...missing.map((name) => issue('POLICY-SHAPE', `${place}/${name}`, { rule: 'required' })));
  return compileRules({ organisations, agreements, approvals: 'stated' } as RuleSource);
}

function isCase(one: unknown): one is DecisionCase {
  return isRecord(one) && typeof one.id === 'string' && isRecord(one.input) && isRecord(one.expected);
}

function printDifferences({ id, title }: DecisionCase, found: readonly Difference[], io: Io): void {
  io.out(`${id} ${title ?? ''}\n`);
  for (const { member, expected, got } of found)
    io.out(`  ${member}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}\n`);
}

async function test(path: string, io: Io): Promise<ExitCode> {
  const read = await readJson(path, io);
  if (!read.ok) return refuse(read.issues, io);
  const table = read.value;
  if (!isRecord(table) || !Array.isArray(table.cases) || !table.cases.every(isCase))
    return refuse([issue('POLICY-SHAPE', `${path}/cases`, { rule: 'cases' })], io);
  const rules = rulesOf(table, path);
  if (!rules.ok) return refuse(rules.issues, io);
  let failed = 0;
  for (const one of table.cases) {
    const found = runCase(one, rules.value);
    if (found.length === 0) continue;
    failed += 1;
    printDifferences(one, found, io);
  }
  io.out(`${table.cases.length - failed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

const AUDIENCES: readonly Audience[] = ['staff', 'patient', 'auditor'];
const LANGUAGES: readonly Language[] = ['da', 'en'];

/** The decision with its explanations, by audience and language. */
function explained(decision: Decision) {
  const texts = (audience: Audience) =>
    Object.fromEntries(LANGUAGES.map((language) => [language, explain(decision, audience, language)]));
  return { ...decision, explanations: Object.fromEntries(AUDIENCES.map((audience) => [audience, texts(audience)])) };
}

async function decideFile(path: string, io: Io): Promise<ExitCode> {
  const read = await readJson(path, io);
  if (!read.ok) return refuse(read.issues, io);
  if (!isRecord(read.value)) return refuse([issue('POLICY-SHAPE', path, { rule: 'object' })], io);
  const rules = rulesOf(read.value, path);
  if (!rules.ok) return refuse(rules.issues, io);
  // the request stands under `input`, as in a table, or beside the organisations and agreements
  const input = isRecord(read.value.input) ? read.value.input : read.value;
  const decision = decide(input as unknown as DecisionInput, rules.value);
  io.out(`${JSON.stringify(explained(decision), null, 2)}\n`);
  return 0;
}

/** Decisions from files, without a server. */
export const command: Command = {
  usage: 'policy test FILE | policy decide FILE',
  async run(args, io) {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [verb, path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new WrongUse('Name one file.');
    if (verb === 'test') return test(path, io);
    if (verb === 'decide') return decideFile(path, io);
    throw new WrongUse('policy knows test and decide.');
  },
};
