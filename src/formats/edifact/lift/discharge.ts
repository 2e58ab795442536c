import type { SourceTree } from '../../format.ts';
import * as codes from '../../letter/codes.ts';
import { type Part, tree } from '../../letter/tree.ts';
import type { Section } from '../section.ts';
import { component, type Segment } from '../syntax.ts';
import { diagnosis, isLink, type Lift, type Lifting, letter, links, one, some } from './letter.ts';
import { parties, patient, ROLES, relative } from './parties.ts';

const nobody = () => ({});

/** A contact of the municipality: who, when and by which telephone (DIS14). */
function contactInformation(section: Section): SourceTree | undefined {
  const nad = section.first('NAD');
  return tree({
    ContactName: [1, 2, 3].map((at) => nad && component(nad, 4, at)),
    Telephone: section.all('CON').map((segment) => tree({ Number: component(segment, 2) })),
    ContactTimeText: section.reference('BUH'),
  });
}

/** DIS14, DIS17, DIS20: between hospital and municipality, CPR number only. */
function notice(lifting: Lifting, statuses: codes.CodeList): Readonly<Record<string, Part>> {
  const episode = one(lifting, 'S11');
  const status = episode?.word(statuses, episode.first('PAS'), [1, 1], 'LETTER-STATUS');
  return {
    Letter: letter(
      lifting,
      { section: episode ?? one(lifting, 'S02'), tellsNew: true },
      { NotificationIdentifier: episode?.reference('REI') },
    ),
    ...parties(some(lifting, 'S01'), ROLES.municipality, {
      locations: lifting.locations,
      shape: (person) => ({ ContactInformation: contactInformation(person) }),
    }),
    Patient: patient(one(lifting, 'S07'), { EpisodeOfCareStatusCode: status }),
  };
}

const start = (lifting: Lifting, qualifier = '90') => {
  const episode = one(lifting, 'S11');
  return episode?.time(episode.first('DTM', qualifier));
};

export const notificationOfAdmission: Lift = (lifting) => ({
  ...notice(lifting, codes.ADMISSION_STATUS),
  Admission: start(lifting),
});

export const notificationOfDischarge: Lift = (lifting) => ({
  ...notice(lifting, codes.DISCHARGE_STATUS),
  Discharge: start(lifting),
});

export const answerOfAdmission: Lift = (lifting) => ({
  ...notice(lifting, codes.LETTER_PATIENT_STATUS),
  AnswerDays: unlessZero(one(lifting, 'S11')?.reference('ADY')),
});

/** `RFF+ADY:0` says nothing; another number of days is a fact. */
const unlessZero = (days: string | undefined) => (days === '0' ? undefined : days);

function referral(section: Section | undefined): SourceTree | undefined {
  if (!section) return undefined;
  return tree({
    Identifier: section.reference('ROI'),
    Received: section.time(section.first('DTM', '8')),
    Refer: section.all('CIN', 'DI', 'H').map((cin) => diagnosis(section, cin)),
    ReferralAdditional: section.all('CIN', 'DM', 'B').map((cin) => diagnosis(section, cin)),
  });
}

/** Diagnoses of the episode and those of the groups of results, each with its role. */
function diagnoses(lifting: Lifting): SourceTree | undefined {
  const episode = one(lifting, 'S11');
  const other = some(lifting, 'S14').flatMap((section) =>
    section.all('CIN').map((cin) =>
      tree({
        DiagnoseDescriptionCode: section.word(codes.DIAGNOSIS_ROLE, cin, [1, 1]),
        ...diagnosis(section, cin),
        DiagnoseDateTime: section.time(section.first('DTM', 'CIS')),
      }),
    ),
  );
  return tree({
    Main: episode?.all('CIN', 'A').map((cin) => diagnosis(episode, cin)),
    MainAdditional: episode?.all('CIN', 'DM').map((cin) => diagnosis(episode, cin)),
    Other: other,
  });
}

const isText = (segment: Segment) => !isLink(segment) && component(segment, 1) !== 'OE';

function clinicalInformation(lifting: Lifting): (SourceTree | undefined)[] {
  return some(lifting, 'S14').map((section) => {
    const Text = section.proseOf(section.all('FTX').filter(isText));
    return Text && tree({ Text, Signed: section.time(section.all('DTM').find((dtm) => component(dtm, 1) !== 'CIS')) });
  }) as (SourceTree | undefined)[];
}

const references = (lifting: Lifting) => some(lifting, 'S14').flatMap(links);

function base(lifting: Lifting): Readonly<Record<string, Part>> {
  const episode = one(lifting, 'S11');
  return {
    Letter: letter(
      lifting,
      { section: one(lifting, 'S02'), tellsNew: true },
      { EpisodeOfCareIdentifier: episode?.reference('REI') },
    ),
    ...parties(some(lifting, 'S01'), ROLES.letter, { locations: lifting.locations, shape: nobody }),
    Patient: patient(one(lifting, 'S07'), {
      EpisodeOfCareStatusCode: episode?.word(
        codes.LETTER_PATIENT_STATUS,
        episode.first('PAS'),
        [1, 1],
        'LETTER-STATUS',
      ),
    }),
    Relative: some(lifting, 'S09').map(relative),
    Referral: referral(one(lifting, 'S05')),
  };
}

/** Epikriser: DIS01-DIS10. What OIOXML calls admission, first visit or start of examination is the start of one period. */
export const dischargeLetter: Lift = (lifting) => ({
  ...base(lifting),
  Period: tree({ Start: start(lifting), End: start(lifting, '91') }),
  Diagnose: diagnoses(lifting),
  ClinicalInformation: clinicalInformation(lifting),
  Reference: references(lifting),
});

/** DIS13: the time the patient is called in for. */
export const bookingConfirmation: Lift = (lifting) => ({
  ...base(lifting),
  Confirmation: start(lifting),
  Diagnose: diagnoses(lifting),
  ClinicalInformation: clinicalInformation(lifting),
  Reference: references(lifting),
});

/** DIS90, DIS91: a letter with a subject. */
export const clinicalEmail: Lift = (lifting) => {
  const info = one(lifting, 'S02');
  const results = some(lifting, 'S14');
  return {
    ...base(lifting),
    AdditionalInformation: tree({
      Priority: info?.word(codes.EMAIL_PRIORITY, info.first('RFF', 'HI', 'NO'), [1, 1]),
      Subject: results.map((section) => section.line('OE')),
    }),
    ClinicalInformation: clinicalInformation(lifting),
    Reference: references(lifting),
  };
};

/** MEDBIN: the objects of S11, base64; an object without bytes has been refused by the tokenizer. */
export const binaryLetter: Lift = (lifting) => ({
  ...base(lifting),
  BinaryObject: some(lifting, 'S11').flatMap((section) =>
    section.all('UNO').map((uno) => {
      section.all('UNP');
      return tree({
        ObjectIdentifier: component(uno, 2, 2),
        ObjectCode: section.word(codes.OBJECT_KIND, uno, [3, 2]),
        ObjectExtensionCode: section.word(codes.OBJECT_EXTENSION, uno, [3, 3]),
        OriginalObjectSize: component(uno, 4),
        Object_Base64Encoded: uno.object && Buffer.from(uno.object).toString('base64'),
      });
    }),
  ),
});
