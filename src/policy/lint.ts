import type { Issue } from '../errors.ts';
import type { AgreementDocument } from './agreement.ts';
import type { LegalBasis } from './legal-bases.ts';
import type { Organisation } from './organisation.ts';

export interface LintSubject {
  readonly organisations: Readonly<Record<string, Organisation>>;
  readonly agreements: readonly AgreementDocument[];
  readonly bases: readonly LegalBasis[];
}

export function lint(_subject: LintSubject): Issue[] {
  return [];
}
