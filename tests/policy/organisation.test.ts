import { compileRules, decide } from '../../src/policy/decide.ts';
import { Directory, sameEntity } from '../../src/policy/organisation.ts';
import { ordinary, own, rules, rulesOf } from './tables.ts';

const unit = (more: object = {}) => ({ name: 'x', sector: 'region', legal_entity: 'r', branch: 'health', ...more });

test('an organisation is what it is on the day', () => {
  const directory = new Directory({
    a: unit({
      changes: [
        { from: '2028-01-01', branch: 'social' },
        { from: '2027-01-01', legal_entity: 's', operator: 'r' },
      ],
    }),
  });
  const on = (date: string) => {
    const { legal_entity, operator, branch } = directory.on('a', date)!;
    return [legal_entity, operator, branch];
  };
  expect(on('2026-12-31')).toEqual(['r', 'r', 'health']);
  expect(on('2027-01-01')).toEqual(['s', 'r', 'health']);
  expect(on('2028-01-01')).toEqual(['s', 'r', 'social']);
  expect(directory.on('b', '2026-01-01')).toBeUndefined();
  expect(directory.on('constructor', '2026-01-01')).toBeUndefined();
  expect(directory.on(7, '2026-01-01')).toBeUndefined();
});

test('units within units, without end', () => {
  const directory = new Directory({
    ward: unit({ part_of: 'clinic', labels: ['HIV'] }),
    clinic: unit({ part_of: 'hospital', unit_type: 'clinic-kind' }),
    hospital: unit({ labels: ['PSY'], sor: '11', gln: '22', shak: '33', ydernummer: '44' }),
    ring: unit({ part_of: 'ring' }),
  });
  const ward = directory.on('ward', '2026-01-01')!;
  expect(ward.within).toEqual(['ward', 'clinic', 'hospital']);
  expect(ward.recipientKeys).toEqual(['ward', 'clinic', 'hospital', 'ward']);
  expect(ward.names).toEqual(['ward']);
  expect(ward.placeNames).toEqual([
    'ward',
    'clinic',
    'hospital',
    'urn:oid:1.2.208.176.1.1|11',
    'https://www.gs1.org/gln|22',
    'urn:oid:1.2.208.176.1.5|33',
    'urn:oid:1.2.208.176.1.4|44',
  ]);
  expect(directory.on('clinic', '2026-01-01')!.unitType).toBe('clinic-kind');
  expect(directory.on('ring', '2026-01-01')!.within).toEqual(['ring']);
  expect(directory.labelsOf('ward')).toEqual(['HIV', 'PSY']);
  expect(directory.labelsOf('nowhere')).toEqual([]);
});

test('one authority is one only where nobody else runs either unit', () => {
  const directory = new Directory({
    a: unit(),
    b: unit(),
    c: unit({ operator: 'k' }),
    d: unit({ operator: 'k' }),
    e: unit({ legal_entity: 'k' }),
  });
  const same = (left: string, right: string) =>
    sameEntity(directory.on(left, '2026-01-01')!, directory.on(right, '2026-01-01')!);
  expect([same('a', 'b'), same('a', 'c'), same('c', 'd'), same('c', 'e')]).toEqual([true, false, true, false]);
});

test('a block by SOR identifier meets the unit and those within it', () => {
  const organisations = {
    ...own.organisations,
    akutteam: { ...own.organisations.akutteam!, part_of: 'kommune-sundhed' },
    'kommune-sundhed': { name: 'x', sector: 'municipality', legal_entity: 'aaby-kommune', branch: 'health', sor: '77' },
  };
  const compiled = rulesOf({ ...own, organisations });
  const block = (scope: object) =>
    decide(
      {
        ...ordinary(),
        consents: [{ id: 'd', kind: 'opt-out', status: 'active', grantor: 'patient', given: '2026-02-02', scope }],
      },
      compiled,
    ).codes;
  expect(block({ recipient: 'urn:oid:1.2.208.176.1.1|77' })).toContain('DIR-OPT-OUT-RECIPIENT');
  expect(block({ recipient: 'urn:oid:1.2.208.176.1.1|77', sub_units: false })).toContain('DIR-NONE');
  expect(block({ recipient: 'urn:oid:1.2.208.176.1.1|78' })).toContain('DIR-NONE');
});

test('an agreement limited to clusters holds between units of these', () => {
  const verdict = (recipientCluster: string | undefined, clusters: string[] | null) => {
    const akutteam = { ...own.organisations.akutteam!, ...(recipientCluster && { cluster: recipientCluster }) };
    const agreements = { ...own.agreements, 'B-AFSLUTTET': { ...own.agreements['B-AFSLUTTET']!, clusters } };
    return decide(ordinary(), rulesOf({ agreements, organisations: { ...own.organisations, akutteam } })).codes[1];
  };
  expect(verdict('nord', ['nord', 'syd'])).toBe('AGR-OK');
  expect(verdict('vest', ['nord', 'syd'])).toBe('AGR-NONE');
  expect(verdict(undefined, ['nord'])).toBe('AGR-NONE');
  expect(verdict('vest', null)).toBe('AGR-OK');
});

test('the version of a rule set is the hash of what it is made of', () => {
  const { organisations, agreements } = own;
  expect(rules.version).toMatch(/^[0-9a-f]{64}$/);
  expect(
    rulesOf({ organisations: Object.fromEntries(Object.entries(organisations).reverse()), agreements }).version,
  ).toBe(rules.version);
  const other = { ...agreements, 'B-AFSLUTTET': { ...agreements['B-AFSLUTTET']!, deadline_minutes: 61 } };
  expect(rulesOf({ organisations, agreements: other }).version).not.toBe(rules.version);
  const bound = compileRules({ organisations, agreements });
  expect(bound.ok && bound.value.version).not.toBe(rules.version);
});

test('law is dated: a row is a basis from its first day to its last', () => {
  const bases = rules.bases.map((basis) =>
    basis.code === 'SL41-2-1' ? { ...basis, validFrom: '2026-05-12', validTo: '2026-05-13' } : basis,
  );
  const compiled = compileRules({
    organisations: own.organisations,
    agreements: own.agreements,
    approvals: 'stated',
    bases,
  });
  if (!compiled.ok) throw new Error('does not compile');
  const on = (now: string) => decide({ ...ordinary(), now }, compiled.value).codes[0];
  expect(on('2026-05-11T23:59:59+02:00')).toBe('LEGAL-NONE');
  expect(on('2026-05-12T00:00:00+02:00')).toBe('SL41-2-1');
  expect(on('2026-05-13T23:59:59+02:00')).toBe('SL41-2-1');
  expect(on('2026-05-14T00:00:00+02:00')).toBe('LEGAL-NONE');
});
