/** Routing tables as tries, built at their first use. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { TABLE, tableName } from '../parse/names.ts';
import type { Nexthop, Route } from '../state.ts';
import { createTrie, entryOf } from './trie.ts';
import type { Trie } from './trie.ts';
import type { RouteAnswer } from './types.ts';

/** A route ready to be chosen. */
export interface TableRoute {
  readonly route: Route;
  readonly nexthops: readonly Nexthop[];
  /** Uses a nexthop object: its group is walked by the object's own rules. */
  readonly isObject: boolean;
  readonly isResilient: boolean;
  readonly evidence: Evidence;
  /** What was answered before, so that an answer that does not depend on the destination is made once. */
  readonly made: MadeAnswer[];
}

/** An answer by the policy rule and the nexthop that led to it. */
export interface MadeAnswer {
  readonly by: Evidence | undefined;
  readonly nexthop: Nexthop | undefined;
  readonly answer: RouteAnswer;
}

/** Everything that one block has, in the order in which the kernel tries it. */
export interface BlockRoutes {
  readonly routes: TableRoute[];
  /** v6: routes for some sources only, found by the longest source block first. */
  readonly subtree: Trie<TableRoute[]>;
}

export interface Table {
  readonly id: number;
  readonly trie: Trie<BlockRoutes>;
}

export interface Tables {
  get(id: number): Table | undefined;
  /** Tables local and main as one, local first among routes of the same block. */
  merged(): Table;
}

/** How a route with `nhid` gets its nexthops where the dump does not spell them out. */
export interface NexthopResolver {
  nexthopsOf(route: Route): readonly Nexthop[];
  isResilient(nhid: number): boolean;
  /** A route with this object is a blackhole, whatever its own type. */
  isBlackhole(nhid: number): boolean;
}

export function createTables(routes: readonly Route[], family: Family, resolver: NexthopResolver): Tables {
  let byId: Map<number, Route[]> | undefined;
  const built = new Map<number, Table>();
  let merged: Table | undefined;
  return {
    merged() {
      merged ??= {
        id: TABLE.main,
        trie: buildTrie(
          routes.filter(({ table }) => table === TABLE.local || table === TABLE.main),
          family,
          resolver,
        ),
      };
      return merged;
    },
    get(id) {
      const known = built.get(id);
      if (known !== undefined) return known;
      byId ??= groupByTable(routes);
      const own = byId.get(id);
      if (own === undefined) return undefined;
      const table = { id, trie: buildTrie(own, family, resolver) };
      built.set(id, table);
      return table;
    },
  };
}

function groupByTable(routes: readonly Route[]): Map<number, Route[]> {
  const out = new Map<number, Route[]>();
  for (const route of routes) {
    const list = out.get(route.table);
    if (list === undefined) out.set(route.table, [route]);
    else list.push(route);
  }
  return out;
}

function buildTrie(routes: readonly Route[], family: Family, resolver: NexthopResolver): Trie<BlockRoutes> {
  const trie = createTrie<BlockRoutes>();
  // The kernel's lists keep the order of arrival among equals, and so does a stable sort of its dump.
  const sorted = [...routes].sort(family === 4 ? byTosAndMetric : byMetric);
  for (const route of sorted) {
    const block = entryOf(trie, route.dst, () => ({ routes: [], subtree: createTrie<TableRoute[]>() }));
    const list = route.src === undefined ? block.routes : entryOf(block.subtree, route.src, () => []);
    list.push(toTableRoute(route, resolver));
  }
  return trie;
}

/** fib_find_alias: the larger table first (where there are two), then the larger tos, then the smaller metric. */
function byTosAndMetric(x: Route, y: Route): number {
  return y.table - x.table || y.tos - x.tos || x.metric - y.metric;
}

function byMetric(x: Route, y: Route): number {
  return x.metric - y.metric;
}

function toTableRoute(dumped: Route, resolver: NexthopResolver): TableRoute {
  const isBlackhole = dumped.nhid !== undefined && resolver.isBlackhole(dumped.nhid);
  const route: Route = isBlackhole ? { ...dumped, type: 'blackhole' } : dumped;
  return {
    route,
    nexthops: resolver.nexthopsOf(route),
    isObject: route.nhid !== undefined,
    isResilient: route.nhid !== undefined && resolver.isResilient(route.nhid),
    evidence: { kind: 'route', raw: route.raw, where: `table ${tableName(route.table)}` },
    made: [],
  };
}
