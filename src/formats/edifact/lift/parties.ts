import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { listOf, plain, tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component, placeOf, type Segment } from '../syntax.ts';

/** The GLNs of the interchange, which the segments of the parties do not repeat. */
export interface Locations {
  readonly sender: string;
  readonly receiver: string;
}

/** Where the party of a NAD role stands in the letter. `Contact` belongs to the sender; `Person` to the party its AHL numbers. */
export type Role =
  | 'Sender'
  | 'Receiver'
  | 'CCReceiver'
  | 'AnswerCCReceiver'
  | 'Payer'
  | 'PreferredPharmacy'
  | 'Contact'
  | 'Person';
export type Roles = Readonly<Record<string, Role>>;

/** NAD 1 by kind of letter: the role, not the order, tells who is who (formats 2.3). */
export const ROLES = {
  municipality: { SOR: 'Sender', ROR: 'Receiver', BV: 'Person' },
  letter: { SSP: 'Sender', PO: 'Receiver', CCR: 'CCReceiver', RSP: 'Contact' },
  referral: { PO: 'Sender', SSP: 'Receiver', CCR: 'CCReceiver', PRH: 'AnswerCCReceiver', BV: 'Person' },
  report: { SLA: 'Sender', PO: 'Receiver', CCR: 'CCReceiver', BV: 'Person' },
  request: { PO: 'Sender', SLA: 'Receiver', CCR: 'CCReceiver', PAY: 'Payer', BV: 'Person' },
} as const satisfies Record<string, Roles>;

/** How a person at a party (NAD+BV) is written: by the party it belongs to. */
export type PersonShape = (section: Section, role: Role) => Readonly<Record<string, SourceTree | undefined>>;

export function telephones(section: Section): (SourceTree | undefined)[] {
  const numbered = section.all('CON').map((segment) =>
    tree({
      Number: component(segment, 2),
      Code: section.word(codes.TELEPHONE_KIND, segment, [1, 1]),
    }),
  );
  const plainly = section
    .all('COM')
    .filter((segment) => !['PEM', 'LOC'].includes(component(segment, 1, 2) ?? ''))
    .map((segment) => tree({ Number: component(segment, 1) }));
  return [...numbered, ...plainly];
}

/** ADR: `ADR++US:<street>:<suburb>+<city>+<postcode>+<country>+<municipality>:KOM:IM:<its name>`. */
export function address(segment: Segment | undefined): Record<string, string | undefined> {
  if (!segment) return {};
  const municipality = component(segment, 6, 2) === 'KOM';
  return {
    StreetName: component(segment, 2, 2),
    SuburbName: component(segment, 2, 3),
    DistrictName: component(segment, 3),
    PostCodeIdentifier: component(segment, 4),
    CountryCode: component(segment, 5),
    MunicipalityId: municipality ? component(segment, 6) : undefined,
    MunicipalityName: municipality ? component(segment, 6, 4) : undefined,
    CountyCode: municipality ? undefined : component(segment, 6),
  };
}

/** The identifier of an element `<id>:<kind>:<agency>`; a kind without identifier says nothing. */
export function identifier(section: Section, segment: Segment, element: number): Record<string, string | undefined> {
  const Identifier = component(segment, element);
  if (Identifier === undefined) return {};
  const bare = component(segment, element, 2) === undefined;
  return {
    Identifier,
    IdentifierCode: bare ? 'lokationsnummer' : section.word(codes.IDENTIFIER_KIND, segment, [element, 2]),
  };
}

function organisation(section: Section, segment: Segment): Record<string, string | undefined> {
  return {
    ...identifier(section, segment, 2),
    OrganisationName: component(segment, 4, 1),
    DepartmentName: component(segment, 4, 2),
    UnitName: component(segment, 4, 3),
  };
}

interface Party {
  readonly role: Role;
  readonly number: string | undefined;
  readonly parts: Record<string, Parameters<typeof tree>[0][string]>;
}

function readParty(section: Section, nad: Segment, role: Role): Party {
  const speciality = section.first('SPR', 'ORG') ?? section.first('SPR');
  return {
    role,
    number: section.text('SEQ', undefined, 2),
    parts: {
      ...organisation(section, nad),
      ...address(section.first('ADR')),
      Telephone: telephones(section),
      MedicalSpecialityCode: section.word(codes.SPECIALITY, speciality, [2, 1]),
      AnswerTo: tree({ EANIdentifier: section.reference('LOC') }),
    },
  };
}

