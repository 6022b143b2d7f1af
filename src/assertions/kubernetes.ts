/** KubernetesAssertion: what the API server's own objects say against pods, nodes and addresses. */
import type { IP } from '../model/address.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { Suspicion } from '../model/suspicion.ts';
import { idOf } from '../k8s/index.ts';
import type { IPCache, NodeInfo, Pod } from '../k8s/index.ts';
import { objectEvidence } from './evidence.ts';

export const KubernetesAssertion = { podIsRunning, podIsReady, nodeIsReady, addressIsUnique } as const;

function podIsRunning(pod: Pod): readonly Suspicion[] {
  if (pod.phase === 'Running' && !pod.isBeingDeleted) return [];
  const id = idOf(pod);
  const state = pod.isBeingDeleted ? `is being deleted (${pod.phase})` : `is ${pod.phase}`;
  const raw = pod.isBeingDeleted ? 'metadata.deletionTimestamp is set' : `status.phase: ${pod.phase}`;
  return [
    {
      // A pod that is going away still answers for a while.
      level: pod.isBeingDeleted && pod.phase === 'Running' ? LEVEL.warning : LEVEL.critical,
      code: 'POD_NOT_RUNNING',
      message: `pod ${id} ${state}`,
      evidence: [objectEvidence('Pod', pod, raw)],
      node: id,
      remedy: `see why: kubectl -n ${pod.namespace} describe pod ${pod.name}`,
    },
  ];
}

/** Only of a running pod: one that does not run is never ready. */
function podIsReady(pod: Pod): readonly Suspicion[] {
  if (pod.phase !== 'Running' || pod.isReady) return [];
  const id = idOf(pod);
  return [
    {
      level: LEVEL.warning,
      code: 'POD_NOT_READY',
      message: `pod ${id} runs and is not ready: Services leave it out`,
      evidence: [objectEvidence('Pod', pod, 'status.conditions: Ready is not True')],
      node: id,
      remedy: `see which probe fails: kubectl -n ${pod.namespace} describe pod ${pod.name}`,
    },
  ];
}

function nodeIsReady(node: NodeInfo): readonly Suspicion[] {
  if (node.isReady) return [];
  const reason = node.notReadyReason === undefined ? '' : `: ${node.notReadyReason}`;
  return [
    {
      level: LEVEL.warning,
      code: 'NODE_NOT_READY',
      message: `node ${node.name} is not ready${reason}`,
      evidence: [objectEvidence('Node', node, `status.conditions: Ready is not True${reason}`)],
      node: node.name,
      remedy: `see its conditions: kubectl describe node ${node.name}`,
    },
  ];
}

/** Two live pods, or a pod and a node, with one address. */
function addressIsUnique(cache: IPCache, ip: IP): readonly Suspicion[] {
  const pods = cache.podsAt(ip);
  const nodes = cache.nodesAt(ip);
  if (pods.length + nodes.length < 2) return [];
  const owners = [...pods.map((pod) => `pod ${idOf(pod)}`), ...nodes.map((node) => `node ${node.name}`)];
  return [
    {
      level: LEVEL.critical,
      code: 'DUPLICATE_ADDRESS',
      message: `${ip.text} belongs to ${owners.join(' and ')}`,
      evidence: [
        ...pods.map((pod) =>
          objectEvidence(
            'Pod',
            pod,
            `status.podIPs: ${ip.text}${pod.nodeName === undefined ? '' : ` (on ${pod.nodeName})`}`,
          ),
        ),
        ...nodes.map((node) => objectEvidence('Node', node, `status.addresses: ${ip.text}`)),
      ],
      remedy:
        pods.length > 1
          ? `recreate one of them: kubectl -n ${pods[0]!.namespace} delete pod ${pods[0]!.name}; if it comes back, the network plugin gives addresses out twice`
          : `take ${ip.text} out of the pods' range: a pod must not have a node's address`,
    },
  ];
}
