/**
 * Chains of one priority: the kernel asks the one first that was registered last (nf_hook_entries_grow). Of one table the
 * handles tell that; of several tables only when each was made, not whether a chain was put into it later.
 */
import type { Packet } from '../../model/packet.ts';
import type { NetfilterInput, NetfilterOutcome } from '../netfilter/types.ts';
import { changedCt } from '../netfilter/connection-state.ts';
import type { BaseChain } from '../nftables/index.ts';
import type { Placed, PlannedPart } from './hook-plan.ts';
import type { RulePart } from './rule-part.ts';
import { evaluateRules } from './rule-part.ts';

/** Neighbours of one priority, in the likeliest order, as one part where more than one order is possible. */
export function joinTies(placed: readonly Placed[]): readonly PlannedPart[] {
  const parts: PlannedPart[] = [];
  for (let from = 0; from < placed.length;) {
    let to = from + 1;
    while (to < placed.length && placed[to]!.at === placed[from]!.at) to += 1;
    parts.push(...tie(placed.slice(from, to)));
    from = to;
  }
  return parts;
}

function tie(placed: readonly Placed[]): readonly PlannedPart[] {
  const isMixed = placed.length > 1 && placed.some(({ isNative }) => isNative);
  const ordered = (isMixed ? newestFirst(placed) : placed).map(({ part }) => part);
  const busy = ordered.filter(({ kind }) => kind !== 'passing');
  const tables = new Set(busy.map((part) => chainOf(part)?.table ?? part));
  if (tables.size <= 1) return ordered;
  const orders = ordersOf(ordered, (part) => chainOf(part)?.table);
  const isRulesAlone = ordered.every(({ kind }) => kind === 'rules' || kind === 'passing');
  return [{ kind: 'tied', orders, rules: isRulesAlone ? orders.map(rulesIn) : undefined, onwards: [] }];
}

function rulesIn(parts: readonly PlannedPart[]): readonly RulePart[] {
  return parts.flatMap((part) => (part.kind === 'rules' ? [part.rules] : []));
}

function chainOf(part: PlannedPart): BaseChain | undefined {
  return part.kind === 'rules' && part.rules.kind === 'chain' ? part.rules.chain : undefined;
}

/** The handles of table and chain, which grow as they are made. */
export type Age = readonly [table: number, chain: number];

/** What does not tell its age was most likely there before. */
export const UNKNOWN_AGE: Age = [-1, 0];

export function newestFirst<T extends { readonly age: Age }>(parts: readonly T[]): readonly T[] {
  return parts.toSorted((x, y) => y.age[0] - x.age[0] || y.age[1] - x.age[1]);
}

/** Every order of the parts that keeps those of one table as they are, the likeliest first. */
export function ordersOf<T>(parts: readonly T[], tableOf: (part: T) => object | undefined): readonly (readonly T[])[] {
  const groups = new Map<object, T[]>();
  for (const part of parts) {
    const key = tableOf(part) ?? {};
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part]);
    else group.push(part);
  }
  const lists = [...groups.values()];
  if (lists.length > MOST_TABLES) return [parts, parts.toReversed()];
  const orders: (readonly T[])[] = [parts];
  for (const order of permutations(lists)) {
    const flat = order.flat();
    if (!flat.every((part, i) => part === parts[i])) orders.push(flat);
  }
  return orders;
}

/** Of more tables only two orders are tried. */
const MOST_TABLES = 3;

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** What each part does with the packet, and whether it comes out the same in each order. */
export interface TieAnswers {
  readonly packet: Packet;
  /** In the same order: those that were asked, and what they said. */
  readonly parts: readonly RulePart[];
  readonly outcomes: readonly (readonly NetfilterOutcome[])[];
  readonly isOrderFree: boolean;
}

/** What the part said of the packet; undefined where it was not asked, or of another packet. */
export function answerOf(
  answers: TieAnswers | undefined,
  part: RulePart,
  packet: Packet,
): readonly NetfilterOutcome[] | undefined {
  return answers?.packet === packet ? answers.outcomes[answers.parts.indexOf(part)] : undefined;
}

export function askTied(orders: readonly (readonly RulePart[])[], input: NetfilterInput): TieAnswers {
  const [likely = [], ...others] = orders;
  const said: (readonly NetfilterOutcome[])[] = [];
  let busy = 0;
  let isEnd = true;
  for (const part of likely) {
    const outcomes = evaluateRules(part, input);
    // What stands behind one that does something may see another packet.
    if (busy === 0) said.push(outcomes);
    if (isPassed(outcomes, input)) continue;
    busy += 1;
    isEnd &&= outcomes.every(({ verdict }) => verdict.kind !== 'accept');
  }
  // One that ends the packet, while the others let it pass as it is, ends it in any order.
  const answers = { packet: input.packet, parts: likely, outcomes: said, isOrderFree: true };
  if (busy === 0 || (busy === 1 && isEnd)) return answers;
  const expected = endsOf(likely, input);
  return { ...answers, isOrderFree: others.every((order) => endsOf(order, input) === expected) };
}

function isPassed(outcomes: readonly NetfilterOutcome[], input: NetfilterInput): boolean {
  const [only] = outcomes;
  return (
    outcomes.length === 1 &&
    only!.verdict.kind === 'accept' &&
    only!.packet === input.packet &&
    only!.ctChange === undefined &&
    only!.assumed === input.assumed
  );
}

/** All ways through the parts as one text that is the same for what comes to the same. */
function endsOf(parts: readonly RulePart[], input: NetfilterInput): string {
  return follow(parts, input, '').toSorted().join('\n');
}

function follow([first, ...rest]: readonly RulePart[], input: NetfilterInput, forks: string): readonly string[] {
  const { ct } = input;
  if (first === undefined) return [`accept ${describe(input.packet)} ${ct.state} ${ct.mark} ${ct.zone}${forks}`];
  return evaluateRules(first, input).flatMap((outcome) => {
    const { verdict, ctChange } = outcome;
    const taken = outcome.forks.map(({ cause, label, probability }) => ` ${cause} ${label} ${probability ?? ''}`);
    const so = forks + taken.join('');
    if (verdict.kind === 'drop' || verdict.kind === 'reject') return [`${JSON.stringify(verdict)}${so}`];
    if (verdict.kind !== 'accept') return [`${JSON.stringify(verdict)} ${describe(outcome.packet)}${so}`];
    const changed = ctChange === undefined ? ct : changedCt(ct, ctChange);
    return follow(rest, { ...input, packet: outcome.packet, ct: changed, assumed: outcome.assumed }, so);
  });
}

function describe({ src, dst, sport, dport, mark, tos, ttl }: Packet): string {
  return `${src.text} ${dst.text} ${sport.min}-${sport.max} ${dport.min}-${dport.max} ${mark} ${tos} ${ttl}`;
}
