/** Which nexthops of a multipath route the kernel may take for a new flow, and with what shares. */
import type { Nexthop } from '../state.ts';
import type { Flow } from './flow.ts';
import type { NexthopChoice } from './table-hit.ts';
import type { TableRoute } from './tables.ts';

/** What decides beyond the route itself. */
export interface ChoiceRules {
  /** Dead, or without carrier where that counts. */
  isUsable(nexthop: Nexthop): boolean;
  /** The neighbour that it goes by has not failed. */
  isNeighbourGood(nexthop: Nexthop): boolean;
  /** net.ipv4.fib_multipath_use_neigh. */
  readonly usesNeighbours: boolean;
  /** v4: the address that the kernel would take as source for this nexthop; undefined where it does not matter. */
  sourceOf?(nexthop: Nexthop): string | undefined;
  /** The kernel prefers the nexthop whose address is the packet's source (6.16 on); undefined: not known. */
  readonly prefersSource: boolean | undefined;
}

/**
 * The hash of a flow is not computed: its seed is the kernel's secret, so every nexthop that the hash may give is a
 * choice, with its weight as the share. `chosen` is what the table lookup stopped at.
 */
export function nexthopChoices(
  entry: TableRoute,
  chosen: Nexthop,
  flow: Flow,
  rules: ChoiceRules,
): readonly NexthopChoice[] {
  const { nexthops } = entry;
  if (nexthops.length < 2) return [{ nexthop: chosen, probability: 1 }];
  if (flow.family === 4 && flow.oif !== undefined) return [{ nexthop: chosen, probability: 1 }];
  if (entry.isObject) return objectChoices(entry, rules);
  const usable = nexthops.filter((nexthop) => rules.isUsable(nexthop));
  const good =
    rules.usesNeighbours && flow.family === 4 ? usable.filter((nexthop) => rules.isNeighbourGood(nexthop)) : usable;
  // fib_select_multipath leaves the result of the lookup where no nexthop will do.
  if (good.length === 0) return [{ nexthop: chosen, probability: 1 }];
  const bySource = preferSource(good, usable, flow, rules);
  if (bySource !== undefined) return bySource;
  return flow.family === 6 && flow.isStrict && flow.liked !== undefined
    ? onDevice(good, chosen, flow.liked)
    : hashShares(good, usable, chosen);
}

/**
 * fib_select_multipath gives a nexthop whose own address is the packet's source two points and the hash's one point:
 * among several such, the first one above the hash wins, else the first.
 */
function preferSource(
  good: readonly Nexthop[],
  usable: readonly Nexthop[],
  flow: Flow,
  rules: ChoiceRules,
): readonly NexthopChoice[] | undefined {
  if (flow.family !== 4 || flow.src === undefined || rules.sourceOf === undefined || rules.prefersSource === false)
    return undefined;
  const own = good.filter((nexthop) => rules.sourceOf?.(nexthop) === flow.src?.text);
  if (own.length === 0) return undefined;
  if (rules.prefersSource === undefined) return good.map((nexthop) => ({ nexthop }));
  return hashShares(own, usable, own[0]!);
}

/**
 * Each usable nexthop owns a part of the hash range that ends at its bound; a hash is taken by the first nexthop that
 * is tried and whose bound is not below it, so one that is passed over leaves its part to the next.
 */
function hashShares(
  tried: readonly Nexthop[],
  usable: readonly Nexthop[],
  otherwise: Nexthop,
): readonly NexthopChoice[] {
  const total = usable.reduce((sum, nexthop) => sum + nexthop.weight, 0);
  const shares = new Map<Nexthop, number>();
  let pending = 0;
  for (const nexthop of usable) {
    pending += nexthop.weight / total;
    if (!tried.includes(nexthop)) continue;
    shares.set(nexthop, pending);
    pending = 0;
  }
  if (pending > 0) shares.set(otherwise, (shares.get(otherwise) ?? 0) + pending);
  return [...shares].map(([nexthop, probability]) => ({ nexthop, probability }));
}

/** fib6_select_path: a sibling by another device is refused, and what the lookup found stays. */
function onDevice(good: readonly Nexthop[], chosen: Nexthop, oif: string): readonly NexthopChoice[] {
  const total = good.reduce((sum, nexthop) => sum + nexthop.weight, 0);
  const shares = new Map<Nexthop, number>();
  for (const nexthop of good) {
    const taken = nexthop.dev === oif ? nexthop : chosen;
    shares.set(taken, (shares.get(taken) ?? 0) + nexthop.weight / total);
  }
  return [...shares].map(([nexthop, probability]) => ({ nexthop, probability }));
}

/** nexthop_select_path always looks at the neighbours; a resilient group's buckets depend on history. */
function objectChoices(entry: TableRoute, rules: ChoiceRules): readonly NexthopChoice[] {
  const { nexthops } = entry;
  if (entry.isResilient) return nexthops.map((nexthop) => ({ nexthop }));
  const good = nexthops.filter((nexthop) => rules.isNeighbourGood(nexthop));
  if (good.length === 0) return [{ nexthop: nexthops[0]!, probability: 1 }];
  return hashShares(good, nexthops, good[0]!);
}
