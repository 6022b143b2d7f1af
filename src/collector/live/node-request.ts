/** What is asked of one node: which of its namespaces, and whether it can be asked at all. */
import { at, fields, list, text } from '../../k8s/fields.ts';
import type { IPCache, Pod } from '../../k8s/index.ts';
import { readMeta } from '../../k8s/object-meta.ts';
import { NotCollected } from './not-collected.ts';

/** With so few pods the whole node takes no longer than some of it, and nothing can be missed. */
const FEW_PODS = 12;

/** Words for collect.sh: UIDs of pods, or `host`; none for all namespaces. */
export function namespacesToAsk(cache: IPCache, node: string, wanted: readonly Pod[]): readonly string[] {
  const here = cache.podsOn(node).filter((pod) => !pod.hostNetwork && !pod.isFinished);
  if (here.length <= FEW_PODS) return [];
  const words = wanted.flatMap((pod) => pod.annotations.get('kubernetes.io/config.hash') ?? pod.uid ?? []);
  return words.length === 0 ? ['host'] : words;
}

/** Throws NotCollected where no pod can run on the node. */
export function refuseDeadNode(cache: IPCache, node: string): void {
  const object = cache.objects('Node').find((one) => readMeta(one)?.name === node);
  if (object === undefined) throw new NotCollected('the cluster has no such node');
  const os = readMeta(object)?.labels.get('kubernetes.io/os') ?? 'linux';
  if (os !== 'linux') throw new NotCollected(`it runs ${os}, and only Linux's network is known here`);
  const ready = list(at(object, 'status'), 'conditions')
    .map(fields)
    .find((condition) => text(condition, 'type') === 'Ready');
  // `False` comes from a kubelet that lives, often because of the pods' network: that is when it must be looked at.
  if (ready === undefined || text(ready, 'status') !== 'Unknown') return;
  const said = text(ready, 'message') ?? text(ready, 'reason') ?? 'its kubelet is silent';
  throw new NotCollected(`it is not ready (${said.replace(/\.$/, '')}), so that no pod can be started there`, {
    remedy: `Take its dump by hand (skoop collect --print-script | ssh ${node} sudo sh -s -- -n ${node} > ${node}.dump) and give it with --dump.`,
  });
}
