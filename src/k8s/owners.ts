/** Walks from a workload down to its pods by owner references. */
import type { Pod } from './pod.ts';
import type { Workload, WorkloadKind } from './workload.ts';

/**
 * A Deployment owns its pods through ReplicaSets. Where those were not captured, their names tell:
 * `DEPLOYMENT-HASH`, the hash being the pod's own label.
 */
export function podsOfWorkload(
  pods: readonly Pod[],
  replicaSets: readonly Workload[],
  workload: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string },
): readonly Pod[] {
  const here = pods.filter((pod) => pod.namespace === workload.namespace && pod.owner !== undefined);
  if (workload.kind !== 'Deployment') {
    return here.filter((pod) => pod.owner?.kind === workload.kind && pod.owner.name === workload.name);
  }
  const owned = new Set(
    replicaSets
      .filter(
        (set) =>
          set.namespace === workload.namespace && set.owner?.kind === 'Deployment' && set.owner.name === workload.name,
      )
      .map((set) => set.name),
  );
  return here.filter((pod) => {
    if (pod.owner?.kind !== 'ReplicaSet') return false;
    const hash = pod.labels.get('pod-template-hash');
    return (
      owned.has(pod.owner.name) ||
      (replicaSets.length === 0 && hash !== undefined && pod.owner.name === `${workload.name}-${hash}`)
    );
  });
}

/** Ready first, then running, then the rest; by name within each. Finished and deleted ones are left out. */
export function usablePods(pods: readonly Pod[]): readonly Pod[] {
  const rank = (pod: Pod): number => (pod.isReady ? 0 : pod.phase === 'Running' ? 1 : 2) + (pod.isBeingDeleted ? 3 : 0);
  return pods
    .filter((pod) => !pod.isFinished && pod.ips.length > 0)
    .toSorted((x, y) => rank(x) - rank(y) || (x.name < y.name ? -1 : 1));
}
