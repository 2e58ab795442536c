import { isFault } from '../../../src/errors.ts';
import { recogniseFormat } from '../../../src/formats/index.ts';
import { LETTER_TYPES, letterType, letterTypeOfRoot } from '../../../src/formats/letter/letter-types.ts';
import { bytesOf, CASES, casesOf, readCase } from './fixtures.ts';

const treeOf = (...where: Parameters<typeof readCase>) => {
  const [reading] = readCase(...where).messages;
  return reading?.ok ? reading.message.tree : reading?.issues;
};

test.each(CASES)('%s/%s is recognised and taken without a fault', (syntax, name) => {
  expect(recogniseFormat(bytesOf(syntax, name))?.id).toBe(syntax);
  const { messages, issues } = readCase(syntax, name);
  expect([...issues, ...messages.flatMap((message) => message.issues)].filter(isFault)).toEqual([]);
  const type = name.split('-')[0]!;
  expect(messages.map((message) => message.ok && message.message.type)).toEqual([type]);
  expect(messages[0]!.ok && messages[0]!.message.structure).toBe(letterType(type)!.structure);
});

/** Every letter of EDIFACT stands in both syntaxes. */
const TWINS = casesOf('edifact').filter((name) => casesOf('oioxml').includes(`X${name}`) && !name.endsWith('-vans'));

test('there are twins of every kind EDIFACT has', () => {
  expect(TWINS.length).toBeGreaterThanOrEqual(87);
  for (const kind of new Set(TWINS.map((name) => name.split('-')[0])))
    for (const sort of ['plain', 'rich', 'odd']) expect(TWINS).toContain(`${kind}-${sort}`);
});

test.each(TWINS)('%s is the same tree in both syntaxes', (name) => {
  expect(treeOf('edifact', name)).toEqual(treeOf('oioxml', `X${name}`));
});

test('every type has a fixture, a row of its own and is found by code and root', () => {
  const kinds = new Set(CASES.map(([, name]) => name.split('-')[0]!.replace(/^X(?=[A-Z]{3})/, '')));
  for (const type of LETTER_TYPES) {
    expect(letterType(`X${type.code}`)).toBe(type);
    for (const root of type.roots) expect(letterTypeOfRoot(root)).toBe(type);
  }
  expect(new Set(LETTER_TYPES.map(({ code }) => code)).size).toBe(LETTER_TYPES.length);
  const bare = LETTER_TYPES.filter(({ code }) => !kinds.has(code)).map(({ code }) => code);
  // no public letter tells what sets these apart from their siblings, which share their reader
  expect(bare).toEqual(['DIS04', 'DIS09', 'DIS10', 'REF03', 'REF04', 'REF05', 'REF08', 'REF10', 'REF12', 'RPT02']);
});
