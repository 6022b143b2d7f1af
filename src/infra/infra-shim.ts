/** What a cloud tells about the network between the nodes: route tables, security groups, load balancers. */
import type { IP } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import type { Suspicion } from '../model/suspicion.ts';
import type { IPCache, NodeInfo } from '../k8s/index.ts';

export interface InfraCheck {
  readonly from: NodeInfo;
  /** Absent where the packet goes to something outside. */
  readonly to?: NodeInfo;
  /** As it is on the wire: the outer one of a tunnel. */
  readonly packet: Packet;
}

/** Clouds are asked over their APIs, so every answer may take time. */
export interface InfraShim {
  readonly name: string;
  /** The node that gets what is sent to this next hop; undefined where it is none of the cluster's. */
  nodeForNextHop(cache: IPCache, nextHop: IP): NodeInfo | undefined;
  /** What this infrastructure would do against the packet between two nodes, or on its way outside. */
  check(check: InfraCheck): Promise<readonly Suspicion[]>;
  /** What is taken for granted about it, in plain words; for the result. */
  readonly assumptions: readonly string[];
}
