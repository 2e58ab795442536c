import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/main.ts';
import { approved, draft } from '../policy/documents.ts';
import { own, request } from '../policy/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'samspil-policy-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function call(args: string[], stdin = '') {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    env: {},
    stdin: async () => new TextEncoder().encode(stdin),
  };
  const code = await run(args, io);
  return { code, out: out.join(''), err: err.join('') };
}

const { organisations, agreements } = own;

describe('policy test', () => {
  test('the own table passes', async () => {
    expect(await call(['policy', 'test', 'fixtures/policy/cases.json'])).toEqual({
      code: 0,
      out: `${own.cases.length} passed, 0 failed\n`,
      err: '',
    });
  });

  test('a difference is printed, counted, and the exit code says so', async () => {
    const [one, two] = own.cases;
    const wrong = { ...two!, expected: { decision: 'permit', codes: ['AGR-OK'] } };
    const { code, out } = await call([
      'policy',
      'test',
      file('wrong.json', { ...own, cases: [one, wrong, { ...one, expected: { decision: 'permit' } }] }),
    ]);
    expect(code).toBe(1);
    expect(out).toContain(
      `${two!.id} ${two!.title}\n  codes: expected ["AGR-OK"], got ["AGR-OK","DIR-NONE","SL41-2-1"]\n`,
    );
    expect(out.endsWith('2 passed, 1 failed\n')).toBe(true);
  });

  const bad: [string, unknown, string][] = [
    ['no JSON', '{', 'DOOR-JSON'],
    ['no cases', { organisations, agreements }, 'POLICY-SHAPE'],
    ['a case without input', { organisations, agreements, cases: [{ id: 'x', expected: {} }] }, 'POLICY-SHAPE'],
    ['no agreements', { organisations, cases: [] }, 'POLICY-SHAPE'],
    ['an agreement of no shape', { organisations, agreements: { A: {} }, cases: [] }, 'POLICY-SHAPE'],
    ['a list', [], 'POLICY-SHAPE'],
  ];
  test.each(bad)('a table that cannot be run is refused: %s', async (name, content, issue) => {
    const { code, out, err } = await call(['policy', 'test', file(`${name}.json`, content)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(issue);
  });

  test('a file that is not there is refused', async () => {
    const { code, err } = await call(['policy', 'test', join(folder, 'nowhere.json')]);
    expect(code).toBe(1);
    expect(err).toContain('POLICY-FILE');
  });
});

describe('policy decide', () => {
  const input = request('General opt-out');

  test('the request under `input`, or beside organisations and agreements, also on stdin', async () => {
    const nested = await call(['policy', 'decide', file('nested.json', { organisations, agreements, input })]);
    const flat = await call(['policy', 'decide', '-'], JSON.stringify({ ...input, organisations, agreements }));
    expect(nested).toMatchObject({ code: 0, err: '' });
    expect(flat.out).toBe(nested.out);
    const decision = JSON.parse(nested.out);
    expect(decision).toMatchObject({
      decision: 'deny',
      codes: ['SL41-2-1', 'AGR-OK', 'DIR-OPT-OUT-ALL'],
      disposition: 'withhold',
    });
    expect(decision.explanations.patient.da).toContain('Du har sagt nej til deling.');
    expect(Object.keys(decision.explanations)).toEqual(['staff', 'patient', 'auditor']);
    expect(Object.keys(decision.explanations.auditor)).toEqual(['da', 'en']);
  });

  test('what is no request is refused, not decided by accident', async () => {
    const { code, err } = await call(['policy', 'decide', file('list.json', [])]);
    expect([code, err.includes('POLICY-SHAPE')]).toEqual([1, true]);
    const empty = await call(['policy', 'decide', file('empty.json', { organisations, agreements })]);
    expect(JSON.parse(empty.out)).toMatchObject({ decision: 'deny', codes: ['SYS-INPUT-INVALID'] });
  });
});

test.each([
  [['policy']],
  [['policy', 'test']],
  [['policy', 'guess', 'x.json']],
  [['policy', 'test', 'a', 'b']],
  [['agreement']],
  [['agreement', 'burn', 'x']],
  [['agreement', 'diff', 'x']],
  [['agreement', 'show', 'x', 'y']],
])('wrong use: %j', async (args) => {
  const { code, err } = await call(args);
  expect(code).toBe(2);
  expect(err).toContain('usage: samspil');
});

describe('agreement', () => {
  const sound = file('sound.json', approved(draft));

  test('check: a sound document says nothing, with and without organisations', async () => {
    expect(await call(['agreement', 'check', sound])).toEqual({ code: 0, out: '[]\n', err: '' });
    expect(
      await call(['agreement', 'check', sound, '--organisations', file('orgs.json', organisations)]),
    ).toMatchObject({ code: 0, out: '[]\n' });
    const list = Object.entries(organisations).map(([id, one]) => ({ ...one, id }));
    expect(await call(['agreement', 'check', sound, '--organisations', file('list-of-orgs.json', list)])).toMatchObject(
      { code: 0, out: '[]\n' },
    );
  });

  test('check: issues in words and as JSON; warnings do not fail', async () => {
    const stale = await call(['agreement', 'check', file('stale.json', { ...approved(draft), title: 'andet' })]);
    expect(stale.code).toBe(0);
    expect(stale.err).toContain(
      'warning: POLICY-APPROVAL-STALE SAAR-2026 v2/parties/0: The approval was given to other content',
    );
    const wrong = await call(['agreement', 'check', file('wrong-trial.json', { ...draft, kind: 'trial' })]);
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.out)).toMatchObject([{ code: 'POLICY-SHAPE', detail: { rule: 'required' } }]);
    const nobody = { ...draft, recipients: { nowhere: { categories: ['plan'] } } };
    const { out } = await call([
      'agreement',
      'check',
      file('nobody.json', nobody),
      '--organisations',
      file('orgs.json', organisations),
    ]);
    expect(JSON.parse(out)).toMatchObject([{ code: 'POLICY-RECIPIENT-UNKNOWN' }]);
  });

  test('check: several documents are held against each other', async () => {
    const other = { ...draft, id: 'ANDEN', recipients: { hjemmesygepleje: { categories: ['identity'] } } };
    const { code, err } = await call(['agreement', 'check', sound, file('other.json', other)]);
    expect(code).toBe(0);
    expect(err).toContain('Agreement ANDEN v2 covers the same flow with other categories');
  });

  test('show: the hash approvals are bound to, and which count', async () => {
    const { code, out } = await call(['agreement', 'show', sound]);
    expect(code).toBe(0);
    const shown = JSON.parse(out);
    expect(shown.hash).toBe(shown.document.parties[0].document_hash);
    expect(shown.approvals).toEqual([
      { party: 'region-nord', approval: 'approved', counts: true },
      { party: 'aaby-kommune', approval: 'approved', counts: true },
    ]);
  });

  test('diff: by path; a changed version that was approved is refused', async () => {
    const later = file('later.json', { ...draft, version: 3, deadline_minutes: 60 });
    const { code, out } = await call(['agreement', 'diff', file('draft.json', draft), later]);
    expect([code, JSON.parse(out)]).toEqual([
      0,
      [
        { path: '/deadline_minutes', before: 240, after: 60 },
        { path: '/version', before: 2, after: 3 },
      ],
    ]);
    const same = await call(['agreement', 'diff', sound, file('same.json', { ...draft, deadline_minutes: 60 })]);
    expect([same.code, same.err.includes('POLICY-VERSION-CHANGED')]).toEqual([1, true]);
  });

  test.each(['check', 'show', 'diff'])('%s: files that cannot be read are refused', async (verb) => {
    const files = verb === 'diff' ? [file('broken.json', '{'), sound] : [file('broken.json', '{')];
    const { code, err } = await call(['agreement', verb, ...files]);
    expect([code, err.includes('DOOR-JSON')]).toEqual([1, true]);
  });

  test('check: organisations that cannot be read are refused', async () => {
    const { code, err } = await call(['agreement', 'check', sound, '--organisations', join(folder, 'nowhere.json')]);
    expect([code, err.includes('POLICY-FILE')]).toEqual([1, true]);
  });
});
