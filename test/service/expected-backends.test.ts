/** Who should get a packet to a Service: the objects alone, in both families. */
import { describe, expect, it } from 'vitest';
import { Context } from '../../src/context/index.ts';
import { detectCluster, IPCache } from '../../src/k8s/index.ts';
import { assertNever, ip } from '../../src/model/index.ts';
import { expectedBackends } from '../../src/service/index.ts';
import type { TrafficSource } from '../../src/service/index.ts';

type Family = 4 | 6;
type EndpointState = 'ready' | 'not ready' | 'ending' | 'ended';

/** `a1` is the first pod of node-a and so on; addresses by family. */
const PODS = {
  a1: ['10.244.1.7', 'fd44:0:0:1::7'],
  a2: ['10.244.1.8', 'fd44:0:0:1::8'],
  b1: ['10.244.2.7', 'fd44:0:0:2::7'],
} as const;
const NODE = { 'node-a': ['192.168.5.1', 'fd05::1'], 'node-b': ['192.168.5.2', 'fd05::2'] } as const;
const SECOND_ADDRESS = ['172.16.0.1', 'fd16::1'] as const;
const CLUSTER_IP = ['10.96.0.50', 'fd96::50'] as const;
const EXTERNAL_IP = ['198.51.100.5', '2001:db8:5::5'] as const;
const LB_IP = ['198.51.100.9', '2001:db8:5::9'] as const;
const OUTSIDE = ['203.0.113.7', '2001:db8:7::7'] as const;
const at = (pair: readonly [string, string], family: Family): string => pair[family === 4 ? 0 : 1];

interface Row {
  readonly name: string;
  /** Default: a ready pod on each node. */
  readonly endpoints?: Readonly<Partial<Record<keyof typeof PODS, EndpointState>>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly from: 'pod' | 'self' | 'node' | 'outside' | 'pod of node-b' | 'lb itself' | 'loopback';
  readonly to: 'cluster' | 'external' | 'lb' | 'nodeport' | 'second address' | 'loopback';
  readonly port?: number;
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
  readonly proxy?: string;
  readonly hints?: Readonly<Record<string, unknown>>;
  readonly ipMode?: string;
  /** `a1,b1 masq`, or the kind of the expectation; one each where the families differ. */
  readonly want: string | readonly [string, string];
}

const LOCAL = { externalTrafficPolicy: 'Local' };
const INTERNAL_LOCAL = { internalTrafficPolicy: 'Local' };
const KUBEADM =
  'mode: ""\nclusterCIDR: 10.244.0.0/16,fd44::/48\niptables:\n  masqueradeAll: false\n  localhostNodePorts: true\nnodePortAddresses: null\n';

