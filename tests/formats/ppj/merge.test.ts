import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { journalMessage, ppj } from '../../../src/formats/ppj/index.ts';
import { mergeSnapshots } from '../../../src/formats/ppj/merge.ts';
import type { Snapshot } from '../../../src/formats/ppj/snapshot.ts';

const folder = resolve(import.meta.dirname, '../../../fixtures/ppj');
const fixture = (name: string) => JSON.parse(readFileSync(join(folder, name, 'message.json'), 'utf8')) as Snapshot;
const at = (minute: number) => `2026-05-04T10:${String(minute).padStart(2, '0')}:00+02:00`;
const snapshot = (minute: number, rest: Partial<Snapshot> = {}): Snapshot => ({
  ppj: '1.0',
  snapshot: { id: `s${minute}`, at: at(minute), unit: 'A' },
  sender: { sor: '440151000016001' },
  mission: 'M',
  journal: 'J',
  ...rest,
});

test('what one snapshot says stays, where the next does not speak of it', () => {
  const record = mergeSnapshots([
    snapshot(1, { dispatch: { urgency: 'A', index: { code: 'A.10.01' } }, vitals: [{ id: 'v1', at: at(1) }] }),
    snapshot(2, { dispatch: { urgency: 'B' }, notes: [{ id: 'n1', at: at(2) }], closed: true }),
    snapshot(3),
  ]);
  expect(record).toMatchObject({
    dispatch: { urgency: 'B', index: { code: 'A.10.01' } },
    vitals: [{ id: 'v1' }],
    notes: [{ id: 'n1' }],
    closed: true,
    snapshots: [{ id: 's1' }, { id: 's2' }, { id: 's3' }],
  });
});

test('an item is replaced whole by a later word on it, and taken away by a withdrawal; an older one that comes late changes nothing', () => {
  const first = snapshot(1, { vitals: [{ id: 'v1', at: at(1), heartRate: 80 } as never, { id: 'v2', at: at(1) }] });
  const second = snapshot(2, { vitals: [{ id: 'v1', at: at(1), saturation: 97 } as never] });
  const third = snapshot(3, { withdrawn: ['v2'] });
  const expected = [{ id: 'v1', at: at(1), saturation: 97 }];
  expect(mergeSnapshots([first, second, third]).vitals).toEqual(expected);
  expect(mergeSnapshots([third, second, first]).vitals).toEqual(expected);
  expect(mergeSnapshots([third, first]).withdrawn).toEqual(['v2']);
  expect(mergeSnapshots([third, snapshot(4, { vitals: [{ id: 'v2', at: at(1) }] }), first]).vitals).toHaveLength(2);
});

test('the time lines of units grow together', () => {
  const record = mergeSnapshots([
    snapshot(1, { units: [{ id: 'B', times: { alarm: at(1) } }] }),
    snapshot(2, {
      units: [
        { id: 'A', times: { alarm: at(1) } },
        { id: 'B', times: { rollout: at(2) } },
      ],
    }),
  ]);
  expect(record.units).toEqual([
    { id: 'A', times: { alarm: at(1) } },
    { id: 'B', times: { alarm: at(1), rollout: at(2) } },
  ]);
});

test('a patient identified later keeps the numbers used before, and is merged out of them', () => {
  const record = mergeSnapshots([fixture('odd-unknown'), fixture('late-identification')]);
  expect(record.patient).toMatchObject({
    status: 'identified-later',
    number: '050736-4129',
    formerNumbers: ['0101901AB2'],
    estimatedAge: 40,
  });
  expect(journalMessage(record).mergedFrom?.map(({ value }) => value)).toEqual(['0101901AB2', 'P-1003', 'J-1003']);
  const silent = mergeSnapshots([
    snapshot(1, { patient: { id: 'p', status: 'unknown', number: '0101901AB2' } }),
    snapshot(2, { patient: { id: 'p', status: 'known', number: '2512489996' } }),
  ]);
  expect(silent.patient).toEqual({
    id: 'p',
    status: 'identified-later',
    number: '2512489996',
    formerNumbers: ['0101901AB2'],
  });
});

test('a snapshot of another journal has no part in it', () => {
  expect(mergeSnapshots([snapshot(1), snapshot(2, { journal: 'K', closed: true })]).closed).toBeUndefined();
});

const item = fc.record({ id: fc.constantFrom('i1', 'i2', 'i3'), at: fc.nat(9).map(at), heartRate: fc.nat(200) });
const arbitrary: fc.Arbitrary<Snapshot> = fc
  .record({
    minute: fc.nat(20),
    id: fc.constantFrom('x', 'y', 'z', 'w'),
    vitals: fc.uniqueArray(item, { selector: ({ id }) => id }),
    withdrawn: fc.array(fc.constantFrom('i1', 'i2', 'i3'), { maxLength: 2 }),
    urgency: fc.option(fc.constantFrom('A', 'B'), { nil: undefined }),
    closed: fc.boolean(),
    times: fc.dictionary(fc.constantFrom('alarm', 'rollout'), fc.nat(9).map(at)),
  })
  .map(({ minute, id, vitals, withdrawn, urgency, closed, times }) => ({
    ...snapshot(minute, {
      vitals,
      withdrawn,
      closed,
      dispatch: { ...(urgency && { urgency }) },
      units: [{ id: 'A', times }],
    }),
    snapshot: { id: `${id}${minute}`, at: at(minute), unit: 'A' },
  }));

test('the order of arrival does not matter, and a repeat changes nothing', () => {
  fc.assert(
    fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 6 }), fc.nat(), (snapshots, turn) => {
      const merged = mergeSnapshots(snapshots);
      const turned = snapshots.map((_, index) => snapshots[(index + turn) % snapshots.length]!);
      expect(mergeSnapshots(turned.toReversed())).toEqual(merged);
      expect(mergeSnapshots([...snapshots, ...turned])).toEqual(merged);
    }),
  );
});

test('nothing given in is changed', () => {
  const given = [fixture('rich'), fixture('rich')];
  const before = JSON.stringify(given);
  mergeSnapshots(given);
  expect(JSON.stringify(given)).toBe(before);
});

test('a record can be read as a snapshot is: one alone is itself', () => {
  const rich = fixture('rich');
  const reading = ppj.read(Buffer.from(JSON.stringify(rich))).messages[0];
  expect(reading?.ok && reading.message.tree).toMatchObject({
    ...rich,
    units: expect.any(Array),
    vitals: rich.vitals!,
  });
});
