import { SYSTEM } from '../../src/fhir/identifiers.ts';
import type { ConsentRegister } from '../../src/registers/consent-register.ts';
import { NANCY } from '../helpers/messages.ts';

/** A register service that tests can fill, break and listen to. */
export interface Service {
  /** What it says from now on about whoever is asked for. */
  says(answer: unknown): void;
  /** How it fails from now on. */
  fails(how: 'status' | 'not-found' | 'not-json' | 'too-long' | 'hangs' | 'gone'): Promise<void>;
  asked(): readonly unknown[];
}

export interface Opened {
  readonly register: ConsentRegister;
  readonly service: Service;
  /** Lets the time pass in which a register that failed is left alone. */
  rest(): void;
  close(): Promise<void>;
}

const PLACE = '880012000016008';
const placed = (sor: string) => `${SYSTEM.sor}|${sor}`;

/** What every consent register has to do. */
export function suite(open: () => Promise<Opened>): void {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());
  const ask = () => opened.register.directives(NANCY.cpr);
  const one = async (registration: object) => {
    opened.service.says({ registrations: [{ id: 'r-1', registered: '2026-02-01', ...registration }] });
    const answer = await ask();
    return answer.ok ? answer.value[0] : answer;
  };

  test('nobody registered: heard, and nothing', async () => {
    opened.service.says({ registrations: [] });
    expect(await ask()).toEqual({ ok: true, value: [], issues: [] });
    expect(opened.service.asked()).toHaveLength(1);
  });

  test.each([
    ['negative, everything', { kind: 'negative' }, 'opt-out', {}],
    ['negative, a professional', { kind: 'negative', professional: 'A1B2C' }, 'opt-out', { professional: 'A1B2C' }],
    [
      'negative, a place and the units within',
      { kind: 'negative', place: { sor: PLACE } },
      'opt-out',
      { recipient: placed(PLACE), sub_units: true },
    ],
    [
      'data-specific, from a place alone',
      { kind: 'data-specific', data: { place: { sor: PLACE, subUnits: false } } },
      'opt-out',
      { source: placed(PLACE), sub_units: false },
    ],
    [
      'data-specific, from a period',
      { kind: 'data-specific', data: { from: '2025-01-01', to: '2025-06-30' } },
      'opt-out',
      { data_from: '2025-01-01', data_to: '2025-06-30' },
    ],
    ['positive', { kind: 'positive' }, 'permit', {}],
  ])('%s', async (_name, registration, kind, scope) => {
    expect(await one(registration)).toMatchObject({ id: 'register/r-1', kind, grantor: 'patient', scope });
  });

  test('a registration has its own time', async () => {
    const registration = { kind: 'negative', validFrom: '2026-02-01', validTo: '2026-12-31' };
    expect(await one(registration)).toMatchObject({
      given: '2026-02-01',
      valid_from: '2026-02-01',
      valid_to: '2026-12-31',
    });
  });

  test.each([
    ['a kind of tomorrow', { kind: 'half' }],
    ['data-specific without data', { kind: 'data-specific' }],
    ['a condition of tomorrow', { kind: 'negative', onlyOnMondays: true }],
    ['a place without a number', { kind: 'negative', place: { name: 'somewhere' } }],
    ['data of another shape', { kind: 'data-specific', data: 'all' }],
    ['a permit with a condition of tomorrow', { kind: 'positive', unless: 'x' }],
  ])('%s is held as a block', async (_name, registration) => {
    expect(await one(registration)).toMatchObject({ kind: 'not-understood' });
  });

  test.each([
    ['no object', 7],
    ['no list', { registrations: {} }],
    ['a registration without an id', { registrations: [{ kind: 'negative', registered: '2026-02-01' }] }],
    ['a registration without its time', { registrations: [{ kind: 'negative', id: 'r-1' }] }],
    ['one that is no object', { registrations: [null] }],
    [
      'more than anybody has',
      {
        registrations: Array.from({ length: 1_001 }, (_, id) => ({
          id: String(id),
          kind: 'positive',
          registered: '2026',
        })),
      },
    ],
  ])('%s is no answer', async (_name, answer) => {
    opened.service.says(answer);
    expect(await ask()).toMatchObject({ ok: false, issues: [{ code: 'REGISTER-ANSWER' }] });
  });

  test.each(['status', 'not-found', 'not-json', 'too-long', 'hangs', 'gone'] as const)('%s: not heard', async (how) => {
    await opened.service.fails(how);
    const answer = await ask();
    expect(answer).toMatchObject({ ok: false, issues: [{ code: 'REGISTER-AWAY' }] });
    expect(JSON.stringify(answer)).not.toContain(NANCY.cpr);
  });

  test('one that was not heard is left alone for a while, and asked again after', async () => {
    await opened.service.fails('status');
    await ask();
    const before = opened.service.asked().length;
    opened.service.says({ registrations: [] });
    expect((await ask()).ok).toBe(false);
    expect(opened.service.asked()).toHaveLength(before);
    opened.rest();
    expect((await ask()).ok).toBe(true);
  });
}
