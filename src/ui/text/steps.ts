/** Every step of every branch, both directions: what `--verbose` adds. */
import type { Branch, Ending, Hop, Leg, PacketPath } from '../../model/path.ts';
import type { Step } from '../../model/step.ts';
import type { Direction } from '../graph/legs.ts';
import { REASON_PHRASES, VERDICT_GLYPHS, actionPhrase, formatShare, stopPhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';

/** A hop that an earlier branch took with the very same steps is named, not printed again. */
type Seen = Map<string, number>;

export function steps(path: PacketPath, pen: Pen): string[] {
  const seen: Seen = new Map();
  return path.branches.flatMap((branch, index) =>
    branchLines(branch, { pen, seen, number: index + 1, all: path.branches.length }),
  );
}

interface BranchContext {
  readonly pen: Pen;
  readonly seen: Seen;
  readonly number: number;
  readonly all: number;
}

function branchLines(branch: Branch, context: BranchContext): string[] {
  const { pen, number, all } = context;
  const share =
    branch.probability === undefined || branch.probability === 1 ? '' : ` · ${formatShare(branch.probability)}`;
  const title = `${VERDICT_GLYPHS[branch.verdict]} ${REASON_PHRASES[branch.reason]}`;
  const { seenByServer } = branch;
  return [
    ...(number > 1 ? [''] : []),
    `${pen.bold(all === 1 ? 'Steps' : `Branch ${number} of ${all}`)}${share}  ${pen.verdict[branch.verdict](title)}`,
    ...branch.forks.flatMap(({ cause, label }) =>
      paragraph(
        `${cause === 'choice' ? 'the kernel chose' : 'assumed'}: ${printable(label)}`,
        pen.width,
        { first: '  ', rest: '    ' },
        pen.dim,
      ),
    ),
    ...legLines(branch.forward, 'there', context),
    ...(seenByServer === undefined
      ? []
      : paragraph(
          `the server sees ${seenByServer.from}, and was reached at ${seenByServer.at}`,
          pen.width,
          { first: '  ', rest: '    ' },
          pen.dim,
        )),
    ...(branch.reply === undefined ? [] : legLines(branch.reply, 'back', context)),
    ...(branch.established === undefined ? [] : legLines(branch.established, 'later', context)),
  ];
}

function legLines({ hops, ending }: Leg, direction: Direction, context: BranchContext): string[] {
  const { pen } = context;
  const end =
    ending.reason === 'ok'
      ? []
      : paragraph(
          `${VERDICT_GLYPHS[ending.verdict]} ${printable(ending.message)}`,
          pen.width,
          { first: '    ', rest: '      ' },
          pen.verdict[ending.verdict],
        );
  return [
    pen.dim(`  ${direction}`),
    ...hops.flatMap((hop, index) => hopLines(hop, hops[index + 1] ?? ending, context)),
    ...end,
  ];
}

function hopLines(hop: Hop, next: Hop | Ending, { pen, seen, number }: BranchContext): string[] {
  const words = !('reason' in next)
    ? actionPhrase(hop, next)
    : next.reason === 'ok'
      ? actionPhrase(hop, undefined)
      : stopPhrase(next);
  const name = printable(hop.node);
  const [first, ...rest] = paragraph(`${name}  ${printable(words)}`, pen.width, { first: '    ', rest: '        ' });
  const title = first!.startsWith(`    ${name}`)
    ? [`    ${pen.bold(name)}${pen.dim(first!.slice(4 + name.length))}`, ...rest.map(pen.dim)]
    : [first!, ...rest];
  const key = JSON.stringify([hop.node, hop.ingress ?? '', hop.steps]);
  const before = seen.get(key);
  if (before !== undefined && hop.steps.length > 1) return [...title, pen.dim(`      as in branch ${before}`)];
  seen.set(key, number);
  return [...title, ...hop.steps.flatMap((step) => stepLines(step, pen))];
}

const LABEL = 13;

function stepLines(step: Step, pen: Pen): string[] {
  if (step.kind === 'rule') {
    const table = step.tableFamily === undefined ? step.table : `${step.tableFamily} ${step.table}`;
    const place = `${table} ${step.chain} ${step.number === 0 ? 'policy' : step.number}`;
    const assumed = step.assumed ? '  (assumed)' : '';
    return [
      ...labelled(step.hook, `${printable(place)}  ${printable(step.effect)}${assumed}`, pen),
      ...rawLines(step.raw, pen),
    ];
  }
  return [
    ...labelled(step.stage, printable(step.detail), pen),
    ...(step.evidence ?? []).filter(({ raw }) => raw !== step.detail).flatMap(({ raw }) => rawLines(raw, pen)),
  ];
}

function labelled(label: string, text: string, pen: Pen): string[] {
  const [first, ...rest] = paragraph(text, pen.width, { first: ' '.repeat(6 + LABEL), rest: ' '.repeat(6 + LABEL) });
  return [`      ${pen.dim(label.padEnd(LABEL))}${first!.trimStart()}`, ...rest];
}

function rawLines(raw: string, pen: Pen): string[] {
  const indent = ' '.repeat(6 + LABEL);
  return raw
    .split('\n')
    .flatMap((line) => paragraph(printable(line), pen.width, { first: indent, rest: `${indent}  ` }, pen.dim));
}
