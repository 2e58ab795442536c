import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../../src/cli/main.ts';

const PATIENT = `/// url = 'http://example.org/adt'
/// name = 'adt'

uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target

group Adt(source src, target tgt : Patient) {
  src.PID as pid -> tgt then {
    pid.PID_5 as name -> tgt.name as made then {
      name.XPN_1 as surname -> made.family = (surname.FN_1) "family";
      name.XPN_2 as given -> made.given = given "given";
    } "name";
    pid.PID_7 as born -> tgt.birthDate = hl7Date(born) "born";
    pid.PID_30 as dead -> tgt.deceased = true "dead";
  } "person";
}
`;
const MESSAGE = [
  'MSH|^~\\&|EPJ|HOSP|HUB|REG|20250301120000||ADT^A01^ADT_A01|M1|P|2.5',
  'EVN|A01|20250301115900',
  'PID|1||2512489996^^^CPR^NNDNK||Berggren^Nancy||19481225|F',
  'PV1|1|I',
  '',
].join('\r');
const EXPECTED = { resourceType: 'Patient', name: [{ family: 'Berggren', given: ['Nancy'] }], birthDate: '1948-12-25' };

let folder: string;
let maps: string;
let fixtures: string;
const at = (...parts: string[]) => join(folder, ...parts);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samspil-map-'));
  [maps, fixtures] = [at('mappings'), at('fixtures')];
  await mkdir(at('mappings/hl7v2'), { recursive: true });
  await mkdir(at('fixtures/hl7v2/admitted'), { recursive: true });
  await writeFile(at('mappings/hl7v2/ADT_A01.map'), PATIENT);
  await writeFile(at('fixtures/hl7v2/admitted/message.hl7'), MESSAGE);
  await writeFile(at('fixtures/hl7v2/admitted/expected.json'), JSON.stringify(EXPECTED));
});
afterEach(() => rm(folder, { recursive: true }));

async function map(...args: string[]) {
  let [out, err] = ['', ''];
  const io = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    env: {},
    stdin: async () => Buffer.from(PATIENT),
  };
  const code = await run(['map', ...args], io);
  return { code, err, out, json: () => JSON.parse(out) };
}
const testCases = (...args: string[]) => map('test', '--maps', maps, '--fixtures', fixtures, ...args);
const change = async (from: string, to: string) =>
  writeFile(at('mappings/hl7v2/ADT_A01.map'), PATIENT.replace(from, to));

