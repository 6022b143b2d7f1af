/** Copies of one frame that go several ways. */
import type { Branch } from '../model/path.ts';
import type { Outcome } from '../netstack/walk/index.ts';
import type { Visit, Walk } from './walk.ts';

/** Copies of one frame go several ways; those that no device takes up do not count. */
export async function flooded(
  walk: Walk,
  outcome: Outcome & { kind: 'flood' },
  visit: Visit,
): Promise<readonly Branch[]> {
  const ways: (readonly Branch[])[] = [];
  for (const copy of outcome.copies) ways.push(await walk.handle(copy, visit));
  const taken = ways.filter(
    (branches) => !branches.every((branch) => branch.verdict === 'unreachable' && isIgnoredCopy(branch)),
  );
  if (taken.length === 0) return ways[0] ?? [];
  if (taken.length === 1) return taken[0]!;
  const id = walk.forkIds.next();
  return taken.flatMap((branches, option) =>
    branches.map((branch) => ({
      ...branch,
      forks: [
        ...branch.forks.slice(0, outcome.forks.length),
        { cause: 'ignorance' as const, id, option, label: 'one of several copies' },
        ...branch.forks.slice(outcome.forks.length),
      ],
    })),
  );
}

/** A flooded copy that a device drops because it is not for it tells nothing about the frame's fate. */
function isIgnoredCopy(branch: Branch): boolean {
  return (
    branch.forward.ending.reason === 'wrong-neighbour' ||
    branch.reason === 'wrong-neighbour' ||
    branch.reason === 'bridge-drop' ||
    branch.reason === 'link-down'
  );
}
