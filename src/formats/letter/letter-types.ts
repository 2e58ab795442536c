/**
 * Words of this room:
 * - **letter**: one MedCom message of the old standards, whatever its syntax (EDIFACT, OIOXML).
 * - **type**: what MedCom calls it: `DIS20`; OIOXML puts an X before it.
 * - **structure**: the logical model its source tree follows; several types share one (all discharge letters do).
 * - **family**: the EDIFACT message name of the type: `MEDDIS`.
 */
export type Family = 'MEDDIS' | 'MEDREF' | 'MEDRPT' | 'MEDREQ' | 'MEDPRE' | 'MEDBIN' | 'CONTRL';

export type Structure =
  | 'NotificationOfAdmission'
  | 'NotificationOfDischarge'
  | 'AnswerOfAdmission'
  | 'DischargeLetter'
  | 'BookingConfirmation'
  | 'ClinicalEmail'
  | 'ReportOfAdmission'
  | 'ReportOfDischarge'
  | 'WarningOfDischarge'
  | 'ProgressOfCarePlan'
  | 'Referral'
  | 'LaboratoryReport'
  | 'MicrobiologyWebReport'
  | 'PathologyReport'
  | 'LaboratoryRequest'
  | 'Prescription'
  | 'BinaryLetter'
  | 'Receipt';

export interface LetterType {
  readonly code: string;
  readonly family: Family;
  readonly structure: Structure;
  /** Names of the letter's element in OIOXML, where they are known; elsewhere its TypeCode tells. */
  readonly roots: readonly string[];
  readonly danish: string;
  /** True where only OIOXML has it. */
  readonly xmlOnly?: boolean;
}

const row = (code: string, family: Family, structure: Structure, roots: string, danish: string): LetterType => ({
  code,
  family,
  structure,
  roots: roots.split(' ').filter(Boolean),
  danish,
});
const onlyXml = (code: string, family: Family, structure: Structure, roots: string, danish: string): LetterType => ({
  ...row(code, family, structure, roots, danish),
  xmlOnly: true,
});

