/**
 * Stryker test runner for the policy room: the test files are loaded once into the worker as they are (Node 24 strips the types), with jest's own
 * `expect` and a few lines for `test` and `describe`, so that a mutant costs tenths of a second where a start of jest costs ten. Order of files and tests is fixed.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { expect } from 'expect';

/** Random input finds what the tables find, only slower; another validator takes seconds to load. */
const LEFT_OUT = /^(properties|audit-event-valid)\.test\.ts$/;

/** Tests of random input in other files: the same. */
const RANDOM = /^(any value at all|whatever stands in|neither recipient nor sender|equal content has)/;

const state = () => (globalThis.__stryker__ ??= {});

/** Collects what a test file declares, in the words of jest. */
function collector(file, tests) {
  const path = [];
  const before = [];
  const add = (name, run) => tests.push({ id: [file, ...path, name, tests.length].join(' › '), run, before });
  const test = (name, run) => RANDOM.test(name) || add(name, run);
  test.each = (rows) => (name, run) =>
    rows.forEach((row, index) => {
      const args = Array.isArray(row) ? row : [row];
      add(`${name} #${index}`, () => run(...args));
    });
  const describe = (name, body) => {
    path.push(name);
    body();
    path.pop();
  };
  describe.skip = () => {};
  const beforeAll = (run) => before.push(run);
  return { test, describe, beforeAll, expect };
}

async function load() {
  const folder = join(process.cwd(), 'tests/policy');
  const tests = [];
  for (const file of readdirSync(folder)
    .filter((one) => one.endsWith('.test.ts') && !LEFT_OUT.test(one))
    .sort()) {
    Object.assign(globalThis, collector(file, tests));
    await import(pathToFileURL(join(folder, file)).href);
  }
  return tests;
}

async function runOne({ id, run, before }) {
  const start = performance.now();
  const result = (status, failureMessage) => ({
    id,
    name: id,
    status,
    timeSpentMs: performance.now() - start,
    ...(failureMessage && { failureMessage }),
  });
  try {
    for (const prepare of before.splice(0)) await prepare();
    await run();
    return result(TestStatus.Success);
  } catch (thrown) {
    return result(TestStatus.Failed, String(thrown?.message ?? thrown).slice(0, 300));
  }
}

class PolicyRunner {
  #tests;

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    const results = [];
    this.#tests ??= await load();
    for (const test of this.#tests) {
      state().currentTestId = test.id;
      results.push(await runOne(test));
    }
    state().currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: state().mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    if (mutantActivation === 'runtime') this.#tests ??= await load();
    Object.assign(state(), { activeMutant: activeMutant.id, hitLimit, hitCount: 0, currentTestId: undefined });
    const results = [];
    try {
      this.#tests ??= await load();
      for (const test of this.#tests) {
        if (testFilter && !testFilter.includes(test.id)) continue;
        const result = await runOne(test);
        results.push(result);
        if (result.status === TestStatus.Failed) break;
      }
    } catch (thrown) {
      // a mutant that keeps a file from loading is seen by every test in it
      results.push({
        id: 'load',
        name: 'load',
        status: TestStatus.Failed,
        timeSpentMs: 0,
        failureMessage: String(thrown),
      });
    }
    state().activeMutant = undefined;
    return (
      determineHitLimitReached(state().hitCount, hitLimit) ??
      toMutantRunResult({ status: DryRunStatus.Complete, tests: results })
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'policy', PolicyRunner)];
