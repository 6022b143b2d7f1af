/** How the cluster is set up, from whichever source tells. */
import { describe, expect, it } from 'vitest';
import { Context } from '../../src/context/index.ts';
import { describeFacts, detectCluster, IPCache } from '../../src/k8s/index.ts';
import type { KubeObjects } from '../../src/k8s/index.ts';
import { captured } from './captured.ts';

const configMap = (name: string, data: object): object => ({ metadata: { namespace: 'kube-system', name }, data });
const kubeProxy = (config: string): KubeObjects => ({
  ConfigMap: [configMap('kube-proxy', { 'config.conf': config })],
});
const staticPod = (name: string, ...command: string[]): object => ({
  metadata: { namespace: 'kube-system', name },
  spec: { containers: [{ name: name.replace('-node-a', ''), command }] },
});

const ipAddress = (name: string, manager = 'ipallocator.k8s.io'): object => ({
  metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': manager } },
});
const service = (clusterIP: string): object => ({
  metadata: { namespace: 'shop', name: `web-${clusterIP}` },
  spec: { clusterIP, ports: [{ port: 80 }] },
});

const KUBEADM = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
`;

describe('cluster facts', () => {
  it.each<
    readonly [
      name: string,
      objects: KubeObjects,
      flags: readonly (readonly [string, string])[],
      expected: readonly string[],
    ]
  >([
    ['nothing tells', {}, [], []],
    [
      'kubeadm',
      { ConfigMap: [configMap('kubeadm-config', { ClusterConfiguration: KUBEADM })] },
      [],
      [
        'cluster CIDR 10.244.0.0/16 from ConfigMap kube-system/kubeadm-config',
        'service CIDR 10.96.0.0/12 from ConfigMap kube-system/kubeadm-config',
      ],
    ],
    [
      'kube-proxy as kubeadm writes it',
      kubeProxy('apiVersion: kubeproxy.config.k8s.io/v1alpha1\nclusterCIDR: 10.244.0.0/16,fd44::/48\nmode: ""\n'),
      [],
      [
        'cluster CIDR 10.244.0.0/16,fd44::/48 from ConfigMap kube-system/kube-proxy',
        'proxy mode iptables from ConfigMap kube-system/kube-proxy, which names none',
      ],
    ],
    [
      'kube-proxy with a mode',
      kubeProxy("mode: 'nftables' # new\n"),
      [],
      ['proxy mode nftables from ConfigMap kube-system/kube-proxy'],
    ],
    [
      'kube-proxy in JSON',
      kubeProxy('{"mode":"ipvs","clusterCIDR":"10.9.0.0/16"}'),
      [],
      [
        'cluster CIDR 10.9.0.0/16 from ConfigMap kube-system/kube-proxy',
        'proxy mode ipvs from ConfigMap kube-system/kube-proxy',
      ],
    ],
    ['an unknown mode is no answer', kubeProxy('mode: userspace\n'), [], []],
    [
      'flags win',
      kubeProxy('mode: ipvs\nclusterCIDR: 10.244.0.0/16\n'),
      [
        ['proxy-mode', 'iptables'],
        ['cluster-cidr', '10.0.0.0/8,fd00::/8'],
        ['service-cidr', '10.96.0.0/16'],
      ],
      [
        'cluster CIDR 10.0.0.0/8,fd00::/8 from flag --cluster-cidr',
        'service CIDR 10.96.0.0/16 from flag --service-cidr',
        'proxy mode iptables from flag --proxy-mode',
      ],
    ],
    [
      'command lines of static pods',
      {
        Pod: [
          staticPod(
            'kube-controller-manager-node-a',
            'kube-controller-manager',
            '--cluster-cidr=10.42.0.0/16',
            '--allocate-node-cidrs',
          ),
          staticPod(
            'kube-apiserver-node-a',
            '/usr/local/bin/kube-apiserver',
            '--service-cluster-ip-range',
            '10.43.0.0/16,fd43::/112',
          ),
          staticPod('kube-proxy-node-a', 'kube-proxy', '--proxy-mode=iptables'),
        ],
      },
      [],
      [
        'cluster CIDR 10.42.0.0/16 from --cluster-cidr of Pod kube-system/kube-controller-manager-node-a',
        'service CIDR 10.43.0.0/16,fd43::/112 from --service-cluster-ip-range of Pod kube-system/kube-apiserver-node-a',
        'proxy mode iptables from --proxy-mode of Pod kube-system/kube-proxy-node-a',
      ],
    ],
    [
      'pod networks of the nodes, as a last resort',
      {
        Node: [
          { metadata: { name: 'node-a' }, spec: { podCIDR: '10.1.0.0/24' } },
          { metadata: { name: 'node-b' }, spec: { podCIDRs: ['10.1.1.0/24', 'fd01::/64'] } },
        ],
      },
      [],
      ['cluster CIDR 10.1.0.0/24,10.1.1.0/24,fd01::/64 from podCIDRs of 2 nodes'],
    ],
    [
      'ServiceCIDR objects',
      { ServiceCIDR: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12'] } }] },
      [],
      ['service CIDR 10.96.0.0/12 from ServiceCIDR objects'],
    ],
    [
      'addresses in use, where nothing names their block',
      {
        IPAddress: ['10.96.0.1', '10.96.171.92', 'fd96::1', 'fd96::b00b'].map((name) => ipAddress(name)),
        Service: [service('10.96.3.7')],
      },
      [],
      [
        'service CIDR 10.96.0.0/16,fd96::/112 from the addresses in use, at least: 4 IPAddress objects, 1 cluster IPs of services',
      ],
    ],
    [
      'cluster IPs alone, as before Kubernetes 1.33',
      { Service: [service('10.96.0.1'), service('None'), service('10.97.0.10')] },
      [],
      ['service CIDR 10.96.0.0/15 from the addresses in use, at least: 2 cluster IPs of services'],
    ],
    [
      'addresses in use against what is said of their block',
      {
        ServiceCIDR: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } }],
        IPAddress: ['10.96.0.1', '10.97.0.1', 'fd96::1', '10.97.0.3', '10.97.0.4'].map((name) => ipAddress(name)),
      },
      [['service-cidr', '10.96.0.0/16']],
      [
        'service CIDR 10.96.0.0/16 from flag --service-cidr',
        'service addresses outside it 10.97.0.1,fd96::1,10.97.0.3 and 1 more from IPAddress objects',
      ],
    ],
    [
      'addresses that the API server gave to no Service',
      { IPAddress: [ipAddress('10.99.0.1', 'gateway.example.com')] },
      [],
      [],
    ],
    ['broken values are passed over', kubeProxy('clusterCIDR: 10.244.0.0/99\nmode: [\n'), [], []],
  ])('%s', (_, objects, flags, expected) => {
    const { facts } = detectCluster(new IPCache(objects), new Context(new Map(flags)));
    expect(describeFacts(facts).map(({ what, value, from }) => `${what} ${value} from ${from}`)).toEqual(expected);
  });

  it("reads kube-proxy's switches", () => {
    const config =
      'clusterCIDR: ""\niptables:\n  localhostNodePorts: false\n  masqueradeAll: true\nnodePortAddresses:\n- 192.168.0.0/16\n- fd00::/8\nwinkernel:\n  masqueradeAll: false\n';
    const { proxy } = detectCluster(new IPCache(kubeProxy(config)), new Context()).facts;
    expect({
      ...proxy,
      nodePortAddresses:
        typeof proxy.nodePortAddresses === 'string' ? [] : proxy.nodePortAddresses.map((block) => block.text),
    }).toMatchObject({
      masqueradeAll: true,
      localhostNodePorts: false,
      localDetection: 'none',
      nodePortAddresses: ['192.168.0.0/16', 'fd00::/8'],
    });
  });

  it('finds what it can in a captured cluster', () => {
    const { cluster } = captured('iptables-vxlan');
    expect(describeFacts(cluster.facts).map(({ what, value, from }) => `${what} ${value} from ${from}`)).toEqual([
      'cluster CIDR 10.77.0.0/16,fd77::/48 from ConfigMap kube-system/kube-flannel-cfg',
      'service CIDR 10.96.0.0/16,fd96::/112 from the addresses in use, at least: 15 cluster IPs of services',
    ]);
  });
});
