/** The state of one network namespace as the kernel's tools print it, typed. Every entry keeps its `raw` text. */
import type { Family, IP, Prefix } from '../model/address.ts';

// ---- links and addresses -------------------------------------------------------------------------

/** What a device is. `unsupported` carries the kernel's kind name (`wireguard`, `bond`, …). */
export type LinkKind =
  | { readonly kind: 'loopback' }
  | { readonly kind: 'veth' }
  | BridgeKind
  | VxlanKind
  | GeneveKind
  /** Its members' packets are routed by a table of their own. */
  | { readonly kind: 'vrf'; readonly table: number }
  | IPTunnelKind
  | VlanKind
  | BondKind
  | IpvlanKind
  /** Its keys and peers are a section of their own. */
  | { readonly kind: 'wireguard' }
  /** Takes packets and forgets them. */
  | { readonly kind: 'dummy' }
  | { readonly kind: 'macvlan'; readonly mode: string }
  /** No info_kind: hardware, or what looks like it from inside (virtio, ENA, …). */
  | { readonly kind: 'physical' }
  | { readonly kind: 'unsupported'; readonly name: string };

/** Frames of one 802.1Q tag of the device below. */
export interface VlanKind {
  readonly kind: 'vlan';
  readonly id: number;
}

/** Several devices as one. */
export interface BondKind {
  readonly kind: 'bond';
  /** As `ip link` prints it: `active-backup`, `802.3ad`, … */
  readonly mode: string;
  /** Of a mode that has one. */
  readonly activeSlave?: string;
  /** 802.3ad: the aggregator that sends. */
  readonly aggregator?: number;
  /** Slaves that do not send take frames all the same. */
  readonly takesFromAll: boolean;
}

/** Devices that share the MAC address of the one below: the IP address says whose a packet is. */
export interface IpvlanKind {
  readonly kind: 'ipvlan';
  readonly mode: 'l2' | 'l3' | 'l3s';
  /** Whether they reach each other: `bridge` themselves, `private` never, `vepa` by way of the switch. */
  readonly flag: 'bridge' | 'private' | 'vepa';
}

export interface BridgeKind {
  readonly kind: 'bridge';
  readonly vlanFiltering: boolean;
  readonly vlanDefaultPvid: number;
  readonly stp: boolean;
  /** The bridge device's own switches; per-bridge ones are or-ed with net.bridge.*. */
  readonly nfCallIptables: boolean;
  readonly nfCallIp6tables: boolean;
  readonly ageingSeconds: number;
}

export interface VxlanKind {
  readonly kind: 'vxlan';
  readonly vni: number;
  /** Default destination: a unicast VTEP or a multicast group. */
  readonly remote?: IP;
  readonly group?: IP;
  readonly local?: IP;
  /** Name of the lower device, if bound to one. */
  readonly dev?: string;
  readonly port: number;
  readonly learning: boolean;
  /** Collect-metadata mode: the route's encapsulation decides. */
  readonly external: boolean;
  readonly proxy: boolean;
  readonly l2miss: boolean;
  readonly l3miss: boolean;
  /** Whether its packets have a UDP checksum, by the family of the outer header. */
  readonly udpChecksum: Readonly<Record<Family, boolean>>;
  readonly ttl?: number;
  readonly df?: string;
}

/** Frames in UDP like vxlan, to one address. */
export interface GeneveKind {
  readonly kind: 'geneve';
  readonly vni: number;
  readonly remote: IP;
  readonly port: number;
  readonly ttl?: number;
  readonly df?: string;
}

/** A tunnel of bare IP packets in IP packets, between two addresses or from one to whatever the route names. */
export interface IPTunnelKind {
  readonly kind: 'ip-tunnel';
  /** As the kernel names it. */
  readonly name: 'ipip' | 'sit' | 'gre' | 'ip6tnl' | 'ip6gre';
  /** IP protocol that the inner packet of each family has in the outer header; absent where it takes none of that family. */
  readonly carries: { readonly 4?: number; readonly 6?: number };
  readonly outer: Family;
  readonly local?: IP;
  /** Absent: the next hop of the route. */
  readonly remote?: IP;
  /** Absent: that of the inner packet. */
  readonly ttl?: number;
  /** The outer packet may not be fragmented. */
  readonly pmtudisc: boolean;
  /** Bytes that the outer packet is longer by. */
  readonly overhead: number;
}

