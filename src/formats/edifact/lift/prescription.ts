import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { type Part, plain, tree } from '../../letter/tree.ts';
import { Section } from '../section.ts';
import { component } from '../syntax.ts';
import { head, type Lift, type Lifting, one, some, unlessSame } from './letter.ts';
import { address, identifier, telephones } from './parties.ts';

/** US-named elements of PNA in their order: the person first, then the organisation. */
function names(section: Section): { person?: string; organisation?: string } {
  const pna = section.first('PNA');
  const [person, organisation] = [6, 7].map((element) => pna && component(pna, element, 2));
  return { ...(person && { person }), ...(organisation && { organisation }) };
}

/** PNA+PO, PNA+SSP: `<authorisation>:AUT`, then the organisation's identifier, then the names. */
function professional(section: Section | undefined, gln: string, personName: string): SourceTree | undefined {
  const pna = section?.first('PNA');
  if (!section || !pna) return tree({ EANIdentifier: gln });
  const { person, organisation } = names(section);
  return tree({
    EANIdentifier: gln,
    ...identifier(section, pna, 3),
    OrganisationName: organisation,
    ...address(section.first('ADR')),
    Telephone: telephones(section),
    MedicalSpecialityCode: section.word(codes.SPECIALITY, section.first('SPR'), [3, 1]),
    [personName]: tree({
      AuthorisationIdentifier: component(pna, 2),
      TitleAndName: person,
      SpecialityCode: section.text('QUA', undefined, 2),
      Occupation: section.word(codes.PROFESSION, section.first('EMP'), [2, 1]),
    }),
    AnswerTo: tree({
      EANIdentifier: section
        .all('COM')
        .filter((com) => component(com, 1, 2) === 'LOC')
        .map((com) => component(com, 1))[0],
    }),
  });
}

function pharmacy(section: Section | undefined): SourceTree | undefined {
  const pna = section?.first('PNA');
  return tree({ EANIdentifier: pna && component(pna, 3), OrganisationName: pna && component(pna, 6, 2) });
}

/** Of a prescription the pharmacy is the receiver; of a request for one it is the patient's choice and a doctor the receiver. */
function parties(lifting: Lifting): Readonly<Record<string, Part>> {
  const byRole = (role: string) =>
    some(lifting, 'S01').find(({ group }) =>
      group.segments.some((pna) => pna.tag === 'PNA' && component(pna, 1) === role),
    );
  const { sender, receiver } = lifting.locations;
  if (lifting.type.code !== 'PRE60')
    return { Sender: professional(byRole('PO'), sender, 'Issuer'), Receiver: pharmacy(byRole('SE')) };
  return {
    Sender: professional(byRole('PO'), sender, 'PersonInOrganisation'),
    Receiver: professional(byRole('SSP'), receiver, 'Issuer'),
    PreferredPharmacy: pharmacy(byRole('SE')),
  };
}

/** `PNA+PAT+<CPR>:CPR++++SCC:<surname>,<given>`; tourists have a birth date instead of a number. */
function patient(section: Section | undefined): SourceTree | undefined {
  const pna = section?.first('PNA');
  if (!section || !pna) return undefined;
  const [surname, ...given] = (component(pna, 6, 2) ?? '').split(',');
  const email = section.all('COM').find((com) => component(com, 1, 2) === 'PEM');
  return tree({
    Type: section.word(codes.PRESCRIPTION_PERSON, pna, [1, 1]),
    CivilRegistrationNumber: component(pna, 2, 2) === 'XPI' ? undefined : component(pna, 2),
    AlternativeIdentifier: component(pna, 2, 2) === 'XPI' ? component(pna, 2) : section.reference('XPI'),
    PersonSurnameName: plain(surname),
    PersonGivenName: plain(given.join(',')),
    ...address(section.first('ADR')),
    EmailIdentifier: email && component(email, 1),
    DateOfBirth: section.moment(section.first('DTM', '329')),
    Sex: section.word(codes.SEX, section.first('PDI'), [1, 1]),
  });
}

function delivery(section: Section | undefined): SourceTree | undefined {
  const adr = section?.first('ADR');
  return tree({
    PriorityOfDelivery: section?.word(codes.DELIVERY, section.first('TOD'), [3, 1]),
    ...(adr && { [component(adr, 2) === 'US' ? 'PseudoAddress' : 'StreetName']: component(adr, 2, 2) }),
    PostCodeIdentifier: adr && component(adr, 4),
    ContactName: section?.text('PNA', undefined, 6, 2),
  });
}

