import { sentence } from '../../src/errors.ts';
import { parseMap } from '../../src/mapping/parse-map.ts';
import { printMap } from '../../src/mapping/print-map.ts';

function parsed(text: string) {
  const read = parseMap(text, 'm.map');
  if (!read.ok) throw new Error(read.issues.map(sentence).join());
  return read.value;
}

describe('faults stand at their place and say what was expected', () => {
  const group = (rule: string) => `group g(source a, target b) {\n  ${rule}\n}`;
  test.each([
    ['', '1:1 a declaration or a group'],
    ['group', '1:6 the name of the group'],
    ['group g(a)', "1:9 'source' or 'target'"],
    ['group g(source a, target b)', "1:28 '{'"],
    [group('a.x'), "3:1 ',', '->', 'then', a rule name in quotes or ';'"],
    [group("a.x -> b.y = 'unclosed;"), '2:16 a value, a variable, a transform or (FHIRPath)'],
    [group('a.x -> ;'), '2:10 a target'],
    [group('a.x as v where -> b.y = v;'), '2:18 an expression'],
    [group('a.x as v where (v = 1 -> b.y = v;'), "2:25 ')'"],
    [group('a.x as v then g(v, b) "x" "y";'), "2:29 ',', '->', 'then', a rule name in quotes or ';'"],
    [group('a.x 1..z -> b.y;'), "2:10 a number or '*'"],
    [group('a.x -> b.y = evaluate(a, b, c);'), '2:33 evaluate(variable, FHIRPath) or evaluate(FHIRPath)'],
    ['uses "x" alias X as input', "1:26 'source', 'target', 'queried' or 'produced'"],
    ['conceptmap "#x" { prefix s = "u" s:a == t:b }', '1:41 a declared prefix'],
    ['/// status = draft\ngroup g(source a, target b) {}', '1:1 a text in quotes, a number, true or false'],
    ['group g(source a, target b) <<type>> {}', "1:35 '+'"],
    ['\u00a7', '1:1 a declaration or a group'],
  ])('%j', (text, told) => {
    const read = parseMap(text, 'm.map');
    expect(read.issues.map(({ code, place, detail }) => `${code} ${place} ${detail!.expected}`)).toEqual([
      `MAP-SYNTAX m.map:${told.slice(0, told.indexOf(' '))} ${told.slice(told.indexOf(' ') + 1)}`,
    ]);
  });
});

test('comments, names and empty lines outlive formatting, whatever their place', () => {
  const text = `// the licence
/// url = 'http://example.org/m'
/// name = "m"
/// description = """
several
lines
"""
/// empty =
/// experimental = false

// what it reads
uses "http://example.org/in" alias In as source // the input
imports "http://example.org/*"

/* two
   lines */
group g(source a, // first
  target b : Patient) { // opens
  // before
  a.x as v -> b.y = v "name"; // after


  a.z /* within */ -> b.z; a.w -> b.w;
  a then { // deep
    a.q -> b.q;
    // last
  };
  // the end
} // closed
`;
  const printed = printMap(parsed(text));
  expect(printMap(parsed(printed))).toBe(printed);
  for (const words of [
    'the licence',
    'what it reads',
    'the input',
    'two',
    'lines',
    'first',
    'opens',
    'before',
    'after',
    'within',
    'deep',
    'last',
    'the end',
    'closed',
  ])
    expect(printed).toContain(`// ${words}`);
  expect(printed).toContain('"""\nseveral\nlines\n"""');
  expect(printed).toMatch(/y = v "name"; \/\/ after\n\n {2}\/\/ within\n {2}a\.z -> b\.z;\n {2}a\.w -> b\.w;/);
});

test('the older forms are read and written in the newer', () => {
  const older = parsed(
    `map "http://example.org/m" = m
uses "http://example.org/in" as source
group g(source a, target b) {
  a.x as v where v = 'it''s' or v.type = "quoted" check v.exists() log v -> b.y = "text", b.list as l collate, l = (v);
}`.replace("'it''s'", "'it\\'s'"),
  );
  expect(printMap(older)).toBe(`/// url = 'http://example.org/m'
/// name = 'm'

uses "http://example.org/in" as source

group g(source a, target b) {
  a.x as v where (v = 'it\\'s' or v.type = 'quoted') check (v.exists()) log (v) ->
      b.y = 'text',
      b.list as l single,
      l = (v);
}
`);
});

test('FHIRPath keeps only the parentheses it needs', () => {
  const one = (expression: string) => {
    const [rule] = parsed(`group g(source a, target b) { a where ((${expression})) -> b.y; }`).groups[0]!.rules;
    return (
      printMap(parsed(`group g(source a, target b) { a where ((${expression})) -> b.y; }`)).match(
        /where \((.*)\) ->/,
      )?.[1] ?? rule
    );
  };
  expect(one('(1 + 2) * 3 - (4 - 5) - 6')).toBe('(1 + 2) * 3 - (4 - 5) - 6');
  expect(one('((a and b) or (c)) implies (not(d))')).toBe('a and b or c implies not(d)');
  expect(one('(a | b).first() is FHIR.string')).toBe('(a | b).first() is FHIR.string');
  expect(one("-(1).abs() + a[0].b.c(d, 5 'mg', @2025-01-01T10:00:00Z)")).toBe(
    "-1.abs() + a[0].b.c(d, 5 'mg', @2025-01-01T10:00:00Z)",
  );
});
