import type { AgreementDocument } from '../../src/policy/agreement.ts';
import { decide } from '../../src/policy/decide.ts';
import type { DecisionInput, Directive } from '../../src/policy/decision.ts';
import { ordinary, own, rulesOf } from './tables.ts';

const document = own.agreements['B-AFSLUTTET']!;
const permit: Directive = {
  id: 'd1',
  kind: 'permit',
  status: 'active',
  grantor: 'patient',
  form: 'digital',
  given: '2026-02-02',
  scope: { recipient: 'akutteam' },
};

interface Change {
  readonly agreement?: object;
  readonly input?: Partial<DecisionInput>;
  readonly organisations?: object;
  /** Further agreements on the same flow. */
  readonly more?: Record<string, object>;
}

/** The ordinary flow under one agreement that is changed. */
function decided({ agreement = {}, input = {}, organisations = {}, more = {} }: Change) {
  const others = Object.entries(more).map(([id, change]) => [id, { ...document, ...change }]);
  const agreements = { ONE: { ...document, ...agreement }, ...Object.fromEntries(others) } as Record<
    string,
    AgreementDocument
  >;
  return decide(
    { ...ordinary(), ...input },
    rulesOf({ organisations: { ...own.organisations, ...organisations }, agreements }),
  );
}
const codes = (change: Change) => decided(change).codes.join(' ');
const OK = 'SL41-2-1 AGR-OK DIR-NONE';
const parties = (...names: string[]) => names.map((party) => ({ party, approval: 'approved' }));

test('both ends must be parties', () => {
  expect(codes({ agreement: { parties: parties('region-nord', 'aaby-kommune') } })).toBe(OK);
  expect(codes({ agreement: { parties: parties('aaby-kommune', 'general-practice') } })).toBe('SL41-2-1 AGR-NONE');
  expect(codes({ agreement: { parties: parties('region-nord', 'general-practice') } })).toBe('SL41-2-1 AGR-NONE');
});

test('a party is named by unit, kind, authority or sector, and every name it is listed by must have approved', () => {
  for (const name of ['ambulance', 'prehospital', 'region-nord'])
    expect(codes({ agreement: { parties: parties(name, 'municipality') } })).toBe(OK);
  const both = [...parties('ambulance', 'akutteam'), { party: 'region-nord', approval: 'proposed' }];
  expect(codes({ agreement: { parties: both } })).toBe('SL41-2-1 AGR-NOT-APPROVED');
});

test('a unit run by another than its authority needs both', () => {
  const organisations = {
    akutteam: { ...own.organisations.akutteam!, legal_entity: 'ny-region', operator: 'aaby-kommune', sector: 'x' },
  };
  expect(codes({ organisations, agreement: { parties: parties('region-nord', 'ny-region') } })).toBe(
    'SL41-2-1 AGR-NONE',
  );
  expect(codes({ organisations, agreement: { parties: parties('region-nord', 'aaby-kommune') } })).toBe(
    'SL41-2-1 AGR-NONE',
  );
  expect(codes({ organisations, agreement: { parties: parties('region-nord', 'ny-region', 'aaby-kommune') } })).toBe(
    OK,
  );
  expect(codes({ organisations, agreement: { parties: parties('region-nord', 'akutteam') } })).toBe(OK);
});

test('every cluster told must be one of the agreement’s', () => {
  const organisations = {
    ambulance: { ...own.organisations.ambulance!, cluster: 'vest' },
    akutteam: { ...own.organisations.akutteam!, cluster: 'nord' },
  };
  expect(codes({ organisations, agreement: { clusters: ['nord'] } })).toBe('SL41-2-1 AGR-NONE');
  expect(codes({ organisations, agreement: { clusters: ['nord', 'vest'] } })).toBe(OK);
});

test('the legal basis must be one the agreement stands on, unless the patient has consented', () => {
  expect(codes({ agreement: { legal_basis: ['SL41-1'] } })).toBe('SL41-2-1 AGR-NONE');
  expect(codes({ input: { consents: [permit] } })).toBe('SL41-1 AGR-OK DIR-CONSENT-OK');
});

