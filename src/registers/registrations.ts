import { done, issue, type Result, refused } from '../errors.ts';
import { SYSTEM } from '../fhir/identifiers.ts';
import type { Directive, DirectiveScope } from '../policy/decision.ts';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown) => (typeof value === 'string' && value.length <= 200 ? value : undefined);

/** More than any citizen has; an answer beyond it is no answer. */
const MOST = 1_000;

/** Members of a registration and of its parts; one beside these may change what it means. */
const KNOWN = {
  registration: ['id', 'kind', 'registered', 'validFrom', 'validTo', 'grantor', 'professional', 'place', 'data'],
  data: ['from', 'to', 'place'],
  place: ['sor', 'subUnits'],
} as const;

const isOnly = (value: Json, known: readonly string[]) => Object.keys(value).every((name) => known.includes(name));

interface Place {
  readonly name: string;
  readonly subUnits: boolean;
}

/** Undefined: no place is named; null: one is, in a way that is not understood. */
function readPlace(value: unknown): Place | undefined | null {
  if (value === undefined) return undefined;
  const sor = isObject(value) && isOnly(value, KNOWN.place) ? text(value.sor) : undefined;
  if (!isObject(value) || !sor || !/^\d{6,20}$/.test(sor)) return null;
  if (value.subUnits !== undefined && typeof value.subUnits !== 'boolean') return null;
  return { name: `${SYSTEM.sor}|${sor}`, subUnits: value.subUnits !== false };
}

interface Read {
  readonly scope: DirectiveScope;
  readonly isClear: boolean;
}

/** Two places of one registration share one rule on sub-units: a block takes the wider, a permit the narrower. */
function subUnitsOf(places: readonly (Place | undefined | null)[], isPermit: boolean): { sub_units?: boolean } {
  const told = places.flatMap((place) => (place ? [place.subUnits] : []));
  if (told.length === 0) return {};
  return { sub_units: isPermit ? told.every(Boolean) : told.some(Boolean) };
}

function readScope({ professional, place, data, kind }: Json): Read {
  const about = isObject(data) ? data : {};
  const [at, from] = [readPlace(place), readPlace(about.place)];
  const isClear =
    at !== null &&
    from !== null &&
    (data === undefined || (isObject(data) && isOnly(data, KNOWN.data))) &&
    (professional === undefined || text(professional) !== undefined);
  const named = text(professional);
  const [start, end] = [text(about.from), text(about.to)];
  const scope = {
    ...(named && { professional: named }),
    ...(at && { recipient: at.name }),
    ...(from && { source: from.name }),
    ...(start && { data_from: start }),
    ...(end && { data_to: end }),
    ...subUnitsOf([at, from], kind === 'positive'),
  };
  return { scope, isClear };
}

const hasData = ({ source, data_from, data_to }: DirectiveScope) => Boolean(source ?? data_from ?? data_to);

/** What each kind is to a decision. A data-specific one that names no data, and any other kind, is held as a block of what it names. */
function kindOf({ kind }: Json, { scope, isClear }: Read): string {
  if (!isClear) return 'not-understood';
  if (kind === 'positive') return 'permit';
  if (kind === 'negative') return 'opt-out';
  return kind === 'data-specific' && hasData(scope) ? 'opt-out' : 'not-understood';
}

function directiveOf(registration: Json): Directive | undefined {
  const id = text(registration.id);
  const given = text(registration.registered);
  if (!id || !given) return undefined;
  const read = readScope(registration);
  const whole = { ...read, isClear: read.isClear && isOnly(registration, KNOWN.registration) };
  const [from, to] = [text(registration.validFrom), text(registration.validTo)];
  return {
    id: `register/${id}`,
    kind: kindOf(registration, whole),
    status: 'active',
    grantor: text(registration.grantor) ?? 'patient',
    form: 'digital',
    given,
    ...(from && { valid_from: from }),
    ...(to && { valid_to: to }),
    scope: read.scope,
  };
}

/**
 * Registrations of one person as directives. What is not understood is held as a block of what is understood of it; an answer that is no
 * list of registrations is refused (`REGISTER-ANSWER`), for nobody knows what it would have said.
 */
export function readRegistrations(answer: unknown): Result<readonly Directive[]> {
  const list = isObject(answer) ? answer.registrations : undefined;
  if (!Array.isArray(list) || list.length > MOST) return refused(issue('REGISTER-ANSWER'));
  const read = list.map((one) => (isObject(one) ? directiveOf(one) : undefined));
  const directives = read.filter((one) => one !== undefined);
  return directives.length === read.length ? done(directives) : refused(issue('REGISTER-ANSWER'));
}
