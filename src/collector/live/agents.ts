/** Finds the agent's pods among the cluster's: a node that has one needs no collector pod. */
import type { PodContainer } from '../../k8s/client/api-server.ts';
import type { IPCache } from '../../k8s/index.ts';
import { CONTAINER, labelsOf } from './labels.ts';

/** By node. Those in other namespaces than the collector's are found too: who put them there may not be who asks. */
export function findAgents(cache: IPCache): ReadonlyMap<string, PodContainer> {
  const labels = Object.entries(labelsOf('agent'));
  const found = new Map<string, PodContainer>();
  for (const pod of cache.pods) {
    if (pod.nodeName === undefined || pod.phase !== 'Running' || !pod.isReady || pod.isBeingDeleted) continue;
    if (labels.every(([name, value]) => pod.labels.get(name) === value))
      found.set(pod.nodeName, { namespace: pod.namespace, pod: pod.name, container: CONTAINER });
  }
  return found;
}
