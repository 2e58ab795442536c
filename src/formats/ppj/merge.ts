import type { Item, JournalPatient, JournalRecord, Snapshot, Unit } from './snapshot.ts';
import { ITEM_LISTS } from './snapshot.ts';

/**
 * Puts the snapshots of one journal together. The order they come in does not matter, and a repeat changes nothing: what counts is
 * `snapshot.at` (of two taken at the same instant, the id decides).
 * - an item is told whole: the latest snapshot that has it wins, a later withdrawal takes it away (`withdrawn` lists those that stay away);
 * - dispatch, patient, destination, disposition and each unit are put together field by field, the latest word on a field winning;
 * - a number the patient had before becomes a former number;
 * - a closed journal stays closed.
 * @param snapshots at least one, all of the same journal (others are left out)
 */
export function mergeSnapshots(snapshots: readonly Snapshot[]): JournalRecord {
  const ordered = inOrder(snapshots);
  const latest = ordered.at(-1)!;
  const whole = Object.assign({}, ...ordered.map(withoutLists), latest) as Snapshot;
  return defined({
    ...whole,
    dispatch: layered(ordered.map(({ dispatch }) => dispatch)),
    units: mergeUnits(ordered),
    patient: mergePatients(ordered),
    destination: layered(ordered.map(({ destination }) => destination)),
    disposition: layered(ordered.map(({ disposition }) => disposition)),
    ...Object.fromEntries(ITEM_LISTS.map((list) => [list, mergeItems(ordered, list)])),
    withdrawn: stillWithdrawn(ordered),
    closed: ordered.some(({ closed }) => closed) || undefined,
    snapshots: ordered.map(({ snapshot }) => snapshot),
  }) as unknown as JournalRecord;
}

function inOrder(snapshots: readonly Snapshot[]): Snapshot[] {
  const journal = snapshots[0]!.journal;
  const key = ({ snapshot }: Snapshot) => [Date.parse(snapshot.at), snapshot.id] as const;
  const sorted = snapshots
    .filter((each) => each.journal === journal)
    .toSorted((a, b) => key(a)[0] - key(b)[0] || compare(key(a)[1], key(b)[1]) || compare(content(a), content(b)));
  const seen = new Set<string>();
  return sorted.filter(({ snapshot }) => !seen.has(snapshot.id) && seen.add(snapshot.id));
}

const content = (snapshot: Snapshot) => JSON.stringify(snapshot);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function withoutLists(snapshot: Snapshot): object {
  return Object.fromEntries(Object.entries(snapshot).filter(([key]) => !ITEM_LISTS.includes(key as 'vitals')));
}

function defined(record: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Later fields over earlier ones, objects inside likewise; lists and plain values are replaced whole. */
function layered(layers: readonly (object | undefined)[]): object | undefined {
  const there = layers.filter((layer) => layer !== undefined);
  if (there.length === 0) return undefined;
  const out = new Map<string, unknown>();
  for (const layer of there)
    for (const [key, value] of Object.entries(layer)) {
      const before = out.get(key);
      out.set(key, isPlain(before) && isPlain(value) ? layered([before, value]) : value);
    }
  return Object.fromEntries(out);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mergeUnits(ordered: readonly Snapshot[]): Unit[] | undefined {
  const units = Map.groupBy(
    ordered.flatMap(({ units = [] }) => units),
    ({ id }) => id,
  );
  const merged = [...units.values()].map((layers) => layered(layers) as Unit);
  return merged.length > 0 ? merged.toSorted((a, b) => compare(a.id, b.id)) : undefined;
}

function mergePatients(ordered: readonly Snapshot[]): JournalPatient | undefined {
  const told = ordered.flatMap(({ patient }) => patient ?? []);
  const merged = layered(told) as JournalPatient | undefined;
  if (!merged) return undefined;
  const numbers = told.flatMap(({ number, formerNumbers = [] }) => [...formerNumbers, ...(number ? [number] : [])]);
  const former = [...new Set(numbers)].filter((number) => number !== merged.number);
  const wasUnknown = told.some(({ status }) => status === 'unknown') && merged.status === 'known';
  return {
    ...merged,
    ...(wasUnknown && { status: 'identified-later' as const }),
    ...(former.length > 0 && { formerNumbers: former }),
  };
}

/** Items in the order of their time; who withdraws an item withdraws what was said of it up to then. */
function mergeItems(ordered: readonly Snapshot[], list: (typeof ITEM_LISTS)[number]): Item[] | undefined {
  const items = new Map<string, Item>();
  for (const snapshot of ordered) {
    for (const id of snapshot.withdrawn ?? []) items.delete(id);
    for (const item of snapshot[list] ?? []) items.set(item.id, item);
  }
  const sorted = [...items.values()].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || compare(a.id, b.id));
  return sorted.length > 0 ? sorted : undefined;
}

function stillWithdrawn(ordered: readonly Snapshot[]): string[] | undefined {
  const withdrawn = new Set<string>();
  for (const snapshot of ordered) {
    for (const id of snapshot.withdrawn ?? []) withdrawn.add(id);
    for (const list of ITEM_LISTS) for (const { id } of snapshot[list] ?? []) withdrawn.delete(id);
  }
  return withdrawn.size > 0 ? [...withdrawn].toSorted() : undefined;
}