describe('test', () => {
  test('a case that gives what it should passes', async () => {
    const { code, json, err } = await testCases();
    expect([code, json()]).toEqual([0, [{ name: 'hl7v2/admitted', state: 'passed', differences: 0 }]]);
    expect(err).toMatch(/^1 passed, 0 failed, 0 updated in \d+ ms\n$/);
  });

  test('a difference names path, both sides, and the rule, line and source that made it', async () => {
    await change('made.given = given', "made.given = 'Nan'");
    const { code, err } = await testCases();
    expect(code).toBe(1);
    expect(err.split('\n').slice(0, 5)).toEqual([
      'FAILED  hl7v2/admitted',
      '    Patient.name[0].given[0]',
      '    - "Nancy"',
      '    + "Nan"',
      '      made by hl7v2/ADT_A01.map:10 Adt "person/name/given" from PID.PID_5[0].XPN_2',
    ]);
  });

  test('what is missing or too much is one difference each; what is ignored is none', async () => {
    await change('birthDate = hl7Date(born)', "gender = 'female'");
    const first = await testCases();
    expect(first.err).toContain(
      '    Patient.birthDate\n    - "1948-12-25"\n    Patient.gender\n    + "female"\n      made by',
    );
    await writeFile(at('fixtures/hl7v2/admitted/case.json'), '{"ignore": ["Patient.birthDate", "Patient.gender"]}');
    expect((await testCases()).code).toBe(0);
  });

  test('--update shows the difference, writes what came out, and the next run passes', async () => {
    await change('made.given = given', "made.given = 'Nan'");
    const { code, err } = await testCases('--update');
    expect([code, err.includes('+ "Nan"'), err.includes('1 updated')]).toEqual([0, true, true]);
    expect(JSON.parse(await readFile(at('fixtures/hl7v2/admitted/expected.json'), 'utf8')).name[0].given).toEqual([
      'Nan',
    ]);
    expect((await testCases()).code).toBe(0);
  });

  test('a case without an expected result fails until it is written', async () => {
    await rm(at('fixtures/hl7v2/admitted/expected.json'));
    const { code, err } = await testCases();
    expect([code, err]).toEqual([1, expect.stringContaining('NO expected.json  hl7v2/admitted')]);
    await testCases('--update');
    expect((await testCases()).code).toBe(0);
  });

  test('a refused message is compared as an OperationOutcome', async () => {
    await writeFile(at('fixtures/hl7v2/admitted/message.hl7'), 'PID|1\r');
    await testCases('--update');
    const outcome = JSON.parse(await readFile(at('fixtures/hl7v2/admitted/expected.json'), 'utf8'));
    expect(outcome.resourceType).toBe('OperationOutcome');
    expect((await testCases()).code).toBe(0);
  });

  test('a case file that is no JSON is told', async () => {
    await writeFile(at('fixtures/hl7v2/admitted/case.json'), '{');
    const { code, err } = await testCases();
    expect([code, err]).toEqual([1, expect.stringContaining('case.json  The body is not well-formed JSON.')]);
  });

  test('--coverage tells source elements never read and rules that never ran', async () => {
    const { err } = await testCases('--coverage');
    expect(err).toContain('hl7v2/ADT_A01: source elements never read, and in how many cases they stand\n');
    expect(err).toMatch(/\n {2}PID\.PID_8\.CWE_1 +1\n/);
    expect(err).not.toMatch(/PID\.PID_7 /);
    expect(err).toContain('rules that never ran\n  hl7v2/ADT_A01.map:13:5  Adt "person/dead"\n');
    expect(err).not.toContain('Berggren');
  });

  test('--junit writes a report a CI server reads', async () => {
    await change('made.given = given', "made.given = '<Nan>'");
    await testCases('--junit', at('report.xml'));
    const report = await readFile(at('report.xml'), 'utf8');
    expect(report).toContain('<testsuite name="samspil map test" tests="1" failures="1"');
    expect(report).toContain('<testcase classname="hl7v2" name="admitted"');
    expect(report).toContain('&lt;Nan&gt;');
  });

  test('only the cases asked for run; asking for none there is fails', async () => {
    expect((await testCases('hl7v2/ad')).json()).toHaveLength(1);
    expect((await testCases('hl7v2/other')).code).toBe(1);
  });

  test('a broken map stops the run with the line and a mark under the place', async () => {
    await change('-> tgt.birthDate', '=> tgt.birthDate');
    const { code, err } = await testCases();
    expect(code).toBe(1);
    expect(err).toBe(
      "hl7v2/ADT_A01.map:12:23  error: The map cannot be read here: expected ',', '->', 'then', a rule name in quotes or ';'. [MAP-SYNTAX]\n" +
        '        pid.PID_7 as born => tgt.birthDate = hl7Date(born) "born";\n' +
        '                          ^\n',
    );
  });

  test('--watch runs again soon after a save', async () => {
    const child = spawn(process.execPath, [
      resolve(import.meta.dirname, '../../src/cli/main.ts'),
      'map',
      'test',
      '--watch',
      '--maps',
      maps,
      '--fixtures',
      fixtures,
    ]);
    try {
      await heard(child, /watching/);
      const saved = performance.now();
      const failed = heard(child, /0 passed, 1 failed/);
      await savedUntil(failed, () => change('made.given = given', "made.given = 'Nan'"));
      // the promise is 300 ms on a machine of its own; a busy one is given more
      expect(performance.now() - saved).toBeLessThan(10_000);
      const passed = heard(child, /1 passed, 0 failed/);
      await savedUntil(passed, () => change('', ''));
    } finally {
      child.kill('SIGTERM');
    }
    expect(await new Promise((ended) => child.once('exit', ended))).toBe(0);
  }, 120_000);
});

/** Saves again every two seconds until it was heard: a busy machine may drop a file event that comes while a run is under way. */
async function savedUntil(wanted: Promise<void>, save: () => Promise<unknown>): Promise<void> {
  await save();
  const again = setInterval(() => void save(), 2_000);
  await wanted.finally(() => clearInterval(again));
}

/** Resolves when the child says `words` on stderr. */
function heard(child: ChildProcess, words: RegExp): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    const listen = (chunk: Buffer) => {
      said += chunk;
      if (!words.test(said)) return;
      child.stderr!.off('data', listen);
      done();
    };
    child.stderr!.on('data', listen);
    child.once('exit', () => fail(new Error(said)));
  });
}

