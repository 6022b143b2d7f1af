/** Compares a packet's ports, which may be a range, with what a match asks, and splits the range where it must. */
import { formatPorts } from '../../model/packet.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import type { MatchResult, SplitOption } from './match.ts';
import { cut } from '../netfilter/port-pieces.ts';
import { holds } from './numbers.ts';

export type PortSide = 'sport' | 'dport';

/** True where the port is in one of the ranges (or in none, if inverted); a split where only some of its values are. */
export function matchPort(
  packet: Packet,
  side: PortSide,
  ranges: readonly PortRange[],
  isInverted: boolean,
): MatchResult {
  const ports = packet[side];
  if (ports.min === ports.max) return ranges.some((range) => holds(range, ports.min)) !== isInverted;
  const pieces = cut(ports, ranges);
  if (pieces.length === 1) return pieces[0]!.isInside !== isInverted;
  const size = ports.max - ports.min + 1;
  return pieces.map(({ range }): SplitOption => ({
    probability: (range.max - range.min + 1) / size,
    label: `${side === 'sport' ? 'source' : 'destination'} port is ${formatPorts(range)}`,
    packet: { ...packet, [side]: range },
  }));
}
