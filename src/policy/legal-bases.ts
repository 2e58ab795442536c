import type { ReasonCode } from './reason-codes.ts';

/** What a basis asks of the sender or the recipient; every member given must hold, a fact that is missing does not hold. */
export interface PartyCondition {
  readonly sectors?: readonly string[];
  readonly branch?: string;
  readonly roles?: readonly string[];
  readonly healthProfessional?: true;
  readonly relations?: readonly string[];
  /** The patient's own GP, or the practice that referred the patient. */
  readonly ownOrReferring?: true;
  /** At most so many months since the treatment ended. */
  readonly monthsSinceTreatment?: number;
}

/** What a basis asks of the consent it rests on. */
export interface ConsentCondition {
  readonly forms?: readonly string[];
  /** Lapses so many months after it was given; the anniversary itself still counts. */
  readonly lapsesAfterMonths?: number;
  /** The consent must name a recipient and the purpose: a general one is not enough. */
  readonly mustName?: true;
}

export interface LegalBasis {
  readonly code: ReasonCode;
  /** The paragraph, as a Danish lawyer cites it. */
  readonly paragraph: string;
  /** First and last day the row is law, in Danish time. */
  readonly validFrom: string;
  readonly validTo?: string;
  readonly actions: readonly string[];
  /** Purposes it serves; `other-than` names those it does not. */
  readonly purposes: readonly string[] | { readonly otherThan: readonly string[] };
  /** Lower rank is tried first. */
  readonly rank: number;
  readonly consent?: ConsentCondition;
  readonly sender?: PartyCondition;
  readonly recipient?: PartyCondition;
  readonly necessary?: true;
  readonly permission?: string;
  readonly patient?: { readonly incapableWithoutRepresentative?: true };
  readonly sameEntity?: true;
  /** The patient may decline. */
  readonly declinable: boolean;
  /** `across-entities`: needed where sender and recipient belong to different authorities. */
  readonly agreement: 'never' | 'across-entities';
  /** Sectors whose data are held for such use by statute (Sundhedsloven § 193 b), so that no agreement with them is asked for. */
  readonly statutoryHolders?: readonly string[];
  /** Still a basis when the patient is dead. */
  readonly afterDeath?: true;
  /** Purposes for which an emergency override opens it, whatever its own purposes and facts about the patient. */
  readonly override?: readonly string[];
  readonly categories?: readonly string[];
  /** Content must have been recorded less than so many months ago. */
  readonly youngerThanMonths?: number;
  readonly freeText: boolean;
  readonly attachments: boolean;
  readonly identityElements?: readonly string[];
  readonly obligations?: readonly string[];
}

const HEALTH: PartyCondition = { branch: 'health', healthProfessional: true };
const TREATING: PartyCondition = { ...HEALTH, relations: ['current'] };
const PUBLIC_CARE = ['prehospital', 'region', 'municipality', 'private-hospital'];
const WRITTEN: ConsentCondition = { forms: ['written', 'digital'], lapsesAfterMonths: 12, mustName: true };
const IN_EMERGENCY = ['treatment', 'emergency', 'safeguard-patient'];
const OPEN = { freeText: true, attachments: true } as const;
const CLOSED = { freeText: false, attachments: false } as const;
/** Purposes of treatment and those with a paragraph of their own: never opened by the general rule on other purposes. */
const OWN_RULES = [
  'treatment',
  'discharge-letter',
  'stand-in-note',
  'own-learning',
  'quality',
  'admission-advis',
  'risk-stratification',
];

/**
 * The law as rows. A change of law closes a row (`validTo`) and opens a new one; code stays.
 * Sundhedsloven (SL) chapter 9 and retssikkerhedsloven (RSL). Where only older wordings or bills could be read, the validity starts with the
 * wording known: SL §§ 41, 43 from 2007, § 42 a from 1 July 2019, § 42 d from 1 July 2019, RSL §§ 12 c and 13 from 2022.
 */
