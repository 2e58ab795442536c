import type { Bundle } from '@medplum/fhirtypes';
import { sentence } from '../../src/errors.ts';
import { r4Model } from '../../src/fhir/model.ts';
import { compileLibrary, type MapLibrary, type SourceFile, type TransformOptions } from '../../src/mapping/library.ts';

const HEAD = `/// url = 'http://example.org/maps/one'
/// name = 'one'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
`;
const OPTIONS: TransformOptions = { clock: '2025-03-01T12:00:00+01:00', seed: 'seed' };

function library(rules: string, conceptMaps: readonly SourceFile[] = []): MapLibrary {
  const text = `${HEAD}group one(source src, target tgt : Patient) {\n${rules}\n}\n`;
  const made = compileLibrary({ maps: [{ path: 'test/one.map', text }], conceptMaps }, r4Model());
  if (!made.ok) throw new Error(made.issues.map((found) => `${found.place} ${sentence(found)}`).join('\n'));
  return made.value;
}

function issuesOf(text: string): string[] {
  const made = compileLibrary({ maps: [{ path: 'm.map', text }], conceptMaps: [] }, r4Model());
  return made.issues.map(({ code, place }) => `${code} ${place}`);
}

describe('compiling', () => {
  test('every fault of every file is told at its place, and nothing is compiled', () => {
    const bad = `${HEAD}imports "http://example.org/maps/none"
group one(source src, target tgt : Patient) extends nobody {
  src.a as v -> tgt.gender = w;
  other.a as v -> tgt.gender = v;
  src.a as v -> target.gender = v;
  src.a as v where v.lenght() > 1 -> tgt.gender = v;
  src.a as v where %q -> tgt.gender = translate(v, 'none', 'code');
  src.a as v then missing(v, tgt);
  src.a as v then two(v);
  src.a as v -> tgt.gender = truncate(v);
  src.a as v -> tgt.managingOrganization = create('Referense');
}
group two(source src, target tgt : Patient) extends two { src.a -> tgt.gender; }
`;
    expect(issuesOf(bad)).toEqual([
      'MAP-IMPORT-UNKNOWN m.map:4:1',
      'MAP-GROUP-CIRCLE m.map:16:1',
      'MAP-GROUP-UNKNOWN m.map:5:1',
      'MAP-VARIABLE-UNKNOWN m.map:6:3',
      'MAP-VARIABLE-UNKNOWN m.map:7:3',
      'MAP-VARIABLE-UNKNOWN m.map:8:3',
      'MAP-FUNCTION-UNKNOWN m.map:9:3',
      'MAP-VARIABLE-UNKNOWN m.map:10:3',
      'MAP-CONCEPTMAP-UNKNOWN m.map:10:3',
      'MAP-GROUP-UNKNOWN m.map:11:3',
      'MAP-ARGUMENTS m.map:12:3',
      'MAP-ARGUMENTS m.map:13:3',
      'MAP-TYPE-UNKNOWN m.map:14:3',
    ]);
  });

  test('a misspelt function brings the nearest one', () => {
    const made = compileLibrary(
      {
        maps: [
          {
            path: 'm.map',
            text: `${HEAD}group one(source src, target tgt : Patient) { src where a.exist() -> tgt.gender = 'male'; }`,
          },
        ],
        conceptMaps: [],
      },
      r4Model(),
    );
    expect(made.issues.map(sentence)).toEqual(['There is no function exist; did you mean "exists"?']);
  });

  test('two maps of one name are told', () => {
    const file = { path: 'a.map', text: `${HEAD}group one(source src, target tgt : Patient) { src.a -> tgt.gender; }` };
    const made = compileLibrary({ maps: [file, { ...file, path: 'b.map' }], conceptMaps: [] }, r4Model());
    expect(made.issues.map(({ code }) => code)).toEqual(['MAP-DUPLICATE']);
  });

  test('the version is the content', () => {
    expect(library('src.a -> tgt.gender;').version).toBe(library('src.a -> tgt.gender;').version);
    expect(library('src.a -> tgt.gender;').version).not.toBe(library('src.b -> tgt.gender;').version);
    const codes = [{ path: 'test/c.csv', text: 'source-code,target-code\na,b\n' }];
    expect(library('src.a -> tgt.gender;', codes).version).not.toBe(library('src.a -> tgt.gender;').version);
  });

  test('a map is found by file and by canonical', () => {
    const made = library('src.a -> tgt.gender;');
    expect([
      made.has('test/one'),
      made.has('http://example.org/maps/one'),
      made.has('http://example.org/maps/one|2'),
      made.has('one'),
    ]).toEqual([true, true, true, false]);
    expect(made.transform('none', {}, OPTIONS).issues[0]!.code).toBe('MAP-NOT-FOUND');
  });

  test('groups of imported maps are found, a wildcard imports several', () => {
    const shared = (name: string) => ({
      path: `${name}.map`,
      text: `/// url = 'http://example.org/maps/shared-${name}'\n/// name = '${name}'\ngroup G${name}(source src, target tgt) { src.${name} as v -> tgt.gender = v; }`,
    });
    const text = `${HEAD}imports "http://example.org/maps/shared-*"\ngroup one(source src, target tgt : Patient) { src then Ga(src, tgt), Gb(src, tgt); }`;
    const made = compileLibrary(
      { maps: [{ path: 'm.map', text }, shared('a'), shared('b')], conceptMaps: [] },
      r4Model(),
    );
    const result = made.ok ? made.value.transform('m', { b: 'female' }, OPTIONS) : undefined;
    expect(result?.ok && result.value.resource).toEqual({ resourceType: 'Patient', gender: 'female' });
  });
});

