/** What one branch of a diagnosis carries along: where it was, what it split on, and the connections that it made. */
import type { IP } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Fork } from '../model/fork.ts';
import type { Packet } from '../model/packet.ts';
import type { Hop } from '../model/path.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { Connection } from '../netstack/conntrack/connection.ts';
import type { VirtualConnection } from '../netstack/ipvs/connection.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { Seen } from './rounds.ts';

/**
 * `forward`: the first packet. `reply`: the answer to it. `established`: the client's next packet, which meets the
 * same rules with a connection that is known (or not known, where the answer took another way). `answered`: the server's
 * next packet.
 */
export type Phase = 'forward' | 'reply' | 'established' | 'answered';

/** Does a packet of this phase go from the server to the client? */
export function isAnswer(phase: Phase): boolean {
  return phase === 'reply' || phase === 'answered';
}

export interface Journey {
  readonly phase: Phase;
  readonly hops: Readonly<Record<Phase, readonly Hop[]>>;
  readonly forks: readonly Fork[];
  /** By namespace key. */
  readonly connections: ReadonlyMap<string, readonly Connection[]>;
  /** Those of IPVS, by namespace key too. */
  readonly virtualConnections: ReadonlyMap<string, readonly VirtualConnection[]>;
  /** Where this phase's packet has been. */
  readonly seen: Seen;
  /** Who addressed the frame that is under way, and to which next hop. */
  readonly addressed?: { readonly by: string; readonly from: NetNS; readonly nextHop: IP };
  /** It has come to a place again, and goes on to see whether it ever leaves the circle. */
  readonly isRound?: boolean;
  /** The packet left the cluster for a cluster address, and a router sent it back. */
  readonly isBackFromOutside?: boolean;
  /** What travels is not the answer but the news that there is none: a reset or an ICMP error. */
  readonly isError?: boolean;
  /** Where data is asked for: what each side sends at once, in bytes with its headers. */
  readonly segment?: {
    readonly client: number;
    readonly server: number;
    /** What the server's SYN says. */
    readonly serverMss?: NonNullable<Packet['mss']>;
    /** Who answers, and the client's packet that it answers to. */
    readonly answered?: { readonly at: NetNodeAction; readonly last: Packet };
  };
  /** The first packet as the client made it. */
  readonly origin?: Packet;
  /** The first packet as the server got it. */
  readonly served?: {
    readonly packet: Packet;
    readonly nsKey: string;
    readonly evidence: readonly Evidence[];
    /** By a socket that TPROXY chose. */
    readonly isTransparent?: true;
    /** The device that it came in by. */
    readonly iif: string | undefined;
    /** The VRF that what answers it is bound to. */
    readonly vrf?: string;
  };
}

export const START: Journey = {
  phase: 'forward',
  hops: { forward: [], reply: [], established: [], answered: [] },
  forks: [],
  connections: new Map(),
  virtualConnections: new Map(),
  seen: new Map(),
};

export function withHop(journey: Journey, hop: Hop): Journey {
  return { ...journey, hops: { ...journey.hops, [journey.phase]: [...journey.hops[journey.phase], hop] } };
}

/** One way of a split that nobody can decide: `id` is the split's, `option` the way's. */
export function inCase(journey: Journey, fork: Pick<Fork, 'id' | 'option' | 'label'>): Journey {
  return { ...journey, forks: [...journey.forks, { cause: 'ignorance', ...fork }] };
}

/** Begins the next phase: its packet has been nowhere yet. */
export function inPhase(journey: Journey, phase: Phase): Journey {
  const { isRound: _, addressed: __, ...rest } = journey;
  return { ...rest, phase, seen: new Map() };
}

/**
 * WireGuard sends nothing before its ends have shaken hands: where what one of them sends back is lost, the request
 * was never sent.
 */
export function beforeHandshake(journey: Journey): Journey {
  if (journey.phase !== 'reply' || journey.isError === true) return journey;
  const { served: _, ...unserved } = journey;
  const { forward, reply } = journey.hops;
  return {
    ...unserved,
    phase: 'forward',
    hops: { forward: [...forward, ...reply], reply: [], established: [], answered: [] },
  };
}

/** What the server's SYN told the client. */
export function knowing(journey: Journey, serverMss: Packet['mss']): Journey {
  const { segment } = journey;
  return segment === undefined || serverMss === undefined
    ? journey
    : { ...journey, segment: { ...segment, serverMss } };
}
