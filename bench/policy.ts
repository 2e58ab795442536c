/**
 * Decisions a second on one core, explained: every case of the hub's own table in turn, its directives in memory, no I/O inside.
 * Prints one JSON line; fails only on collapse (under a tenth of what is asked for).
 */
import { readFileSync } from 'node:fs';
import type { DecisionCase } from '../src/policy/cases.ts';
import { compileRules, decide } from '../src/policy/decide.ts';
import { explain } from '../src/policy/explain.ts';

const ASKED = 50_000;
const SECONDS = Number(process.env.SAMSPIL_BENCH_SECONDS ?? 3);

const table = JSON.parse(readFileSync(new URL('../fixtures/policy/cases.json', import.meta.url), 'utf8'));
const compiled = compileRules({
  organisations: table.organisations,
  agreements: table.agreements,
  approvals: 'stated',
});
if (!compiled.ok) throw new Error('the table of cases does not compile');
const rules = compiled.value;
const inputs = (table.cases as readonly DecisionCase[]).map(({ input }) => input);

/** Runs whole rounds over the table for so many seconds; work for each second of processor time, as other programs may be running. */
function measure(work: (index: number) => number, seconds: number): number {
  const start = performance.now();
  const before = process.cpuUsage();
  let done = 0;
  let length = 0;
  while (performance.now() - start < seconds * 1000) {
    for (let index = 0; index < inputs.length; index += 1) length += work(index);
    done += inputs.length;
  }
  if (length === 0) throw new Error('nothing was explained');
  const { user, system } = process.cpuUsage(before);
  return Math.round((done / (user + system)) * 1e6);
}

const decideOnly = (index: number) => decide(inputs[index]!, rules).codes.length;
const decideAndExplain = (index: number) => explain(decide(inputs[index]!, rules), 'staff', 'da').length;

measure(decideAndExplain, 1);
const explained = measure(decideAndExplain, SECONDS);
const plain = measure(decideOnly, SECONDS);
const { heapUsed } = process.memoryUsage();
console.log(
  JSON.stringify({
    bench: 'policy',
    cases: inputs.length,
    decisionsPerSecond: plain,
    explainedPerSecond: explained,
    asked: ASKED,
    heapMegabytes: Math.round(heapUsed / 1e6),
  }),
);
if (explained < ASKED / 10) process.exitCode = 1;
