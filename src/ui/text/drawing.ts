/** The path, drawn downwards: the part that all branches share, then each group of branches that look the same. */
import type { Branch, Hop, Leg, PacketPath } from '../../model/path.ts';
import { groupBranches, trunkLength } from '../graph/branch-groups.ts';
import type { BranchGroup } from '../graph/branch-groups.ts';
import { actionPhrase, ghostPhrase, listNames, servePhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { linkLines, makeCanvas, nodeLines, stopLines } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import { drawGroup } from './drawing-group.ts';
import type { Pen } from './pen.ts';

const MARGIN = '  ';

export function drawing(path: PacketPath, pen: Pen, verbose: boolean): string[] {
  const canvas = makeCanvas(path, pen, verbose ? Infinity : 6);
  const trunk = trunkLength(path.branches);
  const groups = groupBranches(path.branches, trunk);
  const [only] = groups;
  if (only === undefined) return [];
  if (groups.length === 1 && isOneLine(only)) return drawBranch(canvas, only.branches);
  return [
    ...drawTrunk(canvas, path.branches[0]!.forward.hops, trunk),
    ...groups.flatMap((group, index) =>
      drawGroup(canvas, group, { trunk, isLast: index === groups.length - 1, drawReply }),
    ),
  ];
}

/** Whether the branches pass the very same nodes, so that one drawing is true of all. */
function isOneLine({ places, branches }: BranchGroup): boolean {
  const replies = new Set(branches.map(({ reply }) => JSON.stringify(reply?.hops.map(({ node }) => node))));
  return replies.size === 1 && places.every((names) => names.length === 1);
}

function drawBranch(canvas: Canvas, branches: readonly [Branch, ...Branch[]]): string[] {
  const [branch] = branches;
  const alike = branches.length === 1 ? [] : [canvas.pen.dim(`${MARGIN}${branches.length} ways, all alike`)];
  return [
    ...drawLeg(canvas, branch.forward, { indent: MARGIN, branch }),
    ...drawGhost(canvas, branch),
    ...drawReply(canvas, branch, MARGIN),
    ...alike,
  ];
}

function drawLeg(
  canvas: Canvas,
  leg: Leg,
  { indent, branch }: { readonly indent: string; readonly branch?: Branch },
): string[] {
  return leg.hops.flatMap((hop, index) => {
    const next = leg.hops[index + 1];
    if (next !== undefined) {
      return [
        ...nodeLines(canvas, { name: hop.node, words: actionPhrase(hop, next), indent, isLast: false }),
        ...linkLines(canvas, hop.egress, indent),
      ];
    }
    if (leg.ending.reason !== 'ok') return stopLines(canvas, hop.node, leg.ending, indent);
    return nodeLines(canvas, {
      name: hop.node,
      words: branch === undefined ? actionPhrase(hop, undefined) : servePhrase(hop, branch),
      indent,
      isLast: true,
    });
  });
}

/** Where it should have gone, if it never got there. */
function drawGhost({ path, pen }: Canvas, { forward }: Branch): string[] {
  const { id } = path.question.dst;
  if (forward.ending.reason === 'ok' || forward.hops.some(({ node }) => node === id)) return [];
  return [pen.dim(`${MARGIN}┆`), pen.dim(`${MARGIN}○ ${printable(id)}  ${ghostPhrase(forward.ending)}`)];
}

/** The answer, and the client's next packet where that is the one that fails. */
function drawReply(canvas: Canvas, { forward, reply, established }: Branch, indent: string): string[] {
  if (reply === undefined) return [];
  const { pen } = canvas;
  const later =
    established === undefined
      ? []
      : [
          indent,
          `${indent}${pen.verdict[established.ending.verdict]('↪')} a later packet of the connection`,
          ...drawLeg(canvas, established, { indent }),
        ];
  if (reply.ending.reason === 'ok') {
    return [
      `${indent}${pen.verdict.reachable('↩')} ${pen.dim(wayBack(forward.hops, reply.hops, canvas.mostNames))}`,
      ...later,
    ];
  }
  return [
    indent,
    `${indent}${pen.verdict[reply.ending.verdict]('↩')} the answer`,
    ...drawLeg(canvas, reply, { indent }),
    ...later,
  ];
}

function wayBack(there: readonly Hop[], back: readonly Hop[], mostNames: number): string {
  const names = back.map(({ node }) => node);
  const isSame =
    names.length === there.length && names.every((name, index) => name === there[there.length - 1 - index]!.node);
  return isSame
    ? 'the answer comes back the same way'
    : `the answer comes back another way: ${listNames(names.map(printable), mostNames)}`;
}

/** What all branches have in common; its last node is where they part. */
function drawTrunk(canvas: Canvas, hops: readonly Hop[], length: number): string[] {
  return hops.slice(0, length).flatMap((hop, index) => {
    const isSplit = index === length - 1;
    const words = isSplit ? splitPhrase(canvas.path, index) : actionPhrase(hop, hops[index + 1]);
    return nodeLines(canvas, { name: hop.node, words, indent: MARGIN, isLast: false }).concat(
      isSplit ? `${MARGIN}│` : linkLines(canvas, hop.egress, MARGIN),
    );
  });
}

function splitPhrase({ branches, question }: PacketPath, place: number): string {
  const isOpen = branches.some(({ forks }) => forks.some(({ cause }) => cause === 'ignorance'));
  if (isOpen) return `${branches.length} ways are possible from here`;
  const isService = branches.some(({ forward }) => forward.hops[place]?.action === 'service');
  if (isService && question.dst.type === 'service') {
    return `${question.dst.ip.text} becomes one of ${branches.length} endpoints`;
  }
  return `takes one of ${branches.length} ways`;
}
