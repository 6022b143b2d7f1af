/** Compares a packet's ports, which may be a range, with what a match asks, and splits the range where it must. */
import { formatPorts } from '../../model/packet.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import type { MatchResult, SplitOption } from './match.ts';
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

interface Piece {
  readonly range: PortRange;
  readonly isInside: boolean;
}

/** The parts of `ports` in order, neighbours that are alike joined. */
function cut(ports: PortRange, ranges: readonly PortRange[]): Piece[] {
  const edges = new Set<number>([ports.min]);
  for (const range of ranges) {
    if (range.min > range.max) continue;
    if (range.min > ports.min && range.min <= ports.max) edges.add(range.min);
    if (range.max >= ports.min && range.max < ports.max) edges.add(range.max + 1);
  }
  const starts = [...edges].sort((x, y) => x - y);
  const pieces: Piece[] = [];
  for (const [i, min] of starts.entries()) {
    const max = (starts[i + 1] ?? ports.max + 1) - 1;
    const isInside = ranges.some((range) => holds(range, min));
    const last = pieces.at(-1);
    if (last?.isInside === isInside) pieces[pieces.length - 1] = { range: { min: last.range.min, max }, isInside };
    else pieces.push({ range: { min, max }, isInside });
  }
  return pieces;
}
