/** A result as D2 source: the same graph as the SVG, for people who lay it out themselves. */
import type { PacketPath, Verdict } from '../../model/path.ts';
import { edgeLabel, placeLabel, verdictOf } from '../graph/labels.ts';
import { mergeAlike } from '../graph/merge.ts';
import type { Edge, Place } from '../graph/merge.ts';
import { pathGraph } from '../graph/path-graph.ts';
import { LEVEL_NAMES, VERDICT_GLYPHS, noticeSentence, reasonPhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';

const STROKES: Readonly<Record<Verdict | 'mixed', string>> = {
  reachable: '#1a7f37',
  unreachable: '#cf222e',
  undetermined: '#9a6700',
  mixed: '#57606a',
};

export function toD2(path: PacketPath): string {
  const picture = mergeAlike(pathGraph(path));
  const outgoing = new Map(
    picture.places.map(({ id, members }) => [id, new Set(members.flatMap(({ branches }) => [...branches]))]),
  );
  return `${[
    'direction: right',
    ...titleLines(path),
    ...picture.places.flatMap((place) => placeLines(path, place)),
    ...picture.edges.map((edge) => edgeLine(path, edge, outgoing.get(edge.from)!)),
    ...findingLines(path),
  ].join('\n')}\n`;
}

function titleLines(path: PacketPath): string[] {
  const title = `${VERDICT_GLYPHS[path.verdict]} ${path.verdict}${path.reason === 'ok' ? '' : ` (${reasonPhrase(path)})`}`;
  const text = [title, path.summary, noticeSentence(path)].filter((line) => line !== '').map(printable);
  return [
    `verdict: ${quoted(text)} {`,
    '  shape: text',
    '  near: top-center',
    '  style.font-size: 20',
    `  style.font-color: "${STROKES[path.verdict]}"`,
    '}',
  ];
}

function placeLines(path: PacketPath, place: Place): string[] {
  const { kind, names, words, stops } = placeLabel(path, place);
  const [first] = place.members;
  const findings = first.suspicions.map(({ level, code }) => `${LEVEL_NAMES[level]}: ${code}`);
  const label = [
    ...names,
    `[${kind}]`,
    words,
    ...stops.map(({ verdict, text }) => `${VERDICT_GLYPHS[verdict]} ${text}`),
    ...findings,
  ].filter((line) => line !== '');
  const [stop] = stops;
  return [
    `${place.id}: ${quoted(label)} {`,
    '  shape: rectangle',
    ...(stop === undefined ? [] : [`  style.stroke: "${STROKES[stop.verdict]}"`, '  style.stroke-width: 4']),
    ...(place.members.length > 1 ? ['  style.multiple: true'] : []),
    ...(first.type === 'ghost' ? ['  style.stroke-dash: 4', '  style.font-color: "#57606a"'] : []),
    '}',
  ];
}

function edgeLine(path: PacketPath, edge: Edge, all: ReadonlySet<number>): string {
  const label = edgeLabel(path, edge, all);
  const dash = edge.direction === 'there' ? '' : '; style.stroke-dash: 4';
  const stroke = edge.direction === 'ghost' ? STROKES.mixed : STROKES[verdictOf(path, edge)];
  return `${edge.from} -> ${edge.to}: ${quoted(label)} {style.stroke: "${stroke}"${dash}}`;
}

/** Those that belong to no node of the picture. */
function findingLines({ suspicions }: PacketPath): string[] {
  if (suspicions.length === 0) return [];
  const text = suspicions.map(({ level, code, message }) => printable(`${LEVEL_NAMES[level]}: ${code}: ${message}`));
  return [`findings: ${quoted(text)} {`, '  shape: text', '  near: bottom-center', '}'];
}

/** A D2 string: double-quoted, with `\n` between lines; `$` would begin a variable. */
function quoted(lines: readonly string[]): string {
  const text = lines
    .map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$'))
    .join('\\n');
  return `"${text}"`;
}
