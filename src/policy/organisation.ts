import { SYSTEM } from '../fhir/identifiers.ts';
import { isDate } from './calendar.ts';

/** What an organisation is on a given day. */
export interface Affiliation {
  readonly sector: string;
  /** The authority answerable for the unit. */
  readonly legal_entity: string;
  /** Who runs the unit for that authority, where it is another one. */
  readonly operator?: string;
  /** `health`, `social` or `none`: chapter 9 of Sundhedsloven binds the health branch only. */
  readonly branch: string;
}

/** A change of affiliation from a day on (in Danish time): the move of municipal acute nursing on 1 January 2027 is one. */
export interface DatedChange extends Partial<Affiliation> {
  readonly from: string;
}

export interface Organisation extends Affiliation {
  readonly name: string;
  /** Kind of unit, by which agreements may name recipients (`own-gp`, `municipal-nursing`); absent = its own key. */
  readonly unit_type?: string;
  /** Key of the unit this one is part of. */
  readonly part_of?: string;
  readonly cluster?: string;
  readonly changes?: readonly DatedChange[];
  /** Sensitivity labels of all content from this unit and those within it (`PSY` of a psychiatric ward). */
  readonly labels?: readonly string[];
  readonly sor?: string;
  readonly gln?: string;
  readonly shak?: string;
  readonly ydernummer?: string;
  /** EHDS art. 8: answers to this recipient are the same for none and withheld. Absent = true. */
  readonly neutral_answers?: boolean;
}

/** An organisation with what it is on the day of a decision. */
export interface Unit extends Affiliation {
  readonly id: string;
  readonly unitType: string;
  readonly operator: string;
  readonly cluster: string | undefined;
  /** Its own key and those of the units it is part of, nearest first. */
  readonly within: readonly string[];
  /** Its own key and identifiers (`system|value`), by which a directive may name it. */
  readonly names: readonly string[];
  /** Those, and the names of the units it is part of. */
  readonly placeNames: readonly string[];
  /** Keys by which an agreement may list it as a recipient: itself, the units it is part of, its kind. */
  readonly recipientKeys: readonly string[];
  /** Names by which an agreement may list it as a party. */
  readonly partyNames: readonly string[];
  /** Those of them that speak for the authority answerable, and for who runs the unit. */
  readonly authorityNames: readonly string[];
  readonly operatorNames: readonly string[];
}

const MAX_DEPTH = 16;

function chain(id: string, organisations: Organisations): string[] {
  const found: string[] = [];
  let key: string | undefined = id;
  while (key !== undefined && !found.includes(key) && found.length < MAX_DEPTH) {
    found.push(key);
    key = Object.hasOwn(organisations, key) ? organisations[key]!.part_of : undefined;
  }
  return found;
}

const IDENTIFIERS = ['sor', 'gln', 'shak', 'ydernummer'] as const;

function namesOf(id: string, organisation: Organisation | undefined): string[] {
  const told = IDENTIFIERS.flatMap((kind) => {
    const value = organisation?.[kind];
    return value === undefined ? [] : [`${SYSTEM[kind]}|${value}`];
  });
  return [id, ...told];
}

type Organisations = Readonly<Record<string, Organisation>>;

function unitOf(id: string, organisations: Organisations, change: Partial<Affiliation>): Unit {
  const organisation = organisations[id]!;
  const { sector, legal_entity, operator, branch } = { ...organisation, ...change };
  const within = chain(id, organisations);
  const unitType = organisation.unit_type ?? id;
  const recipientKeys = [...within, unitType];
  return {
    id,
    unitType,
    sector,
    legal_entity,
    operator: operator ?? legal_entity,
    branch,
    cluster: organisation.cluster,
    within,
    recipientKeys,
    partyNames: [...recipientKeys, legal_entity, operator ?? legal_entity, sector],
    authorityNames: [...recipientKeys, legal_entity, sector],
    operatorNames: [...recipientKeys, operator ?? legal_entity],
    names: namesOf(id, organisation),
    placeNames: within.flatMap((key) =>
      namesOf(key, Object.hasOwn(organisations, key) ? organisations[key] : undefined),
    ),
  };
}

/** All organisations with their stretches of time worked out once. */
export class Directory {
  readonly #stretches = new Map<string, readonly { readonly from: string; readonly unit: Unit }[]>();

  readonly #labels = new Map<string, readonly string[]>();

  constructor(organisations: Organisations) {
    for (const [id, organisation] of Object.entries(organisations)) {
      const above = chain(id, organisations).flatMap((key) =>
        Object.hasOwn(organisations, key) ? (organisations[key]!.labels ?? []) : [],
      );
      this.#labels.set(id, [...new Set(above)]);
      const changes = [...(organisation.changes ?? [])].filter((change) => isDate(change.from));
      changes.sort((left, right) => (left.from < right.from ? -1 : 1));
      const stretches = [{ from: '', unit: unitOf(id, organisations, {}) }];
      let told: Partial<Affiliation> = {};
      for (const { from, ...change } of changes) {
        told = { ...told, ...change };
        stretches.push({ from, unit: unitOf(id, organisations, told) });
      }
      this.#stretches.set(id, stretches);
    }
  }

  /** Sensitivity labels of all content from a unit: its own and those of the units it is part of. */
  labelsOf(id: string): readonly string[] {
    return this.#labels.get(id) ?? [];
  }

  /** The organisation as it is on a date (`YYYY-MM-DD`), or undefined where there is none with this key. */
  on(id: unknown, date: string): Unit | undefined {
    return typeof id === 'string' ? this.#stretches.get(id)?.findLast(({ from }) => from <= date)?.unit : undefined;
  }
}

/** One authority, with nobody else running either unit: then passing on is internal and needs no agreement. */
export function sameEntity(left: Unit, right: Unit): boolean {
  return left.legal_entity === right.legal_entity && left.operator === right.operator;
}