describe('running', () => {
  test('the same source, maps, clock and seed give the same bytes; another seed gives other ids', () => {
    const made = library(
      "src -> tgt.id = uuid(), tgt.identifier as i, i.value = uuidOf(src.a, 'x'), i.system = urnOf('x', src.a);\nsrc -> tgt.meta as m, m.lastUpdated = now();",
    );
    const run = (options: Partial<TransformOptions> = {}) =>
      JSON.stringify(made.transform('test/one', { a: '1' }, { ...OPTIONS, ...options }));
    expect(run()).toBe(run());
    expect(run({ seed: 'other' })).not.toBe(run());
    expect(run({ clock: '2026-01-01T00:00:00Z' })).toContain('2026-01-01T00:00:00Z');
  });

  test('ids of parts that only look alike differ', () => {
    const made = library(
      "src -> tgt.identifier as i, i.value = uuidOf('ab', 'c');\nsrc -> tgt.identifier as i, i.value = uuidOf('a', 'bc');\nsrc -> tgt.identifier as i, i.value = uuidOf('abc', src.none);\nsrc -> tgt.identifier as i, i.value = uuidOf('abc');",
    );
    const result = made.transform('test/one', {}, OPTIONS);
    const ids =
      result.ok && 'identifier' in result.value.resource
        ? (result.value.resource.identifier as { value: string }[]).map(({ value }) => value)
        : [];
    expect(new Set(ids).size).toBe(4);
  });

  test('groups that call each other without end are stopped and told', () => {
    const made = library('src as v then one(v, tgt);');
    expect(made.transform('test/one', { a: '1' }, OPTIONS).issues).toEqual([
      expect.objectContaining({ code: 'MAP-TOO-DEEP', place: 'test/one.map:4:1' }),
    ]);
  });

  test('a map that multiplies its source is stopped', () => {
    const made = library(`${'src.a as v then {'.repeat(8)} src.a as v; ${'};'.repeat(8)}`);
    const result = made.transform('test/one', { a: Array.from({ length: 30 }, () => 'x') }, OPTIONS);
    expect(result.issues.map(({ code }) => code)).toEqual(['MAP-TOO-LONG']);
  });

  test('names of JavaScript’s own are nothing special in a source', () => {
    const made = library(
      "src.constructor as v -> tgt.gender = 'male';\nsrc.toString.name as v -> tgt.gender = 'male';\nsrc.__proto__.a as v -> tgt.language = v;",
    );
    const result = made.transform('test/one', JSON.parse('{"a": "1"}'), OPTIONS);
    expect(result.ok && result.value.resource).toEqual({ resourceType: 'Patient' });
  });

  test('a missing required element is told with map, line and element, and refused unless asked otherwise', () => {
    const made = library("src -> tgt.link as l, l.type = 'seealso';");
    const found = {
      code: 'MAP-REQUIRED',
      severity: 'error',
      place: 'test/one.map:5:1',
      detail: { type: 'Patient.link', element: 'other' },
    };
    expect(made.transform('test/one', {}, OPTIONS)).toEqual({ ok: false, issues: [found] });
    const reported = made.transform('test/one', {}, { ...OPTIONS, incomplete: 'report' });
    expect(reported.ok && reported.issues).toEqual([found]);
  });

  test('what is left out because it could not be read is said as a warning', () => {
    const result = library('src.born as v -> tgt.birthDate = hl7Date(v);').transform(
      'test/one',
      { born: '99999999' },
      OPTIONS,
    );
    expect(result.ok && result.value.resource).toEqual({ resourceType: 'Patient' });
    expect(result.issues.map((found) => [found.severity, sentence(found), found.place])).toEqual([
      ['warning', 'hl7Date could not read its value, which is left out.', 'test/one.map:5:1'],
    ]);
  });

  test('no issue quotes what the source says', () => {
    const made = library(
      "src.a as v -> tgt.birthDate = v;\nsrc.a as v check v = 'x' -> tgt.gender = v;\nsrc.a as v -> tgt.name = v;\nsrc.a as v -> tgt.birthDate = (v + 5 days);",
    );
    const result = made.transform('test/one', { a: '2512489996' }, { ...OPTIONS, trace: true });
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain('2512489996');
    expect(result.issues.map(sentence).join()).not.toContain('2512489996');
  });
});