test('a role that is not told is none of the roles', () => {
  const { role: _, ...recipient } = ordinary().recipient;
  expect(codes({ input: { recipient } })).toBe('SL41-2-1 AGR-NONE');
});

test('an agreement without a last day has none', () => {
  const { valid_to: _, ...open } = document;
  expect(decide(ordinary(), rulesOf({ ...own, agreements: { ONE: open } })).codes.join(' ')).toBe(OK);
});

describe('consent an agreement demands', () => {
  const needs = (required_consent_form?: string) => ({
    requires_consent: true,
    ...(required_consent_form && { required_consent_form }),
  });
  const withForm = (form: string, required?: string) =>
    codes({ agreement: needs(required), input: { consents: [{ ...permit, form }] } });
  const REFUSED = 'SL41-1 AGR-CONSENT-REQUIRED DIR-CONSENT-FORM';
  const GIVEN = 'SL41-1 AGR-OK DIR-CONSENT-OK';
  test('forms', () => {
    expect([withForm('oral'), withForm('oral', 'oral'), withForm('digital', 'oral')]).toEqual([GIVEN, GIVEN, GIVEN]);
    expect([withForm('oral', 'digital'), withForm('written', 'digital'), withForm('digital', 'digital')]).toEqual([
      REFUSED,
      REFUSED,
      GIVEN,
    ]);
    expect([withForm('oral', 'written'), withForm('written', 'written'), withForm('digital', 'written')]).toEqual([
      REFUSED,
      GIVEN,
      GIVEN,
    ]);
  });
  test('a permit for some data only, or an opt-out, is not the consent it means', () => {
    const partial = { ...permit, scope: { recipient: 'akutteam', category: 'vitals' } };
    expect(codes({ agreement: needs(), input: { consents: [partial] } })).toBe('SL41-2-1 AGR-CONSENT-REQUIRED');
    const block = { ...permit, kind: 'opt-out', scope: { source: 'psykiatrien' } };
    expect(codes({ agreement: needs(), input: { consents: [block] } })).toBe('SL41-2-1 AGR-CONSENT-REQUIRED');
  });
  test('is asked for last, so that another miss is not called a missing consent', () => {
    const input = { consents: [{ ...permit, form: 'oral' }], patient: { ...ordinary().patient, age: 20 } };
    expect(codes({ agreement: needs('written'), input })).toBe('SL41-1 AGR-CRITERIA');
  });
});

describe('several agreements', () => {
  const recipients = (...categories: string[]) => ({ recipients: { akutteam: { categories } } });
  test('fewest categories, then most labels kept out, then the order of ids', () => {
    const chosen = (more: Change['more']) => decided({ more: more! }).agreement;
    expect(chosen({ TWO: recipients('identity', 'vitals') })).toBe('TWO');
    expect(chosen({ TWO: { excluded_labels: ['PSY', 'SDV', 'HIV'] } })).toBe('TWO');
    expect(chosen({ TWO: { excluded_labels: ['PSY'] } })).toBe('ONE');
    expect(chosen({ TWO: {}, A: {} })).toBe('A');
  });
  test('of two that miss equally the narrower is told', () => {
    const miss = decided({
      agreement: { trigger: 'x' },
      more: { TWO: { ...recipients('identity', 'vitals'), trigger: 'y' } },
    }).near_miss;
    expect(miss).toEqual({ agreement: 'TWO', version: 4, code: 'AGR-TRIGGER' });
  });
  test('the one that carried farther is told before the narrower', () => {
    const miss = decided({
      agreement: { status: 'suspended' },
      more: { TWO: { ...recipients('identity'), trigger: 'y' } },
    }).near_miss;
    expect(miss).toEqual({ agreement: 'ONE', version: 4, code: 'AGR-SUSPENDED' });
  });
});

