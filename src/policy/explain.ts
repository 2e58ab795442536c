import type { Decision } from './decision.ts';
import { type Language, REASON_CODES } from './reason-codes.ts';

export type Audience = 'staff' | 'patient' | 'auditor';

const VERDICT = {
  staff: {
    permit: { da: 'Må sendes.', en: 'May be sent.' },
    'permit-with-redaction': { da: 'Må sendes i uddrag.', en: 'May be sent in part.' },
    deny: { da: 'Må ikke sendes.', en: 'May not be sent.' },
  },
  patient: {
    permit: { da: 'Dine oplysninger kan deles.', en: 'Your information can be shared.' },
    'permit-with-redaction': {
      da: 'En del af dine oplysninger kan deles.',
      en: 'Part of your information can be shared.',
    },
    deny: { da: 'Dine oplysninger deles ikke.', en: 'Your information is not shared.' },
  },
} as const;

const HELD = {
  'hold-and-retry': { da: 'Afgørelsen prøves igen.', en: 'The decision will be tried again.' },
  'manual-review': { da: 'Et menneske skal se på sagen.', en: 'A person has to look at the case.' },
} as const;

/** Ids and versions an auditor needs to find the ground again; never content. */
function record(decision: Decision, language: Language): string[] {
  const words =
    language === 'da'
      ? {
          agreement: 'Aftale',
          rules: 'Regelsæt',
          withheld: 'Tilbageholdt',
          used: 'Tilkendegivelser brugt',
          ignored: 'Tilkendegivelser ikke brugt',
          near: 'Nærmeste aftale',
        }
      : {
          agreement: 'Agreement',
          rules: 'Rule set',
          withheld: 'Withheld',
          used: 'Directives used',
          ignored: 'Directives not used',
          near: 'Nearest agreement',
        };
  const { agreement, agreement_version, directives, withheld, near_miss, rule_set } = decision;
  const list = (name: string, values: readonly string[]) =>
    values.length > 0 ? [`${name}: ${values.join(', ')}.`] : [];
  return [
    ...list(words.agreement, agreement === null ? [] : [`${agreement} v${agreement_version}`]),
    ...list(words.near, near_miss ? [`${near_miss.agreement} v${near_miss.version} (${near_miss.code})`] : []),
    ...list(words.used, directives.used),
    ...list(
      words.ignored,
      directives.ignored.map(({ id, code }) => `${id} (${code})`),
    ),
    ...list(
      words.withheld,
      withheld.map(({ item, code }) => `${item} (${code})`),
    ),
    `${words.rules}: ${rule_set}.`,
  ];
}

/**
 * A decision in sentences from the catalogue of reason codes. Staff and auditors read the paragraphs, auditors also codes, ids and versions;
 * the patient reads plain words and every reason, refused attempts too. Not for recipients or senders (see `neutral.ts`).
 */
export function explain(decision: Decision, audience: Audience, language: Language): string {
  const voice = audience === 'patient' ? 'patient' : 'staff';
  const { disposition } = decision;
  const verdict = VERDICT[voice][decision.decision][language];
  const reasons = decision.codes.map((code) => {
    const text = REASON_CODES[code][voice][language];
    return audience === 'auditor' ? `${code}: ${text}` : text;
  });
  const held = disposition === 'hold-and-retry' || disposition === 'manual-review' ? [HELD[disposition][language]] : [];
  return [verdict, ...reasons, ...held, ...(audience === 'auditor' ? record(decision, language) : [])].join(' ');
}
