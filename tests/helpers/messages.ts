/** Synthetic persons: MedCom's official test numbers, and invented ones of the test kind (serials from 9990). */
export const NANCY = {
  cpr: '2512489996',
  family: 'Berggren',
  given: 'Nancy Ann',
  birth: '19481225',
  gender: 'F',
  municipality: '0991',
} as const;
export const BRUNO = {
  cpr: '2509479989',
  family: 'Elmer',
  given: 'Bruno Test',
  birth: '19470925',
  gender: 'M',
  municipality: '0992',
} as const;

export interface Person {
  readonly cpr: string;
  readonly family: string;
  readonly given: string;
  readonly birth: string;
  readonly gender: string;
  readonly municipality: string;
}

export interface Adt {
  readonly event: string;
  readonly id: string;
  readonly person: Person;
  /** YYYYMMDDHHMM[SS], Danish local time. */
  readonly at: string;
  readonly visit: string;
  readonly class?: string;
  readonly facility?: string;
  readonly admitted?: string;
  readonly discharged?: string;
  /** Ydernummer of the patient's own practice. */
  readonly practice?: string;
  /** `code^text^system` of a diagnosis. */
  readonly diagnosis?: string;
  readonly unit?: string;
}

/** An HL7 v2.5 ADT message as the demo region's EPJ writes it. */
export function adt({ event, id, person, at, visit, ...more }: Adt): string {
  const {
    class: patientClass = 'I',
    facility = 'NORDLUND',
    admitted,
    discharged,
    practice,
    diagnosis,
    unit = 'MED1',
  } = more;
  const pv1 = Array.from({ length: 46 }, () => '');
  Object.assign(pv1, {
    0: 'PV1',
    1: '1',
    2: patientClass,
    3: `${unit}^^^${facility}`,
    19: `${visit}^^^${facility}`,
    44: admitted ?? '',
    45: discharged ?? '',
  });
  const segments = [
    `MSH|^~\\&|${facility}|${facility}|SAMSPIL|SAMSPIL|${at}||ADT^${event}|${id}|P|2.5`,
    `EVN|${event}|${at}`,
    `PID|1||${person.cpr}^^^CPR^NNDNK||${person.family}^${person.given}||${person.birth}|${person.gender}|||Prøvevej 1^^Engby^^9990^DK^H^^${person.municipality}`,
    ...(practice ? [`PD1||||${practice}^Ådal^Læge^^^^^^YDERNUMMER`] : []),
    pv1.join('|').replace(/\|+$/, ''),
    ...(diagnosis ? [`DG1|1||${diagnosis}`] : []),
  ];
  return `${segments.join('\r')}\r`;
}
