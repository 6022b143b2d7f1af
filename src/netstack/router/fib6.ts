/** One IPv6 table's answer (fib6_table_lookup in net/ipv6/route.c). */
import { ip as address } from '../../model/address.ts';
import type { Nexthop, Route } from '../state.ts';
import type { Devices } from './device.ts';
import type { Flow } from './flow.ts';
import { isErrorType } from './table-hit.ts';
import type { TableHit } from './table-hit.ts';
import type { BlockRoutes, Table, TableRoute } from './tables.ts';
import { longest, shorter } from './trie.ts';
import { isReallyDead, isUsable } from './usable.ts';
import type { TrieNode } from './trie.ts';

/** What a lookup needs to know of the namespace. */
export interface Fib6Rules {
  readonly devices: Devices;
  /** net.ipv6.conf.all.forwarding is off: a host passes over gateways whose neighbour has failed. */
  readonly isHost: boolean;
  hasFailed(nexthop: Nexthop): boolean;
}

/** Undefined where no route of the table takes the flow. */
export function lookup6(table: Table, flow: Flow, rules: Fib6Rules): TableHit | undefined {
  const hit = firstIn(table, flow, (routes, length) =>
    select({ routes, length, flow, rules, needsReachable: rules.isHost }),
  );
  if (hit !== undefined || !rules.isHost) return hit;
  // Where only unreachable gateways are left they are taken all the same.
  return firstIn(table, flow, (routes, length) => select({ routes, length, flow, rules, needsReachable: false }));
}

type Pick = (routes: readonly TableRoute[], length: number) => TableHit | undefined;

/**
 * Tries the longest destination first; within a block the longest source first, then the routes for any source.
 * The first descent (fib6_node_lookup_1) passes over a block that has routes for some sources and none for this one,
 * with its routes for any source too, except at the root; the way back up (fib6_backtrack) does not.
 */
function firstIn(table: Table, flow: Flow, pick: Pick): TableHit | undefined {
  let isDescent = true;
  let node: TrieNode<BlockRoutes> | undefined = longest(table.trie, flow.dst);
  for (; node !== undefined; node = shorter(node)) {
    const block = node.value!;
    if (block.subtree.root !== undefined) {
      let sub = longest(block.subtree, flow.src ?? NOBODY);
      if (sub === undefined && isDescent && node.length > 0) continue;
      for (; sub !== undefined; sub = shorter(sub)) {
        const hit = pick(sub.value!, node.length);
        if (hit !== undefined) return hit;
      }
    }
    isDescent = false;
    const hit = block.routes.length > 0 ? pick(block.routes, node.length) : undefined;
    if (hit !== undefined) return hit;
  }
  return undefined;
}

const NOBODY = address('::');

/** The routes of one block for one block of sources. */
interface Leaf {
  readonly routes: readonly TableRoute[];
  readonly length: number;
  readonly flow: Flow;
  readonly rules: Fib6Rules;
  readonly needsReachable: boolean;
}

/**
 * find_rr_leaf: the best score among the routes of the smallest metric; where none of them will do, the best among
 * all the others together. The first of equals wins.
 */
function select(leaf: Leaf): TableHit | undefined {
  const { routes } = leaf;
  const metric = routes[0]?.route.metric;
  let end = 1;
  while (end < routes.length && routes[end]!.route.metric === metric) end++;
  return best(leaf, 0, end) ?? best(leaf, end, routes.length);
}

function best(leaf: Leaf, start: number, end: number): TableHit | undefined {
  const { routes, length } = leaf;
  let hit: TableHit | undefined;
  let score = -1;
  for (let i = start; i < end; i++) {
    const entry = routes[i]!;
    const isError = isErrorType(entry.route.type);
    if (isError && entry.isObject) return { entry, length };
    for (const nexthop of nexthopsOf(entry)) {
      const own = scoreOf(entry.route, nexthop, leaf);
      if (own <= score) continue;
      score = own;
      hit = isError ? { entry, length } : { entry, length, nexthop };
    }
  }
  return hit;
}

/** Error routes stand on lo, as the kernel prints them. */
function nexthopsOf(entry: TableRoute): readonly Nexthop[] {
  return entry.nexthops.length > 0 ? entry.nexthops : ON_LO;
}

const ON_LO: readonly Nexthop[] = [{ dev: 'lo', onlink: false, weight: 1, isDead: false, isLinkDown: false }];

/** find_match with rt6_score_route; −1 where the nexthop must not be taken. */
function scoreOf(route: Route, nexthop: Nexthop, { flow, rules, needsReachable }: Leaf): number {
  if (!isUsable(nexthop, 6, flow.ignoresLinkState, rules.devices)) return -1;
  const isWished = flow.liked === undefined || nexthop.dev === flow.liked;
  if (!isWished && flow.isStrict) return -1;
  if (needsReachable && nexthop.via !== undefined && rules.hasFailed(nexthop)) return -1;
  return (isWished ? 2 : 0) | (preference(route) << 2);
}

/** IPV6_DECODE_PREF. */
function preference(route: Route): number {
  return route.pref === 'high' ? 3 : route.pref === 'low' ? 1 : 2;
}

/**
 * ip6_pol_route_lookup with rt6_device_match, which netfilter's rpfilter uses: the first route of the longest block
 * that is on the device, whatever its metric or score; where none is, the block's first unless `isStrict`.
 */
export function deviceMatch6(table: Table, flow: Flow, devices: Devices): TableHit | undefined {
  return firstIn(table, flow, (routes, length) => {
    for (const entry of routes) {
      if (flow.liked === undefined) break;
      const nexthop = nexthopsOf(entry).find((nh) => nh.dev === flow.liked && !isReallyDead(nh, 6, devices));
      if (nexthop !== undefined) return matched(entry, length, nexthop);
    }
    if (flow.liked !== undefined && flow.isStrict) return undefined;
    const entry = routes[0]!;
    const nexthop = nexthopsOf(entry)[0]!;
    return isReallyDead(nexthop, 6, devices) ? undefined : matched(entry, length, nexthop);
  });
}

function matched(entry: TableRoute, length: number, nexthop: Nexthop): TableHit {
  return isErrorType(entry.route.type) ? { entry, length } : { entry, length, nexthop };
}
