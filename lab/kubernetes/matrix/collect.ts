/** What a diagnosis needs of a running cluster: its objects from the API server, its nodes' state by the collector. */
import { collectorCommand } from '../../collector-command.ts';
import { readDump } from '../../../src/collector/index.ts';
import type { NodeNetworkStackDump } from '../../../src/model/index.ts';
import type { List } from '../api.ts';
import type { RunningCluster } from '../running-cluster.ts';

/** Items by kind, as the API server gives them. */
export type ClusterObjects = Readonly<Record<string, readonly unknown[]>>;

export interface Collected {
  readonly objects: ClusterObjects;
  readonly dumps: readonly NodeNetworkStackDump[];
}

const LISTS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  Node: '/api/v1/nodes',
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  ConfigMap: '/api/v1/configmaps',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  DaemonSet: '/apis/apps/v1/daemonsets',
  Deployment: '/apis/apps/v1/deployments',
  ReplicaSet: '/apis/apps/v1/replicasets',
  StatefulSet: '/apis/apps/v1/statefulsets',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
};

/** `without`: nodes that are gone, of which nothing can be had. */
export async function collect(cluster: RunningCluster, without: readonly string[] = []): Promise<Collected> {
  const nodes = cluster.nodes.filter(({ name }) => !without.includes(name));
  const [objects, dumps] = await Promise.all([
    objectsOf(cluster),
    Promise.all(nodes.map(async ({ name }) => dumpOf(cluster, name))),
  ]);
  return { objects, dumps };
}

export async function objectsOf(cluster: RunningCluster): Promise<ClusterObjects> {
  const entries = Object.entries(LISTS).map(async ([kind, path]) => {
    const { items } = await cluster.api.get<List<object>>(path);
    // the items of a list do not say their kind
    return [kind, items.map((item) => ({ kind, ...item }))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function dumpOf(cluster: RunningCluster, node: string): Promise<NodeNetworkStackDump> {
  const { code, stdout, stderr } = await cluster.inNode(node, [...collectorCommand(), '-n', node]);
  if (code !== 0) throw new Error(`the collector failed on ${node}: ${stderr}`);
  return readDump(Buffer.from(stdout), { file: `${node}.dump` });
}
