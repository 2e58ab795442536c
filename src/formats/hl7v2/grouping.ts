import { type Issue, isFault, issue } from '../../errors.ts';
import type { SourceNode, SourceTree } from '../format.ts';
import { isKnownSegment } from './dictionary.ts';
import { placeOf, type Segment } from './segments.ts';
import type { StructureNode } from './structures.ts';

type Group = Record<string, SourceNode | SourceNode[]>;

/** Where the message stands in its structure: a group being filled and the child reached. */
interface Frame {
  readonly node: StructureNode;
  readonly tree: Group;
  at: number;
}

/** Segments without which a message means nothing; others that HL7 requires are missed with a warning only, as senders do leave them out. */
const ESSENTIAL = new Set(
  'PID MRG TXA SCH OBR MSA FT1 RXA PATIENT PATIENT_RESULT ORDER_OBSERVATION ORDER MERGE_INFO FINANCIAL'.split(' '),
);
const isEssential = (name: string) => ESSENTIAL.has(name);

function add(tree: Group, name: string, value: SourceNode, isList: boolean): void {
  if (!isList) tree[name] = value;
  else {
    const list = tree[name];
    if (Array.isArray(list)) list.push(value);
    else tree[name] = [value];
  }
}

/** The child of a frame that takes the segment, from where the frame stands on; `strictly` = without skipping a required one. */
function childFor(frame: Frame, name: string, strictly: boolean): number {
  const children = frame.node.children ?? [];
  for (let index = frame.at; index < children.length; index++) {
    const child = children[index]!;
    const isFilled = index === frame.at && !child.isList && frame.tree[child.name] !== undefined;
    if (!isFilled && (strictly ? child.first : child.segments).has(name)) return index;
    if (strictly && child.isRequired && frame.tree[child.name] === undefined) return -1;
  }
  return -1;
}

class Placing {
  readonly root: Group = {};
  readonly issues: Issue[] = [];
  readonly #structure: StructureNode;
  #frames: Frame[];

  constructor(structure: StructureNode) {
    this.#structure = structure;
    this.#frames = [{ node: structure, tree: this.root, at: 0 }];
  }

  place(segment: Segment, tree: SourceTree): void {
    if (!this.#structure.segments.has(segment.name)) this.#keepUnlisted(segment, tree);
    else if (!this.#enter(segment.name, tree, true) && !this.#enter(segment.name, tree, false))
      this.#keepMisplaced(segment, tree);
  }

  /**
   * A segment the structure does not list stays with the group it stands in; notes may follow anything. In ADT it goes to the message itself:
   * what follows a group there (insurance, procedure) is as a rule about the visit.
   */
  #keepUnlisted(segment: Segment, tree: SourceTree): void {
    const isAboutVisit = this.#structure.name.startsWith('ADT_');
    add(isAboutVisit ? this.root : this.#frames.at(-1)!.tree, segment.name, tree, true);
    if (isKnownSegment(segment.name) && segment.name !== 'NTE')
      this.issues.push(
        issue('HL7-SEGMENT-UNLISTED', placeOf(segment), { structure: this.#structure.name }, 'information'),
      );
  }

  /** A listed segment that comes too late. What a structure requires once must stand in its place; the rest is kept. */
  #keepMisplaced(segment: Segment, tree: SourceTree): void {
    const child = this.#structure.children?.find((node) => node.name === segment.name);
    const isFault = segment.name === 'MSH' || (child?.isRequired && !child.isList) || isEssential(segment.name);
    const code = isFault ? 'HL7-SEGMENT-PLACE' : 'HL7-SEGMENT-LATE';
    this.issues.push(issue(code, placeOf(segment), { structure: this.#structure.name }, isFault ? 'error' : 'warning'));
    if (!isFault) add(this.root, segment.name, tree, child?.isList ?? true);
  }

  #enter(name: string, tree: SourceTree, strictly: boolean): boolean {
    for (let depth = this.#frames.length - 1; depth >= 0; depth--) {
      const frame = this.#frames[depth]!;
      const index = childFor(frame, name, strictly);
      if (index >= 0) {
        this.#frames.length = depth + 1;
        this.#fill(frame, index, name, tree);
        return true;
      }
      if (this.#repeats(depth, name)) return this.#enterRepetition(depth, name, tree);
    }
    return false;
  }

  /** A group that may repeat begins again when the segment is one it can begin with. */
  #repeats(depth: number, name: string): boolean {
    const { node } = this.#frames[depth]!;
    return depth > 0 && node.isList && node.first.has(name);
  }

  #enterRepetition(depth: number, name: string, tree: SourceTree): boolean {
    const parent = this.#frames[depth - 1]!;
    this.#frames.length = depth;
    this.#fill(parent, parent.at, name, tree);
    return true;
  }

  /** Puts the segment into a child, opening groups on the way down. */
  #fill(frame: Frame, index: number, name: string, tree: SourceTree): void {
    let current = frame;
    let at = index;
    for (;;) {
      current.at = at;
      const child = current.node.children![at]!;
      if (!child.children) {
        add(current.tree, name, tree, child.isList);
        return;
      }
      const group: Group = {};
      add(current.tree, child.name, group, child.isList);
      current = { node: child, tree: group, at: 0 };
      this.#frames.push(current);
      at = child.children.findIndex((grandchild) => grandchild.segments.has(name));
    }
  }
}

/** Required segments that are absent, looked for in the groups that are there. */
function missing(node: StructureNode, tree: Group, structure: string): Issue[] {
  return (node.children ?? []).flatMap((child) => {
    const value = tree[child.name];
    if (value === undefined) {
      if (!child.isRequired) return [];
      const name = child.children ? [...child.first][0]! : child.name;
      const severity = isEssential(child.name) ? 'error' : 'warning';
      return [issue('HL7-SEGMENT-MISSING', name, { segment: name, structure }, severity)];
    }
    if (!child.children) return [];
    const groups = Array.isArray(value) ? value : [value];
    return groups.flatMap((group) => missing(child, group as Group, structure));
  });
}

/** Segments with their trees, put into the groups of their structure; what is missing, misplaced or unlisted is told. */
export function groupSegments(
  segments: readonly (readonly [Segment, SourceTree])[],
  structure: StructureNode,
): { tree: SourceTree; issues: readonly Issue[] } {
  const placing = new Placing(structure);
  for (const [segment, tree] of segments) placing.place(segment, tree);
  const misplaced = new Set(placing.issues.filter(isFault).map((found) => found.place));
  const absent = missing(structure, placing.root, structure.name).filter((found) => !misplaced.has(found.place));
  return { tree: placing.root, issues: [...placing.issues, ...absent] };
}
