import fc from 'fast-check';
import { decide } from '../../src/policy/decide.ts';
import type { DecisionInput, Directive } from '../../src/policy/decision.ts';
import { own, rules, rulesOf } from './tables.ts';

/** Requests of the table with facts, directives and clock changed at random. */
const facts = fc.record({
  age: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  capacity: fc.constantFrom('full', 'temporarily-incapable', 'permanently-incapable', 'unknown'),
  representative: fc.constantFrom(null, 'guardian', 'next-of-kin'),
  medicines: fc.integer({ min: 0, max: 12 }),
});
const day = fc.constantFrom(
  '2025-05-11',
  '2025-05-12',
  '2026-02-01',
  '2026-02-02',
  '2026-04-01',
  '2026-05-12',
  '2027-01-01',
);
const scope = fc.record(
  {
    recipient: fc.constantFrom('akutteam', 'laegehus', 'hjemmesygepleje', 'forsikring'),
    recipient_entity: fc.constantFrom('aaby-kommune', 'laegehus'),
    purpose: fc.constantFrom('treatment', 'insurance', 'discharge-letter'),
    action: fc.constantFrom('lookup', 'disclose'),
    source: fc.constantFrom('ambulance', 'psykiatrien'),
    data_from: day,
    category: fc.constantFrom('medication', 'vitals'),
  },
  { requiredKeys: [] },
);
const directive = (kind: fc.Arbitrary<string>): fc.Arbitrary<Directive> =>
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    kind,
    status: fc.constantFrom('active', 'active', 'active', 'inactive', 'odd'),
    grantor: fc.constantFrom('patient', 'patient', 'parent', 'guardian', 'other-person'),
    form: fc.constantFrom('written', 'digital', 'oral'),
    given: day,
    scope,
  });
const optOut = directive(fc.constantFrom('opt-out', 'maybe'));
const anyDirective = directive(fc.constantFrom('opt-out', 'permit', 'permit', 'maybe'));
const requests: fc.Arbitrary<DecisionInput> = fc
  .record({
    base: fc.constantFrom(...own.cases.map(({ input }) => input)),
    facts,
    consents: fc.array(anyDirective, { maxLength: 4 }),
  })
  .map(({ base, facts: told, consents }) => ({
    ...base,
    patient: { ...base.patient, ...told },
    consents: [...base.consents, ...consents],
  }));

const RUNS = { numRuns: 2000 };
const released = (input: DecisionInput, by = rules) => new Set(decide(input, by).released);
const isWithin = (inner: ReadonlySet<string>, outer: ReadonlySet<string>) =>
  [...inner].every((item) => outer.has(item));

test('what is released and what is withheld are the items of the request, each once, and a refusal releases nothing', () => {
  fc.assert(
    fc.property(requests, (input) => {
      const decision = decide(input, rules);
      const told = [...decision.released, ...decision.withheld.map(({ item }) => item)].sort();
      if (decision.decision === 'deny') expect(decision.released).toEqual([]);
      else expect(told).toEqual(input.items.map(({ id }) => id).sort());
      expect(decision.disposition === 'send').toBe(decision.decision !== 'deny');
      expect(decision.codes.length).toBeGreaterThan(0);
    }),
    RUNS,
  );
});

test('an added opt-out never widens: neither deny to permit nor one item more, without override', () => {
  fc.assert(
    fc.property(requests, optOut, (input, added) => {
      const ordinary = { ...input, emergency_override: null };
      const before = released(ordinary);
      expect(isWithin(released({ ...ordinary, consents: [...ordinary.consents, added] }), before)).toBe(true);
    }),
    RUNS,
  );
});

test('a removed approval never widens', () => {
  const places = Object.entries(own.agreements).flatMap(([id, { parties }]) =>
    parties.map((_, index) => ({ id, index })),
  );
  fc.assert(
    fc.property(
      requests,
      fc.constantFrom(...places),
      fc.constantFrom('withdrawn', 'proposed'),
      (input, { id, index }, approval) => {
        const document = own.agreements[id]!;
        // two agreements on one flow: one never approved keeps nothing out, so only a withdrawal is asked about there
        fc.pre(approval === 'withdrawn' || !id.startsWith('B-STATUS'));
        const parties = document.parties.map((one, at) => (at === index ? { ...one, approval } : one));
        const fewer = rulesOf({ ...own, agreements: { ...own.agreements, [id]: { ...document, parties } } });
        expect(isWithin(released(input, fewer), released(input))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('the order of directives, items and agreements does not matter', () => {
  const reversed = rulesOf({ ...own, agreements: Object.fromEntries(Object.entries(own.agreements).reverse()) });
  fc.assert(
    fc.property(requests, (input) => {
      const turned = { ...input, consents: input.consents.toReversed() };
      expect(decide(turned, rules)).toEqual(decide(input, rules));
      const other = decide(input, reversed);
      expect(other).toEqual(decide(input, rules));
      const items = decide({ ...input, items: input.items.toReversed() }, rules);
      expect(new Set(items.released)).toEqual(released(input));
    }),
    RUNS,
  );
});

test('unknown members never widen, wherever they stand', () => {
  const name = fc.constantFrom(
    'allow',
    'override',
    'note',
    'consent',
    'unless',
    'toString',
    'constructor',
    'hasOwnProperty',
  );
  fc.assert(
    fc.property(requests, name, fc.anything({ maxDepth: 1 }), (input, member, value) => {
      const more = { [member]: value };
      const strange = {
        ...input,
        ...more,
        sender: { ...input.sender, ...more },
        recipient: { ...input.recipient, ...more },
        patient: { ...input.patient, ...more },
        items: input.items.map((item) => ({ ...item, ...more })),
        consents: input.consents.map((one) => one && { ...one, ...more, scope: { ...one.scope, ...more } }),
      };
      expect(isWithin(released(strange), released({ ...input, emergency_override: input.emergency_override }))).toBe(
        true,
      );
    }),
    RUNS,
  );
});

test('deciding again with what was stored gives the same bytes', () => {
  fc.assert(
    fc.property(requests, (input) => {
      const stored = JSON.stringify(input);
      const again = decide(JSON.parse(stored) as DecisionInput, rulesOf(own));
      expect(JSON.stringify(again)).toBe(JSON.stringify(decide(JSON.parse(stored) as DecisionInput, rules)));
    }),
    { numRuns: 300 },
  );
});
