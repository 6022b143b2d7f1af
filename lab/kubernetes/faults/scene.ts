/** A running cluster as the faults see it: who asks, who is asked, and commands that must succeed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '../matrix/objects.ts';
import type { Source } from '../matrix/questions.ts';
import type { Target } from '../matrix/targets.ts';
import type { RunningCluster } from '../running-cluster.ts';
import type { ClusterNode } from '../state.ts';

export interface Scene {
  readonly cluster: RunningCluster;
  /** A pod on the last node. */
  readonly client: Source;
  /** Where the client is. */
  readonly near: ClusterNode;
  /** Where `solo` is: the first node. */
  readonly far: ClusterNode;
  /** Of the pod that is asked, v4 and v6. */
  readonly solo: readonly [string, string];
  /** Of the node's ranges for pods, v4 and v6: near and far. */
  readonly ranges: { readonly near: readonly [string, string]; readonly far: readonly [string, string] };
  /** Commands in the network namespace of a place, one after the other. */
  run(place: string, commands: readonly string[]): Promise<void>;
  /** A command as a process of a node; what it prints. */
  onNode(node: ClusterNode, argv: readonly string[]): Promise<string>;
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  service(name: string, port: number): Promise<readonly Target[]>;
  /** Waits until `isDone`; the cluster's controllers take their time. */
  until(what: string, isDone: () => Promise<boolean>): Promise<void>;
}

const PATIENCE = 120_000;

export async function openScene(cluster: RunningCluster): Promise<Scene> {
  const [far, near] = [cluster.nodes[0]!, cluster.nodes.at(-1)!];
  const pods = await cluster.pods();
  const client = `shop/client-${cluster.nodes.length}`;
  const run = async (place: string, commands: readonly string[]): Promise<void> => {
    for (const command of commands) must(command, await cluster.exec(place, command.split(' ')));
  };
  return {
    cluster,
    client: { place: client, name: client, kind: 'pod' },
    near,
    far,
    solo: byFamily(pods.find(({ place }) => place === 'shop/solo')!.addresses),
    ranges: { near: byFamily(near.podCidrs), far: byFamily(far.podCidrs) },
    run,
    onNode: async (node, argv) => must(argv.join(' '), await cluster.inNode(node.name, argv)),
    kubectl: async (args, stdin) =>
      must(`kubectl ${args.join(' ')}`, await cluster.kubectl(args, stdin === undefined ? {} : { stdin })),
    service: async (name, port) => {
      const { spec } = await cluster.api.get<Service>(`/api/v1/namespaces/shop/services/${name}`);
      return byFamily(spec.clusterIPs!).map((to) => ({ to, port, protocol: 'tcp' }));
    },
    until: async (what, isDone) => {
      const deadline = performance.now() + PATIENCE;
      while (!(await isDone())) {
        if (performance.now() > deadline) throw new Error(`${what}: not after ${PATIENCE / 1000} s`);
        await sleep(200);
      }
    },
  };
}

function byFamily(addresses: readonly string[]): readonly [string, string] {
  const isIPv6 = (address: string): boolean => address.includes(':');
  return [addresses.find((address) => !isIPv6(address))!, addresses.find(isIPv6)!];
}

function must(
  what: string,
  { code, stdout, stderr }: { readonly code: number; readonly stdout: string; readonly stderr: string },
): string {
  if (code === 0) return stdout;
  throw new Error(`${what}: exit code ${code}: ${stderr.trim()}`);
}
