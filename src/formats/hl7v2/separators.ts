import { done, type Issue, issue, type Result } from '../../errors.ts';

/** The separators a message declares in MSH-1 and MSH-2; an absent one is not used in this message. */
export interface Separators {
  readonly field: string;
  readonly component: string;
  readonly repetition?: string;
  readonly escaping?: string;
  readonly subcomponent?: string;
}

/** HL7's recommended ones (2.8.2 section 2.5.4), used where a message does not say. */
export const USUAL: Separators = { field: '|', component: '^', repetition: '~', escaping: '\\', subcomponent: '&' };

const UNUSABLE = /[A-Za-z0-9\s"]/;

/**
 * Reads the separators from the text of a header segment (MSH, FHS, BHS), which begins with its name.
 * MSH-2 holds up to five characters: component, repetition, escape, subcomponent, and (2.7) truncation.
 */
export function readSeparators(header: string): Result<Separators> {
  const name = header.slice(0, 3);
  const field = header[3];
  if (field === undefined || UNUSABLE.test(field)) return { ok: false, issues: [issue('HL7-SEPARATORS', `${name}-1`)] };
  const end = header.indexOf(field, 4);
  const declared = header.slice(4, end < 0 ? header.length : end);
  const all = [field, ...declared];
  const isUsable = declared.length >= 1 && declared.length <= 5 && new Set(all).size === all.length;
  if (!isUsable || all.some((character) => UNUSABLE.test(character)))
    return { ok: false, issues: [issue('HL7-SEPARATORS', `${name}-2`)] };
  const [component = '', repetition, escaping, subcomponent] = declared;
  const warnings: Issue[] = declared.length < 4 ? [issue('HL7-SEPARATORS-FEW', `${name}-2`, undefined, 'warning')] : [];
  return done(
    {
      field,
      component,
      ...(repetition !== undefined && { repetition }),
      ...(escaping !== undefined && { escaping }),
      ...(subcomponent !== undefined && { subcomponent }),
    },
    warnings,
  );
}

/** MSH-2 as it is written with these separators. */
export function encodingCharacters(separators: Separators): string {
  const { component, repetition = '', escaping = '', subcomponent = '' } = separators;
  return component + repetition + escaping + subcomponent;
}
