import { decodeText } from './charset.ts';
import type { Separators } from './separators.ts';

/** Longest escape sequence looked for; a lone escape character further from the next one is text. */
const LONGEST = 1_000;

function hexText(digits: string, charset: string): string | undefined {
  if (digits.length % 2 || !/^[0-9A-Fa-f]+$/.test(digits)) return undefined;
  const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const decoded = decodeText(bytes, charset);
  return decoded.isExact ? decoded.text : undefined;
}

function repeated(text: string, count: string): string {
  return text.repeat(Math.min(Number(count || 1), 100));
}

/** What one escape sequence stands for (2.8.2 section 2.7), or undefined for one the hub does not know, which is kept as it stands. */
function meaning(sequence: string, separators: Separators, charset: string): string | undefined {
  switch (sequence) {
    case 'F':
      return separators.field;
    case 'S':
      return separators.component;
    case 'T':
      return separators.subcomponent ?? '&';
    case 'R':
      return separators.repetition ?? '~';
    case 'E':
      return separators.escaping;
    case 'P':
      return '#';
    case 'H': // highlighting begins and ends: nothing a plain text can show
    case 'N':
      return '';
  }
  const line = /^\.(br|sp|ce)\+?(\d*)$/.exec(sequence);
  if (line) return repeated('\n', line[2]!);
  const skip = /^\.(sk|in|ti)[+-]?(\d*)$/.exec(sequence);
  if (skip) return repeated(' ', skip[2]!);
  if (/^\.(fi|nf)$/.test(sequence)) return '';
  return sequence.startsWith('X') ? hexText(sequence.slice(1), charset) : undefined;
}

/** Text of a leaf with its escape sequences resolved. */
export function unescapeText(text: string, separators: Separators, charset: string): string {
  const { escaping } = separators;
  if (escaping === undefined || !text.includes(escaping)) return text;
  let out = '';
  let from = 0;
  for (let start = text.indexOf(escaping); start >= 0; start = text.indexOf(escaping, from)) {
    const end = text.indexOf(escaping, start + 1);
    if (end < 0) break;
    const sequence = end - start <= LONGEST ? text.slice(start + 1, end) : '';
    const found = sequence === '' ? undefined : meaning(sequence, separators, charset);
    // an unknown sequence is kept; its closing character may open the next one
    out += text.slice(from, start) + (found ?? text.slice(start, end));
    from = found === undefined ? end : end + 1;
  }
  return out + text.slice(from);
}

/** Text written so that no character of it is taken for a separator; line breaks become `\.br\`. */
export function escapeText(text: string, separators: Separators): string {
  const { escaping } = separators;
  if (escaping === undefined) return text;
  const letters: [string | undefined, string][] = [
    [escaping, 'E'],
    [separators.field, 'F'],
    [separators.component, 'S'],
    [separators.repetition, 'R'],
    [separators.subcomponent, 'T'],
  ];
  const table = new Map(letters.map(([character, letter]) => [character, `${escaping}${letter}${escaping}`]));
  return [...text.replace(/\r\n?/g, '\n')]
    .map((character) => (character === '\n' ? `${escaping}.br${escaping}` : (table.get(character) ?? character)))
    .join('');
}
