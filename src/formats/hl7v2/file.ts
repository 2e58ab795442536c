import { decodeText, encodeText } from './charset.ts';
import { joinFields, joinLines, type Line, splitFields, splitLines } from './segments.ts';

/** The bytes of a file or message as lines that can be changed and written back. */
export interface Hl7File {
  /** WHATWG label the bytes were read with. */
  readonly charset: string;
  /** False where a byte was no character of the set: such a file does not come back byte for byte. */
  readonly isExact: boolean;
  readonly lines: readonly Line[];
}

/** @param named WHATWG label from MSH-18, where there is one */
export function openFile(bytes: Uint8Array, named?: string): Hl7File {
  const { text, charset, isExact } = decodeText(bytes, named);
  return { charset, isExact, lines: splitLines(text) };
}

/** The bytes of a file: those it was opened from where nothing was changed. */
export function writeFile(file: Hl7File): Uint8Array {
  return encodeText(joinLines(file.lines), file.charset);
}

/** The file with one raw field of one line (numbered from 1) replaced; all else stays as it stood. */
export function withField(
  file: Hl7File,
  place: { line: number; field: number; separator: string },
  raw: string,
): Hl7File {
  const lines = file.lines.map((line) => {
    if (line.number !== place.line) return line;
    const fields = splitFields(line.text, place.separator);
    while (fields.length <= place.field) fields.push('');
    fields[place.field] = raw;
    return { ...line, text: joinFields(fields, place.separator) };
  });
  return { ...file, lines };
}
