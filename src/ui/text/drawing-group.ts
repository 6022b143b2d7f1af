/** One group of branches that look the same, below the place where they part from the others. */
import type { Branch, Hop, Verdict } from '../../model/path.ts';
import type { BranchGroup } from '../graph/branch-groups.ts';
import { decidingDirection, decidingEnding, directionSuffix } from '../graph/legs.ts';
import { REASON_PHRASES, VERDICT_GLYPHS, actionPhrase, formatShare, listNames, servePhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { linkLines, nodeLines } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import { columns } from './columns.ts';
import { paragraph } from './layout.ts';

interface Place {
  /** Hops that all branches have in common. */
  readonly trunk: number;
  readonly isLast: boolean;
  readonly drawReply: (canvas: Canvas, branch: Branch, indent: string) => string[];
}

export function drawGroup(canvas: Canvas, group: BranchGroup, { trunk, isLast, drawReply }: Place): string[] {
  const { pen } = canvas;
  const [first] = group.branches;
  const indent = isLast ? '       ' : '  │    ';
  const paint = pen.verdict[first.verdict];
  const title = `${VERDICT_GLYPHS[first.verdict]} ${titleOf(group, canvas.path.branches.length)}`;
  const isLostLater = decidingDirection(first) !== 'there' && first.verdict !== 'reachable';
  return [
    ...paragraph(title, pen.width, { first: isLast ? '  └─ ' : '  ├─ ', rest: indent }, paint),
    ...commonMessage(group).flatMap((message) =>
      paragraph(printable(message), pen.width, { first: indent, rest: indent }),
    ),
    ...drawPlaces({ ...canvas, nameWidth: nameWidthOf(group) }, group, { trunk, indent }),
    ...(isLostLater ? drawReply(canvas, first, indent) : []),
    ...(isLast ? [] : ['  │']),
  ];
}

/** `if -m bpf matches · 20 %, 6 of 30 ways · nobody has the address`. */
function titleOf(group: BranchGroup, all: number): string {
  const [first] = group.branches;
  const condition = group.conditions.length === 0 ? '' : `if ${printable(group.conditions.join(' and '))}`;
  return [condition, sizeOf(group, all), `${REASON_PHRASES[first.reason]}${directionSuffix(group.branches)}`]
    .filter((part) => part !== '')
    .join(' · ');
}

function sizeOf({ branches, share, conditions }: BranchGroup, all: number): string {
  const count = `${branches.length} of ${all} ways`;
  if (share !== undefined && share < 1) {
    return branches.length === 1 ? formatShare(share) : `${formatShare(share)}, ${count}`;
  }
  return conditions.length > 0 && branches.length === 1 ? '' : count;
}

/** What stopped them, where it is the same for all. */
function commonMessage({ branches }: BranchGroup): string[] {
  const messages = new Set(branches.map(decidingEnding).map(({ reason, message }) => (reason === 'ok' ? '' : message)));
  return messages.size === 1 ? [...messages].filter((message) => message !== '') : [];
}

/** The reason stands in the group's title already. */
const STOP_WORDS: Readonly<Record<Verdict, string>> = {
  reachable: '',
  unreachable: 'stops here',
  undetermined: 'not known further',
};

/** Of one branch it is known what its server sees; of many it differs. */
function wordsOf(hop: Hop, next: Hop | undefined, { branches }: BranchGroup): string {
  return next === undefined && branches.length === 1 ? servePhrase(hop, branches[0]) : actionPhrase(hop, next);
}

function nameWidthOf({ places }: BranchGroup): number {
  return Math.max(0, ...places.filter((names) => names.length === 1).map(([name]) => columns(printable(name!))));
}

function drawPlaces(
  canvas: Canvas,
  group: BranchGroup,
  { trunk, indent }: { readonly trunk: number; readonly indent: string },
): string[] {
  const { hops, ending } = group.branches[0].forward;
  const stop = ending.reason === 'ok' ? {} : { stop: ending.verdict };
  if (group.places.length === 0) {
    return ending.reason === 'ok'
      ? []
      : nodeLines(canvas, { name: ending.node, words: STOP_WORDS[ending.verdict], indent, isLast: true, ...stop });
  }
  return group.places.flatMap((names, index) => {
    const hop = hops[trunk + index]!;
    const isLast = index === group.places.length - 1;
    const isOne = names.length === 1;
    const words = !isOne
      ? listNames(names, canvas.mostNames)
      : isLast && ending.reason !== 'ok'
        ? STOP_WORDS[ending.verdict]
        : wordsOf(hop, hops[trunk + index + 1], group);
    const link = group.branches.length === 1 ? linkLines(canvas, hop.ingress, indent) : [];
    return [
      ...link,
      ...nodeLines(canvas, {
        name: isOne ? names[0]! : `${names.length} ${hop.nodeType}s`,
        words,
        indent,
        isLast,
        ...(isLast ? stop : {}),
      }),
    ];
  });
}
