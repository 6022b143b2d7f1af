/** A result as text for people: verdict, drawing, evidence, findings, assumptions, in that order. */
import type { PacketPath } from '../../model/path.ts';
import { drawing } from './drawing.ts';
import { findings } from './findings.ts';
import { assumptions, detected } from './footnotes.ts';
import { headline } from './headline.ts';
import { makePen } from './pen.ts';
import { steps } from './steps.ts';
import { why } from './why.ts';

export interface TextOptions {
  /** Whether to colour; the caller knows about terminals and NO_COLOR. */
  readonly color: boolean;
  /** Columns of the terminal; text is wrapped to it, at least 40. */
  readonly width: number;
  /** Every step of every chain, both directions, each branch. */
  readonly verbose: boolean;
}

/** Ends in a line break; nothing from a capture can steer the terminal that shows it. */
export function renderText(path: PacketPath, { color, width, verbose }: TextOptions): string {
  const pen = makePen({ color, width });
  const sections = [
    headline(path, pen),
    drawing(path, pen, verbose),
    why(path, pen, verbose),
    findings(path, pen, verbose),
    ...(verbose ? [steps(path, pen), detected(path, pen)] : []),
    assumptions(path, pen),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`;
}
