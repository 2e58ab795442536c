import { type Issue, isFault, issue } from '../errors.ts';
import { type AgreementDocument, agreementHash } from './agreement.ts';
import { checkTerms } from './agreement-schema.ts';
import { isDate } from './calendar.ts';
import { CATEGORIES } from './categories.ts';
import { truthOf } from './criteria-lint.ts';
import { isRecord } from './flow.ts';
import { LABELS } from './labels.ts';
import type { LegalBasis } from './legal-bases.ts';
import type { Organisation } from './organisation.ts';

export interface LintSubject {
  readonly organisations: Readonly<Record<string, Organisation>>;
  readonly agreements: readonly AgreementDocument[];
  readonly bases: readonly LegalBasis[];
}

type Rule = (document: AgreementDocument, subject: LintSubject) => Issue[];

const nameOf = ({ id, version }: AgreementDocument) => `${id} v${version}`;
const at = (document: AgreementDocument, place: string) => `${nameOf(document)}/${place}`;
const warning = (code: Issue['code'], place: string, detail?: Issue['detail']) => issue(code, place, detail, 'warning');

function isForPurpose({ purposes }: LegalBasis, purpose: string): boolean {
  return 'otherThan' in purposes ? !purposes.otherThan.includes(purpose) : purposes.includes(purpose);
}

/** One rule per row; a rule sees a document whose shape is right. */
const RULES: Readonly<Record<string, Rule>> = {
  codes: (document, { bases }) => {
    const known = new Set<string>(bases.map(({ code }) => code));
    const unknown = document.legal_basis.filter((code) => !known.has(code));
    return unknown.map(() => issue('POLICY-CODE-UNKNOWN', at(document, 'legal_basis'), { list: 'legal bases' }));
  },
  basis: (document, { bases }) => {
    const listed = bases.filter(({ code }) => document.legal_basis.includes(code));
    const fits = (action: string) =>
      listed.some((basis) => basis.actions.includes(action) && isForPurpose(basis, document.purpose));
    const unfit = document.actions.filter((action) => !fits(action));
    return unfit.map((action) => issue('POLICY-BASIS-UNFIT', at(document, 'legal_basis'), { action }));
  },
  words: (document) =>
    Object.entries(document.recipients).flatMap(([key, { categories, excluded_labels = [], kept_labels = [] }]) => {
      const labels = [...document.excluded_labels, ...excluded_labels, ...kept_labels];
      const place = at(document, `recipients/${key}`);
      return [
        ...(categories.length === 0 ? [issue('POLICY-RECIPIENT-EMPTY', place)] : []),
        ...(categories.every((one) => CATEGORIES.has(one))
          ? []
          : [warning('POLICY-CODE-UNKNOWN', place, { list: 'categories' })]),
        ...(labels.every((one) => LABELS.has(one)) ? [] : [warning('POLICY-CODE-UNKNOWN', place, { list: 'labels' })]),
      ];
    }),
  labels: (document) => {
    const required = new Set(document.required_labels);
    const contradicts = Object.values(document.recipients).some(({ excluded_labels = [], kept_labels = [] }) =>
      [...document.excluded_labels, ...excluded_labels].some((one) => required.has(one) || kept_labels.includes(one)),
    );
    return contradicts ? [issue('POLICY-LABEL-CONTRADICTION', at(document, 'excluded_labels'))] : [];
  },
  validity: (document) => {
    const { valid_from, valid_to } = document;
    const dates = [valid_from, ...(valid_to === undefined ? [] : [valid_to])];
    const isOrdered = valid_to === undefined || valid_from <= valid_to;
    return dates.every(isDate) && isOrdered ? [] : [issue('POLICY-VALIDITY', at(document, 'valid_to'))];
  },
  trial: (document) => {
    if (document.kind !== 'trial') return [];
    const { valid_to, trial_permission } = document;
    const latest = trial_permission?.valid_to;
    const ends = valid_to !== undefined && (latest === undefined || valid_to <= latest);
    return ends ? [] : [issue('POLICY-TRIAL-END', at(document, 'valid_to'))];
  },
  criteria: (document) => {
    const place = at(document, 'patient_criteria');
    const truth = truthOf(document.patient_criteria);
    if (truth === 'never') return [issue('POLICY-CRITERIA-NEVER', place)];
    const isMeant = Object.keys(document.patient_criteria).length === 0;
    return truth === 'always' && !isMeant ? [issue('POLICY-CRITERIA-ALWAYS', place)] : [];
  },
  recipients: (document, { organisations }) =>
    Object.keys(document.recipients).flatMap((key) => {
      const place = at(document, `recipients/${key}`);
      const units = Object.entries(organisations).filter(([id, one]) => id === key || one.unit_type === key);
      if (units.length === 0) return [warning('POLICY-RECIPIENT-UNKNOWN', place)];
      const parties = new Set(document.parties.map(({ party }) => party));
      const isParty = ([id, { unit_type, sector, changes = [], ...unit }]: [string, Organisation]) =>
        [
          id,
          unit_type,
          sector,
          unit.legal_entity,
          unit.part_of,
          ...changes.flatMap((one) => [one.sector, one.legal_entity]),
        ].some((name) => name !== undefined && parties.has(name));
      return units.some(isParty) ? [] : [warning('POLICY-RECIPIENT-NOT-PARTY', place)];
    }),
  approvals: (document) => {
    const hash = agreementHash(document);
    return document.parties.flatMap(({ approval, document_hash }, index) =>
      approval === 'approved' && document_hash !== undefined && document_hash !== hash
        ? [warning('POLICY-APPROVAL-STALE', at(document, `parties/${index}`))]
        : [],
    );
  },
  overlaps: (document, { agreements }) =>
    agreements
      .filter((other) => nameOf(other) < nameOf(document) && other.id !== document.id && overlaps(document, other))
      .map((other) => warning('POLICY-OVERLAP', at(document, 'recipients'), { other: nameOf(other) })),
};

