/** Where boxes, edges and labels go: ELK's layered layout, loaded only when a picture is drawn (it takes 130 ms). */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Edge } from '../graph/merge.ts';
import { columns } from '../text/columns.ts';
import { STACK } from './boxes.ts';
import type { Box } from './boxes.ts';
import { columnWidth, lineHeight } from './theme.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly edge: Edge;
  /** From the source of the packet to where it goes. */
  readonly points: readonly Point[];
  readonly label?: { readonly at: Point; readonly lines: readonly string[]; readonly width: number };
}

export interface Layout {
  readonly boxes: readonly (Box & Point)[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export interface LabelledEdge {
  readonly edge: Edge;
  readonly lines: readonly string[];
}

export const LABEL_SIZE = 10;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '20',
  'elk.spacing.edgeLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
} as const;

/** The same input gives the same layout. Coordinates start at 0, 0. */
export async function layOut(boxes: readonly Box[], edges: readonly LabelledEdge[]): Promise<Layout> {
  const { default: ELK } = await import('elkjs/lib/elk.bundled.js');
  const graph: ElkNode = {
    id: 'root',
    layoutOptions: OPTIONS,
    children: boxes.map(({ place, width, height }) => {
      const stack = place.members.length > 1 ? STACK : 0;
      return { id: place.id, width: width + stack, height: height + stack };
    }),
    edges: edges.map(elkEdge),
  };
  const laidOut = await new ELK.default().layout(graph);
  const at = new Map((laidOut.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]));
  const routed = new Map((laidOut.edges ?? []).map((edge) => [edge.id, edge]));
  return {
    boxes: boxes.map((box) => ({ ...box, ...at.get(box.place.id)! })),
    edges: edges.map((labelled, index) => placeEdge(labelled, routed.get(`e${index}`)!)),
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
  };
}

/** The answer's edges are laid out as if they went the other way, so that the way there alone decides the layers. */
function elkEdge({ edge, lines }: LabelledEdge, index: number): ElkExtendedEdge {
  const isBack = edge.direction === 'back';
  return {
    id: `e${index}`,
    sources: [isBack ? edge.to : edge.from],
    targets: [isBack ? edge.from : edge.to],
    labels:
      lines.length === 0
        ? []
        : [
            {
              text: lines.join(' '),
              width: labelWidth(lines),
              height: lines.length * lineHeight(LABEL_SIZE),
              layoutOptions: { 'elk.edgeLabels.placement': 'CENTER' },
            },
          ],
  };
}

function placeEdge({ edge, lines }: LabelledEdge, routed: ElkExtendedEdge): PlacedEdge {
  const points = (routed.sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) =>
    [startPoint, bendPoints ?? [], endPoint].flat(),
  );
  const [label] = routed.labels ?? [];
  return {
    edge,
    points: edge.direction === 'back' ? points.toReversed() : points,
    ...(label?.x === undefined || label.y === undefined
      ? {}
      : { label: { at: { x: label.x, y: label.y }, lines, width: labelWidth(lines) } }),
  };
}

function labelWidth(lines: readonly string[]): number {
  return Math.max(...lines.map(columns)) * columnWidth(LABEL_SIZE) + 4;
}
