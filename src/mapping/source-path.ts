/** Paths kept for reuse; a message with more distinct ones (a list of thousands) gets paths of its own that go with it. */
const MOST_KEPT = 20_000;

/**
 * Where a value stands in the source, as a node of a tree of paths that is kept from run to run: the same place is the same object, so reads are a
 * set of nodes and texts are made once.
 */
export class SourcePath {
  readonly text: string;
  readonly #children = new Map<string, SourcePath | SourcePath[]>();
  readonly #counter: { kept: number };

  constructor(text: string, counter: { kept: number } = { kept: 0 }) {
    this.text = text;
    this.#counter = counter;
    counter.kept++;
  }

  /** True once so many paths are kept that the tree should not be used for another message. */
  get isFull(): boolean {
    return this.#counter.kept > MOST_KEPT;
  }

  /** @param index position in a list, -1 for an element that is not in one */
  child(key: string, index: number): SourcePath {
    const slot = index < 0 ? key : `${key}[`;
    const found = this.#children.get(slot);
    if (index < 0) return (found as SourcePath | undefined) ?? this.#keep(key, slot);
    const list = (found as SourcePath[] | undefined) ?? [];
    if (!found) this.#children.set(slot, list);
    list[index] ??= new SourcePath(this.#join(`${key}[${index}]`), this.#counter);
    return list[index];
  }

  #keep(key: string, slot: string): SourcePath {
    const made = new SourcePath(this.#join(key), this.#counter);
    this.#children.set(slot, made);
    return made;
  }

  #join(step: string): string {
    return this.text === '' ? step : `${this.text}.${step}`;
  }
}
