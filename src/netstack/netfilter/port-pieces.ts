/** Splits a port that may have several values where a rule tells them apart. */
import type { PortRange } from '../../model/packet.ts';

/** A part of what a port may be. */
export interface PortPiece {
  readonly range: PortRange;
  readonly isInside: boolean;
}

/** The parts of `ports` in order, neighbours that are alike joined. */
export function cut(ports: PortRange, ranges: readonly PortRange[]): PortPiece[] {
  const edges = new Set<number>([ports.min]);
  for (const range of ranges) {
    if (range.min > range.max) continue;
    if (range.min > ports.min && range.min <= ports.max) edges.add(range.min);
    if (range.max >= ports.min && range.max < ports.max) edges.add(range.max + 1);
  }
  const starts = [...edges].sort((x, y) => x - y);
  const pieces: PortPiece[] = [];
  for (const [i, min] of starts.entries()) {
    const max = (starts[i + 1] ?? ports.max + 1) - 1;
    const isInside = ranges.some((range) => range.min <= min && min <= range.max);
    const last = pieces.at(-1);
    if (last?.isInside === isInside) pieces[pieces.length - 1] = { range: { min: last.range.min, max }, isInside };
    else pieces.push({ range: { min, max }, isInside });
  }
  return pieces;
}
