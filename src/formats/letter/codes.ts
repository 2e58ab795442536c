/**
 * Code lists of MedCom's letters: the EDIFACT code and the word OIOXML writes for it. Source: MedCom's conversion between the two
 * syntaxes (formats 2.3, 3.1 and 3.5). The words are what source trees hold.
 */
export type CodeList = Readonly<Record<string, string>>;

/** The word of a code; undefined where the list has none (and where the code is a name JavaScript's objects have of their own). */
export const wordOf = (list: CodeList, code: string | undefined): string | undefined =>
  code !== undefined && Object.hasOwn(list, code) ? list[code] : undefined;

/** SPR 1.2: the sender's speciality. */
export const SPECIALITY: CodeList = {
  1: 'intern_medicin_sygehus',
  2: 'geriatri',
  3: 'hepatologi',
  4: 'haematologi',
  5: 'infektionsmedicin',
  6: 'kardiologi',
  7: 'med_allergologi',
  8: 'med_endokrinologi',
  9: 'med_gastroenterologi',
  10: 'med_lungesygdomme',
  11: 'nefrologi',
  12: 'reumatologi',
  18: 'dermato_venerologi_sygehus',
  20: 'neurologi',
  22: 'onkologi',
  30: 'kirurgi_sygehus',
  31: 'karkirurgi',
  32: 'kir_gastroenterologi',
  33: 'plastikkirurgi',
  34: 'thoraxkirurgi',
  35: 'urologi',
  38: 'gynaekologi_obstetrik_sygehus',
  40: 'neurokirurgi',
  42: 'ortopaedisk_kirurgi_sygehus',
  44: 'oftalmologi',
  46: 'oto_rhino_laryngologi',
  48: 'hospitalsodontologi',
  50: 'psykiatri_sygehus',
  52: 'boerne_ungdomspsykiatri',
  60: 'klin_biokemi',
  61: 'klin_fys_nuklearmedicin',
  62: 'klin_immunologi',
  63: 'klin_mikrobiologi',
  64: 'klin_neurofysiologi',
  65: 'patologisk_anatomi',
  66: 'diagnostisk_radiologi',
  67: 'klin_farmakologi',
  68: 'klin_genetik',
  80: 'paediatri_sygehus',
  84: 'anaestesiologi_sygehus',
  86: 'arbejdsmedicin',
  90: 'almen_medicin',
  91: 'samfundsmedicin',
  99: 'ikkeklassificeret',
  580: 'almenlaege_laegevagt',
  1519: 'oejenlaege',
  2021: 'oere_naese_halslaege',
  2501: 'anaestesiologi_praksis',
  2503: 'roentgen_kbh',
  2504: 'dermato_venerologi_praksis',
  2505: 'roentgen',
  2506: 'reumatologi_fysiurgi',
  2507: 'gynaekologi_obstetrik_praksis',
  2508: 'intern_medicin_praksis',
  2509: 'kirurgi_praksis',
  2511: 'klinisk_kemi',
  2518: 'neuromedicin',
  2520: 'ortopaedisk_kirurgi_praksis',
  2522: 'patologi',
  2523: 'plastkirurgi',
  2524: 'psykiatri_praksis',
  2525: 'paediatri',
  2526: 'boernepsykiatri',
  2528: 'tropemedicin',
  4050: 'tandlaege',
  4551: 'fysioterapi',
  5053: 'kiropraktor',
  5552: 'briller',
  6054: 'fodterapi',
  6055: 'fodbehandling',
  7045: 'med_laboratorier',
  7046: 'omegnslaboratorier',
  9463: 'psykolog',
};

/** NAD 2.2, PNA 3.2: what kind of identifier an organisation has; a bare number is a GLN. */
export const IDENTIFIER_KIND: CodeList = {
  SKS: 'sygehusafdelingsnummer',
  YNR: 'ydernummer',
  EAN: 'lokationsnummer',
  '': 'lokationsnummer',
  KOM: 'kommunenummer',
  SOR: 'sorkode',
  AMT: 'amt',
};

/** GIS: what a letter is to those before it. */
export const LETTER_STATUS: CodeList = { N: 'nytbrev', M: 'rettetbrev', C: 'annulleretbrev' };

/** PAS by kind of letter: where the patient is. What is not in a list does not fit that kind of letter. */
export const ADMISSION_STATUS: CodeList = { HS: 'indlagt', DA: 'doed' };
export const DISCHARGE_STATUS: CodeList = {
  DH: 'udskrevet_til_hjemmet',
  DX: 'udskrevet_til_andet',
  MW: 'flyttet_til_sygehusafd',
  MH: 'flyttet_til_sygehus',
  UP: 'uoplyst',
  DE: 'doed',
};
export const LETTER_PATIENT_STATUS: CodeList = {
  POT: 'inaktiv',
  HS: 'indlagt',
  HA: 'ambulant',
  DA: 'doed',
  REQ: 'ambulant_roentgen',
};

/** REL: who a relative is to the patient. */
export const RELATION: CodeList = { GU: 'uspec_paaroerende', MO: 'mor', FA: 'far', SD: 'barn' };

/** CON 1.1: which telephone. */
export const TELEPHONE_KIND: CodeList = { HO: 'fastnet', CE: 'mobil', WO: 'arbejde' };

/** CIN 1.1: what a diagnosis or procedure is to the letter. */
export const DIAGNOSIS_ROLE: CodeList = {
  DI: 'uspec_diagnose',
  H: 'henv_diagnose',
  B: 'bidiagnose',
  DM: 'tillaegsdiagnose',
  A: 'aktionsdiagnose',
  G: 'grundmorbus',
  M: 'midlertidig_diagnose',
  S: 'forloebsdiagnose',
  TR: 'operation',
  IN: 'roentgenundersoegelse',
  XI: 'fysioterapihenvisningspgruppe',
};

