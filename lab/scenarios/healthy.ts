/** Clusters with nothing wrong: every wiring, two and three nodes, dumps taken before and after the probes. */
import { WEB } from '../default-cluster.ts';
import type { PodRow, Scenario, Wiring } from '../scenario.ts';

const WIRINGS: readonly Wiring[] = ['host-gw', 'vxlan', 'bridge', 'routed', 'flat'];

const THREE_NODES: readonly PodRow[] = [
  { name: 'client', node: 'node-a', app: 'client', listen: [] },
  { name: 'api-1', node: 'node-b', app: 'api', listen: WEB },
  { name: 'api-2', node: 'node-c', app: 'api', listen: WEB },
];

export const HEALTHY: readonly Scenario[] = [
  ...WIRINGS.map((wiring): Scenario => ({
    name: `healthy-${wiring}`,
    about: `pods, services and nodes of a healthy ${wiring} cluster`,
    wiring,
    backends: ['nft', 'legacy', 'nftables'],
    hasLargeProbes: true,
    hasOutsideProbes: true,
  })),
  ...WIRINGS.map((wiring): Scenario => ({
    name: `healthy-${wiring}-traced`,
    about: `the rules that the kernel says were hit on a healthy ${wiring} cluster`,
    wiring,
    backends: ['nft', 'legacy', 'nftables'],
    hasTrace: true,
  })),
  ...(['host-gw', 'vxlan'] as const).map((wiring): Scenario => ({
    name: `three-nodes-${wiring}`,
    about: 'servers on two other nodes',
    wiring,
    nodes: ['node-a', 'node-b', 'node-c'],
    pods: THREE_NODES,
    backends: ['nft'],
  })),
  ...(['vxlan', 'routed'] as const).map((wiring): Scenario => ({
    name: `healthy-${wiring}-collected-after`,
    about: 'the dump has the neighbours and connections of the traffic',
    wiring,
    collect: 'after',
    backends: ['legacy'],
  })),
  {
    name: 'no-rules-bridge',
    about: 'pod network without kube-proxy: addresses work, service addresses do not',
    wiring: 'bridge',
    hasRules: false,
    backends: ['nft'],
  },
];
