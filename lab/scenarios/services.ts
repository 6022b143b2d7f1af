/** What kube-proxy does for services, and what goes wrong in its rules. */
import { WEB } from '../default-cluster.ts';
import { endpointChain, serviceChain } from '../rules/chain-names.ts';
import type { Backend, PodRow, Scenario, ServiceRow } from '../scenario.ts';
import type { Site } from '../site.ts';
import { formatHostPort, ip } from '../../src/model/index.ts';

/** Rules of kube-proxy in each of its ways: iptables in both back ends, and nftables. */
const ALL: readonly Backend[] = ['nft', 'legacy', 'nftables'];

const API: ServiceRow = { name: 'api', app: 'api', port: 80, targetPort: 8080 };
const ENTRY: ServiceRow = { name: 'entry', app: 'api', port: 80, targetPort: 8080, nodePort: 30080 };
const SOLO_PODS: readonly PodRow[] = [
  { name: 'client', node: 'node-a', app: 'client', listen: [] },
  { name: 'solo', node: 'node-b', app: 'solo', listen: WEB, hostPort: { host: 18080, container: 8080 } },
];
const apiPods = (first: PodRow['state'], second: PodRow['state']): readonly PodRow[] => [
  { name: 'client', node: 'node-a', app: 'client', listen: [] },
  { name: 'api-1', node: 'node-a', app: 'api', listen: WEB, ...(first ? { state: first } : {}) },
  { name: 'api-2', node: 'node-b', app: 'api', listen: WEB, ...(second ? { state: second } : {}) },
];

const endpointOf = (site: Site, pod: string): string =>
  endpointChain(site.service('api').portId, 'tcp', formatHostPort(ip(site.pod(pod).ip), 8080));

/** A port that no service has. */
const UNSERVED = 81;

/** The number of the DNAT rule in an endpoint's chain. */
const DNAT_RULE = 2;