/** CIN 2.2: the code system of a diagnosis. */
export const DIAGNOSIS_SYSTEM: CodeList = {
  SKS: 'SKSdiagnosekode',
  USP: 'uspecificeretkode',
  ICP: 'ICPCkode',
  SFU: 'Fysioterapihenvisningsdiagnose',
};

/** RFF HI/NO of DIS91; PTY of referrals; PTY of requests. */
export const EMAIL_PRIORITY: CodeList = { HI: 'høj_prioritet', NO: 'rutine' };
export const REFERRAL_PRIORITY: CodeList = { WA: 'elektiv', AC: 'akut', SA: 'saerlige_forhold' };
export const REQUEST_PRIORITY: CodeList = { CI: 'straks', HI: 'fremskyndet', NO: 'rutine' };
export const REFERRAL_STATUS: CodeList = { HA: 'ambulant', HS: 'indlaeggelse' };
export const TRANSPORT: CodeList = { TX: 'ingen', ST: 'liggende', SI: 'siddende' };
export const VISITATION: CodeList = {
  US: 'ustruktureret',
  EL: 'egen_laege',
  HV: 'henvisning_modtaget',
  VI: 'visitering',
  IK: 'indkaldt',
  AF: 'indlagt_paa',
  UA: 'udenamts_kaution',
};

/** Laboratory: INV 2.2, STS of a report, RND, RSL 1, RSL 2.2, RSL 5. */
export const ANALYSIS_CODE_KIND: CodeList = { CQU: 'iupac', 91: 'lokal' };
export const REPORT_STATUS: CodeList = { K: 'komplet', D: 'delvis', M: 'modtaget' };
export const INTERVAL_KIND: CodeList = { F: 'fysiologisk', T: 'terapeutisk', U: 'uspecificeret' };
export const RESULT_KIND: CodeList = { NV: 'numerisk', AV: 'alfanumerisk' };
export const RESULT_OPERATOR: CodeList = { 7: 'mindre_end', 6: 'stoerre_end' };
export const RESULT_VALIDATION: CodeList = { HI: 'for_hoej', LO: 'for_lav', UN: 'unormal' };
/** GIS and STS of a result together. */
export const RESULT_STATUS: CodeList = { 'N FR': 'svar_endeligt', 'M FR': 'svar_rettet', 'N PR': 'svar_midlertidigt' };
export const PAYER_KIND: CodeList = { NSP: 'anden', PPI: 'sygesikring_gruppe_1', PPO: 'sygesikring_gruppe_2' };
/** SPC+SCI: who takes the sample, and what that makes of the sampling time. */
export const SAMPLING_PLACE: CodeList = { ATT: 'rekvirenten', SPR: 'laboratoriet', PAT: 'patienten' };
export const SAMPLING_TIME_KIND: CodeList = { ATT: 'faktisk', SPR: 'oensket', PAT: 'oensket' };
export const MATERIAL_TREATMENT: CodeList = { T998: 'fikseret', T100: 'frysesnit' };

/** Prescriptions. */
export const PROFESSION: CodeList = { DEN: 'tandlaege', PHY: 'laege' };
export const SEX: CodeList = { 1: 'hankoen', 2: 'hunkoen' };
export const PRESCRIPTION_PERSON: CodeList = { PAT: 'patient', PAS: 'patienttilknyttet_person' };
export const PRESCRIPTION_STATUS: CodeList = { 9: 'original', 7: 'kopi' };
export const DELIVERY: CodeList = {
  OAD: 'send_til_anden_adresse_samme_dag',
  OAM: 'send_til_anden_adresse_pr_post',
  PAD: 'send_til_patientadresse_samme_dag',
  PAM: 'send_til_patientadresse_pr_post',
};
export const REIMBURSEMENT: CodeList = {
  CLA: 'klausulbetingelse_opfyldt',
  CRD: 'varig_lidelse',
  PEN: 'pensionist',
  SPG: 'bevilling_fra_laegemiddelstyrelsen',
};
export const SUBSTITUTION: CodeList = {
  NG: 'ikke_generisk_substitution',
  NO: 'ikke_original_substitution',
  NS: 'ikke_substitution',
};
export const TIME_UNIT: CodeList = { 802: 'maaned', 803: 'uge', 804: 'dag' };

/** Binary objects: UNO 3.2 and 3.3. */
export const OBJECT_KIND: CodeList = {
  TXT: 'tekstfil',
  IMG: 'billede',
  PRG: 'program',
  VGR: 'vektor_grafik',
  BSG: 'biosignaler',
  MUL: 'multimedie',
  SND: 'multimedie',
  PRP: 'proprietaert_indhold',
};
export const OBJECT_EXTENSION: CodeList = Object.fromEntries([
  ...'PCX GIF BMP PNG MPG DCM SCP TXT RTF DOC WPD EXE PDF WAV AVI MID RMI COM ZIP BIN INH'
    .split(' ')
    .map((code) => [code, code.toLowerCase()]),
  ['TIF', 'tiff'],
  ['JPG', 'jpeg'],
  ['XLS', 'xls'],
]);

/** FTX of a receipt: why. */
export const REFUSAL: CodeList = {
  NC: 'ikke_specificeret',
  LOK: 'ukendt_lokationsnummer',
  MID: 'problem_med_modtagerID',
  VER: 'problem_med_version',
  SYN: 'syntaksfejl',
};
