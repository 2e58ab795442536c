import { sentence } from '../../src/errors.ts';
import { r4Model } from '../../src/fhir/model.ts';
import { linkSources, type SourceFile } from '../../src/mapping/library.ts';
import { lintMaps } from '../../src/mapping/lint.ts';

const HEAD = `uses "http://hl7.org/fhir/StructureDefinition/RelatedPerson" alias RelatedPerson as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
`;
const lint = (...texts: string[]) => {
  const maps: SourceFile[] = texts.map((text, index) => ({ path: `m${index}.map`, text }));
  const { linker } = linkSources({ maps, conceptMaps: [] }, r4Model());
  return lintMaps(linker).map((found) => `${found.place} ${sentence(found)}`);
};

test('elements no type has are told with the nearest name, in sources, targets and expressions, through calls', () => {
  const found = lint(`${HEAD}group one(source src : RelatedPerson, target tgt : Patient) {
  src.nam as v -> tgt.name as w then two(v, w);
  src.name as v where v.famly.exists() -> tgt.name as w, w.familiy = 'x' then two(v, w);
  src.period.begin as v -> tgt.birthDate = (src.name.where(use = 'official' and giveen.exists()).first().family);
  src.address as a -> tgt.address as b then { a.city as c -> b.town = c; };
}
group two(source from, target to) { from.given as g -> to.given = g, to.sufix = g; }`);
  expect(found).toEqual([
    'm0.map:4:3 RelatedPerson has no element nam; did you mean "name"?',
    'm0.map:9:37 HumanName has no element sufix; did you mean "suffix"?',
    'm0.map:5:3 HumanName has no element famly; did you mean "family"?',
    'm0.map:5:3 HumanName has no element familiy; did you mean "family"?',
    'm0.map:6:3 Period has no element begin',
    'm0.map:6:3 HumanName has no element giveen; did you mean "given"?',
    'm0.map:7:47 Address has no element town',
  ]);
});

test('a list going into a single element is told; a choice of one is not', () => {
  const found = lint(`${HEAD}group one(source src : RelatedPerson, target tgt : Patient) {
  src.name as v -> tgt.maritalStatus = cc('x');
  src.name first as v -> tgt.maritalStatus = cc('x');
  src.name as v where use = 'official' -> tgt.maritalStatus = cc('x');
  src.name as v -> tgt.name as w, w.text = 'x';
  src.birthDate 2..3 as v -> tgt.birthDate = v;
}`);
  expect(found).toEqual([
    'm0.map:4:3 maritalStatus holds one value; several were given to it.',
    'm0.map:8:3 birthDate holds one value; several were given to it.',
  ]);
});

test('groups never called and rules that can never run are told', () => {
  const found = lint(
    `/// url = 'http://example.org/a'
imports "http://example.org/b"
${HEAD}group one(source src, target tgt : Patient) {
  src where false -> tgt.gender = 'male';
  src.a 3..2 -> tgt.gender = 'male';
  src.a 0..0 -> tgt.gender = 'male';
  src then Used(src, tgt);
}
group alone(source src, target tgt) { src.a -> tgt.a; }
group names(source src : HumanName, target tgt : HumanName) <<types>> { src.family -> tgt.family; }`,
    `/// url = 'http://example.org/b'
group Used(source src, target tgt) { src.gender as v -> tgt.gender = v; }
group Unused(source src, target tgt) { src.gender as v -> tgt.gender = v; }`,
  );
  expect(found).toEqual([
    'm0.map:6:3 This rule can never run: its condition is false.',
    'm0.map:7:3 This rule can never run: no count is from 3 to 2.',
    'm0.map:8:3 This rule can never run: its source may come 0 times.',
    'm0.map:11:1 The group alone is never used.',
    'm1.map:3:1 The group Unused is never used.',
  ]);
});

test('a source without a model is left in peace', () => {
  expect(
    lint(`${HEAD}group one(source src, target tgt : Patient) { src.PID.PID_99 as v where v.x.y -> tgt.gender = v; }`),
  ).toEqual([]);
});
