/**
 * Writes the parts of README.md and docs/errors.md that follow from the code: `npm run docs`. `tests/readme.test.ts` fails where they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '../src/cli/main.ts';
import { SETTINGS } from '../src/config.ts';
import { ERRORS, type ErrorRow } from '../src/errors.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const PARTS: Readonly<Record<string, () => string>> = {
  commands: () =>
    table(
      ['command', 'does'],
      Object.entries(COMMANDS).map(([name, { does }]) => [`\`${name}\``, does]),
    ),
  settings: () =>
    table(
      ['setting', 'default', 'means'],
      Object.entries(SETTINGS).map(([name, row]) => [`\`${name}\``, row.default ? `\`${row.default}\`` : '', row.text]),
    ),
};

/** README with its generated parts as the code has them now. */
export function readme(text = readFileSync(fileOf('README.md'), 'utf8')): string {
  return Object.entries(PARTS).reduce((page, [name, make]) => {
    const start = `<!-- ${name} -->\n`;
    const at = page.indexOf(start) + start.length;
    const rest = page.slice(at).replace(/^(\|.*\n)*/, '');
    return `${page.slice(0, at)}${make()}\n${rest}`;
  }, text);
}

/** Every refusal there is, by its code. */
export function errorsPage(): string {
  const rows = (Object.entries(ERRORS) as [string, ErrorRow][]).map(([code, row]) => [
    `\`${code}\``,
    String(row.http),
    row.issue,
    row.text,
  ]);
  return `# Errors\n\nMade by \`npm run docs\` from \`src/errors.ts\`. A code once used is never used for something else.\n\n${table(['code', 'HTTP', 'FHIR issue', 'sentence'], rows)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileOf('README.md'), readme());
  writeFileSync(fileOf('docs/errors.md'), errorsPage());
}
