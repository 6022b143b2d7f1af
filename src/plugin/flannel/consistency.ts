/** What flannel's configuration, the nodes' annotations and their pod networks say must agree. */
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, objectEvidence } from '../../assertions/index.ts';
import { isWithin } from '../../k8s/index.ts';
import type { NodeInfo } from '../../k8s/index.ts';
import type { Lease } from './lease.ts';
import type { Scene } from './scene.ts';

export function checkConsistency(scene: Scene): readonly Suspicion[] {
  const { check, own, peers } = scene;
  return [
    ...checkLease(scene, check.view.node, own),
    ...peers.flatMap(({ node, lease }) => checkLease(scene, node, lease)),
    ...checkPublicAddress(scene),
  ];
}

function checkLease({ config, family }: Scene, node: NodeInfo, lease: Lease): readonly Suspicion[] {
  const complaint = (level: Suspicion['level'], message: string, raw: string, remedy: string): Suspicion =>
    complain({ id: node.name }, { code: 'NETWORK_CONFIG_MISMATCH', level, message, remedy }, [
      objectEvidence('Node', node, raw),
    ]);
  if (lease.backend === undefined) {
    return [
      complaint(
        LEVEL.critical,
        `flannel has not registered node ${node.name}: the other nodes know no way to its pods`,
        `no annotation ${config.annotations}/backend-type`,
        `see why flannel does not run on ${node.name}: kubectl get pods -A -o wide --field-selector spec.nodeName=${node.name}`,
      ),
    ];
  }
  const out: Suspicion[] = [];
  if (lease.backend.toLowerCase() !== config.backend.value) {
    out.push(
      complaint(
        LEVEL.warning,
        `node ${node.name} runs flannel with backend ${lease.backend}, and ${config.backend.from} says ${config.backend.value}`,
        `${config.annotations}/backend-type: ${lease.backend}`,
        `restart flannel on ${node.name}`,
      ),
    );
  }
  if (lease.subnet === undefined) {
    out.push(
      complaint(
        LEVEL.critical,
        `node ${node.name} has no IPv${family} pod network`,
        `spec.podCIDRs: [${node.podCIDRs.map((cidr) => cidr.text).join(', ')}]`,
        'give kube-controller-manager --allocate-node-cidrs and a --cluster-cidr of this family',
      ),
    );
    return out;
  }
  const { subnet } = lease;
  const networks = config.networks.filter((block) => block.ip.family === family);
  if (networks.length > 0 && !networks.some((block) => isWithin(subnet, block))) {
    out.push(
      complaint(
        LEVEL.critical,
        `the pod network ${subnet.text} of node ${node.name} lies outside flannel's network ${networks.map((block) => block.text).join(',')}`,
        `spec.podCIDRs: [${node.podCIDRs.map((cidr) => cidr.text).join(', ')}]`,
        'make Network in net-conf.json equal to the --cluster-cidr of kube-controller-manager, and restart flannel everywhere',
      ),
    );
  }
  return out;
}

/** The others send to the registered address, so the node must have it, unless it was set by hand. */
function checkPublicAddress({ own, host, check, config, family }: Scene): readonly Suspicion[] {
  const { publicIP } = own;
  if (publicIP === undefined || own.isOverwritten || !host.ns.addresses.ok || host.ns.owner(publicIP) !== undefined)
    return [];
  const key = family === 4 ? 'public-ip' : 'public-ipv6';
  return [
    complain(
      host,
      {
        code: 'NETWORK_CONFIG_MISMATCH',
        level: LEVEL.critical,
        message: `flannel registered ${host.id} with ${publicIP.text}, which ${host.id} does not have: the other nodes send there`,
        remedy: `restart flannel on ${host.id}, so that it registers the present address`,
      },
      [objectEvidence('Node', check.view.node, `${config.annotations}/${key}: ${publicIP.text}`)],
    ),
  ];
}
