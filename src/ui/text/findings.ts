/** The suspicions, worst first, each with what to do about it. */
import type { PacketPath } from '../../model/path.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { remedyOf } from '../findings/remedy.ts';
import { findingsInOrder } from '../graph/findings-in-order.ts';
import { LEVEL_NAMES } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';
import { evidenceLines } from './why.ts';

export function findings(path: PacketPath, pen: Pen, verbose: boolean): string[] {
  const all = findingsInOrder(path);
  if (all.length === 0) return [];
  // Repeating under a finding what stands under "Why" already only makes both harder to read.
  const shown = new Set(path.decidedBy.map(({ evidence }) => evidence.raw));
  const hasAdvice = (suspicion: Suspicion): boolean =>
    verbose || suspicion.level > LEVEL.info || path.verdict === 'undetermined';
  const context = (suspicion: Suspicion): FindingContext => ({
    pen,
    shown,
    isLong: hasAdvice(suspicion),
    isSaid: path.summary.includes(suspicion.message),
  });
  return [
    pen.bold('Findings'),
    ...all.flatMap((suspicion) => findingLines(suspicion, context(suspicion))),
    pen.dim('  skoop explain CODE tells how to confirm a finding by hand'),
  ];
}

interface FindingContext {
  readonly pen: Pen;
  readonly shown: Set<string>;
  readonly isLong: boolean;
  /** Whether the summary at the top says the very same. */
  readonly isSaid: boolean;
}

function findingLines(suspicion: Suspicion, { pen, shown, isLong, isSaid }: FindingContext): string[] {
  const paint = pen.level[suspicion.level];
  const label = LEVEL_NAMES[suspicion.level].padEnd(8);
  const place = suspicion.node === undefined ? '' : pen.dim(`  ${printable(suspicion.node)}`);
  const indent = { first: ' '.repeat(12), rest: ' '.repeat(12) };
  const fresh = suspicion.evidence.filter(({ raw }) => !shown.has(raw));
  for (const { raw } of fresh) shown.add(raw);
  return [
    `  ${paint(label)}  ${paint(suspicion.code)}${place}`,
    ...(isSaid ? [] : paragraph(printable(suspicion.message), pen.width, indent)),
    ...(isLong ? fresh.flatMap((one) => evidenceLines(one, pen, { indent: indent.rest })) : []),
    ...(isLong
      ? remedyOf(suspicion)
          .split('\n')
          .flatMap((step) =>
            paragraph(printable(step), pen.width, { first: `${indent.rest}→ `, rest: `${indent.rest}  ` }),
          )
      : []),
  ];
}