function information(lifting: Lifting): SourceTree | undefined {
  const order = one(lifting, 'S02');
  const start = head(lifting);
  const bgm = start.first('BGM');
  const [dose, copy] = [order?.reference('DOS') ?? order?.first('RFF', 'DOS'), order?.first('RFF', 'COP')];
  return tree({
    SenderComputerSystem: order?.reference('SYS'),
    MessageStatusCode: order?.word(codes.PRESCRIPTION_STATUS, bgm, [3, 1]),
    OrderDate: unlessSame(
      order?.moment(order.first('DTM', '97')),
      start.moment(start.first('DTM', '137'))?.slice(0, 10),
    ),
    DrugDatabaseVersion: order?.reference('CH'),
    DoseDispenseInformation:
      dose || copy
        ? tree({ Status: dose ? 'dosisdispensering' : 'seponeres', CopyRequired: copy ? 'true' : 'false' })
        : undefined,
    OrderInstruction: order?.line('ORI'),
    DeliveryInformation: order?.line('DEL'),
    Delivery: delivery(one(lifting, 'S08')),
  });
}

/** The groups of one drug: its own (LIN), its iterations (EQN) and its dosages (DSG). */
interface DrugSections {
  readonly drug: Section;
  readonly iterations: Section[];
  readonly dosages: Section[];
}

function drugSections(lifting: Lifting): DrugSections[] {
  const found: DrugSections[] = [];
  for (const group of lifting.groups) {
    const section = new Section(group, lifting.scope);
    if (group.name === 'S04') found.push({ drug: section, iterations: [], dosages: [] });
    else if (group.name === 'S06') found.at(-1)?.iterations.push(section);
    else if (group.name === 'S07') found.at(-1)?.dosages.push(section);
  }
  return found;
}

function dosage(section: Section): SourceTree | undefined {
  const dsg = section.first('DSG');
  const period = section.first('DTM', '48');
  return tree({
    DosageCode: dsg && component(dsg, 2),
    DosageText: dsg && component(dsg, 2, 4),
    Period: period && component(period, 1, 2),
    PeriodUnit: section.word(codes.TIME_UNIT, period, [1, 3]),
  });
}

function iteration(section: Section): SourceTree | undefined {
  const dtm = section.first('DTM');
  return tree({
    Number: section.text('EQN', undefined, 1),
    Interval: dtm && component(dtm, 1, 2),
    IntervalUnit: section.word(codes.TIME_UNIT, dtm, [1, 3]),
  });
}

const dispensing = (section: Section) =>
  tree({
    StartDate: section.moment(section.first('DTM', '90')),
    EndDate: section.moment(section.first('DTM', '91')),
  });

function importer(section: Section): SourceTree | undefined {
  const pna = section.first('PNA', 'GZ');
  const isShort = pna && component(pna, 6) === 'AB';
  return tree({ [isShort ? 'ShortName' : 'LongName']: pna && component(pna, 6, 2) });
}

/** IMD and MEA name what they describe: `IMD+A+DNM+:::<name>`, `MEA+DEN+S:::<strength>`. */
function description(section: Section, kind: string): string | undefined {
  const imd = section.all('IMD').find((segment) => component(segment, 2) === kind);
  return imd && component(imd, 3, 4);
}

function drug({ drug: section, iterations, dosages }: DrugSections): SourceTree | undefined {
  const lin = section.first('LIN');
  const cin = section.first('CIN');
  return tree({
    PackageIdentifier: lin && component(lin, 3),
    NameOfDrug: description(section, 'DNM'),
    DosageForm: description(section, 'DDP'),
    PackageSize: section.text('MEA', 'AAU', 2, 4),
    DrugStrength: section.text('MEA', 'DEN', 2, 4),
    Importer: importer(section),
    NumberOfPackings: section.text('QTY', undefined, 1, 2),
    SubstitutionCode: section.word(codes.SUBSTITUTION, section.first('PGI'), [2, 1]),
    ReimbursementClause: section.word(codes.REIMBURSEMENT, section.first('ALC'), [2, 2]),
    Dosage: dosages.map(dosage),
    Indication: cin && tree({ Code: component(cin, 2), Text: component(cin, 2, 4) }),
    Iteration: iterations.map(iteration),
    SupplementaryInformation: dosages.map((one) => one.line()),
    DoseDispensing: dosages.map(dispensing),
  });
}

/** MEDPRE PRE01, PRE60: the dialect of the medicines agency, without the numbered groups of the other letters (formats 2.7). */
export const prescription: Lift = (lifting) => {
  const start = head(lifting);
  const uses = one(lifting, 'S02')?.all('INP') ?? [];
  return {
    Letter: tree({
      Identifier: lifting.message.reference,
      VersionCode: lifting.message.version,
      TypeCode: lifting.type.code,
      Authorisation: start.time(start.first('DTM', '137')),
    }),
    ...parties(lifting),
    Patient: patient(one(lifting, 'S03')),
    ForGPUse: uses.some((inp) => component(inp, 2, 2) === 'AUP') ? 'true' : undefined,
    ForGPClinicUse: uses.some((inp) => component(inp, 2, 2) === 'UIS') ? 'true' : undefined,
    PrescriptionInformation: information(lifting),
    Drug: drugSections(lifting).map(drug),
  };
};
