import {
  enterUnmapped,
  type Resolution,
  resolveCode,
  senderFile,
  worklistKey,
} from '../../src/mapping/code-worklist.ts';
import { lookUp, readConceptMap } from '../../src/mapping/concept-map.ts';

const CODE = {
  conceptMap: 'http://example.org/sex',
  system: 'http://l',
  code: 'Z',
  policy: 'wait',
  place: 'm.map:1:1',
} as const;
const SEEN = { sender: 'epj', messageId: 'm1', at: '2025-03-01T12:00:00Z' };

test('a code enters once a sender, counts what it is met in, and knows who waits', () => {
  const first = enterUnmapped(new Map(), [CODE], SEEN);
  const second = enterUnmapped(first, [CODE], { ...SEEN, messageId: 'm2', at: '2025-03-02T12:00:00Z' });
  const third = enterUnmapped(second, [CODE], { ...SEEN, messageId: 'm2', at: '2025-03-03T12:00:00Z' });
  const other = enterUnmapped(third, [{ ...CODE, policy: 'continue' }], { ...SEEN, sender: 'other' });
  expect(first.size).toBe(1);
  expect(other.get(worklistKey({ ...CODE, sender: 'epj' }))).toEqual({
    conceptMap: 'http://example.org/sex',
    system: 'http://l',
    code: 'Z',
    policy: 'wait',
    sender: 'epj',
    firstSeen: '2025-03-01T12:00:00Z',
    lastSeen: '2025-03-03T12:00:00Z',
    count: 3,
    waiting: ['m1', 'm2'],
  });
  expect(other.get(worklistKey({ ...CODE, sender: 'other' }))?.waiting).toEqual([]);
});

const RESOLUTION: Resolution = {
  sourceSystem: 'http://l',
  sourceCode: 'Z',
  equivalence: 'equivalent',
  targetSystem: 'http://t',
  targetCode: 'other',
  targetDisplay: 'Other, "odd"',
};

function targets(text: string, code: string) {
  const read = readConceptMap('c.csv', text);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const found = lookUp(read.value, code, 'http://l');
  return found.found ? found.targets.map(({ code: target, display }) => [target, display]) : undefined;
}

test('a resolved code is found by the next run, in a new file or an old one, and can be resolved anew', () => {
  const made = resolveCode('', RESOLUTION);
  const text = made.ok ? made.value : '';
  expect(targets(text, 'Z')).toEqual([['other', 'Other, "odd"']]);
  const old =
    '#url,http://example.org/sex\n# a word on it\nsource_system,Source Code,target-code\nhttp://l,K,female\nhttp://l,Z,male\n';
  const changed = resolveCode(old, RESOLUTION);
  expect(changed.ok && changed.value).toBe(
    '#url,http://example.org/sex\n# a word on it\nsource_system,Source Code,target-code\nhttp://l,K,female\nhttp://l,Z,other\n',
  );
  const none = resolveCode(text, { sourceSystem: 'http://l', sourceCode: 'Z', equivalence: 'unmatched' });
  expect(none.ok && targets(none.value, 'Z')).toEqual([]);
});

test('a file that is no such table is refused', () => {
  expect(resolveCode('a,b\n1,2\n', RESOLUTION).issues).toEqual([
    expect.objectContaining({ code: 'MAP-CODES', place: 'line 1' }),
  ]);
});

test('a sender’s rows have their own file', () => {
  expect(senderFile('hl7v2/gender.json', 'epj')).toBe('hl7v2/senders/epj/gender.csv');
  expect(senderFile('units.csv', 'epj')).toBe('senders/epj/units.csv');
});