export const SERVICES: readonly Scenario[] = [
  {
    name: 'service-catalogue',
    about: 'one service of each kind',
    backends: ALL,
    wiring: 'vxlan',
    services: [
      API,
      ENTRY,
      { name: 'api', portName: 'dns', app: 'api', port: 53, targetPort: 5353, protocol: 'udp' },
      { name: 'published', app: 'api', port: 80, targetPort: 8080, isExternal: true },
      { name: 'balanced', app: 'api', port: 80, targetPort: 8080, nodePort: 30082, isLoadBalancer: true },
      { name: 'sticky', app: 'api', port: 80, targetPort: 8080, affinity: true },
      { name: 'nobody', app: 'nobody', port: 80, targetPort: 8080, nodePort: 30083, isExternal: true },
    ],
  },
  {
    name: 'cluster-address-other-port',
    about: 'a port of a cluster address that no service has',
    backends: ALL,
    wiring: 'host-gw',
    services: [API],
    select: (probes, site) =>
      probes
        .filter(({ probe }) => probe.to === site.service('api').clusterIP && probe.from !== 'outside')
        .map((one) => ({
          ...one,
          times: 1,
          probe: { ...one.probe, port: UNSERVED },
          question: { ...one.question, port: UNSERVED },
        })),
  },
  {
    name: 'source-ranges',
    about: 'a load balancer address that only some clients may use',
    backends: ALL,
    wiring: 'host-gw',
    services: [
      {
        name: 'balanced',
        app: 'api',
        port: 80,
        targetPort: 8080,
        nodePort: 30082,
        isLoadBalancer: true,
        sourceRanges: (site) => [site.pick('192.168.77.0/28', 'fd00:77::/124')],
      },
    ],
  },
  {
    name: 'external-traffic-local',
    about: 'externalTrafficPolicy Local with an endpoint on one node',
    backends: ALL,
    wiring: 'host-gw',
    pods: SOLO_PODS,
    services: [
      {
        name: 'solo',
        app: 'solo',
        port: 80,
        targetPort: 8080,
        nodePort: 30081,
        isExternal: true,
        isLoadBalancer: true,
        externalTrafficPolicy: 'Local',
      },
    ],
  },
  {
    name: 'internal-traffic-local',
    about: 'internalTrafficPolicy Local with an endpoint on one node',
    backends: ALL,
    wiring: 'vxlan',
    pods: SOLO_PODS,
    services: [{ name: 'solo', app: 'solo', port: 80, targetPort: 8080, internalTrafficPolicy: 'Local' }],
  },
  {
    name: 'both-policies-local',
    about: 'both policies Local with endpoints on both nodes',
    backends: ALL,
    wiring: 'bridge',
    services: [
      {
        name: 'api',
        app: 'api',
        port: 80,
        targetPort: 8080,
        nodePort: 30081,
        internalTrafficPolicy: 'Local',
        externalTrafficPolicy: 'Local',
      },
    ],
  },
  {
    name: 'host-port',
    about: 'a pod with a host port',
    backends: ALL,
    wiring: 'host-gw',
    pods: SOLO_PODS,
    services: [],
  },
  {
    name: 'masquerade-all',
    about: 'kube-proxy with --masquerade-all',
    wiring: 'routed',
    masqueradeAll: true,
    backends: ['nft', 'nftables'],
  },
  {
    name: 'terminating-endpoints',
    about: 'only endpoints that are terminating are left',
    pairing: 'diagonal',
    wiring: 'host-gw',
    pods: apiPods('terminating', 'terminating'),
    backends: ['nft', 'nftables'],
  },
  {
    name: 'not-ready-endpoint',
    about: 'one of two endpoints is not ready',
    pairing: 'diagonal',
    wiring: 'host-gw',
    pods: apiPods(undefined, 'not-ready'),
    backends: ['legacy', 'nftables'],
  },
  {
    name: 'no-ready-endpoint',
    about: 'no endpoint is ready',
    backends: ALL,
    wiring: 'vxlan',
    pods: apiPods('not-ready', 'not-ready'),
  },
  {
    name: 'one-endpoint-refuses',
    about: 'one of two endpoints does not listen: half of the connections fail',
    backends: ALL,
    wiring: 'vxlan',
    pods: [
      { name: 'client', node: 'node-a', app: 'client', listen: [] },
      { name: 'api-1', node: 'node-a', app: 'api', listen: WEB },
      { name: 'api-2', node: 'node-b', app: 'api', listen: [{ protocol: 'tcp', port: 9090, address: 'any' }] },
    ],
  },
  {
    name: 'one-endpoint-unrouted',
    about: "the route to one endpoint's node is gone: half of the connections time out",
    wiring: 'vxlan',
    backends: ['nft', 'nftables'],
    change: (site) => [{ in: site.node('node-a'), sh: `${site.ip} route del ${site.node('node-b').podCIDR}` }],
  },
  {
    name: 'dnat-to-dead-address',
    about: 'the rule of one endpoint still has the address of a pod that is gone',
    wiring: 'host-gw',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.iptables} -t nat -R ${endpointOf(site, 'api-1')} ${DNAT_RULE} -p tcp -m comment --comment "shop/api:http" -m tcp -j DNAT --to-destination ${formatHostPort(ip(site.pick('10.77.0.99', 'fd77::99')), 8080)}`,
      },
    ],
  },
  {
    name: 'dnat-to-wrong-port',
    about: 'the rule of one endpoint has a port that nothing listens on',
    pairing: 'diagonal',
    wiring: 'bridge',
    change: (site) => [
      {
        in: site.node('node-a'),
        sh: `${site.iptables} -t nat -R ${endpointOf(site, 'api-2')} ${DNAT_RULE} -p tcp -m comment --comment "shop/api:http" -m tcp -j DNAT --to-destination ${formatHostPort(ip(site.pod('api-2').ip), 9999)}`,
      },
    ],
  },
  {
    name: 'no-postrouting-masquerade',
    about: 'marked packets are not masqueraded: replies go past the node',
    collect: 'after',
    pairing: 'diagonal',
    wiring: 'host-gw',
    change: (site) => site.nodes.map((node) => ({ in: node, sh: `${site.iptables} -t nat -F KUBE-POSTROUTING` })),
  },
  {
    name: 'no-hairpin-masquerade',
    about: 'a pod that reaches itself through its service is not masqueraded',
    wiring: 'host-gw',
    backends: ['nft'],
    services: [{ name: 'api', app: 'api', port: 80, targetPort: 8080 }],
    change: (site) => [{ in: site.node('node-a'), sh: `${site.iptables} -t nat -D ${endpointOf(site, 'api-1')} 1` }],
  },
  {
    name: 'services-not-jumped-to',
    about: 'something flushed nat PREROUTING',
    pairing: 'diagonal',
    wiring: 'vxlan',
    change: (site) => [{ in: site.node('node-a'), sh: `${site.iptables} -t nat -F PREROUTING` }],
  },
  {
    name: 'service-chain-empty',
    about: "the service's chain has lost its endpoints",
    wiring: 'routed',
    backends: ['legacy'],
    change: (site) => [
      { in: site.node('node-a'), sh: `${site.iptables} -t nat -F ${serviceChain('shop/api:http', 'tcp')}` },
    ],
  },
  {
    name: 'service-missing-on-one-node',
    about: 'kube-proxy of one node has not seen the service',
    wiring: 'host-gw',
    backends: ['nft'],
    change: (site) => [
      {
        in: site.node('node-b'),
        sh: `${site.iptables} -t nat -D KUBE-SERVICES -d ${site.service('api').clusterIP}/${site.bits} -p tcp -m comment --comment "shop/api:http cluster IP" -m tcp --dport 80 -j ${serviceChain('shop/api:http', 'tcp')}`,
      },
    ],
  },
  {
    name: 'route-localnet-off',
    about: 'a node port on 127.0.0.1 needs route_localnet',
    pairing: 'diagonal',
    wiring: 'host-gw',
    families: [4],
    change: (site) =>
      site.nodes.map((node) => ({ in: node, sh: 'echo 0 > /proc/sys/net/ipv4/conf/all/route_localnet' })),
  },
];