test('an entry for the unit speaks before one for what it is part of, and that before its kind', () => {
  const organisations = {
    akutteam: { ...own.organisations.akutteam!, part_of: 'sundhed', unit_type: 'acute-team' },
    sundhed: { ...own.organisations.akutteam!, name: 'x' },
  };
  const entry = (...categories: string[]) => ({ categories });
  const all = {
    'acute-team': entry('identity', 'plan'),
    sundhed: entry('identity', 'findings'),
    akutteam: entry('identity', 'vitals'),
  };
  const released = (entries: object) => decided({ organisations, agreement: { recipients: entries } }).released;
  expect(released(all)).toEqual(['identity-1', 'vitals-2']);
  expect(released({ 'acute-team': all['acute-team'], sundhed: all.sundhed })).toEqual(['identity-1', 'findings-3']);
  expect(released({ 'acute-team': entry('identity', 'medication') })).toEqual(['identity-1', 'medication-4']);
});

test('the newer of two versions in force speaks where one party is still to approve', () => {
  const agreements = [1, 2].map((version) => ({
    ...document,
    id: 'B',
    version,
    parties: [
      ...parties('region-nord', 'aaby-kommune'),
      { party: 'general-practice', approval: version === 1 ? 'approved' : 'proposed' },
    ],
  }));
  expect(decide(ordinary(), rulesOf({ ...own, agreements: agreements as never })).agreement_version).toBe(2);
});

describe('terms', () => {
  const terms = (agreement: object, more?: Record<string, object>) =>
    decided({ agreement, ...(more && { more }) }).terms;
  const entry = (more: object) => ({
    recipients: { akutteam: { categories: ['identity', 'vitals', 'findings'], ...more } },
  });
  const withdrawn = {
    parties: parties('region-nord', 'aaby-kommune').map((one) => ({ ...one, approval: 'withdrawn' })),
  };

  test('free text and attachments stay back unless the agreement says otherwise, in one way or the other', () => {
    expect(terms({ minimisation: { free_text: true, attachments: false } })).toMatchObject({
      free_text: true,
      attachments: false,
    });
    expect(terms({ minimisation: { free_text: false, attachments: true } })).toMatchObject({
      free_text: false,
      attachments: true,
    });
    expect(terms({ recipients: { akutteam: { categories: ['vitals', 'free-text'] } } })).toMatchObject({
      free_text: true,
      attachments: false,
    });
    expect(terms({ recipients: { akutteam: { categories: ['vitals', 'attachment'] } } })).toMatchObject({
      free_text: false,
      attachments: true,
    });
  });

  test('elements, identity and labels as the agreement says', () => {
    expect(
      terms({ minimisation: { free_text: false, attachments: false, identity_elements: ['identifier'] } })
        .identity_elements,
    ).toEqual(['identifier']);
    expect(terms(entry({ elements: { Observation: ['status', 'code'] }, kept_labels: ['HIV'] }))).toMatchObject({
      elements: { Observation: ['status', 'code'] },
      kept_labels: ['HIV'],
    });
  });

  test('a withdrawn agreement still limits every one of them', () => {
    const open = { minimisation: { free_text: true, attachments: true, identity_elements: ['identifier', 'name'] } };
    const limited = terms(
      {
        ...open,
        ...entry({ elements: { Observation: ['status', 'code'], Patient: ['name'] }, kept_labels: ['HIV', 'PSY'] }),
        excluded_labels: [],
      },
      {
        TWO: {
          ...withdrawn,
          minimisation: { free_text: true, attachments: false, identity_elements: ['identifier'] },
          ...entry({ elements: { Observation: ['code', 'valueQuantity'] }, kept_labels: ['HIV'] }),
          excluded_labels: ['SDV'],
        },
      },
    );
    expect(limited).toEqual({
      categories: ['identity', 'vitals', 'findings'],
      free_text: true,
      attachments: false,
      identity_elements: ['identifier'],
      elements: { Observation: ['code'], Patient: ['name'] },
      kept_labels: ['HIV'],
    });
  });

  test('a basis that closes free text closes it under any terms, one that needs no agreement says all by itself', () => {
    const insurance = own.cases.find(({ title }) => title === 'Digitally signed consent counts as written')!.input;
    expect(decide(insurance, rulesOf(own)).terms).toEqual({
      categories: null,
      free_text: false,
      attachments: false,
      identity_elements: null,
      elements: null,
      kept_labels: [],
    });
  });
});
