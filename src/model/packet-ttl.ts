/** What TTL a packet may have: of one that was made outside of what was collected nobody knows how many hops it has left. */
import type { Packet, PortRange } from './packet.ts';

/** Every TTL that a packet on its way may have. */
const ANY: PortRange = { min: 1, max: 255 };
/** Stands for the unknown one where a single value is needed: Linux's own, less one hop. */
const LIKELY = 63;

export function ttlsOf({ ttl, ttls }: Packet): PortRange {
  return ttls ?? { min: ttl, max: ttl };
}

/** The packet with exactly this TTL. */
export function withTtl(packet: Packet, ttl: number): Packet {
  const { ttls: _, ...rest } = packet;
  return { ...rest, ttl };
}

/** The packet with each of its possible TTLs changed. */
export function changeTtl(packet: Packet, change: (ttl: number) => number): Packet {
  const { ttl, ttls } = packet;
  return {
    ...packet,
    ttl: change(ttl),
    ...(ttls === undefined ? {} : { ttls: { min: change(ttls.min), max: change(ttls.max) } }),
  };
}

/** A router has sent it on: one that had no hop left is not there any more. */
export function oneHopOn(packet: Packet): Packet {
  return changeTtl(packet, (ttl) => Math.max(ttl - 1, 1));
}

/** As it comes in from outside, where it was made. */
export function fromOutside(packet: Packet): Packet {
  return { ...packet, ttl: LIKELY, ttls: ANY };
}

/** As it comes in again after routers outside had it. */
export function backFromOutside(packet: Packet): Packet {
  const max = Math.max(ttlsOf(packet).max - 1, 1);
  return { ...packet, ttl: Math.max(packet.ttl - 1, 1), ttls: { min: 1, max } };
}
