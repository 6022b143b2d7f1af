/** Which branches look the same, so that thirty endpoints are one line and not thirty drawings. */
import type { Branch, Hop, Leg, Verdict } from '../../model/path.ts';
import { commonConditions } from './labels.ts';

/** Branches of one shape: the same kinds of node and link after the trunk, and the same ending. */
export interface BranchGroup {
  readonly branches: readonly [Branch, ...Branch[]];
  /** Sum of the branches' shares; absent where one is not known. */
  readonly share?: number;
  /** What has to hold for these branches and no others, where something is not known: `-m bpf matches`. */
  readonly conditions: readonly string[];
  /** Distinct node ids at each place after the trunk, first seen first. */
  readonly places: readonly (readonly string[])[];
}

/** How many hops all branches have in common, from the start: the same node, reached by the same link. */
export function trunkLength(branches: readonly Branch[]): number {
  const [first, ...rest] = branches;
  if (first === undefined) return 0;
  const { hops } = first.forward;
  let length = hops.length;
  for (const { forward } of rest) {
    let same = 0;
    while (same < length && isSameHop(hops[same], forward.hops[same])) same++;
    length = same;
  }
  return length;
}

const ORDER: Readonly<Record<Verdict, number>> = { unreachable: 0, undetermined: 1, reachable: 2 };

/** What fails comes first, then what is open, then what works; within that the larger share, then the order of the branches. */
export function groupBranches(branches: readonly Branch[], trunk: number): BranchGroup[] {
  const byShape = new Map<string, Branch[]>();
  for (const branch of branches) {
    const shape = shapeOf(branch, trunk);
    const same = byShape.get(shape);
    if (same === undefined) byShape.set(shape, [branch]);
    else same.push(branch);
  }
  return [...byShape.values()]
    .map((group) => makeGroup(group as [Branch, ...Branch[]], trunk))
    .toSorted((x, y) => ORDER[x.branches[0].verdict] - ORDER[y.branches[0].verdict] || weight(y) - weight(x));
}

function shapeOf({ forward, reply, established, verdict, reason }: Branch, trunk: number): string {
  const kinds = forward.hops.slice(trunk).map((hop) => [hop.nodeType, hop.action, linkType(hop.ingress)]);
  return JSON.stringify([verdict, reason, kinds, [forward, reply, established].map(endOf)]);
}

/** Where it stops matters only for machines: a pod that refuses is one of its kind, a node that drops is a culprit. */
function endOf(leg: Leg | undefined): string {
  if (leg === undefined || leg.ending.reason === 'ok') return leg?.ending.reason ?? '';
  const { ending, hops } = leg;
  return hops.at(-1)?.nodeType === 'pod' ? ending.reason : `${ending.reason} ${ending.node}`;
}

function linkType(id: string | undefined): string {
  return id === undefined ? '' : id.slice(0, id.indexOf(','));
}

function makeGroup(branches: readonly [Branch, ...Branch[]], trunk: number): BranchGroup {
  const shares = branches.map(({ probability }) => probability);
  const share = shares.every((one) => one !== undefined) ? shares.reduce((sum, one) => sum + one, 0) : undefined;
  const namesAt = (index: number): string[] =>
    Array.from(new Set(branches.map(({ forward }) => forward.hops[index]!.node)));
  const places = branches[0].forward.hops.slice(trunk).map((_, index) => namesAt(trunk + index));
  return { branches, conditions: commonConditions(branches), places, ...(share === undefined ? {} : { share }) };
}

function isSameHop(x: Hop | undefined, y: Hop | undefined): boolean {
  return x !== undefined && y !== undefined && x.node === y.node && x.ingress === y.ingress;
}

function weight({ share, branches }: BranchGroup): number {
  return share ?? branches.length;
}
