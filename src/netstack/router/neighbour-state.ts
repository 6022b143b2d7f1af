/** Whether a gateway's neighbour entry keeps the kernel from choosing it. */
import type { Neighbour, Nexthop } from '../state.ts';

export interface NeighbourStates {
  /** ipv4_good_nh, ipv6_good_nh: no entry is good. */
  readonly isGood: (nexthop: Nexthop) => boolean;
  /** rt6_check_neigh with router preference built in, as every distribution has it. */
  readonly hasFailed: (nexthop: Nexthop) => boolean;
  /** A gateway that has still to be asked for, so that it may come to fail. */
  readonly isUnasked: (nexthop: Nexthop) => boolean;
}

/** NUD_VALID. */
const VALID = new Set(['PERMANENT', 'NOARP', 'REACHABLE', 'PROBE', 'STALE', 'DELAY']);

export function neighbourStates(neighbours: readonly Neighbour[]): NeighbourStates {
  const states = new Map<string, string>();
  for (const neighbour of neighbours) {
    if (!neighbour.isProxy) states.set(`${neighbour.dev} ${neighbour.ip.text}`, neighbour.state);
  }
  const stateOf = (nexthop: Nexthop): string | undefined =>
    nexthop.via === undefined ? undefined : states.get(`${nexthop.dev} ${nexthop.via.text}`);
  return {
    isGood: (nexthop) => VALID.has(stateOf(nexthop) ?? 'REACHABLE'),
    hasFailed: (nexthop) => states.size > 0 && stateOf(nexthop) === 'FAILED',
    isUnasked: (nexthop) => nexthop.via !== undefined && ['INCOMPLETE', 'NONE'].includes(stateOf(nexthop) ?? 'NONE'),
  };
}