const ROWS: readonly Row[] = [
  // Addresses, all policies Cluster.
  { name: 'pod to cluster address: no masquerade', from: 'pod', to: 'cluster', want: 'a1,b1' },
  { name: 'node to cluster address: masqueraded', from: 'node', to: 'cluster', want: 'a1,b1 masq' },
  { name: 'outside to cluster address: masqueraded', from: 'outside', to: 'cluster', want: 'a1,b1 masq' },
  { name: 'hairpin: only the branch to itself is masqueraded', from: 'self', to: 'cluster', want: 'a1 masq,b1' },
  { name: 'pod to node port: masqueraded', from: 'pod', to: 'nodeport', want: 'a1,b1 masq' },
  { name: 'pod to load balancer: masqueraded', from: 'pod', to: 'lb', want: 'a1,b1 masq' },
  { name: 'outside to external address', from: 'outside', to: 'external', want: 'a1,b1 masq' },
  { name: 'node port at a secondary address of the node', from: 'outside', to: 'second address', want: 'a1,b1 masq' },
  {
    name: 'masqueradeAll',
    from: 'pod',
    to: 'cluster',
    proxy: KUBEADM.replace('masqueradeAll: false', 'masqueradeAll: true'),
    want: 'a1,b1 masq',
  },
  {
    name: 'no local detector: the node loses the masquerade',
    from: 'node',
    to: 'cluster',
    proxy: 'mode: iptables\nclusterCIDR: ""\n',
    want: 'a1,b1',
  },
  {
    name: 'no local detector, outside',
    from: 'outside',
    to: 'cluster',
    proxy: 'mode: iptables\nclusterCIDR: ""\n',
    want: 'a1,b1',
  },
  {
    name: 'NodeCIDR detector: a pod of another node counts as outside',
    from: 'pod of node-b',
    to: 'cluster',
    proxy: KUBEADM.replace('mode: ""', 'mode: ""\ndetectLocalMode: NodeCIDR'),
    want: 'a1,b1 masq',
  },
  {
    name: 'no configuration found: masquerading of others is not known',
    from: 'outside',
    to: 'cluster',
    proxy: '',
    want: 'a1,b1 ?',
  },
  // Ports.
  { name: 'a port that it does not have', from: 'pod', to: 'cluster', port: 81, want: 'no-such-port' },
  { name: 'the target port is no port of the service', from: 'pod', to: 'cluster', port: 8080, want: 'no-such-port' },
  {
    name: 'udp on the same number is another port',
    from: 'pod',
    to: 'cluster',
    protocol: 'udp',
    want: 'a1:5353,b1:5353',
  },
  { name: 'sctp on the same number is none', from: 'pod', to: 'cluster', protocol: 'sctp', want: 'no-such-port' },
  {
    name: 'the service port at a node address is no node port',
    from: 'outside',
    to: 'nodeport',
    port: 80,
    want: 'not-served',
  },
  // Readiness.
  { name: 'no endpoints at all', endpoints: {}, from: 'pod', to: 'cluster', want: 'no-endpoints' },
  {
    name: 'none is ready',
    endpoints: { a1: 'not ready', b1: 'ended' },
    from: 'pod',
    to: 'cluster',
    want: 'no-endpoints',
  },
  { name: 'one is not ready', endpoints: { a1: 'not ready', b1: 'ready' }, from: 'pod', to: 'cluster', want: 'b1' },
  {
    name: 'terminating ones wait while one is ready',
    endpoints: { a1: 'ending', b1: 'ready' },
    from: 'pod',
    to: 'cluster',
    want: 'b1',
  },
  {
    name: 'terminating ones are the last resort',
    endpoints: { a1: 'ending', b1: 'not ready' },
    from: 'pod',
    to: 'cluster',
    want: 'a1 last',
  },
  // externalTrafficPolicy Local, seen from node-a.
  {
    name: 'Local: outside to node port, own endpoints only, not masqueraded',
    spec: LOCAL,
    from: 'outside',
    to: 'nodeport',
    want: 'a1',
  },
  { name: 'Local: outside to load balancer', spec: LOCAL, from: 'outside', to: 'lb', want: 'a1' },
  { name: 'Local: outside to external address', spec: LOCAL, from: 'outside', to: 'external', want: 'a1' },
  {
    name: 'Local: a pod takes the short cut, not masqueraded',
    spec: LOCAL,
    from: 'pod',
    to: 'nodeport',
    want: 'a1,b1',
  },
  { name: 'Local: a pod to the load balancer', spec: LOCAL, from: 'pod', to: 'lb', want: 'a1,b1' },
  { name: 'Local: the node itself goes to all, masqueraded', spec: LOCAL, from: 'node', to: 'lb', want: 'a1,b1 masq' },
  { name: 'Local: the cluster address is unaffected', spec: LOCAL, from: 'pod', to: 'cluster', want: 'a1,b1' },
  {
    name: 'Local without an endpoint here, outside: dropped',
    spec: LOCAL,
    endpoints: { b1: 'ready' },
    from: 'outside',
    to: 'nodeport',
    want: 'no-local-endpoint',
  },
  {
    name: 'Local without an endpoint here, pod: served',
    spec: LOCAL,
    endpoints: { b1: 'ready' },
    from: 'pod',
    to: 'nodeport',
    want: 'b1',
  },
  {
    name: 'Local without an endpoint here, node: served',
    spec: LOCAL,
    endpoints: { b1: 'ready' },
    from: 'node',
    to: 'external',
    want: 'b1 masq',
  },
  {
    name: 'Local without any endpoint: rejected',
    spec: LOCAL,
    endpoints: {},
    from: 'outside',
    to: 'nodeport',
    want: 'no-endpoints',
  },
  {
    name: 'Local, only terminating ones here: they serve',
    spec: LOCAL,
    endpoints: { a1: 'ending', b1: 'ready' },
    from: 'outside',
    to: 'nodeport',
    want: 'a1 last',
  },
  {
    name: 'Local, detector configured away: a pod is outside',
    spec: LOCAL,
    endpoints: { b1: 'ready' },
    proxy: 'mode: iptables\n',
    from: 'pod',
    to: 'nodeport',
    want: 'no-local-endpoint',
  },
  // internalTrafficPolicy Local.
  { name: 'internal Local narrows the cluster address', spec: INTERNAL_LOCAL, from: 'pod', to: 'cluster', want: 'a1' },
  {
    name: 'internal Local without an endpoint here: dropped',
    spec: INTERNAL_LOCAL,
    endpoints: { b1: 'ready' },
    from: 'pod',
    to: 'cluster',
    want: 'no-local-endpoint',
  },
  {
    name: 'internal Local leaves node ports alone',
    spec: INTERNAL_LOCAL,
    from: 'outside',
    to: 'nodeport',
    want: 'a1,b1 masq',
  },
  // Source ranges. Ranges of the other family do not count.
  {
    name: 'inside the ranges',
    spec: { loadBalancerSourceRanges: ['203.0.113.0/24', '2001:db8:7::/48'] },
    from: 'outside',
    to: 'lb',
    want: 'a1,b1 masq',
  },
  {
    name: 'outside of the ranges',
    spec: { loadBalancerSourceRanges: ['203.0.112.0/24', '2001:db8:8::/48'] },
    from: 'outside',
    to: 'lb',
    want: 'source-blocked',
  },
  {
    name: 'a pod is blocked like anybody',
    spec: { loadBalancerSourceRanges: ['203.0.113.0/24'] },
    from: 'pod',
    to: 'lb',
    want: ['source-blocked', 'a1,b1 masq'],
  },
  {
    name: 'node ports go past the ranges',
    spec: { loadBalancerSourceRanges: ['192.0.2.0/24', '2001:db8:8::/48'] },
    from: 'outside',
    to: 'nodeport',
    want: 'a1,b1 masq',
  },
  {
    name: 'the address to itself, the node is in a range',
    spec: { loadBalancerSourceRanges: ['192.168.5.0/24', 'fd05::/64'] },
    from: 'lb itself',
    to: 'lb',
    want: 'a1,b1 masq',
  },
  {
    name: 'the address to itself, the node is in none',
    spec: { loadBalancerSourceRanges: ['203.0.113.0/24', '2001:db8:7::/48'] },
    from: 'lb itself',
    to: 'lb',
    want: 'source-blocked',
  },
  { name: 'ipMode Proxy: nodes leave the address alone', ipMode: 'Proxy', from: 'pod', to: 'lb', want: 'not-served' },
  // Where node ports are served.
  { name: 'localhost node port is for IPv4', from: 'loopback', to: 'loopback', want: ['a1,b1 masq', 'not-served'] },
  {
    name: 'localhost node ports switched off',
    from: 'loopback',
    to: 'loopback',
    proxy: KUBEADM.replace('localhostNodePorts: true', 'localhostNodePorts: false'),
    want: 'not-served',
  },
  {
    name: 'localhost node ports never in nftables mode',
    from: 'loopback',
    to: 'loopback',
    proxy: KUBEADM.replace('mode: ""', 'mode: nftables'),
    want: 'not-served',
  },
  {
    name: 'nodePortAddresses leaves a secondary address out',
    from: 'outside',
    to: 'second address',
    proxy: KUBEADM.replace('nodePortAddresses: null', 'nodePortAddresses:\n- 192.168.5.0/24\n- fd05::/64'),
    want: 'not-served',
  },
  {
    name: 'nftables mode serves the primary addresses only',
    from: 'outside',
    to: 'second address',
    proxy: KUBEADM.replace('mode: ""', 'mode: nftables'),
    want: 'not-served',
  },
  // Whose service it is.
  {
    name: 'headless',
    spec: { clusterIP: 'None', clusterIPs: ['None'] },
    from: 'pod',
    to: 'cluster',
    want: 'not-served',
  },
  {
    name: 'affinity changes no set of backends',
    spec: { sessionAffinity: 'ClientIP' },
    from: 'pod',
    to: 'cluster',
    want: 'a1,b1',
  },
  {
    name: 'single stack',
    spec: { ipFamilies: ['IPv4'], clusterIPs: ['10.96.0.50'] },
    from: 'outside',
    to: 'nodeport',
    want: ['a1,b1 masq', 'not-served'],
  },
  // Hints: all ready ones have one, and one is for this node or its zone.
  {
    name: 'zone hints',
    hints: { a1: { forZones: [{ name: 'west' }] }, b1: { forZones: [{ name: 'east' }] } },
    from: 'pod',
    to: 'cluster',
    want: 'a1',
  },
  {
    name: 'zone hints, one is missing',
    hints: { a1: { forZones: [{ name: 'west' }] } },
    from: 'pod',
    to: 'cluster',
    want: 'a1,b1',
  },
  {
    name: 'zone hints, none for here',
    hints: { a1: { forZones: [{ name: 'north' }] }, b1: { forZones: [{ name: 'east' }] } },
    from: 'pod',
    to: 'cluster',
    want: 'a1,b1',
  },
  {
    name: 'node hints (the source is a2 itself)',
    endpoints: { a1: 'ready', a2: 'ready', b1: 'ready' },
    hints: {
      a1: { forNodes: [{ name: 'node-b' }] },
      a2: { forNodes: [{ name: 'node-a' }] },
      b1: { forNodes: [{ name: 'node-b' }] },
    },
    from: 'pod',
    to: 'cluster',
    want: 'a2 masq',
  },
];