describe('codes', () => {
  const codes = [
    {
      path: 'test/sex.csv',
      text: '#url,http://example.org/sex\n#when-unmapped,wait\nsource-system,source-code,target-code\nhttp://l,K,female\n',
    },
    { path: 'test/senders/epj-x/sex.csv', text: 'source-code,target-code\nZ,other\nK,male\n' },
    {
      path: 'test/wide.json',
      text: JSON.stringify({
        resourceType: 'ConceptMap',
        url: 'http://example.org/wide',
        group: [{ element: [], unmapped: { mode: 'other-map', url: 'http://example.org/sex' } }],
      }),
    },
  ];
  const made = library(
    "src.a as v -> tgt.gender = translate(v, 'http://example.org/sex', 'code');\nsrc.b as v -> tgt.gender = translate(v, 'wide', 'code');",
    codes,
  );
  const gender = (source: Record<string, string>, sender?: string) => {
    const result = made.transform('test/one', source, { ...OPTIONS, ...(sender && { sender }) });
    return result.ok && [(result.value.resource as { gender?: string }).gender, result.value.unmapped];
  };

  test('a sender’s own rows win, and only for that sender', () => {
    expect(gender({ a: 'K' })).toEqual(['female', []]);
    expect(gender({ a: 'K' }, 'epj-x')).toEqual(['male', []]);
    expect(gender({ a: 'Z' }, 'epj-x')).toEqual(['other', []]);
    expect(gender({ a: 'K' }, 'epj-y')).toEqual(['female', []]);
  });

  test('a code without a row is reported once, with what the map says of waiting', () => {
    const unmapped = {
      conceptMap: 'http://example.org/sex',
      system: 'http://l',
      code: 'Z',
      policy: 'wait',
      place: 'test/one.map:5:1',
    };
    expect(gender({ a: 'Z' })).toEqual([undefined, [unmapped]]);
  });

  test('one map leads on to another', () => {
    expect(gender({ b: 'K' })).toEqual(['female', []]);
  });

  test('files that are no ConceptMap are told at their place', () => {
    const read = (path: string, text: string) =>
      compileLibrary({ maps: [], conceptMaps: [{ path, text }] }, r4Model()).issues.map(
        ({ code, place }) => `${code} ${place}`,
      );
    expect(read('a.json', '{')).toEqual(['MAP-CODES a.json']);
    expect(read('a.json', '{"resourceType": "Patient"}')).toEqual(['MAP-CODES a.json']);
    expect(read('a.csv', 'x,y\n1,2')).toEqual(['MAP-CODES a.csv:1']);
    expect(read('a.csv', 'source-code,target-code\n"a,b\n')).toEqual([expect.stringMatching(/^MAP-CODES a\.csv:\d+$/)]);
  });
});

