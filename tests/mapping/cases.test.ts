import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { r4Model } from '../../src/fhir/model.ts';
import { compileLibrary, type SourceFile } from '../../src/mapping/library.ts';

/**
 * Cases of the language's constructs, one text file each: a sentence, then sections `--- map`, `--- source`, `--- expected` (the resource) or
 * `--- error` (code and line of each issue), `--- codes NAME` for ConceptMaps, `--- unmapped` (ConceptMap and code).
 */
const folder = join(import.meta.dirname, 'cases');

function sectionsOf(text: string): Map<string, string> {
  const parts = text.split(/^--- (.+)\n/m);
  return new Map(parts.slice(1).flatMap((name, index, all) => (index % 2 === 0 ? [[name, all[index + 1]!]] : [])));
}

for (const file of readdirSync(folder)) {
  const sections = sectionsOf(readFileSync(join(folder, file), 'utf8'));
  test(file.replace('.txt', ''), () => {
    const conceptMaps: SourceFile[] = [...sections]
      .filter(([name]) => name.startsWith('codes '))
      .map(([name, text]) => ({ path: name.slice('codes '.length), text }));
    const library = compileLibrary(
      { maps: [{ path: 'case.map', text: sections.get('map')! }], conceptMaps },
      r4Model(),
    );
    const errors = sections.get('error')?.trim().split('\n');
    if (!library.ok) {
      expect(library.issues.map(codeAndLine)).toEqual(errors);
      return;
    }
    const source = JSON.parse(sections.get('source')!);
    const before = JSON.stringify(source);
    const result = library.value.transform('case', source, { clock: '2025-03-01T12:00:00+01:00', seed: 'case' });
    expect(JSON.stringify(source)).toBe(before);
    if (errors) {
      expect(result.ok).toBe(false);
      expect(result.issues.map(codeAndLine).toSorted()).toEqual(errors.toSorted());
      return;
    }
    expect(result.issues).toEqual([]);
    if (!result.ok) return;
    expect(plain(result.value.resource)).toEqual(JSON.parse(sections.get('expected')!));
    const unmapped = result.value.unmapped.map(({ conceptMap, code }) => `${conceptMap.replace('.csv', '')} ${code}`);
    expect(unmapped).toEqual(sections.get('unmapped')?.trim().split('\n') ?? []);
  });
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

function codeAndLine({ code, place }: { code: string; place?: string }): string {
  return `${code} ${place?.split(':')[1]}`;
}
