/** Boxes, edges and their labels as markup. */
import type { PacketPath, Verdict } from '../../model/path.ts';
import { verdictOf } from '../graph/labels.ts';
import { BOX_PADDING, STACK } from './boxes.ts';
import type { Box } from './boxes.ts';
import { LABEL_SIZE } from './elk-layout.ts';
import type { PlacedEdge, Point } from './elk-layout.ts';
import { element, round, text } from './element.ts';
import { INK, VERDICT_INK, VERDICT_PAPER, lineHeight } from './theme.ts';

export function drawBox(box: Box & Point): string {
  const { x, y, width, height, stop, isGhost } = box;
  const stroke = stop === undefined ? (isGhost ? INK.quiet : '#818b98') : VERDICT_INK[stop];
  const fill = stop === undefined ? (isGhost ? INK.paper : INK.soft) : VERDICT_PAPER[stop];
  const outline = {
    width,
    height,
    rx: 8,
    fill,
    stroke,
    'stroke-width': stop === undefined ? 1.2 : 2.2,
    'stroke-dasharray': isGhost ? '5 4' : undefined,
  };
  const behind =
    box.place.members.length > 1
      ? [STACK, STACK / 2].map((shift) => element('rect', { ...outline, x: x + shift, y: y + shift }))
      : [];
  let baseline = y + BOX_PADDING - 4;
  const lines = box.lines.map((line) => {
    baseline += lineHeight(line.size);
    return text(x + BOX_PADDING, baseline - 3, line.text, line);
  });
  const mark = stop === undefined ? '' : drawMark({ x: x + width, y }, stop);
  return element('g', {}, ...behind, element('rect', { ...outline, x, y }), ...lines, mark);
}

/** A disc with a cross, or a question mark where it is not known; drawn, since not every font has them. */
export function drawMark({ x, y }: Point, verdict: Verdict, size = 11): string {
  const arm = size * 0.38;
  const shapes: Readonly<Record<Verdict, string>> = {
    reachable: `M${round(x - arm)} ${round(y)}L${round(x - arm * 0.2)} ${round(y + arm * 0.8)}L${round(x + arm)} ${round(y - arm * 0.8)}`,
    unreachable: `M${round(x - arm)} ${round(y - arm)}L${round(x + arm)} ${round(y + arm)}M${round(x + arm)} ${round(y - arm)}L${round(x - arm)} ${round(y + arm)}`,
    undetermined: `M${round(x - arm * 0.8)} ${round(y - arm * 0.6)}Q${round(x)} ${round(y - arm * 2)} ${round(x + arm * 0.8)} ${round(y - arm * 0.6)}Q${round(x + arm * 0.7)} ${round(y)} ${round(x)} ${round(y + arm * 0.5)}M${round(x)} ${round(y + arm * 1.35)}L${round(x)} ${round(y + arm * 1.4)}`,
  };
  return element(
    'g',
    {},
    element('circle', { cx: x, cy: y, r: size, fill: VERDICT_INK[verdict], stroke: INK.paper, 'stroke-width': 2 }),
    element('path', {
      d: shapes[verdict],
      fill: 'none',
      stroke: INK.paper,
      'stroke-width': size * 0.22,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
    }),
  );
}

export function drawEdge(path: PacketPath, { edge, points }: PlacedEdge): string {
  const stroke = edge.direction === 'ghost' ? INK.quiet : VERDICT_INK[verdictOf(path, edge)];
  const last = points.at(-1);
  if (last === undefined) return '';
  const line = element('path', {
    d: roundedPath(points),
    fill: 'none',
    stroke,
    'stroke-width': 1.6,
    'stroke-dasharray': edge.direction === 'there' ? undefined : '5 4',
  });
  return edge.direction === 'ghost' ? line : `${line}${arrowHead(points.at(-2)!, last, stroke)}`;
}

export function drawEdgeLabel({ label }: PlacedEdge): string {
  if (label === undefined) return '';
  const { at, lines, width } = label;
  const step = lineHeight(LABEL_SIZE);
  const back = element('rect', {
    x: at.x,
    y: at.y,
    width,
    height: lines.length * step,
    fill: INK.paper,
    'fill-opacity': 0.85,
  });
  return `${back}${lines.map((line, index) => text(at.x + 2, at.y + (index + 1) * step - 4, line, { size: LABEL_SIZE, fill: INK.quiet })).join('')}`;
}

/** Straight lines with round corners. */
function roundedPath(points: readonly Point[]): string {
  const [start, ...rest] = points;
  const parts = [`M${round(start!.x)} ${round(start!.y)}`];
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    const before = points[index]!;
    if (next === undefined) {
      parts.push(`L${round(point.x)} ${round(point.y)}`);
      continue;
    }
    const into = towards(point, before);
    const out = towards(point, next);
    parts.push(
      `L${round(into.x)} ${round(into.y)}Q${round(point.x)} ${round(point.y)} ${round(out.x)} ${round(out.y)}`,
    );
  }
  return parts.join('');
}

const RADIUS = 6;

/** A point on the way from one to the other, at most a corner's radius away. */
function towards(from: Point, to: Point): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const part = distance === 0 ? 0 : Math.min(RADIUS, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function arrowHead(from: Point, tip: Point, fill: string): string {
  const angle = Math.atan2(tip.y - from.y, tip.x - from.x);
  const wing = (side: number): Point => ({
    x: tip.x - 9 * Math.cos(angle + side),
    y: tip.y - 9 * Math.sin(angle + side),
  });
  const [left, right] = [wing(0.42), wing(-0.42)];
  return element('path', {
    d: `M${round(tip.x)} ${round(tip.y)}L${round(left.x)} ${round(left.y)}L${round(right.x)} ${round(right.y)}Z`,
    fill,
  });
}
