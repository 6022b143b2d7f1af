/** Makes the packets of a connection: the client's first, the server's answer, the client's next. */
import { ip, type Family } from '../model/address.ts';
import type { Ending } from '../model/path.ts';
import type { IP } from '../model/address.ts';
import type { Packet, PortRange, ProtocolName } from '../model/packet.ts';
import { NO_PORT, port, PROTOCOL, SYSTEM_TTL, TCP_FLAG } from '../model/packet.ts';
import { anyPayload, quoting } from '../model/packet-length.ts';
import { withTtl } from '../model/packet-ttl.ts';

/** Linux's default of net.ipv4.ip_local_port_range. */
const EPHEMERAL: PortRange = { min: 32768, max: 60999 };

/** Bytes of a SYN with its options, of a small datagram, of an echo request with 56 bytes; IPv6 headers are 20 longer. */
const LENGTH: Readonly<Record<ProtocolName, number>> = { tcp: 60, udp: 60, icmp: 84, sctp: 68 };

function lengthOf(protocol: ProtocolName, family: Family): number {
  return LENGTH[protocol] + (family === 6 ? 20 : 0);
}

/** Bytes of the header that a datagram or an echo has at least. */
const SHORTEST = 8;

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
    ttl: SYSTEM_TTL,
    length: ask.size ?? lengthOf(ask.protocol, family),
    ...(ask.size === undefined && (isIcmp || ask.protocol === 'udp') ? { lengths: anyPayload(family, SHORTEST) } : {}),
    df: ask.protocol !== 'icmp',
  };
}

/** The answer to a packet as the server got it. An echo is as long as its request; how long a datagram is the server decides, which is taken to be small. */
export function replyTo(packet: Packet): Packet {
  const { inner: _, ttls: __, ...bare } = packet;
  return {
    ...bare,
    src: packet.dst,
    dst: packet.src,
    sport: packet.dport,
    dport: packet.sport,
    ...(packet.protocol === PROTOCOL.icmp
      ? { icmpType: 0 }
      : packet.protocol === PROTOCOL.icmpv6
        ? { icmpType: 129 }
        : {}),
    ...(packet.protocol === PROTOCOL.udp
      ? { length: lengthOf('udp', packet.family), lengths: anyPayload(packet.family, SHORTEST) }
      : {}),
    tcpFlags: packet.protocol === PROTOCOL.tcp ? TCP_FLAG.syn | TCP_FLAG.ack : 0,
    mark: 0,
    ttl: SYSTEM_TTL,
  };
}

/** The reset that refuses a connection. */
export function resetFor(packet: Packet): Packet {
  return {
    ...replyTo(packet),
    tcpFlags: TCP_FLAG.rst | TCP_FLAG.ack,
    openTcpFlags: 0,
    length: packet.family === 4 ? 40 : 60,
  };
}

/** The ICMP error that tells a packet's sender of its ending. Without `src` the route chooses it. */
export function errorAbout(packet: Packet, src: IP | undefined, ending: Pick<Ending, 'reason' | 'notice'>): Packet {
  const { inner: _, ...quoted } = packet;
  const [icmpType, icmpCode] = (packet.family === 4 ? icmp4 : icmp6)(ending);
  return {
    family: packet.family,
    src: src ?? ip(packet.family === 4 ? '0.0.0.0' : '::'),
    dst: packet.src,
    protocol: packet.family === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6,
    sport: NO_PORT,
    dport: NO_PORT,
    icmpType,
    icmpCode,
    tcpFlags: 0,
    mark: 0,
    tos: 0xc0,
    ttl: SYSTEM_TTL,
    ...(packet.family === 4 ? quoting(packet, 28, 548) : quoting(packet, 48, 1232)),
    df: false,
    quoted,
  };
}

/** Type and code by what happened (RFC 792, net/ipv4/icmp.c). */
function icmp4({ reason, notice }: Pick<Ending, 'reason' | 'notice'>): readonly [number, number] {
  if (reason === 'ttl') return [11, 0];
  if (reason === 'mtu') return [3, 4];
  if (reason === 'prohibited') return [3, 13];
  return [3, notice === 'ENETUNREACH' ? 0 : notice === 'EHOSTUNREACH' ? 1 : notice === 'ENOPROTOOPT' ? 2 : 3];
}

/** RFC 4443, net/ipv6/icmp.c */
function icmp6({ reason, notice }: Pick<Ending, 'reason' | 'notice'>): readonly [number, number] {
  if (reason === 'ttl') return [3, 0];
  if (reason === 'mtu') return [2, 0];
  return [1, notice === 'ENETUNREACH' ? 0 : notice === 'EACCES' ? 1 : notice === 'EHOSTUNREACH' ? 3 : 4];
}

/** The client's next packet after a TCP handshake's answer: a bare ACK, or, where that is lost, one with data. */
export function followUp(first: Packet): Packet {
  const lengths = anyPayload(first.family, TCP_HEADER);
  return {
    ...withTtl(first, SYSTEM_TTL),
    lengths,
    tcpFlags: TCP_FLAG.ack,
    openTcpFlags: TCP_FLAG.psh | TCP_FLAG.fin,
    mark: 0,
  };
}

const TCP_HEADER = 20;

function readPortRange(text: string | undefined): PortRange {
  const match = /^(\d+)\s+(\d+)$/.exec(text?.trim() ?? '');
  return match === null ? EPHEMERAL : { min: Number(match[1]), max: Number(match[2]) };
}