export const LEGAL_BASES: readonly LegalBasis[] = [
  {
    code: 'SL41-1',
    paragraph: 'Sundhedsloven § 41, stk. 1',
    validFrom: '2007-01-01',
    actions: ['disclose', 'notify'],
    purposes: ['treatment'],
    rank: 10,
    consent: {},
    sender: HEALTH,
    recipient: HEALTH,
    declinable: true,
    agreement: 'across-entities',
    ...OPEN,
  },
  {
    code: 'SL41-2-1',
    paragraph: 'Sundhedsloven § 41, stk. 2, nr. 1',
    validFrom: '2007-01-01',
    actions: ['disclose', 'notify'],
    purposes: ['treatment'],
    rank: 20,
    sender: HEALTH,
    recipient: TREATING,
    necessary: true,
    declinable: true,
    agreement: 'across-entities',
    ...OPEN,
  },
  {
    code: 'SL41-2-2',
    paragraph: 'Sundhedsloven § 41, stk. 2, nr. 2',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['discharge-letter'],
    rank: 20,
    sender: { ...HEALTH, sectors: ['region'], roles: ['doctor'] },
    recipient: { ...HEALTH, sectors: ['general-practice'], ownOrReferring: true },
    declinable: true,
    agreement: 'never',
    ...OPEN,
  },
  {
    code: 'SL41-2-3',
    paragraph: 'Sundhedsloven § 41, stk. 2, nr. 3',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['discharge-letter'],
    rank: 21,
    sender: { ...HEALTH, sectors: ['private-hospital'], roles: ['doctor'] },
    recipient: { ...HEALTH, sectors: ['general-practice'], ownOrReferring: true },
    declinable: true,
    agreement: 'never',
    ...OPEN,
  },
  {
    code: 'SL41-2-4',
    paragraph: 'Sundhedsloven § 41, stk. 2, nr. 4',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['safeguard-patient'],
    rank: 30,
    sender: HEALTH,
    recipient: HEALTH,
    patient: { incapableWithoutRepresentative: true },
    declinable: false,
    agreement: 'never',
    override: IN_EMERGENCY,
    obligations: ['inform-patient-or-representative'],
    ...OPEN,
  },
  {
    code: 'SL41-2-5',
    paragraph: 'Sundhedsloven § 41, stk. 2, nr. 5',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['stand-in-note'],
    rank: 20,
    sender: { ...HEALTH, sectors: ['general-practice'], roles: ['doctor'] },
    recipient: { ...HEALTH, sectors: ['general-practice'], ownOrReferring: true },
    declinable: false,
    agreement: 'never',
    ...OPEN,
  },
  {
    code: 'SL42A-3',
    paragraph: 'Sundhedsloven § 42 a, stk. 3',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: ['treatment'],
    rank: 10,
    consent: {},
    sender: { branch: 'health' },
    recipient: HEALTH,
    declinable: true,
    agreement: 'across-entities',
    statutoryHolders: ['state'],
    ...OPEN,
  },
  {
    code: 'SL42A-1',
    paragraph: 'Sundhedsloven § 42 a, stk. 1',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: ['treatment'],
    rank: 20,
    sender: { branch: 'health' },
    recipient: TREATING,
    necessary: true,
    declinable: true,
    agreement: 'across-entities',
    statutoryHolders: ['state'],
    ...OPEN,
  },
  {
    code: 'SL42A-2',
    paragraph: 'Sundhedsloven § 42 a, stk. 2',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: ['safeguard-patient'],
    rank: 30,
    recipient: HEALTH,
    patient: { incapableWithoutRepresentative: true },
    declinable: false,
    agreement: 'never',
    override: IN_EMERGENCY,
    obligations: ['inform-patient-or-representative'],
    ...OPEN,
  },
  {
    code: 'SL42D-1',
    paragraph: 'Sundhedsloven § 42 d, stk. 1',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: { otherThan: ['treatment', 'admission-advis', 'risk-stratification'] },
    rank: 30,
    consent: WRITTEN,
    recipient: HEALTH,
    declinable: true,
    agreement: 'across-entities',
    ...CLOSED,
  },
  {
    code: 'SL42D-2-1',
    paragraph: 'Sundhedsloven § 42 d, stk. 2, nr. 1',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: ['own-learning'],
    rank: 20,
    recipient: {
      ...HEALTH,
      roles: ['doctor', 'dentist', 'midwife', 'nurse'],
      relations: ['past', 'current'],
      monthsSinceTreatment: 6,
    },
    declinable: true,
    agreement: 'across-entities',
    ...OPEN,
  },
  {
    code: 'SL42D-2-2',
    paragraph: 'Sundhedsloven § 42 d, stk. 2, nr. 2',
    validFrom: '2019-07-01',
    actions: ['lookup'],
    purposes: ['quality'],
    rank: 20,
    recipient: HEALTH,
    permission: 'management',
    sameEntity: true,
    declinable: true,
    agreement: 'never',
    youngerThanMonths: 60,
    ...OPEN,
  },
  {
    code: 'SL43-1',
    paragraph: 'Sundhedsloven § 43, stk. 1, jf. § 44',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: { otherThan: OWN_RULES },
    rank: 10,
    consent: WRITTEN,
    sender: HEALTH,
    declinable: true,
    agreement: 'never',
    ...CLOSED,
  },
  {
    code: 'SL43-2-1',
    paragraph: 'Sundhedsloven § 43, stk. 2, nr. 1',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['statutory-report'],
    rank: 20,
    recipient: { sectors: ['state'] },
    declinable: false,
    agreement: 'never',
    afterDeath: true,
    ...OPEN,
  },
  {
    code: 'SL43-2-5',
    paragraph: 'Sundhedsloven § 43, stk. 2, nr. 5',
    validFrom: '2007-01-01',
    actions: ['disclose'],
    purposes: ['adverse-event'],
    rank: 20,
    sender: { sectors: PUBLIC_CARE },
    recipient: { sectors: PUBLIC_CARE },
    declinable: false,
    agreement: 'never',
    ...OPEN,
  },
  {
    code: 'RSL12C',
    paragraph: 'Retssikkerhedsloven § 12 c',
    validFrom: '2022-01-01',
    actions: ['disclose', 'notify'],
    purposes: ['admission-advis'],
    rank: 20,
    sender: { sectors: ['region', 'prehospital', 'private-hospital'] },
    recipient: { sectors: ['municipality'] },
    declinable: false,
    agreement: 'never',
    afterDeath: true,
    categories: ['identity', 'admission-status'],
    identityElements: ['identifier', 'name', 'gender', 'birthDate', 'deceased'],
    ...CLOSED,
  },
  {
    code: 'RSL13-SL193B',
    paragraph: 'Retssikkerhedsloven § 13, stk. 1, og sundhedsloven § 193 b',
    validFrom: '2022-01-01',
    actions: ['disclose'],
    purposes: ['shared-infrastructure'],
    rank: 20,
    sender: { sectors: ['municipality'] },
    recipient: { sectors: ['state'] },
    declinable: false,
    agreement: 'never',
    categories: ['identity', 'appointment'],
    identityElements: ['identifier', 'name', 'gender', 'birthDate'],
    ...CLOSED,
  },
];
