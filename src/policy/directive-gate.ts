import type { Item, Withheld } from './decision.ts';
import { generalPermits, type Heard, isDataSpecific, meetsItem, specificity } from './directives.ts';
import { type Flow, isIdentity } from './flow.ts';
import { inGateOrder, type ReasonCode } from './reason-codes.ts';

/** The whole flow is refused for these reasons. */
export interface DirectiveRefusal {
  readonly refusal: readonly ReasonCode[];
  readonly used: readonly string[];
}

export interface DirectiveOutcome {
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
  if (permit.exceptionTo === block.id) return true;
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

/** Several blocks may keep an item back; the first code in the order of the catalogue is told, so that the order of input does not matter. */
function withhold(judged: readonly Judged[], flow: Flow): Withheld[] {
  return flow.input.items.flatMap((item) => {
    const [code] = inGateOrder(judged.filter((one) => holdsBack(one, item, flow)).map((one) => one.code));
    return code ? [{ item: item.id, code }] : [];
  });
}

/** Gate G4, steps b) to d): opt-outs against permits, whole-flow before data-specific. */
export function weigh(heard: readonly Heard[], flow: Flow): DirectiveOutcome | DirectiveRefusal {
  const permits = generalPermits(heard);
  const judged = heard.filter(({ kind }) => kind !== 'permit').map((block) => judge(block, permits));
  const shutting = judged.filter(({ shutsAll }) => shutsAll);
  if (shutting.length > 0) {
    return { refusal: shutting.map(({ code }) => code), used: shutting.map(({ block }) => block.id) };
  }
  const withheld = withhold(judged, flow);
  const isEffective = (one: Judged) =>
    one.lifters.length > 0 || flow.input.items.some((item) => holdsBack(one, item, flow));
  const used = judged.filter(isEffective).flatMap(({ block, lifters }) => [block.id, ...lifters.map(({ id }) => id)]);
  return { withheld, used: [...new Set(used)], lifted: judged.some(({ lifters }) => lifters.length > 0) };
}