/** State of a link as a port of a bridge (`info_slave_data`, `bridge -d link`). */
export interface BridgePort {
  /** `forwarding` and the other STP states. */
  readonly state: string;
  readonly hairpin: boolean;
  readonly isolated: boolean;
  readonly learning: boolean;
  /** Flood unknown unicast, multicast, broadcast. */
  readonly flood: boolean;
  readonly mcastFlood: boolean;
  readonly bcastFlood: boolean;
  readonly neighSuppress: boolean;
  readonly proxyArp: boolean;
  readonly guard: boolean;
  readonly locked: boolean;
}

/** State of a link as a slave of a bond (`info_slave_data`). */
export interface BondPort {
  /** Sends, and takes what comes in. */
  readonly isActive: boolean;
  /** The bond takes its link for up. */
  readonly isLinkUp: boolean;
  readonly aggregator?: number;
}

export interface NetLink {
  readonly ifindex: number;
  readonly name: string;
  readonly kind: LinkKind;
  readonly isUp: boolean;
  /** LOWER_UP: carrier is there. */
  readonly hasCarrier: boolean;
  readonly noArp: boolean;
  readonly promiscuous: boolean;
  readonly mtu: number;
  /** Empty where the device has none. */
  readonly mac: string;
  /** The peer of a veth, the lower device of macvlan and vlan: its ifindex … */
  readonly linkIndex?: number;
  /** … in the namespace with this netnsid, seen from here; absent: this one. */
  readonly linkNetnsid?: number;
  /** Name of the bridge (or other device) that owns this one. */
  readonly master?: string;
  /** Device group (a number, or a name that this host gives it), where it is not the default one. */
  readonly group?: string;
  /** Present where master is a bridge. */
  readonly port?: BridgePort;
  /** Present where master is a bond. */
  readonly bondPort?: BondPort;
  readonly raw: string;
}

export interface Address {
  readonly dev: string;
  readonly ip: IP;
  readonly prefixLength: number;
  /** `global`, `site`, `link`, `host`, or a number. */
  readonly scope: string;
  readonly broadcast?: IP;
  /** Point-to-point peer. */
  readonly peer?: IP;
  readonly flags: readonly (
    | 'secondary'
    | 'tentative'
    | 'deprecated'
    | 'dadfailed'
    | 'noprefixroute'
    | 'mngtmpaddr'
    | 'temporary'
  )[];
  readonly raw: string;
}

// ---- routes ----------------------------------------------------------------------------------------

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'unreachable'
  | 'blackhole'
  | 'prohibit'
  | 'throw'
  | 'nat';

export interface Nexthop {
  readonly dev?: string;
  /** Gateway; of the other family for `via inet6`. */
  readonly via?: IP;
  readonly onlink: boolean;
  readonly weight: number;
  readonly isDead: boolean;
  readonly isLinkDown: boolean;
  /** Lightweight encapsulation or anything else that changes the packet: raw text. */
  readonly encap?: string;
}

export interface Route {
  readonly family: Family;
  readonly type: RouteType;
  readonly dst: Prefix;
  /** `from` of v6 subtree routes. */
  readonly src?: Prefix;
  readonly table: number;
  /** v4 only: routes with a tos match only this. */
  readonly tos: number;
  readonly metric: number;
  readonly scope: string;
  readonly protocol: string;
  readonly prefsrc?: IP;
  readonly nexthops: readonly Nexthop[];
  /** Id of the nexthop object that it uses. */
  readonly nhid?: number;
  readonly mtu?: number;
  /** What a SYN by this route says that its sender takes. */
  readonly advmss?: number;
  /** v6 router preference. */
  readonly pref?: 'low' | 'medium' | 'high';
  /** Something in the entry that is not modelled; the walk is undetermined where this route is chosen. */
  readonly unsupported?: string;
  /** As `ip route` prints it. */
  readonly raw: string;
}

export interface PolicyRule {
  readonly family: Family;
  readonly priority: number;
  readonly isNot: boolean;
  readonly src?: Prefix;
  readonly dst?: Prefix;
  readonly iif?: string;
  readonly oif?: string;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly tos?: number;
  readonly ipproto?: number;
  readonly sport?: { readonly min: number; readonly max: number };
  readonly dport?: { readonly min: number; readonly max: number };
  readonly uidRange?: { readonly min: number; readonly max: number };
  readonly l3mdev: boolean;
  readonly suppressPrefixlength?: number;
  readonly suppressIfgroup?: string;
  readonly action:
    | { readonly kind: 'table'; readonly table: number }
    | { readonly kind: 'goto'; readonly priority: number }
    | { readonly kind: 'unreachable' | 'blackhole' | 'prohibit' | 'nop' };
  readonly unsupported?: string;
  readonly raw: string;
}

