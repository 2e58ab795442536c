/** Gates in the order they are asked; the outcome keeps its codes in this order. */
export const GATES = ['G0', 'G1', 'G5', 'G2', 'G3', 'G4', 'G6'] as const;
export type Gate = (typeof GATES)[number];
export type Language = 'da' | 'en';

/** What a code means: to staff (and, with ids added, to an auditor) and to the patient. */
export interface ReasonRow {
  readonly gate: Gate;
  readonly staff: Readonly<Record<Language, string>>;
  readonly patient: Readonly<Record<Language, string>>;
}

type Sentences = readonly [staffDa: string, staffEn: string, patientDa: string, patientEn: string];

function row(gate: Gate, [staffDa, staffEn, patientDa, patientEn]: Sentences): ReasonRow {
  return { gate, staff: { da: staffDa, en: staffEn }, patient: { da: patientDa, en: patientEn } };
}

/** The catalogue: every reason a decision can give. Law is cited as Sundhedsloven (SL) and retssikkerhedsloven (RSL). */
export const REASON_CODES = {
  'SYS-INPUT-INVALID': row('G0', [
    'Forespørgslen mangler oplysninger, som en afgørelse kræver.',
    'The request lacks facts a decision needs.',
    'Dine oplysninger blev ikke delt, fordi forespørgslen var mangelfuld.',
    'Your information was not shared because the request was incomplete.',
  ]),
  'SYS-RULE-FAULT': row('G0', [
    'En regel kunne ikke beregnes; derfor afvises der.',
    'A rule could not be evaluated; therefore the answer is no.',
    'Dine oplysninger blev ikke delt på grund af en fejl i reglerne.',
    'Your information was not shared because of a fault in the rules.',
  ]),
  'SYS-PARTY-UNKNOWN': row('G0', [
    'Afsender eller modtager findes ikke i organisationsregistret.',
    'Sender or recipient is not in the register of organisations.',
    'Dine oplysninger blev ikke delt, fordi afsender eller modtager ikke er kendt.',
    'Your information was not shared because the sender or recipient is not known.',
  ]),
  'SYS-PATIENT-UNCERTAIN': row('G0', [
    'Det er ikke sikkert, hvem patienten er.',
    'It is not certain who the patient is.',
    'Oplysningerne blev ikke delt, fordi det ikke var sikkert, at de handlede om dig.',
    'The information was not shared because it was not certain that it was about you.',
  ]),
  'SYS-PURPOSE-MISSING': row('G0', [
    'Forespørgslen angiver intet formål.',
    'The request states no purpose.',
    'Dine oplysninger blev ikke delt, fordi der ikke var angivet et formål.',
    'Your information was not shared because no purpose was stated.',
  ]),
  'LEGAL-DECEASED': row('G0', [
    'Patienten er død; videregivelse til behandling gælder ikke længere (SL § 45).',
    'The patient is dead; disclosure for treatment no longer applies (SL § 45).',
    'Oplysningerne blev ikke delt, fordi patienten er død.',
    'The information was not shared because the patient is dead.',
  ]),
  'SL41-1': row('G1', [
    'Videregivelse til behandling med patientens samtykke (SL § 41, stk. 1).',
    'Disclosure for treatment with the patient’s consent (SL § 41(1)).',
    'Du har givet samtykke til, at oplysningerne deles for din behandling.',
    'You have consented to the information being shared for your treatment.',
  ]),
  'SL41-2-1': row('G1', [
    'Videregivelse, der er nødvendig for et aktuelt behandlingsforløb (SL § 41, stk. 2, nr. 1).',
    'Disclosure necessary for a current course of treatment (SL § 41(2)(1)).',
    'Oplysningerne er nødvendige for din aktuelle behandling.',
    'The information is necessary for your current treatment.',
  ]),
  'SL41-2-2': row('G1', [
    'Udskrivningsbrev fra sygehuslæge til egen læge eller henvisende speciallæge (SL § 41, stk. 2, nr. 2).',
    'Discharge letter from a hospital doctor to the own GP or referring specialist (SL § 41(2)(2)).',
    'Sygehuset sender et brev om udskrivningen til din læge.',
    'The hospital sends a letter about the discharge to your doctor.',
  ]),
  'SL41-2-3': row('G1', [
    'Udskrivningsbrev fra privathospital efter aftale med det offentlige (SL § 41, stk. 2, nr. 3).',
    'Discharge letter from a private hospital under public agreement (SL § 41(2)(3)).',
    'Privathospitalet sender et brev om behandlingen til din læge.',
    'The private hospital sends a letter about the treatment to your doctor.',
  ]),
  'SL41-2-4': row('G1', [
    'Videregivelse af væsentlige hensyn til patienten eller åbenbar almen interesse (SL § 41, stk. 2, nr. 4).',
    'Disclosure for essential interest of the patient or obvious public interest (SL § 41(2)(4)).',
    'Oplysningerne blev delt for at varetage et væsentligt hensyn til dig.',
    'The information was shared to safeguard an essential interest of yours.',
  ]),
  'SL41-2-5': row('G1', [
    'Besked fra en stedfortrædende læge til egen læge (SL § 41, stk. 2, nr. 5).',
    'Note from a stand-in doctor to the own GP (SL § 41(2)(5)).',
    'Lægen, der trådte til, giver din egen læge besked.',
    'The doctor who stood in informs your own doctor.',
  ]),
  'SL42A-1': row('G1', [
    'Opslag, der er nødvendigt for aktuel behandling (SL § 42 a, stk. 1).',
    'Lookup necessary for current treatment (SL § 42 a(1)).',
    'Opslaget er nødvendigt for din aktuelle behandling.',
    'The lookup is necessary for your current treatment.',
  ]),
  'SL42A-2': row('G1', [
    'Opslag af væsentlige hensyn til patienten eller åbenbar almen interesse (SL § 42 a, stk. 2).',
    'Lookup for essential interest of the patient or obvious public interest (SL § 42 a(2)).',
    'Opslaget blev gjort for at varetage et væsentligt hensyn til dig.',
    'The lookup was made to safeguard an essential interest of yours.',
  ]),
  'SL42A-3': row('G1', [
    'Opslag med patientens samtykke (SL § 42 a, stk. 3).',
    'Lookup with the patient’s consent (SL § 42 a(3)).',
    'Du har givet samtykke til opslaget.',
    'You have consented to the lookup.',
  ]),
  'SL42D-1': row('G1', [
    'Opslag til andet formål med patientens samtykke (SL § 42 d, stk. 1).',
    'Lookup for another purpose with the patient’s consent (SL § 42 d(1)).',
    'Du har givet samtykke til, at oplysningerne slås op til et andet formål end behandling.',
    'You have consented to the lookup for a purpose other than treatment.',
  ]),
  'SL42D-2-1': row('G1', [
    'Opslag til egen læring højst seks måneder efter behandlingen (SL § 42 d, stk. 2, nr. 1).',
    'Lookup for own learning within six months of the treatment (SL § 42 d(2)(1)).',
    'En behandler, der har behandlet dig, bruger oplysningerne til at lære af forløbet.',
    'A professional who treated you uses the information to learn from the course.',
  ]),
  'SL42D-2-2': row('G1', [
    'Opslag til kvalitetsarbejde med ledelsens tilladelse (SL § 42 d, stk. 2, nr. 2).',
    'Lookup for quality work with the management’s permission (SL § 42 d(2)(2)).',
    'Ledelsen har givet tilladelse til, at oplysningerne bruges til kvalitetsarbejde.',
    'The management has permitted the use of the information for quality work.',
  ]),
  'SL43-1': row('G1', [
    'Videregivelse til andet formål med skriftligt samtykke (SL §§ 43, stk. 1, og 44).',
    'Disclosure for another purpose with written consent (SL §§ 43(1) and 44).',
    'Du har givet skriftligt samtykke til, at oplysningerne videregives.',
    'You have given written consent to the disclosure.',
  ]),
  'SL43-2-1': row('G1', [
    'Videregivelsen følger af lov (SL § 43, stk. 2, nr. 1).',
    'The disclosure follows from law (SL § 43(2)(1)).',
    'Loven kræver, at oplysningerne gives til myndigheden.',
    'The law requires the information to be given to the authority.',
  ]),
  'SL43-2-5': row('G1', [
    'Opfølgning på en utilsigtet hændelse (SL § 43, stk. 2, nr. 5).',
    'Follow-up on an adverse event (SL § 43(2)(5)).',
    'Oplysningerne bruges til at følge op på en utilsigtet hændelse.',
    'The information is used to follow up on an adverse event.',
  ]),
  RSL12C: row('G1', [
    'Advis om indlæggelse og udskrivning til kommunen (RSL § 12 c).',
    'Admission and discharge notice to the municipality (RSL § 12 c).',
    'Din kommune får automatisk besked om, at du er indlagt eller udskrevet.',
    'Your municipality is automatically told that you are admitted or discharged.',
  ]),
  'RSL13-SL193B': row('G1', [
    'Aftaler til den nationale infrastruktur (RSL § 13 og SL § 193 b).',
    'Appointments to the national infrastructure (RSL § 13 and SL § 193 b).',
    'Tidspunkter for dine aftaler sendes til den fælles nationale løsning.',
    'The times of your appointments are sent to the shared national system.',
  ]),
  'LEGAL-NONE': row('G1', [
    'Intet retsgrundlag passer til handling, formål, afsender og modtager.',
    'No legal basis fits action, purpose, sender and recipient.',
    'Dine oplysninger blev ikke delt, fordi loven ikke giver lov til det her.',
    'Your information was not shared because the law does not allow it here.',
  ]),
  'EMG-OVERRIDE': row('G5', [
    'Værdispring: en sundhedsperson har erklæret et akut behov.',
    'Emergency override: a health professional has declared an urgent need.',
    'En sundhedsperson åbnede oplysningerne, fordi du havde akut brug for hjælp og ikke kunne spørges.',
    'A health professional opened the information because you needed urgent help and could not be asked.',
  ]),
  'EMG-NO-REASON': row('G5', [
    'Værdispring uden fyldestgørende begrundelse.',
    'Emergency override without a sufficient reason.',
    'En behandler bad om adgang i en akut situation uden at begrunde det og fik den ikke.',
    'Someone asked for emergency access without giving a reason and was refused.',
  ]),
  'EMG-ROLE': row('G5', [
    'Rollen kan ikke erklære værdispring.',
    'This role may not declare an emergency override.',
    'En person, der ikke må åbne oplysninger i en akut situation, bad om adgang og fik den ikke.',
    'Someone not allowed to open information in an emergency asked for access and was refused.',
  ]),
  'EMG-KIND': row('G5', [
    'Værdispringets art er ukendt.',
    'The kind of emergency override is unknown.',
    'Der blev bedt om akut adgang på en måde, der ikke er tilladt.',
    'Emergency access was asked for in a way that is not allowed.',
  ]),
  'EMG-EXPIRED': row('G5', [
    'Værdispringet er ældre end otte timer eller ligger i fremtiden.',
    'The emergency override is older than eight hours or lies in the future.',
    'Den akutte adgang var udløbet.',
    'The emergency access had run out.',
  ]),
  'EMG-SCOPE': row('G5', [
    'Værdispringet er erklæret for en anden enhed.',
    'The emergency override was declared for another unit.',
    'Den akutte adgang gjaldt et andet sted.',
    'The emergency access was for another place.',
  ]),
  'SYS-CONSENT-SOURCE-DOWN': row('G2', [
    'Patientens tilkendegivelser kunne ikke læses; der ventes og prøves igen.',
    'The patient’s directives could not be read; held to be tried again.',
    'Dine oplysninger er ikke delt endnu, fordi dine valg ikke kunne læses.',
    'Your information has not been shared yet because your choices could not be read.',
  ]),
  'AGR-OK': row('G3', [
    'En gældende aftale dækker forløbet.',
    'An agreement in force covers the flow.',
    'Myndighederne har en aftale om at dele disse oplysninger.',
    'The authorities have an agreement on sharing this information.',
  ]),
  'AGR-NOT-NEEDED': row('G3', [
    'Aftale er ikke nødvendig: lovbestemt forløb eller samme myndighed.',
    'No agreement is needed: statutory flow or same authority.',
    'Her kræves ingen særskilt aftale mellem myndighederne.',
    'No separate agreement between authorities is needed here.',
  ]),
  'AGR-NONE': row('G3', [
    'Ingen aftale dækker disse parter, denne handling og dette formål.',
    'No agreement covers these parties, this action and this purpose.',
    'Dine oplysninger blev ikke delt, fordi de to steder ikke har aftalt det.',
    'Your information was not shared because the two places have no agreement on it.',
  ]),
  'AGR-TRIGGER': row('G3', [
    'Aftalen gælder en anden anledning.',
    'The agreement is for another trigger.',
    'Dine oplysninger blev ikke delt, fordi aftalen gælder andre situationer.',
    'Your information was not shared because the agreement is for other situations.',
  ]),
  'AGR-NOT-APPROVED': row('G3', [
    'En part i forløbet har ikke godkendt aftalen.',
    'A party to this flow has not approved the agreement.',
    'Dine oplysninger blev ikke delt, fordi aftalen ikke er godkendt af begge parter.',
    'Your information was not shared because both parties have not approved the agreement.',
  ]),
  'AGR-SUSPENDED': row('G3', [
    'Aftalen er sat i bero.',
    'The agreement is suspended.',
    'Dine oplysninger blev ikke delt, fordi aftalen er sat i bero.',
    'Your information was not shared because the agreement is suspended.',
  ]),
  'AGR-EXPIRED': row('G3', [
    'Aftalen er ikke gældende på datoen.',
    'The agreement is not in force on this date.',
    'Dine oplysninger blev ikke delt, fordi aftalen ikke gælder nu.',
    'Your information was not shared because the agreement does not apply now.',
  ]),
  'AGR-CRITERIA': row('G3', [
    'Patienten er uden for aftalens målgruppe.',
    'The patient is outside the criteria of the agreement.',
    'Dine oplysninger blev ikke delt, fordi aftalen gælder en anden gruppe patienter.',
    'Your information was not shared because the agreement is for another group of patients.',
  ]),
  'AGR-CONSENT-REQUIRED': row('G3', [
    'Aftalen kræver selv samtykke, og der er intet gyldigt.',
    'The agreement itself demands consent, and none is valid.',
    'Dine oplysninger blev ikke delt, fordi det kræver dit samtykke.',
    'Your information was not shared because it takes your consent.',
  ]),
  'DIR-INVALID-GRANTOR': row('G4', [
    'En tilkendegivelse blev ikke regnet med, fordi den ikke er givet af en, der har ret til det.',
    'A directive was not counted because the one who gave it is not entitled to.',
    'Et valg på dine vegne blev ikke regnet med, fordi personen ikke har ret til at træffe det.',
    'A choice made on your behalf was not counted because that person may not make it.',
  ]),
  'DIR-CONSENT-LAPSED': row('G4', [
    'Det skriftlige samtykke er mere end et år gammelt (SL § 44, stk. 2).',
    'The written consent is more than a year old (SL § 44(2)).',
    'Dit samtykke er mere end et år gammelt og gælder ikke længere.',
    'Your consent is more than a year old and no longer holds.',
  ]),
  'DIR-CONSENT-FORM': row('G4', [
    'Samtykket har ikke den krævede form.',
    'The consent lacks the required form.',
    'Dit samtykke skal gives skriftligt for at gælde her.',
    'Your consent must be given in writing to hold here.',
  ]),
  'DIR-NONE': row('G4', [
    'Ingen tilkendegivelse fra patienten berører forløbet.',
    'No directive of the patient affects the flow.',
    'Du har ikke sagt nej til denne deling.',
    'You have not declined this sharing.',
  ]),
  'DIR-NOT-APPLICABLE': row('G4', [
    'Retsgrundlaget kan patienten ikke frabede sig.',
    'The legal basis is one the patient cannot decline.',
    'Denne deling følger af loven og kan ikke fravælges.',
    'This sharing follows from law and cannot be declined.',
  ]),
  'DIR-CONSENT-OK': row('G4', [
    'Et gyldigt samtykke støtter forløbet.',
    'A valid consent supports the flow.',
    'Dit samtykke gælder.',
    'Your consent holds.',
  ]),
  'DIR-OPT-OUT-ALL': row('G4', [
    'Patienten har frabedt sig al deling.',
    'The patient has opted out of all sharing.',
    'Du har sagt nej til deling.',
    'You have declined sharing.',
  ]),
  'DIR-OPT-OUT-RECIPIENT': row('G4', [
    'Patienten har spærret for denne modtager eller dens myndighed.',
    'The patient has blocked this recipient or its authority.',
    'Du har sagt nej til, at denne modtager får oplysninger.',
    'You have declined that this recipient gets information.',
  ]),
  'DIR-OPT-OUT-SOURCE': row('G4', [
    'Patienten har spærret data fra et bestemt sted.',
    'The patient has blocked data from a certain place.',
    'Du har spærret for oplysninger fra et bestemt behandlingssted.',
    'You have blocked information from a certain place of treatment.',
  ]),
  'DIR-OPT-OUT-PERIOD': row('G4', [
    'Patienten har spærret data fra en periode.',
    'The patient has blocked data from a period.',
    'Du har spærret for oplysninger fra en bestemt periode.',
    'You have blocked information from a certain period.',
  ]),
  'DIR-OPT-OUT-CATEGORY': row('G4', [
    'Patienten har spærret en art af data.',
    'The patient has blocked a kind of data.',
    'Du har spærret for oplysninger af en bestemt art.',
    'You have blocked information of a certain kind.',
  ]),
  'SYS-DIRECTIVE-NOT-UNDERSTOOD': row('G4', [
    'En gældende tilkendegivelse kunne ikke forstås; den behandles som en spærring og ses efter af et menneske.',
    'A directive in effect could not be understood; it is held as a block and reviewed by a person.',
    'Et af dine valg kunne ikke læses af systemet. Derfor deles der ikke, før et menneske har set på det.',
    'One of your choices could not be read by the system. Nothing is shared under it until a person has looked.',
  ]),
  'DIR-OVERRIDDEN': row('G4', [
    'Tilkendegivelser er tilsidesat ved værdispring.',
    'Directives are set aside by the emergency override.',
    'Dine valg blev tilsidesat, fordi situationen var akut.',
    'Your choices were set aside because of the emergency.',
  ]),
  'MIN-CATEGORY': row('G6', [
    'Arten af data er ikke blandt dem, modtageren får.',
    'The category is not among those this recipient receives.',
    'Noget blev udeladt, fordi modtageren ikke har brug for det.',
    'Something was left out because the recipient does not need it.',
  ]),
  'MIN-LABEL': row('G6', [
    'Følsomme data, som aftalen holder ude.',
    'Sensitive data the agreement keeps out.',
    'Særligt følsomme oplysninger blev udeladt.',
    'Especially sensitive information was left out.',
  ]),
  'MIN-UNLABELLED': row('G6', [
    'Data er ikke klassificeret.',
    'The item is not classified.',
    'Noget blev udeladt, fordi det ikke er vurderet, hvor følsomt det er.',
    'Something was left out because its sensitivity has not been assessed.',
  ]),
  'MIN-AGE-LIMIT': row('G6', [
    'Data er ældre, end retsgrundlaget eller aftalen tillader.',
    'The item is older than the legal basis or the agreement allows.',
    'Gamle oplysninger blev udeladt.',
    'Old information was left out.',
  ]),
  'MIN-NOTHING-LEFT': row('G6', [
    'Der ville kun være identiteten tilbage; derfor sendes intet.',
    'Nothing but the identity would remain; therefore nothing is sent.',
    'Der var ikke noget tilbage at dele.',
    'There was nothing left to share.',
  ]),
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASON_CODES;

const RANK = new Map(Object.keys(REASON_CODES).map((code, index) => [code, index]));

/** Codes without repeats in the order of the catalogue, which is the order of the gates. */
export function inGateOrder(codes: Iterable<ReasonCode>): ReasonCode[] {
  return [...new Set(codes)].sort((left, right) => RANK.get(left)! - RANK.get(right)!);
}
