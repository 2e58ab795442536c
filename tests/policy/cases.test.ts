import { type DecisionCase, differences, runCase } from '../../src/policy/cases.ts';
import { decide } from '../../src/policy/decide.ts';
import { REASON_CODES } from '../../src/policy/reason-codes.ts';
import { ordinary, own, rules, rulesOf, shared, type Table } from './tables.ts';

const rows = ({ cases }: Table) => cases.map((one) => [one.id, one.title, one] as [string, string, DecisionCase]);

test.each(rows(own))('%s %s', (_id, _title, one) => {
  expect(runCase(one, rules)).toEqual([]);
});

test('the own table has at least eighty cases and every reason code but the one no data can cause', () => {
  expect(own.cases.length).toBeGreaterThanOrEqual(80);
  const told = new Set(own.cases.flatMap(({ expected }) => expected.codes ?? []));
  expect(Object.keys(REASON_CODES).filter((code) => !told.has(code))).toEqual(['SYS-RULE-FAULT']);
});

const ofShared = shared ? describe : describe.skip;
ofShared(`the reference table${shared ? '' : ' (skipped: ../shared is not there)'}`, () => {
  const table = shared ?? own;
  test.each(rows(table))('%s %s', (_id, _title, one) => {
    expect(runCase(one, rulesOf(table))).toEqual([]);
  });
});

test('a difference names member, what was expected and what came', () => {
  const decision = decide(ordinary(), rules);
  expect(differences({ decision: 'deny', codes: [...decision.codes].reverse() }, decision)).toEqual([
    { member: 'decision', expected: 'deny', got: 'permit' },
  ]);
  expect(differences({ withheld: ['x'], agreement: null }, decision)).toEqual([
    { member: 'withheld', expected: ['x'], got: [] },
    { member: 'agreement', expected: null, got: 'B-AFSLUTTET' },
  ]);
});