// ---- neighbours, FDB, VLANs --------------------------------------------------------------------------

export interface Neighbour {
  readonly ip: IP;
  readonly dev: string;
  readonly mac?: string;
  /** PERMANENT, NOARP, REACHABLE, STALE, DELAY, PROBE, INCOMPLETE, FAILED, NONE. */
  readonly state: string;
  readonly isProxy: boolean;
  readonly isRouter: boolean;
  readonly raw: string;
}

export interface FdbEntry {
  readonly mac: string;
  readonly dev: string;
  /** Bridge that the entry belongs to; absent for the device's own (`self`) entries. */
  readonly master?: string;
  readonly vlan?: number;
  /** vxlan: the VTEP. */
  readonly dst?: IP;
  readonly port?: number;
  readonly vni?: number;
  readonly via?: string;
  readonly isSelf: boolean;
  /** `permanent`: the bridge's own address; `static`; absent: learned. */
  readonly state?: string;
  readonly nhid?: number;
  readonly raw: string;
}

export interface PortVlan {
  readonly dev: string;
  readonly first: number;
  readonly last: number;
  readonly isPvid: boolean;
  readonly isUntagged: boolean;
}

// ---- sockets -------------------------------------------------------------------------------------------

export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'raw';
  /** undefined: the wildcard `*` of a dual-stack v6 socket. */
  readonly ip?: IP;
  /** 4: v4 only; 6: v6 only; 'dual': a v6 socket that takes v4 too. */
  readonly family: Family | 'dual';
  readonly port: number;
  /** Bound device (`%eth0`). */
  readonly dev?: string;
  /** A connected UDP socket takes only its peer's packets. */
  readonly peer?: { readonly ip: IP; readonly port: number };
  /** LISTEN or UNCONN or ESTAB. */
  readonly state: string;
  /** Listen backlog is full (Recv-Q > Send-Q). */
  readonly isFull: boolean;
  readonly raw: string;
}

/** One direction of a connection; ports are absent for protocols that have none. */
export interface TrackedTuple {
  readonly src: IP;
  readonly dst: IP;
  readonly sport?: number;
  readonly dport?: number;
}

export interface TrackedConnection {
  readonly family: Family;
  /** IP protocol number. */
  readonly protocol: number;
  readonly original: TrackedTuple;
  /** What an answer looks like on the wire. */
  readonly reply: TrackedTuple;
  readonly isUnreplied: boolean;
  readonly raw: string;
}

/** Sysctls under /proc/sys/net: key with dots replaced by slashes as in the path, e.g. `ipv4/conf/eth0/rp_filter`. */
export type Sysctls = Pick<ReadonlyMap<string, string>, 'get'>;

// ---- everything ------------------------------------------------------------------------------------------

/** A section that could not be read: which one and why; where it matters the walk is undetermined. */
export interface MissingSection {
  readonly section: string;
  readonly reason: string;
}

/** Either the parsed value or why it is not there. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: MissingSection };

/**
 * Lazily parsed state of one namespace. A getter parses its section at the first use and keeps the value;
 * `ok: false` says that the section is missing, failed or unreadable.
 */
export interface NetNSState {
  readonly inode: number;
  readonly isHost: boolean;
  readonly names: readonly string[];
  readonly links: Parsed<readonly NetLink[]>;
  readonly addresses: Parsed<readonly Address[]>;
  routes(family: Family): Parsed<readonly Route[]>;
  rules(family: Family): Parsed<readonly PolicyRule[]>;
  readonly neighbours: Parsed<readonly Neighbour[]>;
  readonly fdb: Parsed<readonly FdbEntry[]>;
  readonly sockets: Parsed<readonly ListeningSocket[]>;
  readonly sysctls: Parsed<Sysctls>;
  /** Both back ends' rule sets of a family that have any table; empty where there are none. */
  iptables(family: Family): Parsed<readonly import('./iptables/types.ts').IPTables[]>;
}
