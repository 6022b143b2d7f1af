/** The packet that is walked, and the Ethernet frame that carries it. */
import type { Family, IP } from './address.ts';

/** Ports that the packet may have, both ends included. A source port chosen by the kernel is a range. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** IP protocol numbers by the names that iptables and the CLI use. */
export const PROTOCOL = {
  icmp: 1,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
} as const;

export type ProtocolName = 'tcp' | 'udp' | 'icmp' | 'sctp';

/** Bits of the TCP flags byte. */
export const TCP_FLAG = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const;

/** One IP packet as far as anything on its way may look at it. Values are never changed, only copied with `{...packet, mark}`. */
export interface Packet {
  readonly family: Family;
  readonly src: IP;
  readonly dst: IP;
  /** IP protocol number, see {@link PROTOCOL}. */
  readonly protocol: number;
  /** 0–0 for protocols without ports. */
  readonly sport: PortRange;
  readonly dport: PortRange;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** TCP flags byte; 0 for other protocols. */
  readonly tcpFlags: number;
  /** Those that the packet may have as well: of a later packet, whether the application writes no more. */
  readonly openTcpFlags?: number;
  /** fwmark: belongs to the packet inside one namespace, 0 again in the next one. */
  readonly mark: number;
  /** DS byte (TOS or traffic class). */
  readonly tos: number;
  /** TTL or hop limit; {@link SYSTEM_TTL} until the packet is sent. */
  readonly ttl: number;
  /** What else the TTL may be, where only the outside knows it. */
  readonly ttls?: PortRange;
  /** Whole IP packet in bytes. */
  readonly length: number;
  /** What else the length may be, where only the sender's program knows it; `length` is then what MTUs are held against. */
  readonly lengths?: PortRange;
  readonly df: boolean;
  /** Of a SYN: the largest payload that its sender takes in one segment, as it says or as rules made it say. */
  readonly mss?: number | 'not-known';
  /** What a tunnel packet carries. */
  readonly inner?: Encapsulated;
  /** An ICMP error: the packet that it is about, as its header quotes it. */
  readonly quoted?: Packet;
}

/** The payload of a tunnel packet: a whole frame (vxlan, geneve) or a bare IP packet (ipip, wireguard). */
export interface Encapsulated {
  readonly vni?: number;
  /** The UDP header around it has a checksum. */
  readonly hasChecksum?: true;
  /** NAT has changed that checksum, which is wrong from the moment on in which a device computes the one inside. */
  readonly isChecksumOpen?: true;
  /** A frame in UDP is of vxlan unless said otherwise. */
  readonly protocol?: 'geneve';
  /** WireGuard: the public keys of both ends. */
  readonly keys?: { readonly from: string; readonly to: string };
  readonly frame: Frame;
}

/** A packet on a link. */
export interface Frame {
  /** Lower-case, colon-separated. */
  readonly srcMac: string;
  readonly dstMac: string;
  /** 802.1Q tag, if the frame is tagged. */
  readonly vlan?: number;
  readonly packet: Packet;
}

/** The frame with this tag in place of what it had; undefined is none. */
export function retagged(frame: Frame, vlan: number | undefined): Frame {
  const { vlan: _, ...untagged } = frame;
  return vlan === undefined ? untagged : { ...untagged, vlan };
}

/** The sending namespace's own default, which it fills in. */
export const SYSTEM_TTL = 0;

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff';
export const NO_MAC = '00:00:00:00:00:00';

export const port = (value: number): PortRange => ({ min: value, max: value });
export const NO_PORT: PortRange = port(0);

export function samePorts(x: PortRange, y: PortRange): boolean {
  return x.min === y.min && x.max === y.max;
}

/** `80` or `32768-60999`. */
export function formatPorts(ports: PortRange): string {
  return ports.min === ports.max ? String(ports.min) : `${ports.min}-${ports.max}`;
}

const names = new Map<number, string>(Object.entries(PROTOCOL).map(([name, number]) => [number, name]));

export function protocolName(protocol: number): string {
  return names.get(protocol) ?? String(protocol);
}
