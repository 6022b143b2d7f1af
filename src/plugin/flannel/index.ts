/** flannel: one pod network per node, joined by vxlan or by plain routes (host-gw). */
import type { Context } from '../../context/index.ts';
import { containersOf, NODE_INTERFACE } from '../../k8s/index.ts';
import type { Cluster } from '../../k8s/index.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { genericPlugin } from '../generic/index.ts';
import type { Detection, NodeCheck, Plugin, PluginEntry } from '../plugin.ts';
import { checkBridge } from './bridge.ts';
import { netConf, readFlannelConfig } from './config.ts';
import type { FlannelConfig } from './config.ts';
import { checkConsistency } from './consistency.ts';
import { hasLease } from './lease.ts';
import { checkMtu } from './mtu.ts';
import { checkRoutes } from './routes.ts';
import { checkForwardRules, checkMasquerade } from './rules.ts';
import { sceneOf } from './scene.ts';
import { checkVtep } from './vtep.ts';

export const flannel: PluginEntry = { name: 'flannel', create };

function create(context: Context): Plugin {
  const kept = new WeakMap<Cluster, FlannelConfig>();
  const configOf = (cluster: Cluster): FlannelConfig => {
    const config = kept.get(cluster) ?? readFlannelConfig(cluster, context);
    kept.set(cluster, config);
    return config;
  };
  return {
    name: 'flannel',
    detect: (cluster) => detect(cluster, configOf(cluster)),
    describe: (cluster) => {
      const { backend, networks, ipMasq, bridge, hostInterface, podMtu } = configOf(cluster);
      return [
        { what: 'flannel backend', value: backend.value, from: backend.from },
        {
          what: 'flannel network',
          value: networks.map((block) => block.text).join(','),
          from: netConf(cluster)?.from ?? 'cluster CIDR',
        },
        { what: 'flannel ip-masq', value: String(ipMasq.value), from: ipMasq.from },
        { what: 'flannel bridge', value: bridge.value, from: bridge.from },
        ...(hostInterface === undefined
          ? []
          : [{ what: NODE_INTERFACE, value: hostInterface, from: 'flag --flannel-host-interface' }]),
        ...(podMtu === undefined ? [] : [{ what: 'pod MTU', value: String(podMtu), from: 'flag --flannel-pod-mtu' }]),
      ];
    },
    checkNode: (check) => [...genericPlugin.checkNode(check), ...checkNode(check, configOf(check.cluster))],
    checkPod: (check) => [...genericPlugin.checkPod(check), ...checkBridge(check, configOf(check.cluster))],
    linkTypeBetweenNodes: (cluster) => (configOf(cluster).backend.value === 'vxlan' ? 'vxlan' : 'infra'),
  };
}

function detect(cluster: Cluster, { annotations }: FlannelConfig): Detection | undefined {
  const net = netConf(cluster);
  if (net !== undefined) return { plugin: 'flannel', from: net.from };
  const container = containersOf(cluster.cache, 'flanneld')[0];
  if (container !== undefined) return { plugin: 'flannel', from: container.from };
  const node = cluster.cache.nodes.find((one) => hasLease(one, annotations));
  return node === undefined ? undefined : { plugin: 'flannel', from: `annotations of Node ${node.name}` };
}

/** Registration and routes matter only where another node's pods are on the path. */
function checkNode(check: NodeCheck, config: FlannelConfig): readonly Suspicion[] {
  return check.families.flatMap((family) => {
    const scene = sceneOf(check, config, family);
    return [
      ...(check.peers.length === 0 ? [] : [...checkConsistency(scene), ...checkRoutes(scene)]),
      ...(config.backend.value === 'vxlan' ? checkVtep(scene) : []),
      ...checkMtu(scene),
      ...checkForwardRules(scene),
      ...checkMasquerade(scene),
    ];
  });
}
