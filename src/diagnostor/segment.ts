/** Data of a TCP connection: how large its segments are, and whether the sender learns that one was too large. */
import type { Packet } from '../model/packet.ts';
import type { Ending } from '../model/path.ts';
import { savesMention } from '../netstack/iptables/saves.ts';
import type { NetNS } from '../netstack/netns.ts';
import { setsSegmentSize } from '../netstack/nftables/index.ts';
import { inPhase, isAnswer, type Journey } from './journey.ts';

const HEADERS = { 4: 40, 6: 60 } as const;

/** What a host outside takes, of which nothing is known. */
const ETHERNET = 1500;

/** What the sender makes of `bytes` that it has to send: no more than the other end said it takes (RFC 9293, 3.7.1). */
export function segmentOf(packet: Packet, bytes: number, otherMss: Packet['mss']): Packet {
  const { lengths: _, ...exact } = packet;
  const headers = HEADERS[packet.family];
  return {
    ...exact,
    length: Math.min(bytes, (typeof otherMss === 'number' ? otherMss : ETHERNET - headers) + headers),
  };
}

/** A segment of data is on its way, and the ending says how much would fit. */
export function isTooLarge(journey: Journey, ending: Ending): boolean {
  return (
    journey.segment !== undefined &&
    journey.isError !== true &&
    (journey.phase === 'established' || journey.phase === 'answered') &&
    ending.reason === 'mtu' &&
    ending.verdict === 'unreachable'
  );
}

/** Rules of the namespace make ends believe in smaller segments, and by how much was not followed. */
export function clampsSegments(ns: NetNS, { served, segment }: Journey): boolean {
  const isOpen = served?.packet.mss === 'not-known' || segment?.serverMss === 'not-known';
  return setsSegmentSize(ns) || (isOpen && savesMention(ns, '-j TCPMSS'));
}

/** The journey as it was before the segment was sent, with what its sender has learned of the path. */
export function withSmaller(journey: Journey, bytes: number): Journey {
  const { segment, hops, phase } = journey;
  const side = isAnswer(phase) ? 'server' : 'client';
  return {
    ...inPhase(journey, phase),
    hops: { ...hops, [phase]: [] },
    ...(segment === undefined ? {} : { segment: { ...segment, [side]: bytes } }),
  };
}
