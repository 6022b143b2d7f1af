/** All suspicions of a result, worst first, the cluster's before the nodes'. */
import type { PacketPath } from '../../model/path.ts';
import type { Suspicion } from '../../model/suspicion.ts';

export function findingsInOrder({ suspicions, nodes }: PacketPath): Suspicion[] {
  return [...suspicions, ...nodes.flatMap((node) => node.suspicions)].toSorted((x, y) => y.level - x.level);
}