const CONDITIONS: Readonly<Record<EndpointState, object>> = {
  ready: { ready: true, serving: true, terminating: false },
  'not ready': { ready: false, serving: false, terminating: false },
  ending: { ready: false, serving: true, terminating: true },
  ended: { ready: false, serving: false, terminating: true },
};

function objects(row: Row): Record<string, unknown[]> {
  const endpoints = row.endpoints ?? { a1: 'ready', b1: 'ready' };
  const slice = (family: Family, port: object): object => ({
    addressType: `IPv${family}`,
    metadata: { name: `web-${family}`, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    ports: [port],
    endpoints: Object.entries(endpoints).map(([name, state]) => ({
      addresses: [at(PODS[name as keyof typeof PODS], family)],
      conditions: CONDITIONS[state],
      nodeName: `node-${name[0]}`,
      targetRef: { kind: 'Pod', namespace: 'shop', name },
      hints: row.hints?.[name],
    })),
  });
  return {
    Node: Object.entries(NODE).map(([name, addresses], i) => ({
      metadata: { name, labels: { 'topology.kubernetes.io/zone': i === 0 ? 'west' : 'east' } },
      spec: { podCIDRs: [`10.244.${i + 1}.0/24`, `fd44:0:0:${i + 1}::/64`] },
      status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
    })),
    Service: [
      {
        metadata: { name: 'web', namespace: 'shop' },
        spec: {
          type: 'LoadBalancer',
          clusterIP: CLUSTER_IP[0],
          clusterIPs: CLUSTER_IP,
          externalIPs: EXTERNAL_IP,
          ipFamilies: ['IPv4', 'IPv6'],
          ports: [
            { name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' },
            { name: 'dns', port: 80, targetPort: 5353, nodePort: 30081, protocol: 'UDP' },
          ],
          ...row.spec,
        },
        status: { loadBalancer: { ingress: LB_IP.map((address) => ({ ip: address, ipMode: row.ipMode ?? 'VIP' })) } },
      },
    ],
    EndpointSlice: ([4, 6] as const).flatMap((family) => [
      slice(family, { name: 'http', port: 8080, protocol: 'TCP' }),
      slice(family, { name: 'dns', port: 5353, protocol: 'UDP' }),
    ]),
    ConfigMap:
      row.proxy === ''
        ? []
        : [
            {
              metadata: { name: 'kube-proxy', namespace: 'kube-system' },
              data: { 'config.conf': row.proxy ?? KUBEADM },
            },
          ],
  };
}

function source(row: Row, family: Family): TrafficSource {
  switch (row.from) {
    case 'pod':
      return { kind: 'pod', ip: ip(at(PODS.a2, family)), nodeName: 'node-a' };
    case 'self':
      return { kind: 'pod', ip: ip(at(PODS.a1, family)), nodeName: 'node-a' };
    case 'pod of node-b':
      return { kind: 'pod', ip: ip(at(PODS.b1, family)), nodeName: 'node-b' };
    case 'node':
      return { kind: 'node', ip: ip(at(NODE['node-a'], family)) };
    case 'loopback':
      return { kind: 'node', ip: ip(family === 4 ? '127.0.0.1' : '::1') };
    case 'lb itself':
      return { kind: 'node', ip: ip(at(LB_IP, family)) };
    case 'outside':
      return { kind: 'outside', ip: ip(at(OUTSIDE, family)) };
    default:
      return assertNever(row.from);
  }
}

function destination(row: Row, family: Family): string {
  switch (row.to) {
    case 'cluster':
      return at(CLUSTER_IP, family);
    case 'external':
      return at(EXTERNAL_IP, family);
    case 'lb':
      return at(LB_IP, family);
    case 'nodeport':
      return at(NODE['node-a'], family);
    case 'second address':
      return at(SECOND_ADDRESS, family);
    case 'loopback':
      return family === 4 ? '127.0.0.1' : '::1';
    default:
      return assertNever(row.to);
  }
}

/** The expectation in the words of the rows. */
function answer(row: Row, family: Family): string {
  const cluster = detectCluster(new IPCache(objects(row)), new Context());
  const service = cluster.cache.service('shop', 'web')!;
  const isNodePort = ['nodeport', 'second address', 'loopback'].includes(row.to);
  const expected = expectedBackends({
    service,
    slices: cluster.cache.slicesOf(service),
    facts: cluster.facts,
    traffic: {
      address: ip(destination(row, family)),
      port: row.port ?? (isNodePort ? 30080 : 80),
      protocol: row.protocol ?? 'tcp',
      source: source(row, family),
    },
    at: {
      node: cluster.cache.node('node-a')!,
      addresses: [at(NODE['node-a'], family), at(SECOND_ADDRESS, family)].map((text) => ip(text)),
    },
  });
  if (expected.kind !== 'backends') return expected.kind;
  const marks = expected.backends.map(({ masquerade }) =>
    masquerade === undefined ? ' ?' : masquerade ? ' masq' : '',
  );
  const names = expected.backends.map(
    ({ endpoint }) => `${endpoint.pod!.split('/')[1]}${endpoint.port === 8080 ? '' : `:${endpoint.port}`}`,
  );
  const isSame = new Set(marks).size === 1;
  return `${isSame ? names.join(',') + marks[0]! : names.map((name, i) => name + marks[i]!).join(',')}${expected.isLastResort ? ' last' : ''}`;
}

describe.each(ROWS)('$name', (row) => {
  it.each([4, 6] as const)('IPv%d', (family) => {
    expect(answer(row, family)).toBe(typeof row.want === 'string' ? row.want : row.want[family === 4 ? 0 : 1]);
  });
});
