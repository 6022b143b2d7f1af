/** How large the box of a place is, and the lines of text inside it. */
import type { PacketPath, Verdict } from '../../model/path.ts';
import { placeLabel } from '../graph/labels.ts';
import type { Place } from '../graph/merge.ts';
import { LEVEL_NAMES } from '../graph/phrases.ts';
import { columns } from '../text/columns.ts';
import { wrap } from '../text/layout.ts';
import { INK, LEVEL_INK, VERDICT_INK, columnWidth, lineHeight } from './theme.ts';

export interface BoxLine {
  readonly text: string;
  readonly size: number;
  readonly fill: string;
  readonly weight?: number;
}

export interface Box {
  readonly place: Place;
  readonly lines: readonly BoxLine[];
  readonly width: number;
  readonly height: number;
  /** Set where a branch ends here without having arrived. */
  readonly stop?: Verdict;
  readonly isGhost: boolean;
}

export const BOX_PADDING = 12;
const MOST_COLUMNS = 46;
/** What the sheets behind a box of several places stick out. */
export const STACK = 8;

export function makeBox(path: PacketPath, place: Place): Box {
  const { kind, names, words, stops } = placeLabel(path, place);
  const [first] = place.members;
  const isGhost = first.type === 'ghost';
  const [stop] = stops;
  const lines: BoxLine[] = [
    { text: kind, size: 10, fill: INK.quiet },
    ...wrapped(names, { size: 13, fill: isGhost ? INK.quiet : INK.text, weight: 600 }),
    ...wrapped([words], { size: 11, fill: INK.quiet }),
    ...stops.flatMap(({ verdict, text }) => wrapped([text], { size: 11, fill: VERDICT_INK[verdict], weight: 600 })),
    ...first.suspicions.flatMap(({ level, code }) =>
      wrapped([`${LEVEL_NAMES[level]} ${code}`], { size: 10, fill: LEVEL_INK[level] }),
    ),
  ];
  return {
    place,
    lines,
    width: Math.max(96, ...lines.map(({ text, size }) => columns(text) * columnWidth(size))) + 2 * BOX_PADDING,
    height: lines.reduce((sum, { size }) => sum + lineHeight(size), 0) + 2 * BOX_PADDING - 4,
    isGhost,
    ...(stop === undefined ? {} : { stop: stop.verdict }),
  };
}

function wrapped(texts: readonly string[], style: Omit<BoxLine, 'text'>): BoxLine[] {
  const lines = texts.filter((one) => one !== '').flatMap((one) => wrap(one, MOST_COLUMNS));
  return lines.map((text) => Object.assign({ text }, style));
}
