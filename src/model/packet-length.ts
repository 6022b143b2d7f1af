/** How long a packet may be: of a datagram or an echo only the program that sends it knows. */
import type { Family } from './address.ts';
import type { Packet, PortRange } from './packet.ts';

/** Whole IP packet in bytes, both ends included. */
export type LengthRange = PortRange;

const IP_HEADER: Readonly<Record<Family, number>> = { 4: 20, 6: 40 };
/** What the length field of the header can say; that of IPv6 does not count the header. */
const LONGEST: Readonly<Record<Family, number>> = { 4: 65_535, 6: 65_575 };

/** Any payload behind a transport header of that many bytes. */
export function anyPayload(family: Family, transportHeader: number): LengthRange {
  return { min: IP_HEADER[family] + transportHeader, max: LONGEST[family] };
}

export function lengthsOf({ length, lengths }: Packet): LengthRange {
  return lengths ?? { min: length, max: length };
}

/** `length`, and `lengths` where it is open, of a packet that wraps another one. */
export function wrapped(inner: Packet, overhead: number): Pick<Packet, 'length' | 'lengths'> {
  const { length, lengths } = inner;
  return {
    length: length + overhead,
    ...(lengths === undefined ? {} : { lengths: { min: lengths.min + overhead, max: lengths.max + overhead } }),
  };
}

/** What a link has to carry of a packet that was cut to fit; rules see it whole, once it is put together again. */
export function inPieces(packet: Packet, mtu: number): Packet {
  return packet.length <= mtu ? packet : { ...packet, length: mtu, lengths: lengthsOf(packet) };
}

/** The same of an ICMP error, which quotes no more than `most` bytes. */
export function quoting(about: Packet, overhead: number, most: number): Pick<Packet, 'length' | 'lengths'> {
  const { length, lengths } = about;
  const cut = (bytes: number): number => overhead + Math.min(bytes, most);
  return {
    length: cut(length),
    ...(lengths === undefined ? {} : { lengths: { min: cut(lengths.min), max: cut(lengths.max) } }),
  };
}