function triggersOf({ trigger }: AgreementDocument): readonly string[] {
  return typeof trigger === 'string' ? [trigger] : trigger;
}

/** Same flow, some day in common, other categories. */
function overlaps(left: AgreementDocument, right: AgreementDocument): boolean {
  const [mine, theirs] = [triggersOf(left), triggersOf(right)];
  const sameTrigger = mine.some((one) => one === 'any' || theirs.includes(one)) || theirs.includes('any');
  const sameAction = left.actions.some((action) => right.actions.includes(action));
  if (left.purpose !== right.purpose || !sameTrigger || !sameAction) return false;
  const last = (one: AgreementDocument) => one.valid_to ?? '9999-12-31';
  if (left.valid_from > last(right) || right.valid_from > last(left)) return false;
  return Object.entries(left.recipients).some(([key, { categories }]) => {
    const other = Object.hasOwn(right.recipients, key) ? right.recipients[key]!.categories : undefined;
    return other !== undefined && [...categories].sort().join() !== [...other].sort().join();
  });
}

function lintAgreements(subject: LintSubject): Issue[] {
  const names = subject.agreements.map((one) => (isRecord(one) ? nameOf(one) : ''));
  const shapes = subject.agreements.map((document, index) => checkTerms(document, names[index]!));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const sound = subject.agreements.filter((_, index) => !shapes[index]!.some(isFault));
  const within = { ...subject, agreements: sound };
  return [
    ...shapes.flat(),
    ...twice.map((name) => issue('POLICY-VERSION-TWICE', name)),
    ...sound.flatMap((document) => Object.values(RULES).flatMap((rule) => rule(document, within))),
  ];
}

const NEEDED = ['sector', 'legal_entity', 'branch'] as const;

function organisationFaults(organisation: unknown, organisations: LintSubject['organisations']): string[] {
  if (!isRecord(organisation)) return [...NEEDED];
  const missing = NEEDED.filter((element) => typeof organisation[element] !== 'string' || organisation[element] === '');
  const { changes = [], part_of, labels = [] } = organisation;
  const isList = Array.isArray(changes) && changes.every((change) => isRecord(change) && isDate(change.from));
  const isKnown = part_of === undefined || (typeof part_of === 'string' && Object.hasOwn(organisations, part_of));
  const isLabels = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  return [...missing, ...(isList ? [] : ['changes']), ...(isKnown ? [] : ['part_of']), ...(isLabels ? [] : ['labels'])];
}

/** Everything wrong or odd about organisations and agreements; errors mean that decisions must not be built on them. */
export function lint(subject: LintSubject): Issue[] {
  const organisations = Object.entries(subject.organisations).flatMap(([id, organisation]) =>
    organisationFaults(organisation, subject.organisations).map((element) =>
      issue('POLICY-ORGANISATION', id, { element }),
    ),
  );
  return [...organisations, ...lintAgreements(subject)];
}
