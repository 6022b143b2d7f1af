/** Creates the Network of a cluster that runs anywhere: what is between the nodes is taken as a plain network. */
import type { CollectorManager } from '../collector/index.ts';
import type { Context } from '../context/context.ts';
import { detectCluster, IPCache, idOf, type KubeObjects } from '../k8s/index.ts';
import { genericInfra } from '../infra/index.ts';
import { clusterIntent, Network } from '../network/index.ts';
import { NetNodeManager, type ClusterIndex } from '../nodemanager/net-node-manager.ts';
import { choosePlugin } from '../plugin/index.ts';

export interface ClusterSource {
  readonly objects: KubeObjects;
  readonly collector: CollectorManager;
}

export async function openNetwork(source: ClusterSource, context: Context): Promise<Network> {
  const cache = new IPCache(source.objects);
  const cluster = detectCluster(cache, context);
  const nodes = new NetNodeManager(source.collector, clusterIndex(cache));
  return new Network({
    cluster,
    nodes,
    infra: genericInfra,
    intent: clusterIntent(cluster, choosePlugin(cluster, context)),
  });
}

function clusterIndex(cache: IPCache): ClusterIndex {
  return {
    podsOnNode: (name) =>
      cache
        .podsOn(name)
        .filter((pod) => !pod.hostNetwork && !pod.isFinished)
        .map((pod) => ({ id: idOf(pod), uid: pod.uid, ips: pod.ips })),
    nodeWithAddress: (ip) => genericInfra.nodeForNextHop(cache, ip)?.name,
    nodeOfPodWithAddress: (ip) => cache.podsAt(ip)[0]?.nodeName,
  };
}