describe('run', () => {
  const runMap = (...args: string[]) => map('run', '--maps', maps, ...args);

  test('a map by name or file on a message', async () => {
    const message = at('fixtures/hl7v2/admitted/message.hl7');
    expect((await runMap('hl7v2/ADT_A01', message)).json()).toEqual(EXPECTED);
    expect((await runMap(at('mappings/hl7v2/ADT_A01.map'), message)).json()).toEqual(EXPECTED);
  });

  test('a JSON tree is a source as it stands; trace and coverage come with it when asked for', async () => {
    await writeFile(at('tree.json'), JSON.stringify({ PID: { PID_7: '19481225', PID_8: 'F' } }));
    const { code, json } = await runMap('hl7v2/ADT_A01', at('tree.json'), '--trace', '--coverage');
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      resource: { resourceType: 'Patient', birthDate: '1948-12-25' },
      coverage: { unread: ['PID.PID_8'] },
      trace: [{ target: 'Patient.birthDate', rule: 'person/born', line: 12 }],
    });
  });

  test('a source that is no message is refused with an OperationOutcome', async () => {
    await writeFile(at('bad.txt'), 'nothing');
    const { code, json } = await runMap('hl7v2/ADT_A01', at('bad.txt'));
    expect([code, json().resourceType]).toEqual([1, 'OperationOutcome']);
  });

  test.each([[[]], [['hl7v2/ADT_A01']], [['none', 'none']], [['hl7v2/ADT_A01', 'none']], [['a', 'b', 'c']]])(
    'wrong use %j is told',
    async (args) => {
      const { code, err } = await runMap(...args);
      expect([code, err]).toEqual([2, expect.stringContaining('usage: samspil map run MAP SOURCE')]);
    },
  );
});

describe('format', () => {
  test('--check says, format writes, and what is written stays', async () => {
    const file = at('mappings/hl7v2/ADT_A01.map');
    await writeFile(file, PATIENT.replaceAll('  ', '\t').replace('alias Patient', 'alias\n Patient'));
    expect((await map('format', '--check', file)).code).toBe(1);
    expect((await map('format', file)).json()).toEqual([{ file, state: 'changed' }]);
    expect(await readFile(file, 'utf8')).toBe(PATIENT);
    expect((await map('format', '--check', '--maps', maps)).code).toBe(0);
  });

  test('stdin goes to stdout', async () => {
    expect((await map('format', '-')).out).toBe(PATIENT);
  });

  test('a broken map is left as it is', async () => {
    const file = at('mappings/hl7v2/ADT_A01.map');
    await writeFile(file, 'group {');
    const { code, err } = await map('format', file);
    expect([code, err, await readFile(file, 'utf8')]).toEqual([1, expect.stringContaining(':1:7'), 'group {']);
  });
});

test('lint tells what is odd; --strict makes it fail', async () => {
  await change('tgt.birthDate', 'tgt.birthdate');
  const { code, err, json } = await map('lint', '--maps', maps);
  expect([code, json().map((found: { code: string }) => found.code)]).toEqual([0, ['MAP-ELEMENT-UNKNOWN']]);
  expect(err).toContain('hl7v2/ADT_A01.map:12:5  warning: Patient has no element birthdate; did you mean "birthDate"?');
  expect((await map('lint', '--strict', '--maps', maps)).code).toBe(1);
});

test('export gives a StructureMap in either form, and back', async () => {
  const r4 = (await map('export', 'hl7v2/ADT_A01', '--maps', maps)).json();
  expect([r4.resourceType, r4.status, r4.group[0].typeMode]).toEqual(['StructureMap', 'draft', 'none']);
  const r5 = await map('export', 'hl7v2/ADT_A01', '--maps', maps, '--form', 'R5');
  expect(r5.json().group[0].typeMode).toBeUndefined();
  await writeFile(at('m.json'), r5.out);
  expect((await map('export', at('m.json'), '--form', 'map')).out).toBe(
    PATIENT.replace('\n\n', "\n/// status = 'draft'\n\n"),
  );
  expect((await map('export', 'hl7v2/ADT_A01', '--maps', maps, '--form', 'R3')).code).toBe(2);
});

test('a word that is none is told', async () => {
  expect((await map('fly')).code).toBe(2);
});
