/** Data of a TCP connection: how large its segments are, and whether the sender learns that one was too large. */
import type { SectionName } from '../model/dump.ts';
import type { Packet } from '../model/packet.ts';
import type { Ending } from '../model/path.ts';
import type { NetNS } from '../netstack/netns.ts';
import { inPhase, isAnswer, type Journey } from './journey.ts';

const HEADERS = { 4: 40, 6: 60 } as const;

/** What a host outside takes, of which nothing is known. */
const ETHERNET = 1500;

/** What the sender makes of `bytes` that it has to send: no more than the other end said it takes (RFC 9293, 3.7.1). */
export function segmentOf(packet: Packet, bytes: number, otherMss: number | undefined): Packet {
  const { lengths: _, ...exact } = packet;
  const headers = HEADERS[packet.family];
  return { ...exact, length: Math.min(bytes, (otherMss ?? ETHERNET - headers) + headers) };
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

const RULE_SETS: readonly SectionName[] = [
  'iptables-legacy-save',
  'ip6tables-legacy-save',
  'iptables-nft-save',
  'ip6tables-nft-save',
  'nft-ruleset-text',
];

/** Rules of the namespace make ends believe in smaller segments; by how much is not followed. */
export function clampsSegments(ns: NetNS): boolean {
  return RULE_SETS.some((name) => /-j TCPMSS|maxseg size set/.test(ns.section(name)?.stdout ?? ''));
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
