import type { ElementDefinitionSlicingDiscriminator } from '@medplum/fhirtypes';
import type { Item, Matcher } from './discriminators.ts';
import { matcherOf } from './discriminators.ts';
import type { ProfileContext } from './profile.ts';
import type { Constraint } from './profile-tree.ts';
import type { Visit } from './visit.ts';

type ItemCheck = (item: Item, visit: Visit) => void;
/** Where the items of a sliced element stand; `inside` runs a check in the place of an item, `isList` says whether places have indices. */
interface Place {
  readonly visit: Visit;
  readonly isList: boolean;
  readonly inside: (item: Item, run: () => void) => void;
}
type SlicingCheck = (items: readonly Item[], place: Place) => void;

interface Slice {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly matches: Matcher;
  readonly check: ItemCheck;
  readonly within: SlicingCheck | undefined;
}

/** An extension is told by its url, a choice by its type, where a profile does not say how its slices are told. */
function discriminatorsOf(node: Constraint): readonly ElementDefinitionSlicingDiscriminator[] | undefined {
  if (node.slicing?.discriminator) return node.slicing.discriminator;
  if (node.name === 'extension' || node.name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return node.choice ? [{ type: 'type', path: '$this' }] : undefined;
}

const DEFAULT_SLICE = '@default';

/**
 * Compiles the slices of an element (https://hl7.org/fhir/R4/profiling.html#slicing): each item belongs to the first slice that matches it;
 * then slices are counted, the rest judged by the slicing's rules. Slices of slices are checked on the items of theirs.
 */
export function slicingCheck(
  node: Constraint,
  context: ProfileContext,
  checkOf: (slice: Constraint) => ItemCheck,
): SlicingCheck | undefined {
  const { profile, set } = context;
  const discriminators = discriminatorsOf(node);
  if (node.slices.size === 0 || !discriminators) return undefined;
  const slices = [...node.slices].map(
    ([name, slice]): Slice => ({
      name,
      min: slice.min ?? 0,
      max: slice.max ?? Infinity,
      matches: name === DEFAULT_SLICE ? () => true : matcherOf(discriminators, slice, set),
      check: checkOf(slice),
      within: slicingCheck(slice, context, checkOf),
    }),
  );
  slices.sort((first, second) => Number(first.name === DEFAULT_SLICE) - Number(second.name === DEFAULT_SLICE));
  const { rules, ordered } = node.slicing ?? {};

  return (items, place) => {
    const { visit, isList, inside } = place;
    const members = slices.map((): Item[] => []);
    let last = -1;
    let unmatched = false;
    for (const item of items) {
      if (isList) visit.path.push(item.index ?? 0);
      const at = slices.findIndex((slice) => slice.matches(item, visit));
      if (at < 0) {
        unmatched = true;
        if (rules === 'closed') visit.report('FHIR-SLICE-CLOSED', { profile });
      } else {
        if ((ordered && at < last) || (rules === 'openAtEnd' && unmatched))
          visit.report('FHIR-SLICE-ORDER', { profile });
        last = at;
        members[at]!.push(item);
        inside(item, () => slices[at]!.check(item, visit));
      }
      if (isList) visit.path.pop();
    }
    slices.forEach(({ name: slice, min, max, within }, at) => {
      const count = members[at]!.length;
      if (count < min) visit.report('FHIR-SLICE-MIN', { slice, min, count });
      if (count > max) visit.report('FHIR-SLICE-MAX', { slice, max, count });
      within?.(members[at]!, place);
    });
  };
}
