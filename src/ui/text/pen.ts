/** What the text is drawn with: colours, if any, and the width. */
import pc from 'picocolors';
import type { Verdict } from '../../model/path.ts';
import type { Level } from '../../model/suspicion.ts';

export type Paint = (text: string) => string;

export interface Pen {
  /** Columns, at least 40. */
  readonly width: number;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly code: Paint;
  readonly verdict: Readonly<Record<Verdict, Paint>>;
  readonly level: Readonly<Record<Level, Paint>>;
}

export function makePen(options: { readonly color: boolean; readonly width: number }): Pen {
  const { bold, dim, red, green, yellow, cyan, magenta } = pc.createColors(options.color);
  return {
    width: Math.max(40, Math.floor(options.width)),
    bold,
    dim,
    code: cyan,
    verdict: {
      reachable: (text) => bold(green(text)),
      unreachable: (text) => bold(red(text)),
      undetermined: (text) => bold(yellow(text)),
    },
    level: { 0: cyan, 1: yellow, 2: magenta, 3: (text) => bold(red(text)) },
  };
}
