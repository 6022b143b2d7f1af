/** What the router needs to know of its namespace. */
import type { NexthopObject } from '../parse/nexthops.ts';
import type { TrieCounts } from '../parse/tries.ts';
import type { Address, Neighbour, NetLink, PolicyRule, Route, Sysctls } from '../state.ts';

export interface RouterState {
  readonly links: readonly NetLink[];
  /** In the kernel's order, which decides source addresses. */
  readonly addresses: readonly Address[];
  readonly routes4: readonly Route[];
  readonly routes6: readonly Route[];
  readonly rules4: readonly PolicyRule[];
  readonly rules6: readonly PolicyRule[];
  /** Without it the IPv4 tables local and main are taken as one trie and as two. */
  readonly tries?: TrieCounts;
  /** Needed where nexthop groups are in use. */
  readonly nexthops?: readonly NexthopObject[];
  readonly sysctls: Sysctls;
  /** Needed where an unreachable gateway makes the kernel pass over a route; without it gateways are taken as good. */
  readonly neighbours?: readonly Neighbour[];
  /** `uname -r`; decides behaviours that changed. Without it both are taken as possible. */
  readonly kernel?: string;
}
