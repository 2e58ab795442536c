import type { SourceNode, SourceTree } from '../format.ts';

/** What a lift may put under a name; the absent and the empty are left out. */
export type Part = SourceNode | readonly (SourceNode | undefined)[] | undefined;

const isEmpty = (node: SourceNode | undefined): boolean =>
  node === undefined || node === '' || (typeof node === 'object' && Object.keys(node).length === 0);

/**
 * A tree of the given parts, in their order. Absent, empty and childless parts leave no name behind, so that the same facts
 * give the same tree whatever the syntax; undefined where nothing is left. A list of one is that one.
 */
export function tree(parts: Readonly<Record<string, Part>>): SourceTree | undefined {
  const kept: Record<string, SourceNode | readonly SourceNode[]> = {};
  for (const [name, part] of Object.entries(parts)) {
    const nodes = (Array.isArray(part) ? part : [part]).filter((node): node is SourceNode => !isEmpty(node));
    if (nodes.length) kept[name] = nodes.length === 1 ? nodes[0]! : nodes;
  }
  return Object.keys(kept).length ? kept : undefined;
}

/** The nodes under a name as a list, whatever their number. */
export function listOf(parent: SourceNode | undefined, name: string): readonly SourceNode[] {
  const found = typeof parent === 'object' ? parent[name] : undefined;
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found as SourceNode];
}

/** The text at a path of names, taking the first of each list; undefined where it is absent or no text. */
export function textAt(root: SourceNode | undefined, ...path: readonly string[]): string | undefined {
  let node: SourceNode | undefined = root;
  for (const name of path) node = listOf(node, name)[0];
  return typeof node === 'string' ? node : undefined;
}

/** A text that stands for itself: trimmed, and absent where it is empty or MedCom's `_` for "empty but required". */
export function plain(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' || trimmed === '_' ? undefined : trimmed;
}

/** A text of several lines: white space inside is kept, at its end it is not (the syntaxes differ there). */
export function prose(text: string): string | undefined {
  const kept = text.trimEnd();
  return kept.trim() === '' || kept === '_' ? undefined : kept;
}
