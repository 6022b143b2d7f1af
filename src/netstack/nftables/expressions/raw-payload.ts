/** `@th,16,16` and the like: bits of a header by place, as far as a walk knows the header. */
import type { IP } from '../../../model/address.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import type { Packet } from '../../../model/packet.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { NOT_KNOWN } from '../value.ts';
import type { FieldReader } from './payload.ts';
import { payloadReader } from './payload.ts';

/** A byte that is not known. */
const OPEN = undefined;
type Bytes = readonly (number | undefined)[];

/** `base`: `ll`, `nh`, `th` or `ih`; offset and length in bits. */
export function rawPayloadReader(base: string, offset: number, length: number): FieldReader {
  const direct = base === 'th' ? portReader(offset, length) : undefined;
  if (direct !== undefined) return direct;
  return (branch) => {
    const bytes = bytesOf(base, branch);
    return bytes === undefined ? NOT_KNOWN : bits(bytes, offset, length);
  };
}

/** A port may be a range, which bytes can't say. */
function portReader(offset: number, length: number): FieldReader | undefined {
  if (length !== 16 || (offset !== 0 && offset !== 16)) return undefined;
  return payloadReader('th', offset === 0 ? 'sport' : 'dport');
}

function bytesOf(base: string, { packet }: NftBranch): Bytes | undefined {
  switch (base) {
    case 'nh':
      return packet.family === 4 ? header4(packet) : header6(packet);
    case 'th':
      return transport(packet);
    default:
      return undefined;
  }
}

function header4(packet: Packet): Bytes {
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
function header6(packet: Packet): Bytes {
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

function transport(packet: Packet): Bytes | undefined {
  const { sport, dport } = packet;
  const source = sport.min === sport.max ? two(sport.min) : [OPEN, OPEN];
  const destination = dport.min === dport.max ? two(dport.min) : [OPEN, OPEN];
  switch (packet.protocol) {
    case PROTOCOL.tcp:
      return [...source, ...destination, ...new Array<undefined>(9).fill(OPEN), packet.tcpFlags];
    case PROTOCOL.udp:
      return [...source, ...destination, ...lengthBytes(packet, packet.family === 4 ? 20 : 40)];
    case PROTOCOL.icmp:
    case PROTOCOL.icmpv6:
      return [packet.icmpType, packet.icmpCode ?? 0];
    default:
      return undefined;
  }
}

function lengthBytes({ length, lengths }: Packet, header: number): Bytes {
  return lengths === undefined ? two(length - header) : [OPEN, OPEN];
}

const two = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];

function addressBytes({ family, a, b, c, d }: IP): number[] {
  return (family === 4 ? [a] : [a, b, c, d]).flatMap((word) => [...two(word >>> 16), ...two(word & 0xffff)]);
}

function bits(bytes: Bytes, offset: number, length: number): Field {
  const first = offset >> 3;
  const last = (offset + length - 1) >> 3;
  let value = 0n;
  for (let at = first; at <= last; at++) {
    const byte = bytes[at];
    if (byte === undefined) return NOT_KNOWN;
    value = (value << 8n) | BigInt(byte);
  }
  const below = BigInt((last + 1) * 8 - (offset + length));
  const cut = (value >> below) & ((1n << BigInt(length)) - 1n);
  return length <= 53 ? Number(cut) : cut;
}
