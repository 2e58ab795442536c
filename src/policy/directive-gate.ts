import type { Item, Withheld } from './decision.ts';
import { generalPermits, type Heard, isDataSpecific, meetsItem, specificity } from './directives.ts';
import { type Flow, isIdentity } from './flow.ts';
import type { ReasonCode } from './reason-codes.ts';

export interface DirectiveOutcome {
  /** The whole flow is refused for these reasons. */
  readonly refusal?: readonly ReasonCode[];
  /** Items kept back by a directive about some data. */
  readonly withheld: readonly Withheld[];
  /** Ids of the directives that settled something. */
  readonly used: readonly string[];
  /** A permit lifted an opt-out. */
  readonly lifted: boolean;
}

/** What an opt-out is called by: the data it names, else whom it names, else all. */
function codeOf({ kind, scope }: Heard): ReasonCode {
  if (kind === 'not-understood') return 'SYS-DIRECTIVE-NOT-UNDERSTOOD';
  if (scope.source ?? scope.source_entity) return 'DIR-OPT-OUT-SOURCE';
  if (scope.data_from ?? scope.data_to) return 'DIR-OPT-OUT-PERIOD';
  if (scope.category ?? scope.label ?? scope.item) return 'DIR-OPT-OUT-CATEGORY';
  return scope.recipient || scope.recipient_entity || scope.professional ? 'DIR-OPT-OUT-RECIPIENT' : 'DIR-OPT-OUT-ALL';
}

/** A permit lifts an opt-out when it is at least as specific and strictly later; what is in doubt stays shut. */
function lifts(permit: Heard, block: Heard): boolean {
  if (block.kind === 'not-understood') return false;
  if (permit.exceptionTo !== undefined && permit.exceptionTo === block.id) return true;
  return specificity(permit) >= specificity(block) && permit.given.first > block.given.last;
}

interface Judged {
  readonly block: Heard;
  readonly code: ReasonCode;
  readonly lifters: readonly Heard[];
  /** Not lifted by anything, and not about some data only. */
  readonly shutsAll: boolean;
}

function judge(block: Heard, permits: readonly Heard[]): Judged {
  const lifters = permits.filter((permit) => lifts(permit, block));
  return { block, code: codeOf(block), lifters, shutsAll: !isDataSpecific(block) && lifters.length === 0 };
}

function holdsBack({ block, lifters }: Judged, item: Item, flow: Flow): boolean {
  // the identity goes with whatever else is sent; by itself it never leaves
  if (isIdentity(item) || !meetsItem(block, item, flow)) return false;
  return !lifters.some((permit) => meetsItem(permit, item, flow));
}

/** The first block in the order of codes and ids keeps an item back, so that the order of input does not matter. */
function withhold(judged: readonly Judged[], flow: Flow): Withheld[] {
  return flow.input.items.flatMap((item) => {
    const found = judged.find((one) => holdsBack(one, item, flow));
    return found ? [{ item: item.id, code: found.code }] : [];
  });
}

/** Gate G4, steps b) to d): opt-outs against permits, whole-flow before data-specific. */
export function weigh(heard: readonly Heard[], flow: Flow): DirectiveOutcome {
  const permits = generalPermits(heard);
  const judged = heard.filter(({ kind }) => kind !== 'permit').map((block) => judge(block, permits));
  const shutting = judged.filter(({ shutsAll }) => shutsAll);
  if (shutting.length > 0) {
    const refusal = shutting.map(({ code }) => code);
    return { refusal, withheld: [], used: shutting.map(({ block }) => block.id), lifted: false };
  }
  const ordered = judged.toSorted((left, right) => (left.code < right.code ? -1 : left.code > right.code ? 1 : 0));
  const withheld = withhold(ordered, flow);
  const codes = new Set(withheld.map(({ code }) => code));
  const effective = judged.filter(({ code, lifters }) => codes.has(code) || lifters.length > 0);
  const used = effective.flatMap(({ block, lifters }) => [block.id, ...lifters.map(({ id }) => id)]);
  return { withheld, used: [...new Set(used)], lifted: judged.some(({ lifters }) => lifters.length > 0) };
}
