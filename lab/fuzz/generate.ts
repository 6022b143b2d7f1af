/** A random case of a seed: a small healthy cluster, what was done to it, and what is asked. */
import type { Family } from '../../src/model/index.ts';
import { WEB } from '../default-cluster.ts';
import { probesOf } from '../probes.ts';
import type { Backend, PodRow, ServiceRow, Wiring } from '../scenario.ts';
import type { Site } from '../site.ts';
import { labCase, probeKey, siteOf, type FuzzCase, type FuzzRow } from './fuzz-case.ts';
import { MUTATIONS } from './mutations/index.ts';
import { Plausible } from './plausible.ts';
import { Random } from './random.ts';

/** More questions to one case cost less than another case, but say less. */
const PROBES = 64;
const NODES = ['node-a', 'node-b', 'node-c'] as const;

const SERVICES: readonly ServiceRow[] = [
  { name: 'api', app: 'api', port: 80, targetPort: 8080 },
  { name: 'entry', app: 'api', port: 80, targetPort: 8080, nodePort: 30080 },
  { name: 'names', app: 'api', port: 53, targetPort: 5353, protocol: 'udp' },
  { name: 'sticky', app: 'api', port: 80, targetPort: 8080, affinity: true },
  { name: 'shown', app: 'api', port: 80, targetPort: 8080, isExternal: true, nodePort: 30081 },
  { name: 'near', app: 'api', port: 80, targetPort: 8080, nodePort: 30082, externalTrafficPolicy: 'Local' },
  { name: 'inside', app: 'api', port: 80, targetPort: 8080, internalTrafficPolicy: 'Local' },
  { name: 'balanced', app: 'api', port: 80, targetPort: 8080, nodePort: 30083, isLoadBalancer: true },
  { name: 'nobody', app: 'nobody', port: 80, targetPort: 8080 },
];

export function generate(seed: number, index: number): FuzzCase {
  const random = Random.ofCase(seed, index);
  const empty = cluster(random, `fuzz-${seed}-${index}`);
  const site = siteOf(empty);
  const values = new Plausible(random, site);
  const rows: FuzzRow[] = random.chance(CLOSED_SHARE) ? noWayOut(site) : [];
  const count = 2 + random.below(9);
  const kinds = MUTATIONS.map((mutation) => [mutation.weight, mutation] as const);
  for (let made = 0; made < count; made++) {
    const mutation = random.weigh(kinds);
    rows.push(...mutation.make(values).map((row) => ({ kind: mutation.name, ...row })));
  }
  const hasOtherMtu = rows.some((row) => row.sh.includes(' mtu '));
  // a service's address that no rule knows is a stranger's
  const strangers = empty.hasRules ? [] : site.services.flatMap((one) => [one.externalIP, one.loadBalancerIP]);
  const isOutside = (to: string): boolean => to === site.outside.ip || strangers.includes(to);
  const all = probesOf(site).filter(
    ({ probe }) =>
      (!isOutside(probe.to) || random.chance(OUTSIDE_SHARE)) &&
      // a server's datagram is not as long as the one that it answers, and a stream's segments pass a veth in one piece
      (probe.size === undefined || !hasOtherMtu),
  );
  return { ...empty, rows, probes: random.some(all, PROBES).map(probeKey) };
}

/** Clusters of nodes without a default route: a packet for nowhere ends inside, where it can be judged, and does not leave. */
const CLOSED_SHARE = 0.6;

const noWayOut = (site: Site): FuzzRow[] =>
  site.nodes.map((node) => ({ kind: 'closed', in: node.name, sh: `${site.ip} route del default` }));

/** What leaves the cluster is undetermined by its nature; a few are asked for the source that they leave with. */
const OUTSIDE_SHARE = 0.02;

function cluster(random: Random, name: string): FuzzCase {
  const wiring = random.pick<Wiring>(['host-gw', 'host-gw', 'vxlan', 'vxlan', 'bridge', 'routed', 'routed', 'flat']);
  const nodes = NODES.slice(
    0,
    random.weigh([
      [1, 1],
      [5, 2],
      [2, 3],
    ]),
  );
  const pods: PodRow[] = [
    { name: 'client', node: nodes[0]!, app: 'client', listen: WEB },
    { name: 'api-1', node: nodes[0]!, app: 'api', listen: WEB },
    ...nodes.slice(1).map((node, at): PodRow => ({ name: `api-${at + 2}`, node, app: 'api', listen: WEB })),
  ];
  if (random.chance(0.3))
    pods.push({
      name: 'mapped',
      node: nodes.at(-1)!,
      app: 'mapped',
      listen: WEB,
      hostPort: { host: 18080, container: 8080 },
    });
  return {
    name,
    wiring,
    family: random.pick<Family>([4, 6]),
    backend: random.pick<Backend>(['nft', 'legacy']),
    nodes,
    pods,
    services: random.some(SERVICES, 1 + random.below(3)),
    hasRules: random.chance(0.85),
    rows: [],
    probes: [],
  };
}

/** As a command of the laboratory would name it. */
export const nameOf = (fuzz: FuzzCase): string => labCase(fuzz).name;
