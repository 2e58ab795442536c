import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isFault, sentence } from '../../errors.ts';
import type { Model } from '../../fhir/model.ts';
import { readMapFolder } from '../../library/maps.ts';
import { compileLibrary, type MapLibrary } from '../../mapping/library.ts';
import type { ExitCode, Io } from '../command.ts';
import { type Case, findCases, type Outcome, runCase } from './cases.ts';
import { differences } from './diff.ts';
import type { Subcommand } from './map.ts';
import { coverageTable, junit, showCoverage, showVerdict, type Verdict } from './report.ts';
import { watchFolders } from './watch.ts';
import { asJson, FOLDER_OPTIONS, showIssues, workbenchModel } from './workbench.ts';

const OPTIONS = {
  ...FOLDER_OPTIONS,
  fixtures: { type: 'string', default: 'fixtures' },
  watch: { type: 'boolean', default: false },
  update: { type: 'boolean', default: false },
  coverage: { type: 'boolean', default: false },
  junit: { type: 'string' },
} as const;

interface Wish {
  readonly maps: string;
  readonly fixtures: string;
  readonly update: boolean;
  readonly coverage: boolean;
  readonly junit?: string;
  readonly cases: readonly string[];
}

/** Runs the cases of `fixtures/` and shows how the results differ from the expected ones, with the rule that made each difference. */
export const subcommand: Subcommand = {
  usage: 'test [CASE...] [--watch] [--update] [--coverage] [--junit FILE] [--fixtures FOLDER] [--maps FOLDER]',
  async run(args: string[], io: Io): Promise<ExitCode> {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    const { watch, junit: report, ...others } = values;
    const wish: Wish = { ...others, cases: positionals, ...(report !== undefined && { junit: report }) };
    const model = await workbenchModel(values.profiles);
    const code = await testOnce(wish, model, io);
    if (!watch) return code;
    io.err('watching; end with Ctrl-C\n');
    await watchFolders([values.maps, values.fixtures], async () => void (await testOnce(wish, model, io)));
    return 0;
  },
};

async function testOnce(wish: Wish, model: Model, io: Io): Promise<ExitCode> {
  const started = performance.now();
  const [sources, cases] = await Promise.all([readMapFolder(wish.maps), findCases(wish.fixtures, wish.cases)]);
  const library = compileLibrary(sources, model);
  if (!library.ok) {
    io.err(showIssues(library.issues.filter(isFault), sources));
    return 1;
  }
  if (cases.length === 0) {
    io.err('there is no such case\n');
    return 1;
  }
  const judged = cases.map((one) => judge(one, library.value, wish.coverage));
  const verdicts: Verdict[] = [];
  for (const { verdict, outcome, one } of judged) {
    io.err(showVerdict(verdict));
    const isUpdated = wish.update && verdict.state !== 'passed';
    if (isUpdated) await writeFile(join(one.folder, 'expected.json'), asJson(outcome.actual));
    verdicts.push(isUpdated ? { ...verdict, state: 'updated' } : verdict);
  }
  if (wish.coverage)
    io.err(
      showCoverage(
        coverageTable(
          judged.flatMap(({ outcome }) => outcome.coverage),
          library.value,
        ),
      ),
    );
  if (wish.junit !== undefined) await writeFile(wish.junit, junit(verdicts));
  const count = (...states: Verdict['state'][]) => verdicts.filter(({ state }) => states.includes(state)).length;
  const failed = count('failed', 'new');
  io.err(
    `${count('passed')} passed, ${failed} failed, ${count('updated')} updated in ${Math.round(performance.now() - started)} ms\n`,
  );
  io.out(asJson(verdicts.map(({ name, state, differences: found }) => ({ name, state, differences: found.length }))));
  return failed > 0 ? 1 : 0;
}

function judge(one: Case, library: MapLibrary, coverage: boolean): { one: Case; verdict: Verdict; outcome: Outcome } {
  const started = performance.now();
  const first = runCase(one, library, { coverage });
  const ignore = one.settings.ignore ?? [];
  const found = one.expected === undefined ? [] : differences(one.expected, plain(first.actual), ignore);
  const state = one.expected === undefined ? 'new' : found.length > 0 || one.fault ? 'failed' : 'passed';
  // only a case that differs is worth running again to hear which rules made the difference
  const outcome = state === 'failed' ? { ...runCase(one, library, { trace: true }), coverage: first.coverage } : first;
  const notes = [...(one.fault ? [one.fault] : []), ...outcome.issues].map(
    (told) => `${told.place ?? ''}  ${sentence(told)}`,
  );
  const milliseconds = performance.now() - started;
  return {
    one,
    outcome,
    verdict: { name: one.name, state, milliseconds, differences: found, trace: outcome.trace, notes },
  };
}

/** As it would be written to expected.json. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
