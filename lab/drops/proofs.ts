/** What the kernel says when it frees a packet for the reason that skoop gives: one table. Found by looking, on Linux 6.18. */
import type { Reason } from '../../src/model/index.ts';

export interface Proof {
  /** The kernel's drop reason. */
  readonly kernel: string;
  /** Start of the name of the function that freed it, where the reason alone says too little. */
  readonly by?: string;
  /**
   * Where, as seen from the node that skoop names: `there` (the default), `before`: in the namespace that sent it there,
   * `wire`: on the way into it, `circle`: in any namespace that it came through, `beyond`: outside of the cluster, `anywhere`: wherever it got to.
   */
  readonly place?: 'there' | 'before' | 'wire' | 'circle' | 'beyond' | 'anywhere';
}

/** Nobody answers for the next hop. */
export const UNANSWERED: readonly Proof[] = [
  { kernel: 'NEIGH_FAILED' },
  // IPv6 names no reason, and a queue of several is purged first
  { kernel: 'NOT_SPECIFIED', by: 'neigh_invalidate' },
  { kernel: 'QUEUE_PURGE', by: 'neigh_invalidate' },
];
/** An address that a bridge translated is routed by the bridge, which frees what has no way (br_nf_pre_routing_finish_ipv6). */
const BRIDGED: Proof = { kernel: 'NOT_SPECIFIED', by: 'br_nf_pre_routing_finish' };

/** Whatever the route says: where forwarding is off, IPv4 frees what it can't take for a host out of reach (ip_route_input_slow). */
const SHUT: Proof = { kernel: 'IP_INADDRERRORS', by: 'ip_error' };

/** The outer packet has no way. */
const TUNNELLED: Proof = { kernel: 'IP_OUTNOROUTES', by: 'vxlan_xmit_one' };

