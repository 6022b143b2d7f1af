/** What decided: the raw line of kernel state, and where it stands. */
import type { Evidence } from '../../model/evidence.ts';
import type { PacketPath } from '../../model/path.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';

export function why(path: PacketPath, pen: Pen, verbose: boolean): string[] {
  const { decidedBy } = path;
  if (decidedBy.length === 0) return [];
  const most = verbose ? decidedBy.length : path.verdict === 'reachable' ? 3 : 5;
  const more = decidedBy.length - most;
  return [
    pen.bold(path.verdict === 'reachable' ? 'Decided by' : 'Why'),
    ...decidedBy.slice(0, most).flatMap(({ node, evidence }) => evidenceLines(evidence, pen, { node })),
    ...(more > 0 ? [pen.dim(`  and ${more} more: --verbose`)] : []),
  ];
}

/** `kl-node2, iptables-nft filter FORWARD 2` and, below it, the rule. */
export function evidenceLines(
  { raw, where, kind }: Evidence,
  pen: Pen,
  at: { readonly node?: string; readonly indent?: string } = {},
): string[] {
  const indent = at.indent ?? '  ';
  const place = [...new Set([at.node, where ?? kind])]
    .filter((part) => part !== undefined)
    .map(printable)
    .join(', ');
  return [
    ...paragraph(place, pen.width, { first: indent, rest: `${indent}  ` }, pen.dim),
    ...raw
      .split('\n')
      .flatMap((line) =>
        paragraph(printable(line), pen.width, { first: `${indent}  `, rest: `${indent}    ` }, pen.code),
      ),
  ];
}
