import type { Bundle, Encounter } from '@medplum/fhirtypes';
import { stayEventOf } from '../../../src/formats/fhir/stay-event.ts';
import { STAYS } from './stay-cases.ts';
import { play } from './stays.ts';

const withStatus = (status?: Encounter['status']): Encounter | undefined =>
  status && { resourceType: 'Encounter', status, class: { code: 'IMP' } };
const bundleOf = (...resources: object[]) =>
  ({ resourceType: 'Bundle', type: 'message', entry: resources.map((resource) => ({ resource })) }) as Bundle;

test.each([
  ['A01', 'admit'],
  ['A13', 'cancel-discharge'],
  ['A21', 'leave'],
  ['A53', 'cancel-return'],
])('the trigger event %s is %s', (code, event) => {
  expect(stayEventOf(bundleOf({ resourceType: 'MessageHeader', eventCoding: { code } }))).toBe(event);
});

test('a notice received says by its activity what happened', () => {
  const events = STAYS.flatMap(({ steps }) => {
    const { bundles, sent } = play(steps);
    return bundles.map((bundle, index) => `${sent[index]!.code} ${stayEventOf(bundle)}`);
  });
  expect([...new Set(events.filter((each) => !each.includes('MORS')))].sort()).toEqual([
    'AN_SLHJ cancel-discharge',
    'AN_SLOR cancel-return',
    'AN_STAA cancel-admit',
    'AN_STIN cancel-admit',
    'AN_STOR cancel-leave',
    'RE_SLHJ update',
    'RE_SLOR update',
    'RE_STAA update',
    'RE_STIN update',
    'RE_STOR update',
    'SLHJ discharge',
    'SLOR return',
    'STAA register',
    'STIN admit',
    'STOR leave',
  ]);
});

test.each([
  [undefined, 'in-progress', 'admit'],
  [undefined, 'planned', 'admit'],
  ['planned', 'in-progress', 'admit'],
  ['in-progress', 'in-progress', 'update'],
  ['in-progress', 'onleave', 'leave'],
  ['onleave', 'in-progress', 'return'],
  ['onleave', 'finished', 'discharge'],
  ['finished', 'in-progress', 'cancel-discharge'],
  ['in-progress', 'cancelled', 'cancel-admit'],
  ['in-progress', 'unknown', 'update'],
] as const)('a stay that comes alone, %s before and %s now: %s', (was, is, event) => {
  expect(stayEventOf(bundleOf(withStatus(is)!), withStatus(was))).toBe(event);
});
