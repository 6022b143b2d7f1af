/** The result of a diagnosis: the graph of nodes and links, every branch of the packet's way, and the verdict. */
import type { Evidence } from './evidence.ts';
import type { Question } from './endpoint.ts';
import type { Fork } from './fork.ts';
import type { Packet } from './packet.ts';
import type { ProbeResult } from './probe.ts';
import type { Step } from './step.ts';
import type { Suspicion } from './suspicion.ts';

export type Verdict = 'reachable' | 'unreachable' | 'undetermined';

/** Why a branch ended as it did. `ok` is the only one that is reachable. */
export type Reason =
  | 'ok'
  | 'connection-refused'
  | 'rejected'
  | 'dropped'
  | 'no-route'
  | 'unreachable-route'
  | 'prohibited'
  | 'blackhole'
  | 'no-neighbour'
  | 'wrong-neighbour'
  | 'bridge-drop'
  | 'link-down'
  | 'forwarding-off'
  | 'source-invalid'
  | 'martian'
  | 'mtu'
  | 'ttl'
  | 'loop'
  | 'no-address'
  | 'nat-failed'
  | 'no-host'
  | 'intermittent'
  | 'unknown-rule'
  | 'unknown-device'
  | 'unknown-state'
  | 'outside';

/** Node types as KubeSkoop's JSON names them. */
export type NetNodeType = 'pod' | 'node' | 'external' | 'generic';
export type ActionType = 'send' | 'forward' | 'serve' | 'service';
export type LinkType = 'veth' | 'infra' | 'local' | 'external' | 'macvlan' | 'ipvlan' | 'vlan' | 'vxlan';

/** What one namespace did with the packet: KubeSkoop's NetNode with its action. */
export interface Hop {
  /** `namespace/pod`, the node's name, or the address of something outside. */
  readonly node: string;
  readonly nodeType: NetNodeType;
  /** Link that the packet came in by; absent where it was sent. */
  readonly ingress?: string;
  readonly action: ActionType;
  /** Every step inside this namespace, in order. */
  readonly steps: readonly Step[];
  /** The packet as it came in (or was made). */
  readonly packet: Packet;
  /** Link that it left by, an id of {@link Link}. */
  readonly egress?: string;
}

/** A crossing between two nodes of the graph, KubeSkoop's Link with its id. */
export interface Link {
  /** `type,source,destination,packet destination:port`. */
  readonly id: string;
  readonly type: LinkType;
  readonly source: string;
  readonly sourceAttributes: Readonly<Record<string, string>>;
  readonly destination: string;
  readonly destinationAttributes: Readonly<Record<string, string>>;
  /** As it is on the wire: the outer packet of a tunnel. */
  readonly packet: Packet;
}

/** How one direction of one branch ended. */
export interface Ending {
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** Node id where it ended. */
  readonly node: string;
  /** One sentence. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** What to do here, with real names. */
  readonly remedy?: string;
  /** Of a packet that is too large: how many bytes of it would have been let through here. */
  readonly fits?: number;
  /** How the sender learns of it: the connect call's error, or nothing. */
  readonly notice?:
    | 'timeout'
    | 'ECONNREFUSED'
    | 'EHOSTUNREACH'
    | 'ENETUNREACH'
    | 'EACCES'
    | 'EINVAL'
    | 'EPERM'
    | 'EADDRNOTAVAIL'
    | 'ENOPROTOOPT'
    | 'EMSGSIZE'
    | 'ENOKEY'
    | 'EDESTADDRREQ';
}

export interface Leg {
  readonly hops: readonly Hop[];
  readonly ending: Ending;
}

/** One way that the packet may take, with its answer. */
export interface Branch {
  readonly forward: Leg;
  /** Absent where the packet did not arrive. */
  readonly reply?: Leg;
  /** A later packet of the connection, the client's or the server's, present only where it is the one that fails. */
  readonly established?: Leg;
  /** Splits that led here, in order, of both legs. */
  readonly forks: readonly Fork[];
  /** Share of this branch among the kernel's choices, 0–1, where known. */
  readonly probability?: number;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** The address and port that the server sees as its peer, and those that it was reached at, where the packet arrived. */
  readonly seenByServer?: { readonly from: string; readonly at: string };
}

/** A node of the graph with what is suspicious there. */
export interface NetNodeResult {
  readonly id: string;
  readonly type: NetNodeType;
  readonly suspicions: readonly Suspicion[];
}

/** A simulated path with everything that was found about it. */
export interface PacketPath {
  readonly question: Question;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** One sentence that stands alone. */
  readonly summary: string;
  /** What decided the verdict, most important first. */
  readonly decidedBy: readonly { readonly node: string; readonly evidence: Evidence }[];
  readonly branches: readonly Branch[];
  readonly nodes: readonly NetNodeResult[];
  readonly links: readonly Link[];
  /** Not bound to one node. */
  readonly suspicions: readonly Suspicion[];
  /** Things that the verdict takes for granted, in plain words: `no BPF program is attached (bpftool was not there to ask)`. */
  readonly assumptions: readonly string[];
  /** A real connection that was tried beside it, where that was asked for. */
  readonly probe?: ProbeResult;
  /** What was detected about the cluster and from where. */
  readonly detected: readonly { readonly what: string; readonly value: string; readonly from: string }[];
}
