/** The lines that a drawing consists of: a node with what it does, and the crossing to the next one. */
import type { Ending, Link, PacketPath, Verdict } from '../../model/path.ts';
import { linkPhrase } from '../graph/link-phrase.ts';
import { VERDICT_GLYPHS, stopPhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { columns } from './columns.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';

export interface Canvas {
  readonly path: PacketPath;
  readonly links: ReadonlyMap<string, Link>;
  readonly pen: Pen;
  /** Names that are listed before "and N more". */
  readonly mostNames: number;
  /** Columns that names are filled up to, so that what the nodes do stands in one column. */
  readonly nameWidth: number;
}

export function makeCanvas(path: PacketPath, pen: Pen, mostNames: number): Canvas {
  const widths = path.branches
    .flatMap(({ forward, reply }) => [...forward.hops, ...(reply?.hops ?? [])])
    .map(({ node }) => columns(printable(node)));
  const fitting = widths.filter((width) => width <= pen.width / 3);
  return {
    path,
    pen,
    mostNames,
    links: new Map(path.links.map((link) => [link.id, link])),
    nameWidth: Math.max(0, ...fitting),
  };
}

export interface NodeLine {
  readonly name: string;
  /** What it does; '' for nothing to say. */
  readonly words: string;
  readonly indent: string;
  /** Whether no crossing follows. */
  readonly isLast: boolean;
  /** Set where the packet ends here without having arrived. */
  readonly stop?: Verdict;
}

export function nodeLines({ pen, nameWidth }: Canvas, { name, words, indent, isLast, stop }: NodeLine): string[] {
  const shown = printable(name);
  const mark = stop === undefined ? pen.bold('●') : pen.verdict[stop](VERDICT_GLYPHS[stop]);
  const first = `${indent}${mark} ${(stop === undefined ? pen.bold : pen.verdict[stop])(shown)}`;
  if (words === '') return [first];
  const paint = stop === undefined ? pen.dim : pen.verdict[stop];
  const said = printable(words);
  const gap = ' '.repeat(Math.max(0, nameWidth - columns(shown)) + 2);
  if (columns(`${indent}● ${shown}${gap}${said}`) <= pen.width) return [`${first}${gap}${paint(said)}`];
  const rest = `${indent}${isLast ? ' ' : '│'}   `;
  return [first, ...paragraph(said, pen.width, { first: rest, rest }, paint)];
}

export function stopLines(canvas: Canvas, name: string, ending: Ending, indent: string): string[] {
  return nodeLines(canvas, { name, words: stopPhrase(ending), indent, isLast: true, stop: ending.verdict });
}

export function linkLines({ links, pen }: Canvas, id: string | undefined, indent: string): string[] {
  const link = links.get(id ?? '');
  const rail = `${indent}│   `;
  return link === undefined
    ? [`${indent}│`]
    : paragraph(printable(linkPhrase(link)), pen.width, { first: rail, rest: rail }, pen.dim);
}
