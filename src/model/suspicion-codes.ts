/**
 * The closed vocabulary of findings. Only the names stand here, as a type, so that the core carries no prose;
 * the texts are one table in `src/ui/findings`, typed `Record<SuspicionCode, SuspicionInfo>`: a code with no text
 * does not compile.
 */

/** The texts of one code, for `skoop explain`, the docs, the text output and the web page. */
export interface SuspicionInfo {
  readonly title: string;
  /** What it means, for somebody who has not met it. */
  readonly meaning: string;
  /** Commands and looks that confirm it by hand. Lines in backticks are commands; NAMES IN CAPITALS are to be filled in. */
  readonly confirm: string;
  /** How it is mended. */
  readonly fix: string;
}

export type SuspicionCode = PacketCode | UnknownCode | KubernetesCode | ServiceCode | NetworkCode | ConditionCode;

/** The packet ended here: why, in the kernel's terms. */
export type PacketCode =
  | 'CONNECTION_REFUSED'
  | 'PACKET_REJECTED'
  | 'PACKET_DROPPED'
  | 'NO_ROUTE'
  | 'ROUTE_UNREACHABLE'
  | 'ROUTE_PROHIBITED'
  | 'ROUTE_BLACKHOLE'
  | 'NEIGHBOUR_UNRESOLVED'
  | 'NEIGHBOUR_WRONG'
  | 'BRIDGE_DROPPED'
  | 'LINK_DOWN'
  | 'FORWARDING_DISABLED'
  | 'REVERSE_PATH_FILTERED'
  | 'MARTIAN_PACKET'
  | 'PACKET_TOO_BIG'
  | 'TTL_EXCEEDED'
  | 'FORWARDING_LOOP'
  | 'ADDRESS_MISSING'
  | 'NAT_FAILED'
  | 'HOST_UNKNOWN'
  | 'INTERMITTENT'
  | 'REPLY_LOST'
  | 'SOCKET_WRONG_ADDRESS';

/** Something could not be known, so the verdict leaves it open. */
export type UnknownCode =
  | 'RULE_NOT_UNDERSTOOD'
  | 'DEVICE_NOT_UNDERSTOOD'
  | 'STATE_MISSING'
  | 'NFT_NOT_UNDERSTOOD'
  | 'IPVS_NOT_UNDERSTOOD'
  | 'OUTSIDE_CLUSTER'
  | 'POD_NAMESPACE_MISSING'
  | 'PROBE_DISAGREES';

/** A pod or a node is not what Kubernetes says it should be. */
export type KubernetesCode =
  | 'POD_NOT_RUNNING'
  | 'POD_NOT_READY'
  | 'NODE_NOT_READY'
  | 'DUPLICATE_ADDRESS'
  | 'POD_INTERFACE_MISSING'
  | 'POD_INTERFACE_DOWN'
  | 'POD_ADDRESS_MISMATCH'
  | 'POD_DEFAULT_ROUTE_MISSING';

/** A Service and what the node's rules make of it. */
export type ServiceCode =
  | 'SERVICE_WITHOUT_ENDPOINTS'
  | 'SERVICE_PORT_UNKNOWN'
  | 'SERVICE_RULES_MISSING'
  | 'SERVICE_BACKEND_MISSING'
  | 'SERVICE_BACKEND_UNEXPECTED'
  | 'SERVICE_NO_LOCAL_ENDPOINT'
  | 'SERVICE_SOURCE_RANGES'
  | 'SERVICE_ONLY_TERMINATING';

/** The pod network is not what its plugin means it to be. */
export type NetworkCode =
  | 'HOST_ROUTE_MISSING'
  | 'HOST_ROUTE_WRONG'
  | 'BRIDGE_PORT_MISSING'
  | 'NODE_ROUTE_MISSING'
  | 'NODE_ROUTE_WRONG'
  | 'VTEP_MISSING'
  | 'VTEP_WRONG'
  | 'VTEP_FDB_MISSING'
  | 'VTEP_FDB_WRONG'
  | 'VTEP_NEIGHBOUR_MISSING'
  | 'VTEP_NEIGHBOUR_WRONG'
  | 'MASQUERADE_MISSING'
  | 'FORWARD_RULES_MISSING'
  | 'MTU_MISMATCH'
  | 'NETWORK_CONFIG_MISMATCH'
  | 'SYSCTL_UNEXPECTED';

/** A condition of the machine that hurts some connections, this one perhaps among them. */
export type ConditionCode =
  | 'CONNTRACK_FULL'
  | 'CONNTRACK_STALE'
  | 'PMTU_RISK'
  | 'PMTU_BLACK_HOLE'
  | 'LISTEN_QUEUE_FULL';