describe('trace and coverage', () => {
  const codes = [{ path: 'test/sex.csv', text: 'source-code,target-code\nK,female\n' }];
  const made = library(
    'src.PID as pid -> tgt then {\n pid.PID_5 as n -> tgt.name as name, name.family = (n.XPN_1) "family";\n pid.PID_8 as v -> tgt.gender = translate(v, \'sex\', \'code\') "sex";\n} "person";\nsrc.ZZZ as v -> tgt.active = true;',
    codes,
  );
  const source = { PID: { PID_5: [{ XPN_1: 'Berggren', XPN_2: 'Nancy' }], PID_8: 'K' }, MSH: { MSH_10: 'M1' } };

  test('each element made is traced to map, rule, line, source and code row', () => {
    const result = made.transform('test/one', source, { ...OPTIONS, trace: true });
    expect(result.ok && result.value.trace).toEqual([
      {
        target: 'Patient.name[0].family',
        map: 'test/one.map',
        group: 'one',
        rule: 'person/family',
        line: 6,
        source: 'PID.PID_5[0].XPN_1',
      },
      {
        target: 'Patient.gender',
        map: 'test/one.map',
        group: 'one',
        rule: 'person/sex',
        line: 7,
        source: 'PID.PID_8',
        codeRow: 'test/sex.csv:2',
      },
    ]);
  });

  test('what was read and what was not is told by path, without values', () => {
    const result = made.transform('test/one', source, { ...OPTIONS, coverage: true });
    expect(result.ok && result.value.coverage).toEqual({
      read: ['PID.PID_5[0].XPN_1', 'PID.PID_8'],
      unread: ['PID.PID_5[0].XPN_2', 'MSH.MSH_10'],
      rules: ['test/one.map:5:1', 'test/one.map:6:2', 'test/one.map:7:2'],
    });
    expect(JSON.stringify(result.ok && result.value.coverage)).not.toContain('Berggren');
    expect(made.rules.map(({ rule }) => rule)).toEqual(['person', 'person/family', 'person/sex', '#2']);
  });

  test('nothing is kept when nobody asks', () => {
    const result = made.transform('test/one', source, OPTIONS);
    expect(result.ok && Object.keys(result.value)).toEqual(['resource', 'unmapped']);
  });

  test('copying a whole element reads all of it', () => {
    const text = `${HEAD}uses "http://hl7.org/fhir/StructureDefinition/Person" alias Person as source\ngroup one(source src : Person, target tgt : Patient) { src.name -> tgt.name; }`;
    const copying = compileLibrary({ maps: [{ path: 'm.map', text }], conceptMaps: [] }, r4Model());
    const person = { resourceType: 'Person', name: [{ family: 'A', given: ['B'] }] };
    const result = copying.ok ? copying.value.transform('m', person, { ...OPTIONS, coverage: true }) : undefined;
    expect(result?.ok && result.value.coverage?.unread).toEqual(['resourceType']);
  });
});

test('a Bundle keeps the order its rules gave it', () => {
  const text = `/// url = 'http://example.org/b'\n/// name = 'b'\nuses "http://hl7.org/fhir/StructureDefinition/Bundle" alias Bundle as target
group b(source src, target bundle : Bundle) {
  src -> bundle.type = 'collection', bundle.entry as entry, entry.resource = create('Patient');
  src.none as v -> bundle.entry as entry then { v.x as x -> entry.fullUrl = x; };
  src -> bundle.entry as entry then { src.nothing as x -> entry.fullUrl = x; };
  src -> bundle.entry as entry then Made(src, entry);
}
group Made(source src, target entry) { src -> entry.resource = create('Basic') as basic, basic.code = cc('x'); }`;
  const made = compileLibrary({ maps: [{ path: 'b.map', text }], conceptMaps: [] }, r4Model());
  const result = made.ok ? made.value.transform('b', {}, OPTIONS) : undefined;
  const bundle = result?.ok ? (result.value.resource as Bundle) : undefined;
  expect(bundle?.entry?.map(({ resource }) => resource?.resourceType)).toEqual(['Patient', 'Basic']);
});
