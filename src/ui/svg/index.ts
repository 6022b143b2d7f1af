/** A result as one self-contained SVG: verdict, graph, evidence, findings. Dark on light, no script, no outside reference. */
import type { PacketPath } from '../../model/path.ts';
import { edgeLabel } from '../graph/labels.ts';
import { mergeAlike } from '../graph/merge.ts';
import { pathGraph } from '../graph/path-graph.ts';
import { makeBox } from './boxes.ts';
import { drawBox, drawEdge, drawEdgeLabel } from './draw-graph.ts';
import { layOut } from './elk-layout.ts';
import type { Layout } from './elk-layout.ts';
import { element, escaped, round } from './element.ts';
import { footPanel, headPanel } from './panel.ts';
import { INK, MONO } from './theme.ts';

const MARGIN = 28;
const GAP = 28;
/** Below this the text above and below would be a narrow column. */
const LEAST_WIDTH = 760;
/** Longer lines than this are hard to read, however wide the graph is. */
const MOST_TEXT_WIDTH = 1000;

/** The same path gives the same bytes. */
export async function toSvg(path: PacketPath): Promise<string> {
  const layout = await layOutPath(path);
  const width = Math.max(layout.width, LEAST_WIDTH);
  const head = headPanel(path, Math.min(width, MOST_TEXT_WIDTH));
  const foot = footPanel(path, Math.min(width, MOST_TEXT_WIDTH));
  const graphTop = MARGIN + head.height + GAP;
  const footTop = graphTop + layout.height + GAP;
  const size = { width: width + 2 * MARGIN, height: footTop + foot.height + MARGIN };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(size.width)}" height="${round(size.height)}" viewBox="0 0 ${round(size.width)} ${round(size.height)}" role="img" font-family="${MONO}">`,
    element('title', {}, escaped(`${path.verdict}: ${path.question.src.id} → ${path.question.dst.id}`)),
    element('desc', {}, escaped(path.summary)),
    element('rect', { ...size, fill: INK.paper }),
    at(MARGIN, MARGIN, head.markup),
    at(MARGIN + (width - layout.width) / 2, graphTop, drawGraph(path, layout)),
    at(MARGIN, footTop, foot.markup),
    '</svg>\n',
  ].join('\n');
}

async function layOutPath(path: PacketPath): Promise<Layout> {
  const picture = mergeAlike(pathGraph(path));
  const passing = new Map(
    picture.places.map(({ id, members }) => [id, new Set(members.flatMap(({ branches }) => [...branches]))]),
  );
  const boxes = picture.places.map((place) => makeBox(path, place));
  const edges = picture.edges.map((edge) => ({ edge, lines: edgeLabel(path, edge, passing.get(edge.from)!) }));
  return layOut(boxes, edges);
}

/** Lines below, boxes over them, labels on top. */
function drawGraph(path: PacketPath, { boxes, edges }: Layout): string {
  return [...edges.map((edge) => drawEdge(path, edge)), ...boxes.map(drawBox), ...edges.map(drawEdgeLabel)]
    .filter((markup) => markup !== '')
    .join('\n');
}

function at(x: number, y: number, markup: string): string {
  return `<g transform="translate(${round(x)} ${round(y)})">\n${markup}\n</g>`;
}
