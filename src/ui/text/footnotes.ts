/** What the verdict takes for granted, and, when all is shown, what was detected about the cluster. */
import type { PacketPath } from '../../model/path.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';

const ITEM = { first: '  · ', rest: '    ' };

export function assumptions({ assumptions: all }: PacketPath, pen: Pen): string[] {
  if (all.length === 0) return [];
  return [pen.dim('Taken for granted'), ...all.flatMap((one) => paragraph(printable(one), pen.width, ITEM, pen.dim))];
}

export function detected({ detected: all }: PacketPath, pen: Pen): string[] {
  if (all.length === 0) return [];
  return [
    pen.bold('Detected'),
    ...all.flatMap(({ what, value, from }) =>
      paragraph(printable(`${what}: ${value} (from ${from})`), pen.width, ITEM),
    ),
  ];
}