/** Puts the persons and contacts where they belong and gives the parties under their names. */
function assemble(parties: readonly Party[], locations: Locations): Record<string, (SourceTree | undefined)[]> {
  const ean: Partial<Record<Role, string>> = { Sender: locations.sender, Receiver: locations.receiver };
  const found: Record<string, (SourceTree | undefined)[]> = {};
  for (const { role, parts } of parties) {
    found[role] ??= [];
    found[role].push(tree({ EANIdentifier: ean[role], ...parts }));
  }
  return found;
}

function attach(party: Party | undefined, name: string, part: SourceTree | undefined): boolean {
  if (!party || !part) return false;
  const before = listOf(party.parts as SourceTree, name);
  party.parts[name] = [...before, part];
  return true;
}

/**
 * The parties of a letter (groups S01): `{ Sender, Receiver, CCReceiver, ... }` without those it does not name.
 * @param shape how this family writes a person at a party
 */
export function parties(
  sections: readonly Section[],
  roles: Roles,
  context: { readonly locations: Locations; readonly shape: PersonShape },
): Record<string, (SourceTree | undefined)[]> {
  const found: Party[] = [];
  const people: Section[] = [];
  for (const section of sections) {
    const nad = section.first('NAD');
    const role = nad && roles[component(nad, 1) ?? ''];
    if (nad && !role) section.fault('LETTER-QUALIFIER', placeOf(nad, 1), { element: 'NAD 1' });
    else if (nad && role === 'Person') people.push(section);
    else if (nad && role) found.push(readParty(section, nad, role));
  }
  const sender = found.find((party) => party.role === 'Sender');
  for (const contact of found.filter((party) => party.role === 'Contact'))
    attach(sender, 'Contact', tree(contact.parts));
  for (const person of people) {
    const number = person.reference('AHL');
    const party = found.find((one) => one.number !== undefined && one.number === number) ?? sender;
    for (const [name, part] of Object.entries(context.shape(person, party?.role ?? 'Sender')))
      attach(party, name, part);
  }
  return assemble(
    found.filter((party) => party.role !== 'Contact'),
    context.locations,
  );
}

/** A named person: initials or name in the first component (reports and requests). */
export function initials(section: Section): SourceTree | undefined {
  return tree({ PersonInitials: section.text('NAD', undefined, 4, 1) });
}

/** Number and names of PNA: surname and given name are told by SU and FO, wherever they stand. */
export function personName(pna: Segment | undefined): { surname?: string; given?: string } {
  const named = (kind: string) => {
    const element = pna?.elements.findIndex((parts) => parts[0] === kind) ?? -1;
    return element < 0 ? undefined : plain(pna?.elements[element]?.[1]);
  };
  const [surname, given] = [named('SU'), named('FO')];
  return { ...(surname && { surname }), ...(given && { given }) };
}

/** The patient of a letter: the group with PNA+PAT, with what other groups tell of them. */
export function patient(
  section: Section | undefined,
  more: Readonly<Record<string, Parameters<typeof tree>[0][string]>> = {},
): SourceTree | undefined {
  const pna = section?.first('PNA', 'PAT');
  const { surname, given } = personName(pna);
  return tree({
    CivilRegistrationNumber: pna && component(pna, 2),
    AlternativeIdentifier: section?.reference('XPI'),
    PersonSurnameName: surname,
    PersonGivenName: given,
    Occupation: section?.text('EMP', undefined, 3, 4),
    ...address(section?.first('ADR')),
    Telephone: section ? telephones(section) : undefined,
    ...more,
  });
}

/** A relative: REL says who, PNA which person. */
export function relative(section: Section): SourceTree | undefined {
  const pna = section.first('PNA', 'PAS', 'PER');
  const { surname, given } = personName(pna);
  return tree({
    RelationCode: section.word(codes.RELATION, section.first('REL'), [2, 1]),
    PersonIdentifier: pna && component(pna, 2),
    PersonSurnameName: surname,
    PersonGivenName: given,
    ...address(section.first('ADR')),
    Telephone: telephones(section),
  });
}
