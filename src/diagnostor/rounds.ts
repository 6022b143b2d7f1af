/** Whether a packet that comes to a place again goes round for good: its TTL, and what was decided since, say so. */
import type { Fork } from '../model/fork.ts';
import { formatHostPort } from '../model/address.ts';
import type { Frame, Packet } from '../model/packet.ts';
import { formatPorts } from '../model/packet.ts';
import type { Branch } from '../model/path.ts';

/** The last time that a packet came to a place. */
export interface Visited {
  /** How often it had been there then, itself included. */
  readonly times: number;
  /** TTLs of the packet and of all that it carries. */
  readonly ttls: string;
  /** How many decisions had been made until then. */
  readonly forks: number;
}

/** By place. */
export type Seen = ReadonlyMap<string, Visited>;

/** Names a frame at a place: everything that decides its way but the TTL. */
export function placeOf(nodeId: string, dev: string, { packet, srcMac, dstMac, vlan }: Frame): string {
  return `${nodeId}|${dev}|${srcMac} ${dstMac} ${vlan ?? ''}|${describePacket(packet)}|${packet.mark} ${packet.tos}`;
}

function describePacket(packet: Packet): string {
  const own = `${formatHostPort(packet.src, formatPorts(packet.sport))} > ${formatHostPort(packet.dst, formatPorts(packet.dport))} ${packet.protocol}`;
  return packet.inner === undefined ? own : `${own} [${describePacket(packet.inner.frame.packet)}]`;
}

const ttlsOf = ({ ttl, inner }: Packet): string =>
  inner === undefined ? `${ttl}` : `${ttl} ${ttlsOf(inner.frame.packet)}`;

/** Conntrack knows the packet from its first time on, so that its second may go another way than its first. */
const ROUNDS_UNTIL_ALIKE = 2;

/**
 * Whether a packet that comes to a place again comes there for ever. Not yet where its TTL is another one: rules that look
 * at it may still let it out, and it ends by itself. A round in which something was chosen is not gone again: the kernel
 * chooses the same for the same flow (fib_multipath_hash).
 */
export function isEndless(before: Visited, packet: Packet, forks: readonly Fork[]): boolean {
  if (forks.length > before.forks) return true;
  return before.times >= ROUNDS_UNTIL_ALIKE && before.ttls === ttlsOf(packet);
}

export function visit(seen: Seen, place: string, packet: Packet, forks: readonly Fork[]): Seen {
  const times = (seen.get(place)?.times ?? 0) + 1;
  return new Map(seen).set(place, { times, ttls: ttlsOf(packet), forks: forks.length });
}

/** All that became of a packet which came to a place again is that it goes round until its TTL ends. */
export function isLoop(branches: readonly Branch[]): boolean {
  return branches.every(({ verdict, reason }) => verdict === 'unreachable' && (reason === 'ttl' || reason === 'loop'));
}
