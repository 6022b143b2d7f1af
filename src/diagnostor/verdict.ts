/** Joins the answers of all branches into one verdict. */
import type { Branch, Reason, Verdict } from '../model/path.ts';

export interface Joined {
  readonly verdict: Verdict;
  readonly reason: Reason;
}

/**
 * The kernel's own choices that end differently make an intermittent connection; ignorance whose options end
 * differently makes the verdict undetermined. A choice with a branch that surely fails is at best intermittent, so
 * it is `unreachable` whatever its undetermined branches do.
 */
export function joinBranches(branches: readonly Branch[], depth = 0): Joined {
  const [first] = branches;
  if (first === undefined) throw new Error('a diagnosis without a branch');
  if (branches.length === 1) return { verdict: first.verdict, reason: first.reason };
  const fork = first.forks[depth];
  const isOneSplit = fork !== undefined && branches.every((branch) => branch.forks[depth]?.id === fork.id);
  if (!isOneSplit) return ignorance(branches.map((branch) => ({ verdict: branch.verdict, reason: branch.reason })));
  const options = groupByOption(branches, depth);
  const joined = options.map((group) => joinBranches(group, depth + 1));
  return fork.cause === 'choice' ? choice(joined) : ignorance(joined);
}

function choice(options: readonly Joined[]): Joined {
  const unreachable = options.filter((option) => option.verdict === 'unreachable');
  if (unreachable.length === options.length) return same(options);
  if (unreachable.length > 0) return { verdict: 'unreachable', reason: 'intermittent' };
  return options.find((option) => option.verdict === 'undetermined') ?? options[0]!;
}

function ignorance(options: readonly Joined[]): Joined {
  const isOneVerdict = options.every((option) => option.verdict === options[0]!.verdict);
  if (isOneVerdict) return same(options);
  return (
    options.find((option) => option.verdict === 'undetermined') ?? { verdict: 'undetermined', reason: 'unknown-rule' }
  );
}

/** Where some way succeeds now and then, that is what must be said. */
function same(options: readonly Joined[]): Joined {
  return options.find((option) => option.reason === 'intermittent') ?? options[0]!;
}

function groupByOption(branches: readonly Branch[], depth: number): readonly (readonly Branch[])[] {
  const groups = new Map<number, Branch[]>();
  for (const branch of branches) {
    const { option } = branch.forks[depth]!;
    const group = groups.get(option);
    if (group === undefined) groups.set(option, [branch]);
    else group.push(branch);
  }
  return [...groups.values()];
}
