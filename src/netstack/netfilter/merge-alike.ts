/** Takes back forks of ignorance whose options end alike: what was not known did not matter. */
import type { Fork } from '../../model/fork.ts';
import type { NetfilterOutcome } from './types.ts';

/** The outcomes as the tree that their forks are. */
type Tree =
  | { readonly kind: 'end'; readonly outcome: NetfilterOutcome }
  | { readonly kind: 'fork'; readonly options: readonly { readonly fork: Fork; readonly tree: Tree }[] };

/**
 * The outcomes with such forks left out. The steps of the first option stay, with their rules marked as assumed. Expects
 * the outcomes in depth-first order.
 */
export function mergeAlike(outcomes: readonly NetfilterOutcome[]): readonly NetfilterOutcome[] {
  return listOf(merge(treeOf(outcomes, 0)), []);
}

function treeOf(outcomes: readonly NetfilterOutcome[], depth: number): Tree {
  const first = outcomes[0]!;
  if (first.forks.length <= depth) return { kind: 'end', outcome: first };
  const groups = new Map<number, NetfilterOutcome[]>();
  for (const outcome of outcomes) {
    const { option } = outcome.forks[depth]!;
    const group = groups.get(option);
    if (group === undefined) groups.set(option, [outcome]);
    else group.push(outcome);
  }
  return {
    kind: 'fork',
    options: [...groups.values()].map((group) => ({ fork: group[0]!.forks[depth]!, tree: treeOf(group, depth + 1) })),
  };
}

function merge(tree: Tree): Tree {
  if (tree.kind === 'end') return tree;
  const options = tree.options.map(({ fork, tree: below }) => ({ fork, tree: merge(below) }));
  const [first, ...others] = options;
  const isIgnorance = first!.fork.cause === 'ignorance';
  if (isIgnorance && others.every((other) => isAlike(first!.tree, other.tree))) return first!.tree;
  return { kind: 'fork', options };
}

function isAlike(x: Tree, y: Tree): boolean {
  if (x.kind === 'end' || y.kind === 'end')
    return x.kind === y.kind && x.kind === 'end' && y.kind === 'end' && endsAlike(x.outcome, y.outcome);
  if (x.options.length !== y.options.length) return false;
  return x.options.every(({ fork, tree }, i) => {
    const other = y.options[i]!;
    return (
      fork.cause === other.fork.cause &&
      fork.probability === other.fork.probability &&
      fork.label === other.fork.label &&
      isAlike(tree, other.tree)
    );
  });
}

/** Assumptions aside: what was assumed on one way alone is simply not known on the merged one. */
function endsAlike(x: NetfilterOutcome, y: NetfilterOutcome): boolean {
  if (
    x.verdict.kind === 'nat' || x.verdict.kind === 'unknown' ? x.verdict !== y.verdict : !isSame(x.verdict, y.verdict)
  )
    return false;
  return isSame(x.packet, y.packet) && isSame(x.ctChange, y.ctChange);
}

/** Packets of one walk share the parts that no rule changed: comparing members is enough. */
function isSame(x: object | undefined, y: object | undefined): boolean {
  if (x === y || x === undefined || y === undefined) return x === y;
  const keys = Object.keys(x);
  if (keys.length !== Object.keys(y).length) return false;
  return keys.every((key) => {
    const [a, b] = [Reflect.get(x, key) as unknown, Reflect.get(y, key) as unknown];
    return a === b || (isRange(a) && isRange(b) && a.min === b.min && a.max === b.max);
  });
}

function isRange(value: unknown): value is { readonly min: number; readonly max: number } {
  return typeof value === 'object' && value !== null && 'min' in value && 'max' in value;
}

function listOf(tree: Tree, forks: readonly Fork[]): readonly NetfilterOutcome[] {
  if (tree.kind === 'end') return [{ ...tree.outcome, forks }];
  return tree.options.flatMap(({ fork, tree: below }) => listOf(below, [...forks, fork]));
}
