/** The bytes of a packet's headers, as far as a walk knows them. */
import type { IP } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';

/** A byte that is not known. */
const OPEN = undefined;
export type HeaderBytes = readonly (number | undefined)[];

/** Both, one after the other, and nothing of what follows. */
export function packetBytes(packet: Packet): HeaderBytes {
  return [...networkHeader(packet), ...(transportHeader(packet) ?? [])];
}

/** The IP header. */
export function networkHeader(packet: Packet): HeaderBytes {
  // what is no IP packet has none
  if (packet.protocol < 0) return [];
  return packet.family === 4 ? header4(packet) : header6(packet);
}

/** The octet as a whole: one bit that is open makes it so. */
const flagsOf = ({ tcpFlags, openTcpFlags = 0 }: Packet): number | undefined => (openTcpFlags === 0 ? tcpFlags : OPEN);

/** The beginning of what it carries; undefined where nothing of it is known. */
export function transportHeader(packet: Packet): HeaderBytes | undefined {
  const { sport, dport } = packet;
  const source = sport.min === sport.max ? two(sport.min) : [OPEN, OPEN];
  const destination = dport.min === dport.max ? two(dport.min) : [OPEN, OPEN];
  switch (packet.protocol) {
    case PROTOCOL.tcp:
      return [...source, ...destination, ...new Array<undefined>(9).fill(OPEN), flagsOf(packet)];
    case PROTOCOL.udp:
      return [...source, ...destination, ...lengthBytes(packet, packet.family === 4 ? 20 : 40)];
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      return [packet.icmpType, packet.icmpCode ?? 0];
    default:
      return undefined;
  }
}

function header4(packet: Packet): HeaderBytes {
  const [l1, l2] = lengthBytes(packet, 0);
  return [
    0x45,
    packet.tos,
    l1,
    l2,
    OPEN,
    OPEN,
    packet.df ? 0x40 : 0,
    0,
    packet.ttls === undefined ? packet.ttl : OPEN,
    packet.protocol,
    OPEN,
    OPEN,
    ...addressBytes(packet.src),
    ...addressBytes(packet.dst),
  ];
}

/** The flow label is the sender's own choice; only its upper bits share a byte with what is known. */
function header6(packet: Packet): HeaderBytes {
  return [
    0x60 | (packet.tos >> 4),
    OPEN,
    OPEN,
    OPEN,
    ...lengthBytes(packet, 40),
    packet.protocol,
    packet.ttls === undefined ? packet.ttl : OPEN,
    ...addressBytes(packet.src),
    ...addressBytes(packet.dst),
  ];
}

function lengthBytes({ length, lengths }: Packet, header: number): HeaderBytes {
  return lengths === undefined ? two(length - header) : [OPEN, OPEN];
}

const two = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];

function addressBytes({ family, a, b, c, d }: IP): number[] {
  return (family === 4 ? [a] : [a, b, c, d]).flatMap((word) => [...two(word >>> 16), ...two(word & 0xffff)]);
}
