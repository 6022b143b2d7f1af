/** Makes the packets of a connection: the client's first, the server's answer, the client's next. */
import { ip } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import type { Packet, PortRange, ProtocolName } from '../model/packet.ts';
import { NO_PORT, port, PROTOCOL, TCP_FLAG } from '../model/packet.ts';

/** Linux's default of net.ipv4.ip_local_port_range. */
const EPHEMERAL: PortRange = { min: 32768, max: 60999 };
const TTL = 64;

/** Bytes of a SYN with its options, of a small datagram, of an echo request with 56 bytes; IPv6 headers are 20 longer. */
const LENGTH: Readonly<Record<ProtocolName, number>> = { tcp: 60, udp: 60, icmp: 84, sctp: 68 };

export interface FirstPacket {
  readonly dst: IP;
  readonly src?: IP;
  readonly protocol: ProtocolName;
  readonly port: number;
  /** `net.ipv4.ip_local_port_range` of the client's namespace. */
  readonly portRange?: string;
  /** Whole IP packet in bytes. */
  readonly size?: number;
}

export function firstPacket(ask: FirstPacket): Packet {
  const { family } = ask.dst;
  const unspecified = ip(family === 4 ? '0.0.0.0' : '::');
  const isIcmp = ask.protocol === 'icmp';
  return {
    family,
    src: ask.src ?? unspecified,
    dst: ask.dst,
    protocol: isIcmp && family === 6 ? PROTOCOL.icmpv6 : PROTOCOL[ask.protocol],
    sport: isIcmp ? NO_PORT : readPortRange(ask.portRange),
    dport: isIcmp ? NO_PORT : port(ask.port),
    ...(isIcmp ? { icmpType: family === 4 ? 8 : 128, icmpCode: 0 } : {}),
    tcpFlags: ask.protocol === 'tcp' ? TCP_FLAG.syn : 0,
    mark: 0,
    tos: 0,
    ttl: TTL,
    length: ask.size ?? LENGTH[ask.protocol] + (family === 6 ? 20 : 0),
    df: ask.protocol !== 'icmp',
  };
}

/** The answer to a packet as the server got it. */
export function replyTo(packet: Packet): Packet {
  const { inner: _, ...bare } = packet;
  return {
    ...bare,
    src: packet.dst,
    dst: packet.src,
    sport: packet.dport,
    dport: packet.sport,
    ...(packet.protocol === PROTOCOL.icmp ? { icmpType: 0 } : packet.protocol === PROTOCOL.icmpv6 ? { icmpType: 129 } : {}),
    tcpFlags: packet.protocol === PROTOCOL.tcp ? TCP_FLAG.syn | TCP_FLAG.ack : 0,
    mark: 0,
    ttl: TTL,
  };
}

/** The reset that refuses a connection. */
export function resetFor(packet: Packet): Packet {
  return { ...replyTo(packet), tcpFlags: TCP_FLAG.rst | TCP_FLAG.ack, length: packet.family === 4 ? 40 : 60 };
}

/** An ICMP destination unreachable about a packet; its source is still to be chosen. */
export function errorAbout(packet: Packet, src: IP | undefined): Packet {
  const { inner: _, ...quoted } = packet;
  return {
    family: packet.family,
    src: src ?? ip(packet.family === 4 ? '0.0.0.0' : '::'),
    dst: packet.src,
    protocol: packet.family === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6,
    sport: NO_PORT,
    dport: NO_PORT,
    icmpType: packet.family === 4 ? 3 : 1,
    icmpCode: 0,
    tcpFlags: 0,
    mark: 0,
    tos: 0xc0,
    ttl: TTL,
    length: packet.family === 4 ? 28 + Math.min(packet.length, 548) : 48 + Math.min(packet.length, 1232),
    df: false,
    quoted,
  };
}

/** The client's next packet after a TCP handshake's answer. */
export function followUp(first: Packet): Packet {
  return { ...first, tcpFlags: TCP_FLAG.ack, mark: 0, ttl: TTL };
}

function readPortRange(text: string | undefined): PortRange {
  const match = /^(\d+)\s+(\d+)$/.exec(text?.trim() ?? '');
  return match === null ? EPHEMERAL : { min: Number(match[1]), max: Number(match[2]) };
}
