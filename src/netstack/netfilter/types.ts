/** What the netfilter core asks of a rule set (iptables today, nftables beside it), and what it gives it to know. */
import type { Family, IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { CtInfo } from '../../model/flow.ts';
import type { Fork, ForkIds } from '../../model/fork.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { VirtualConnection } from '../ipvs/connection.ts';

/** The packet's surroundings that are not in the packet. */
export interface PacketMeta {
  /** Name of the ingress interface: present in prerouting, input, forward and, for forwarded packets, postrouting. */
  readonly iif?: string | undefined;
  /** Name of the egress interface: present in forward, output and postrouting. */
  readonly oif?: string | undefined;
  /** Bridge ports, where the packet is bridged or came in through a bridge port. */
  readonly physIn?: string | undefined;
  readonly physOut?: string | undefined;
  /** True where the bridge itself hands the packet through (bridge-nf-call-iptables), not the router. */
  readonly isBridged: boolean;
  /** Source MAC, where the packet came in by Ethernet. */
  readonly srcMac?: string | undefined;
  readonly dstMac?: string | undefined;
  /** Name of the bridge that a frame is in, for rules of the bridge family. */
  readonly bridge?: string | undefined;
  /** The rules are at a device itself: whether its packets have a header of Ethernet there. */
  readonly atDevice?: 'ethernet' | 'bare' | undefined;
  /** The frame's tag, for rules that see frames: it stands beside the frame, which they see without it (skb_vlan_untag). */
  readonly vlan?: number | undefined;
  /** It came in by a VRF. */
  readonly isOfVrf?: true | undefined;
  readonly pkttype: 'host' | 'broadcast' | 'multicast' | 'otherhost' | 'loopback';
  /** True for packets made by this namespace itself. */
  readonly isLocal: boolean;
  /** What rules look at is no IP packet but this. */
  readonly arp?: ArpMessage;
}

/** ARP for IPv4 over Ethernet. */
export interface ArpMessage {
  /** 1 asks, 2 answers. */
  readonly operation: 1 | 2;
  readonly sender: IP;
  readonly senderMac: string | undefined;
  readonly target: IP;
  readonly targetMac: string;
}

/** Values of `-m addrtype`, as `ip route` names them. */
export type AddressType =
  | 'UNSPEC'
  | 'UNICAST'
  | 'LOCAL'
  | 'BROADCAST'
  | 'ANYCAST'
  | 'MULTICAST'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT'
  | 'THROW'
  | 'NAT'
  | 'XRESOLVE';

/** Questions that a match may ask of the namespace. Each may answer undefined: not known. */
export interface NetfilterEnv {
  /** What the node's clock said when it was looked at, in seconds since 1970, UTC. */
  readonly now?: number | undefined;
  /** `dev`: only addresses on this interface (`--limit-iface-in/out`). */
  addressType(address: IP, dev?: string): AddressType | undefined;
  /** `-m rpfilter`: is there a route back to the packet's source, by this interface unless loose? */
  hasReversePath(packet: Packet, iif: string, options: ReversePathOptions): boolean | undefined;
  /** `-m socket`: does a local socket take this packet? */
  hasSocket(
    packet: Packet,
    options: { readonly nowildcard: boolean; readonly transparent: boolean },
  ): boolean | undefined;
  /** Membership in the named ipset; undefined where the set is not known. */
  testSet(name: string, query: SetQuery): boolean | undefined;
  /** Where a packet to the address would leave (`fib daddr oif`); the empty name where it would not. */
  deviceTo?(address: IP, flow: { readonly from: IP; readonly mark: number }): string | undefined;
  /** `meta iifgroup`: the device's group, where it has a number. */
  deviceGroup?(name: string): number | undefined;
  /** The smaller one of the MTUs of the packet's route and of the route back to its source (tcpmss_reverse_mtu). */
  pathMtu?(packet: Packet, iif: string | undefined): number | undefined;
  /** Whether there are policies of IPsec. */
  hasIpsecPolicy?(): boolean | undefined;
}

export interface ReversePathOptions {
  readonly loose: boolean;
  readonly acceptLocal: boolean;
  readonly validmark: boolean;
}

/** One `-m set --match-set NAME flags`. */
export interface SetQuery {
  readonly packet: Packet;
  readonly meta: PacketMeta;
  /** `src` or `dst` per dimension, in order. */
  readonly flags: readonly ('src' | 'dst')[];
  readonly returnNomatch: boolean;
}

export interface NetfilterInput {
  readonly hook: Hook;
  readonly family: Family;
  readonly packet: Packet;
  readonly meta: PacketMeta;
  readonly ct: CtInfo;
  readonly env: NetfilterEnv;
  readonly forkIds: ForkIds;
  /** What earlier unknown matches of this packet were assumed to be, by the match's raw text. */
  readonly assumed: Assumptions;
  /** The connection of IPVS that the packet was handled for. */
  readonly virtual?: VirtualConnection | undefined;
  /** Sets that packets fill count as empty: asked is what a client meets that was never seen before. */
  readonly isUnseen?: true;
}

export type Assumptions = ReadonlyMap<string, boolean>;

export type RejectKind =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset'
  | 'icmp6-no-route'
  | 'icmp6-adm-prohibited'
  | 'icmp6-addr-unreachable'
  | 'icmp6-port-unreachable'
  | 'icmp6-policy-fail'
  | 'icmp6-reject-route';

/** An address translation that a nat rule asked for; the conntrack core carries it out. */
/** What a rule asks the nat core for. Made by `natRequest`. */
export interface NatRequest {
  readonly manip: 'src' | 'dst';
  readonly how: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT' | 'NETMAP';
  /** Range of addresses; undefined: keep (or, for MASQUERADE and REDIRECT, take from the interface). */
  readonly first: IP | undefined;
  readonly last: IP | undefined;
  /** NETMAP's prefix length. */
  readonly prefixLength: number | undefined;
  readonly ports: PortRange | undefined;
  /** `--to-ports 80-90/1000` of DNAT: the base that the port is shifted from. */
  readonly basePort: number | undefined;
  readonly random: 'no' | 'random' | 'random-fully';
  readonly isPersistent: boolean;
}

export type NetfilterVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly how: RejectKind }
  | { readonly kind: 'nat'; readonly request: NatRequest }
  /** TPROXY: hand to a local socket. An unspecified address means the ingress interface's own. */
  | {
      readonly kind: 'tproxy';
      /** Without such a socket the packet is dropped; else it goes on as if nothing had been asked. */
      readonly isElseDropped?: true;
      readonly address?: IP;
      readonly port: number;
      readonly mark: number;
      readonly mask: number;
    }
  /** NFQUEUE and the like: user space decides. Of several queues the packet gets one; undefined where they are not known. */
  | { readonly kind: 'queue'; readonly bypass: boolean; readonly queues: PortRange | undefined }
  /** A target that is not modelled and may end the packet in a way that is not modelled either. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Changes to the connection that rules made on the way. */
export interface CtChange {
  readonly mark?: number;
  readonly notrack?: true;
  readonly zone?: number;
  /** CT --helper and so on: raw text, for display. */
  readonly note?: string;
}

/**
 * One way through one table at one hook. Several where the walk forked.
 * `packet` carries changes of mark, tos, ttl and of narrowed source ports.
 */
export interface NetfilterOutcome {
  readonly verdict: NetfilterVerdict;
  /** What decided: the rule or policy; absent where the table has no chain at this hook. */
  readonly by?: Evidence;
  readonly packet: Packet;
  readonly ctChange?: CtChange;
  readonly steps: readonly RuleStep[];
  /** Splits on the way through this table only, in order. */
  readonly forks: readonly Fork[];
  readonly assumed: Assumptions;
}