export const PROOFS: Readonly<Partial<Record<Reason, readonly Proof[]>>> = {
  'connection-refused': [{ kernel: 'NO_SOCKET' }],
  rejected: [{ kernel: 'NETFILTER_DROP' }],
  // a queue that no program reads names no reason
  dropped: [{ kernel: 'NETFILTER_DROP' }, { kernel: 'NOT_SPECIFIED', by: 'nf_queue' }],
  'no-route': [
    { kernel: 'IP_INNOROUTES' },
    { kernel: 'IP_OUTNOROUTES' },
    SHUT,
    // ip_route_me_harder: the hook frees what it can't route again
    { kernel: 'NETFILTER_DROP', by: 'nf_hook_slow' },
    BRIDGED,
  ],
  'unreachable-route': [
    TUNNELLED,
    SHUT,
    { kernel: 'IP_INNOROUTES' },
    { kernel: 'NOT_SPECIFIED', by: 'ip_error' },
    BRIDGED,
  ],
  prohibited: [
    TUNNELLED,
    SHUT,
    { kernel: 'IP_INNOROUTES', by: 'ip6_pkt_prohibit' },
    { kernel: 'NOT_SPECIFIED', by: 'ip_error' },
    BRIDGED,
  ],
  blackhole: [
    TUNNELLED,
    SHUT,
    { kernel: 'NOT_SPECIFIED', by: 'ip_error' },
    { kernel: 'NOT_SPECIFIED', by: 'dst_discard' },
    BRIDGED,
  ],
  'no-neighbour': [...UNANSWERED, { kernel: 'NO_TX_TARGET', by: 'vxlan_xmit' }],
  'wrong-neighbour': [
    { kernel: 'OTHERHOST' },
    // nobody on the network between the nodes has the address: it comes to all
    { kernel: 'OTHERHOST', place: 'beyond' },
    // or the switch knows that it is where the frame comes from
    { kernel: 'NOT_SPECIFIED', by: 'br_handle_frame_finish', place: 'beyond' },
    { kernel: 'VXLAN_VNI_NOT_FOUND' },
  ],
  'bridge-drop': [
    { kernel: 'NOT_SPECIFIED', by: 'br_handle_frame_finish' },
    { kernel: 'NOT_SPECIFIED', by: 'br_dev_xmit' },
    { kernel: 'BRIDGE_INGRESS_STP_STATE' },
  ],
  // a device that is down answers no question about its address
  'link-down': [
    ...UNANSWERED.map((proof): Proof => ({ ...proof, place: 'before' })),
    // nobody is asked on lo: the frame itself is refused
    { kernel: 'QDISC_DROP', by: '__dev_queue_xmit' },
  ],
  'forwarding-off': [{ kernel: 'IP_INADDRERRORS' }, { kernel: 'IPV6DISABLED' }],
  'source-invalid': [{ kernel: 'IP_RPFILTER' }, BRIDGED],
  martian: [
    BRIDGED,
    { kernel: 'IP_LOCAL_SOURCE' },
    { kernel: 'IP_INVALID_SOURCE' },
    { kernel: 'IP_INVALID_DEST' },
    { kernel: 'IP_LOCALNET' },
    { kernel: 'IP_INADDRERRORS', by: 'ip6_forward' },
    // ip_route_me_harder
    { kernel: 'NETFILTER_DROP', by: 'nf_hook_slow' },
    // ::1 and other sources that nothing from elsewhere can have
    { kernel: 'IP_INHDR', by: 'ip6_rcv_core' },
  ],
  mtu: [
    { kernel: 'PKT_TOO_BIG' },
    { kernel: 'NOT_SPECIFIED', by: '__dev_forward_skb', place: 'wire' },
    // an MTU of the route alone is seen where packets are cut
    { kernel: 'NOT_SPECIFIED', by: 'ip6_fragment' },
    // whoever sent one before, and was told the size, keeps to it
    { kernel: 'NOT_SPECIFIED', by: 'ip6_fragment', place: 'before' },
  ],
  ttl: [{ kernel: 'IP_INHDR' }],
  // rules that count may end it before its TTL does
  loop: [
    { kernel: 'IP_INHDR', place: 'circle' },
    { kernel: 'NETFILTER_DROP', place: 'circle' },
    // a tunnel packet that NAT sends back to its own host
    { kernel: 'UDP_CSUM' },
    { kernel: 'LOCAL_MAC', by: 'vxlan_rcv' },
  ],
  // it leaves with 0.0.0.0, which nobody takes
  'no-address': [{ kernel: 'IP_INVALID_SOURCE', place: 'anywhere' }],
  'nat-failed': [
    { kernel: 'NO_SOCKET' },
    { kernel: 'NETFILTER_DROP' },
    // a later packet that NAT leads to a port on which somebody listens
    { kernel: 'TCP_FLAGS' },
  ],
  'no-host': [
    { kernel: 'IP_INADDRERRORS', place: 'beyond' },
    { kernel: 'NO_SOCKET', place: 'beyond' },
    // who gets it has another reason to refuse it: it left with the source ::1
    { kernel: 'IP_INHDR', by: 'ip6_rcv_core', place: 'beyond' },
  ],
};

/** A wrong checksum that NAT left: the packet is dropped wherever somebody looks at it, conntrack and KUBE-FORWARD too. */
export const WRONG_CHECKSUM: readonly Proof[] = [
  { kernel: 'UDP_CSUM', place: 'anywhere' },
  { kernel: 'NETFILTER_DROP', by: 'nf_hook_slow', place: 'anywhere' },
];

/** What a server's own call gives when its answer stops before it leaves. */
export const CALL_ERRORS: Readonly<Partial<Record<Reason, readonly string[]>>> = {
  'no-route': ['ENETUNREACH'],
  // a policy rule's own is ENETUNREACH
  'unreachable-route': ['EHOSTUNREACH', 'ENETUNREACH'],
  prohibited: ['EACCES'],
  blackhole: ['EINVAL'],
};
