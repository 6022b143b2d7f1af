/** Where a question's ends are in the network, and by which doors packets of the outside come in. */
import type { Family, IP } from '../model/address.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';

/** Where a question's end is in the network. */
export type Place =
  | { readonly kind: 'node'; readonly action: NetNodeAction }
  /** Outside of the cluster: packets of it come in by the underlay of these nodes (one of them; which is not known). */
  | { readonly kind: 'outside'; readonly entries: readonly Entry[] }
  | { readonly kind: 'unknown'; readonly reason: string; readonly remedy?: string };

export interface Entry {
  readonly action: NetNodeAction;
  /** Device that faces the underlay. */
  readonly dev: string;
  /** The MAC address that frames for the node are sent to. */
  readonly mac: string;
}

/** What is known of the world between and outside of the nodes. */
export interface Surroundings {
  /** Whether the address is a service's cluster address, which no host has: it lives in the nodes' rules alone. */
  isClusterAddress(ip: IP): boolean;
  /** Every node that traffic of this family may come in by. */
  entries(family: Family): Promise<readonly Entry[]>;
}
