import fc from 'fast-check';
import { decide } from '../../src/policy/decide.ts';
import { type Audience, explain } from '../../src/policy/explain.ts';
import { recipientNotice, senderNotice } from '../../src/policy/neutral.ts';
import { GATES, inGateOrder, type Language, REASON_CODES, type ReasonCode } from '../../src/policy/reason-codes.ts';
import { own, request, rules } from './tables.ts';

const CODES = Object.keys(REASON_CODES) as ReasonCode[];

test('every code has a sentence for staff and for the patient in both languages, and no two are the same', () => {
  for (const voice of ['staff', 'patient'] as const)
    for (const language of ['da', 'en'] as const) {
      const sentences = CODES.map((code) => REASON_CODES[code][voice][language]);
      for (const sentence of sentences) expect(sentence).toMatch(/^[A-ZÆØÅ].{15,}\.$/s);
      expect(new Set(sentences).size).toBe(sentences.length);
    }
});

test('the catalogue is in the order of the gates', () => {
  const order = CODES.map((code) => GATES.indexOf(REASON_CODES[code].gate));
  expect(order).toEqual(order.toSorted((left, right) => left - right));
});

test('codes are put in the order of the gates, each once', () => {
  expect(inGateOrder(['MIN-LABEL', 'AGR-OK', 'SL41-2-1', 'AGR-OK', 'EMG-OVERRIDE'])).toEqual([
    'SL41-2-1',
    'EMG-OVERRIDE',
    'AGR-OK',
    'MIN-LABEL',
  ]);
});

test('a permit in words', () => {
  const decision = decide(request('74 years with 8 medicines and heart failure'), rules);
  expect(explain(decision, 'staff', 'en')).toBe(
    'May be sent. Disclosure necessary for a current course of treatment (SL § 41(2)(1)). An agreement in force covers the flow. No directive of the patient affects the flow.',
  );
  expect(explain(decision, 'patient', 'da')).toBe(
    'Dine oplysninger kan deles. Oplysningerne er nødvendige for din aktuelle behandling. Myndighederne har en aftale om at dele disse oplysninger. Du har ikke sagt nej til denne deling.',
  );
  expect(explain(decision, 'auditor', 'da')).toBe(
    `Må sendes. SL41-2-1: ${REASON_CODES['SL41-2-1'].staff.da} AGR-OK: ${REASON_CODES['AGR-OK'].staff.da} DIR-NONE: ${REASON_CODES['DIR-NONE'].staff.da} Aftale: B-AFSLUTTET v4. Regelsæt: ${rules.version}.`,
  );
});

test('a redaction and a refusal for the auditor name ids, never content', () => {
  const redaction = decide(request('Later general consent does not lift a block of certain data'), rules);
  const text = explain(redaction, 'auditor', 'en');
  expect(text).toMatch(/^May be sent in part\. /);
  expect(text).toContain(
    'Agreement: B-AFSLUTTET v4. Directives used: d1, d2. Withheld: medication-3 (DIR-OPT-OUT-SOURCE). Rule set: ',
  );
  const refusal = decide(request('Shared plan, a guardian of a capable adult has no say'), rules);
  expect(explain(refusal, 'auditor', 'en')).toContain(
    'Nearest agreement: B-DELT-PLAN v1 (AGR-CONSENT-REQUIRED). Directives not used: d1 (DIR-INVALID-GRANTOR). Rule set: ',
  );
  expect(explain(refusal, 'staff', 'da')).toMatch(/^Må ikke sendes\. /);
  expect(explain(refusal, 'patient', 'en')).toMatch(/^Your information is not shared\. /);
});

test('what is held says so', () => {
  const held = decide(request('Directives cannot be read: hold and try again'), rules);
  expect(explain(held, 'staff', 'en')).toMatch(/ The decision will be tried again\.$/);
  const review = decide(request('Identity uncertain'), rules);
  expect(explain(review, 'patient', 'da')).toMatch(/ Et menneske skal se på sagen\.$/);
});

test('every case of the table can be told to everybody, the same way each time', () => {
  for (const { input } of own.cases) {
    const decision = decide(input, rules);
    for (const audience of ['staff', 'patient', 'auditor'] as Audience[])
      for (const language of ['da', 'en'] as Language[]) {
        const text = explain(decision, audience, language);
        expect(text).toBe(explain(decision, audience, language));
        expect(text).not.toMatch(/undefined|null|\[object/);
      }
  }
});

describe('neutral answers', () => {
  test('none and withheld are one answer of one shape, unless the recipient’s switch is off', () => {
    const empty = decide({ ...request('General opt-out'), consents: [], items: [] }, rules);
    const withheld = decide(request('General opt-out'), rules);
    const part = decide(request('Each item has its own reason'), rules);
    expect(recipientNotice(withheld, {})).toEqual(recipientNotice(empty, {}));
    expect(recipientNotice(withheld, {})).toEqual({ items: [] });
    expect(recipientNotice(part, {})).toEqual({ items: part.released });
    expect(recipientNotice(part, { neutral_answers: true })).toEqual({ items: part.released });
    expect(recipientNotice(part, { neutral_answers: false })).toEqual({ items: part.released, filtered: true });
    expect([withheld, part, empty].map(senderNotice)).toEqual(Array(3).fill({ status: 'accepted' }));
    const held = { ...part, disposition: 'hold-and-retry' as const };
    expect(recipientNotice(held, {})).toEqual({ items: [] });
    const whole = decide(request('74 years with 8 medicines and heart failure'), rules);
    expect(recipientNotice(whole, { neutral_answers: false })).toEqual({ items: whole.released });
  });

  test('neither recipient nor sender hears a code, an id of what is withheld or a count', () => {
    const cases = fc.constantFrom(...own.cases.map(({ input }) => input));
    fc.assert(
      fc.property(cases, (input) => {
        const decision = decide(input, rules);
        const told = JSON.stringify([recipientNotice(decision, {}), senderNotice(decision)]);
        for (const { item, code } of decision.withheld)
          expect(told.includes(`"${item}"`) || told.includes(code)).toBe(false);
        expect(senderNotice(decision)).toEqual({ status: 'accepted' });
      }),
    );
  });
});
