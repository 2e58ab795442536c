import fc from 'fast-check';
import { danishDate, danishInstant } from '../../src/fhir/danish-time.ts';

test.each([
  ['202601151230', '2026-01-15T12:30:00+01:00'],
  ['20260715123045', '2026-07-15T12:30:45+02:00'],
  ['2026-07-15T12:30:45.123', '2026-07-15T12:30:45.123+02:00'],
  ['202603290159', '2026-03-29T01:59:00+01:00'],
  ['202603290230', '2026-03-29T03:30:00+02:00'],
  ['202603290300', '2026-03-29T03:00:00+02:00'],
  ['202610250159', '2026-10-25T01:59:00+02:00'],
  ['202610250230', '2026-10-25T02:30:00+02:00'],
  ['202610250300', '2026-10-25T03:00:00+01:00'],
  ['198907011200', '1989-07-01T12:00:00+02:00'],
  ['196507011200', '1965-07-01T12:00:00+01:00'],
])('%s is %s', (local, instant) => {
  expect(danishInstant(local)).toBe(instant);
});

test.each(['202602301200', '202613011200', '202601012500', '2026', 'x', '', '202601011200+0100'])(
  '%s is no local time',
  (text) => {
    expect(danishInstant(text)).toBeUndefined();
  },
);

test('the offset is the one the zone database has', () => {
  const zone = new Intl.DateTimeFormat('en-US', { timeZone: 'Europe/Copenhagen', timeZoneName: 'longOffset' });
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(1996, 0, 1), max: Date.UTC(2060, 0, 1) }), (time) => {
      const minute = new Date(Math.floor(time / 60_000) * 60_000).toISOString().slice(0, 16);
      const instant = danishInstant(minute)!;
      expect(zone.format(Date.parse(instant))).toContain(instant.slice(-6));
    }),
  );
});

test('the Danish date of an instant near midnight', () => {
  expect(danishDate('2026-06-30T22:30:00Z')).toBe('2026-07-01');
  expect(danishDate('2026-01-31T22:30:00Z')).toBe('2026-01-31');
  expect(danishDate('never')).toBeUndefined();
});
