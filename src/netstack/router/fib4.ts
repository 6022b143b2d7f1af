/** One IPv4 table's answer (fib_table_lookup in net/ipv4/fib_trie.c). */
import type { Nexthop } from '../state.ts';
import type { Devices } from './device.ts';
import type { Flow } from './flow.ts';
import { isErrorType } from './table-hit.ts';
import type { TableHit } from './table-hit.ts';
import type { BlockRoutes, Table, TableRoute } from './tables.ts';
import { longest, shorter } from './trie.ts';
import { isUsable } from './usable.ts';
import type { TrieNode } from './trie.ts';

/** Undefined where no route of the table takes the flow. A `throw` route is an answer: the caller goes on with its rules. */
export function lookup4(table: Table, flow: Flow, devices: Devices): TableHit | undefined {
  let node: TrieNode<BlockRoutes> | undefined = longest(table.trie, flow.dst);
  while (node !== undefined) {
    const hit = hitOf(node, flow, devices);
    if (hit !== undefined && hit !== 'leave') return hit;
    node = hit === 'leave' ? leave(node) : shorter(node);
  }
  return undefined;
}

/**
 * A nexthop object without a good member makes the kernel leave the whole leaf (`goto miss`), and blocks that begin
 * at the same address share one: 10.0.0.0/16 is passed over after such a 10.0.0.0/24.
 */
function leave(node: TrieNode<BlockRoutes>): TrieNode<BlockRoutes> | undefined {
  let up = shorter(node);
  while (up !== undefined && up.a === node.a && up.length > 0) up = shorter(up);
  return up?.length === 0 && node.a === 0 ? undefined : up;
}

function hitOf(node: TrieNode<BlockRoutes>, flow: Flow, devices: Devices): TableHit | 'leave' | undefined {
  const routes = node.value?.routes ?? [];
  for (let i = 0; i < routes.length; i++) {
    const entry = routes[i]!;
    const { route } = entry;
    if (route.tos !== 0 && route.tos !== (flow.tos & 0x1c)) continue;
    if (isErrorType(route.type)) return { entry, length: node.length };
    const nexthop = firstGood(entry, flow, devices);
    if (nexthop !== undefined) return withSiblings({ entry, length: node.length, nexthop }, routes, flow);
    if (entry.isObject) return 'leave';
  }
  return undefined;
}

function firstGood(entry: TableRoute, flow: Flow, devices: Devices): Nexthop | undefined {
  for (const nexthop of entry.nexthops) if (isGood(nexthop, flow, devices)) return nexthop;
  return undefined;
}

/** fib_lookup_good_nhc. */
function isGood(nexthop: Nexthop, flow: Flow, devices: Devices): boolean {
  if (flow.oif !== undefined && nexthop.dev !== flow.oif && !isMember(nexthop, flow.oif, devices)) return false;
  return isUsable(nexthop, 4, flow.ignoresLinkState, devices);
}

/** A packet bound to a VRF may leave by any of its members. */
function isMember(nexthop: Nexthop, oif: string, devices: Devices): boolean {
  return devices.hasVrf && nexthop.dev !== undefined && devices.vrfOf(nexthop.dev) === oif;
}

/**
 * fib_select_default: among several default routes of one table with the same tos and metric, each by a gateway on
 * the link, the kernel goes round those whose neighbour has died.
 */
function withSiblings(hit: TableHit, routes: readonly TableRoute[], flow: Flow): TableHit {
  if (hit.length !== 0 || routes.length < 2 || flow.oif !== undefined || hit.entry.nexthops.length > 1) return hit;
  const { tos, metric, table, type } = hit.entry.route;
  if (type !== 'unicast' || hit.nexthop?.via === undefined) return hit;
  const siblings = routes.filter(
    ({ route, nexthops }) =>
      route.tos === tos &&
      route.metric === metric &&
      route.table === table &&
      route.type === 'unicast' &&
      nexthops[0]?.via !== undefined,
  );
  return siblings.length > 1 ? { ...hit, siblings } : hit;
}
