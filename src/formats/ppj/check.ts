import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Issue, Result } from '../../errors.ts';
import { done, isFault, issue, refused } from '../../errors.ts';
import { isGln, readPersonNumber } from '../../fhir/identifiers.ts';
import { PRIMITIVES } from '../../fhir/primitives.ts';
import type { OrganisationName, Snapshot, Unit, Vitals } from './snapshot.ts';
import { ITEM_LISTS } from './snapshot.ts';

/** Faults of one snapshot told at most. */
const MOST = 100;
/** A larger snapshot is told its first fault only: finding all of them may take long. */
const SMALL = 1_000_000;
/** The time line of a unit, in its order. */
const TIMES = [
  'alarm',
  'rollout',
  'arrivedScene',
  'atPatient',
  'leftScene',
  'arrivedDestination',
  'handover',
  'available',
];

const compiled = new Map<boolean, ValidateFunction>();

function validator(allErrors: boolean): ValidateFunction {
  const known = compiled.get(allErrors);
  if (known) return known;
  const ajv = new Ajv2020({ allErrors, strict: true, strictRequired: false, strictTypes: false });
  ajv.addFormat('date-time', (text) => PRIMITIVES.instant!(text));
  ajv.addFormat('date', (text) => PRIMITIVES.date!(text) && text.length === 10);
  const made = ajv.compile(createRequire(import.meta.url)('../../../profiles/ppj/ppj.schema.json') as object);
  compiled.set(allErrors, made);
  return made;
}

/**
 * Checks one snapshot: its shape by the schema, and what a schema cannot say.
 * Issues, with the place as a path (`vitals[2].heartRate`): PPJ-UNKNOWN, PPJ-MISSING, PPJ-VALUE, PPJ-DUPLICATE-ID, PPJ-GLN, PERSON-NUMBER;
 * as warnings PPJ-TIME-ORDER and PPJ-GCS, as clocks and sums of busy people may be wrong and the rest is still worth having.
 */
export function checkSnapshot(value: unknown, size: number): Result<Snapshot> {
  const validate = validator(size < SMALL);
  if (!validate(value)) return refused(...(validate.errors ?? []).slice(0, MOST).map(shapeIssue));
  const snapshot = value as Snapshot;
  const issues = [
    ...duplicateIds(snapshot),
    ...numberIssues(snapshot),
    ...glnIssues(snapshot),
    ...(snapshot.units ?? []).flatMap(timeIssues),
    ...endIssues(snapshot),
    ...(snapshot.vitals ?? []).flatMap(gcsIssues),
  ];
  return issues.some(isFault) ? refused(...issues) : done(snapshot, issues);
}

function shapeIssue({ instancePath, keyword, params }: ErrorObject): Issue {
  const place = pathOf(instancePath);
  const inside = (name: unknown) => [place, wordOf(name)].filter(Boolean).join('.') || undefined;
  if (keyword === 'additionalProperties') return issue('PPJ-UNKNOWN', inside(params.additionalProperty));
  if (keyword === 'required' || keyword === 'dependentRequired')
    return issue('PPJ-MISSING', inside(params.missingProperty));
  return issue('PPJ-VALUE', place || undefined, { rule: keyword });
}

/** `/vitals/2/heartRate` as `vitals[2].heartRate`. */
function pathOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  return parts.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** A name the sender made up may hold anything; only what looks like a name is repeated. */
function wordOf(name: unknown): string {
  return typeof name === 'string' && /^[A-Za-z][A-Za-z_]{0,39}$/.test(name) ? name : '?';
}

function duplicateIds(snapshot: Snapshot): Issue[] {
  return (['units', ...ITEM_LISTS] as const).flatMap((list) => {
    const seen = new Set<string>();
    return (snapshot[list] ?? []).flatMap(({ id }, index) => {
      if (seen.has(id)) return [issue('PPJ-DUPLICATE-ID', `${list}[${index}].id`)];
      seen.add(id);
      return [];
    });
  });
}

function numberIssues({ patient }: Snapshot): Issue[] {
  const wrong = (number: string | undefined) => number !== undefined && !readPersonNumber(number);
  const former = patient?.formerNumbers ?? [];
  return [
    ...(wrong(patient?.number) ? [issue('PERSON-NUMBER', 'patient.number')] : []),
    ...former.flatMap((each, index) =>
      wrong(each) ? [issue('PERSON-NUMBER', `patient.formerNumbers[${index}]`)] : [],
    ),
  ];
}

function glnIssues({ sender, destination }: Snapshot): Issue[] {
  const check = (place: string, organisation: OrganisationName | undefined) =>
    organisation?.gln !== undefined && !isGln(organisation.gln) ? [issue('PPJ-GLN', `${place}.gln`)] : [];
  return [...check('sender', sender), ...check('destination.organisation', destination?.organisation)];
}

function timeIssues({ times = {} }: Unit, index: number): Issue[] {
  const told = TIMES.filter((name) => times[name] !== undefined);
  return told.flatMap((name, at) => {
    const before = told[at - 1];
    const isLate = before === undefined || Date.parse(times[before]!) <= Date.parse(times[name]!);
    return isLate ? [] : [issue('PPJ-TIME-ORDER', `units[${index}].times.${name}`, undefined, 'warning')];
  });
}

/** It cannot have ended before anybody was called. */
function endIssues({ units = [], disposition }: Snapshot): Issue[] {
  const alarms = units.flatMap(({ times }) => (times?.alarm ? [Date.parse(times.alarm)] : []));
  return disposition && alarms.some((alarm) => Date.parse(disposition.at) < alarm)
    ? [issue('PPJ-TIME-ORDER', 'disposition.at', undefined, 'warning')]
    : [];
}

function gcsIssues({ gcs }: Vitals, index: number): Issue[] {
  const { eye, verbal, motor, total } = gcs ?? {};
  if (eye === undefined || verbal === undefined || motor === undefined || total === undefined) return [];
  return eye + verbal + motor === total ? [] : [issue('PPJ-GCS', `vitals[${index}].gcs.total`, undefined, 'warning')];
}