/** Every type the hub takes, by the codes of MedCom's endpoint register. Versions are data, not rows. */
export const LETTER_TYPES: readonly LetterType[] = [
  row('DIS01', 'MEDDIS', 'DischargeLetter', 'DischargeLetter', 'udskrivningsepikrise'),
  row('DIS02', 'MEDDIS', 'DischargeLetter', 'OutPatientDischargeLetter', 'ambulantepikrise'),
  row('DIS03', 'MEDDIS', 'DischargeLetter', 'CasualtyWardLetter', 'skadestueepikrise'),
  row('DIS04', 'MEDDIS', 'DischargeLetter', '', 'epikrise'),
  row('DIS05', 'MEDDIS', 'DischargeLetter', 'RadiologyReport', 'billeddiagnostisk epikrise'),
  row('DIS06', 'MEDDIS', 'DischargeLetter', 'DoctorsCallCenterLetter EmergencyLetter', 'lægevagtsepikrise'),
  row('DIS07', 'MEDDIS', 'DischargeLetter', 'PrivateSpecialistLetter SpecialistLetter', 'speciallægeepikrise'),
  row('DIS08', 'MEDDIS', 'DischargeLetter', 'PhysiotherapyLetter', 'fysioterapiepikrise'),
  row('DIS09', 'MEDDIS', 'DischargeLetter', '', 'kiropraktorepikrise'),
  row('DIS10', 'MEDDIS', 'DischargeLetter', 'PsychologistLetter', 'psykologepikrise'),
  row('DIS13', 'MEDDIS', 'BookingConfirmation', 'BookingConfirmation', 'bookingsvar'),
  row('DIS14', 'MEDDIS', 'AnswerOfAdmission', 'AnswerOfAdmission', 'indlæggelsessvar'),
  onlyXml('DIS15', 'MEDDIS', 'DischargeLetter', '', 'kommuneafslutningsnotat'),
  onlyXml('DIS16', 'MEDDIS', 'ReportOfAdmission', 'ReportOfAdmission', 'indlæggelsesrapport'),
  row('DIS17', 'MEDDIS', 'NotificationOfDischarge', 'NotificationOfDischarge', 'udskrivningsadvis'),
  onlyXml('DIS18', 'MEDDIS', 'ReportOfDischarge', 'ReportOfDischarge', 'udskrivningsrapport'),
  onlyXml('DIS19', 'MEDDIS', 'WarningOfDischarge', 'WarningOfDischarge', 'melding om færdigbehandling'),
  row('DIS20', 'MEDDIS', 'NotificationOfAdmission', 'NotificationOfAdmission', 'indlæggelsesadvis'),
  onlyXml('DIS21', 'MEDDIS', 'ProgressOfCarePlan', 'ProgressOfCarePlan', 'plejeforløbsplan'),
  onlyXml('DIS22', 'MEDDIS', 'DischargeLetter', 'EmergencyMunicipalityLetter', 'afslutningsnotat fra akutfunktion'),
  row('DIS90', 'MEDDIS', 'ClinicalEmail', 'AdministrativeEmail', 'administrativ korrespondance'),
  row('DIS91', 'MEDDIS', 'ClinicalEmail', 'ClinicalEmail', 'korrespondancebrev'),
  row('REF01', 'MEDREF', 'Referral', 'HospitalReferral', 'sygehushenvisning'),
  row('REF02', 'MEDREF', 'Referral', 'XrayRequest', 'billeddiagnostisk henvisning'),
  row('REF03', 'MEDREF', 'Referral', '', 'henvisning'),
  row('REF04', 'MEDREF', 'Referral', '', 'henvisning'),
  row('REF05', 'MEDREF', 'Referral', '', 'henvisning'),
  row('REF06', 'MEDREF', 'Referral', 'PrivateSpecialistReferral', 'speciallægehenvisning'),
  row('REF07', 'MEDREF', 'Referral', 'PhysiotherapyReferral', 'fysioterapihenvisning'),
  row('REF08', 'MEDREF', 'Referral', '', 'fodterapihenvisning'),
  row('REF10', 'MEDREF', 'Referral', '', 'psykologhenvisning'),
  row('REF12', 'MEDREF', 'Referral', '', 'øfeldthenvisning'),
  onlyXml('REF15', 'MEDREF', 'Referral', '', 'kommunehenvisning'),
  onlyXml('REF22', 'MEDREF', 'Referral', '', 'henvisning til akutfunktion'),
  row('RPT01', 'MEDRPT', 'LaboratoryReport', 'LaboratoryReport', 'laboratoriesvar'),
  onlyXml('RPT02', 'MEDRPT', 'MicrobiologyWebReport', 'MicrobiologyReport', 'mikrobiologisvar'),
  row('RPT03', 'MEDRPT', 'PathologyReport', 'CervixcytologyReport', 'cervixcytologisvar'),
  row('RPT04', 'MEDRPT', 'PathologyReport', 'HistopathologyReport', 'patologisvar'),
  onlyXml('RPT05', 'MEDRPT', 'MicrobiologyWebReport', 'MicrobiologyWebReport', 'nyt mikrobiologisvar'),
  row('REQ01', 'MEDREQ', 'LaboratoryRequest', 'LaboratoryRequest', 'laboratorierekvisition'),
  row('REQ02', 'MEDREQ', 'LaboratoryRequest', 'MicrobiologyRequest', 'mikrobiologirekvisition'),
  row('REQ03', 'MEDREQ', 'LaboratoryRequest', 'PathologyRequest', 'patologirekvisition'),
  row('PRE01', 'MEDPRE', 'Prescription', 'Prescription', 'recept'),
  row('PRE60', 'MEDPRE', 'Prescription', 'PrescriptionRequest', 'receptfornyelse'),
  row('BIN01', 'MEDBIN', 'BinaryLetter', 'BinaryLetter', 'binær dokumenttransport'),
  row('CTL01', 'CONTRL', 'Receipt', 'NegativeVansReceipt', 'negativ VANS-kvittering'),
  row('CTL02', 'CONTRL', 'Receipt', 'NegativeReceipt', 'negativ kvittering'),
  row('CTL03', 'CONTRL', 'Receipt', 'PositiveReceipt', 'positiv kvittering'),
];

const byCode = new Map(LETTER_TYPES.map((type) => [type.code, type]));
const byRoot = new Map(LETTER_TYPES.flatMap((type) => type.roots.map((root) => [root, type] as const)));

/** The type of a code with or without OIOXML's X: `DIS20`, `XDIS20`. */
export function letterType(code: string): LetterType | undefined {
  return byCode.get(code.replace(/^X(?=[A-Z]{3}\d)/, ''));
}

/** The type an OIOXML element belongs to. */
export function letterTypeOfRoot(root: string): LetterType | undefined {
  return byRoot.get(root);
}
