/** What the routing decision is asked and what it answers. */
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { PortRange } from '../../model/packet.ts';
import type { Nexthop, Route } from '../state.ts';

/** The kernel's flowi4/flowi6. */
export interface FlowKey {
  readonly dst: IP;
  /** Absent for a locally made packet whose source is still to be chosen. */
  readonly src?: IP;
  /** Ingress device; `lo` for locally made packets, as the kernel has it. */
  readonly iif: string;
  /** Bound egress device. */
  readonly oif?: string;
  /** v6: routes by `oif` are liked best, others are not refused. */
  readonly isOifHint?: true;
  readonly mark: number;
  readonly tos: number;
  readonly protocol: number;
  readonly sport: PortRange;
  readonly dport: PortRange;
  readonly uid?: number;
}

/**
 * One answer. Several where the kernel chooses among nexthops, or where a rule or route is not understood.
 * `error` types: unreachable (EHOSTUNREACH), prohibit (EACCES), blackhole (EINVAL, silent when forwarding),
 * none (no route matched: ENETUNREACH).
 */
export interface RouteAnswer {
  readonly kind:
    | 'unicast'
    | 'local'
    | 'broadcast'
    | 'anycast'
    | 'multicast'
    | 'unreachable'
    | 'prohibit'
    | 'blackhole'
    | 'none'
    | 'unknown';
  /** The chosen route; absent for none, for an error of a policy rule, and for unknown. */
  readonly route?: Route;
  readonly nexthop?: Nexthop;
  /** Resolved egress device name. */
  readonly dev?: string;
  /** The neighbour to send to: the gateway or the destination itself. */
  readonly nexthopIp?: IP;
  /** Share of a multipath nexthop, 0–1. */
  readonly probability?: number;
  /** Rules and route that decided, in order. */
  readonly evidence: readonly Evidence[];
  /** For unknown: why. */
  readonly reason?: string;
  /** What a local sender's system call gives, and what decides the ICMP error when forwarding, for the error kinds. */
  readonly errno?: 'ENETUNREACH' | 'EHOSTUNREACH' | 'EACCES' | 'EINVAL';
  /** The route is good to ask for, and its error waits for the packet that is sent by it (dst.output). */
  readonly isErrorLate?: true;
  /** An IPv6 host takes another route once the gateway's neighbour entry has failed (rt6_check_neigh). */
  readonly yieldsIfSilent?: true;
  /** For unknown: every answer that the kernel may give, if they are known. */
  readonly alternatives?: readonly RouteAnswer[];
}
