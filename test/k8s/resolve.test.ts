/** What users write for either end, and what it stands for. */
import { describe, expect, it } from 'vitest';
import { AskError, IPCache, resolveEndpoint, resolveQuestion } from '../../src/k8s/index.ts';
import type { AskedQuestion } from '../../src/k8s/index.ts';

interface PodSpec {
  readonly ips?: readonly string[];
  readonly node?: string;
  readonly owner?: readonly [string, string];
  readonly ready?: boolean;
  readonly phase?: string;
  readonly spec?: object;
  readonly labels?: object;
}

function pod(
  id: string,
  { ips = [], node = 'node-a', owner, ready = true, phase = 'Running', spec = {}, labels = {} }: PodSpec,
): object {
  const [namespace, name] = id.split('/');
  return {
    metadata: {
      namespace,
      name,
      labels,
      ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner[0], name: owner[1], controller: true }] }),
    },
    spec: {
      nodeName: node,
      containers: [
        {
          name: 'main',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'dns', containerPort: 5353, protocol: 'UDP' },
          ],
        },
      ],
      ...spec,
    },
    status: {
      phase,
      podIP: ips[0],
      podIPs: ips.map((address) => ({ ip: address })),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

function service(id: string, spec: object): object {
  const [namespace, name] = id.split('/');
  return { metadata: { namespace, name }, spec };
}

const meta = (id: string): object => ({ metadata: { namespace: id.split('/')[0], name: id.split('/')[1] } });

const cache = new IPCache({
  Namespace: [{ metadata: { name: 'default' } }, { metadata: { name: 'shop' } }, { metadata: { name: 'blog' } }],
  Node: [
    {
      metadata: { name: 'node-a' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '192.168.5.1' },
          { type: 'InternalIP', address: 'fd05::1' },
          { type: 'ExternalIP', address: '198.51.100.1' },
        ],
      },
    },
    {
      metadata: { name: 'ip-10-0-0-2.ec2.internal' },
      status: { addresses: [{ type: 'InternalIP', address: '192.168.5.2' }] },
    },
  ],
  Pod: [
    pod('shop/client', { ips: ['10.244.1.5', 'fd44::5'] }),
    pod('shop/api-7d4f-x2x', {
      ips: ['10.244.1.7', 'fd44::7'],
      owner: ['ReplicaSet', 'api-7d4f'],
      ready: false,
      labels: { 'pod-template-hash': '7d4f' },
    }),
    pod('shop/api-7d4f-b9b', {
      ips: ['10.244.1.8', 'fd44::8'],
      owner: ['ReplicaSet', 'api-7d4f'],
      labels: { 'pod-template-hash': '7d4f' },
    }),
    pod('shop/db-0', {
      ips: ['10.244.1.9'],
      owner: ['StatefulSet', 'db'],
      spec: { hostname: 'db-0', subdomain: 'db' },
    }),
    pod('shop/agent-1', {
      ips: ['192.168.5.1', 'fd05::1'],
      owner: ['DaemonSet', 'agent'],
      spec: { hostNetwork: true },
    }),
    pod('shop/job-1', { ips: ['10.244.1.5'], phase: 'Succeeded' }),
    pod('shop/waiting', { phase: 'Pending' }),
    pod('default/cache', { ips: ['10.244.1.20'] }),
    pod('blog/cache', { ips: ['10.244.1.21'] }),
    pod('blog/tool', { ips: ['10.244.1.22'] }),
    pod('shop/tool', { ips: ['10.244.1.23'] }),
    pod('blog/six', { ips: ['fd44::60'] }),
    pod('shop/twin', { ips: ['10.244.1.30'] }),
  ],
  Service: [
    service('shop/api', {
      clusterIP: '10.96.0.50',
      clusterIPs: ['10.96.0.50', 'fd96::50'],
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'dns' },
      ],
    }),
    service('shop/web-frontend', {
      clusterIP: '10.96.0.51',
      clusterIPs: ['10.96.0.51'],
      ports: [{ port: 443, targetPort: 8443 }],
    }),
    service('shop/db', {
      clusterIP: 'None',
      clusterIPs: ['None'],
      ports: [{ name: 'sql', port: 5432, targetPort: 'pg' }],
    }),
    service('shop/out', { type: 'ExternalName', externalName: 'example.com' }),
    service('shop/twin', { clusterIP: '10.96.0.52', clusterIPs: ['10.96.0.52'], ports: [{ port: 80 }] }),
    service('blog/empty', { clusterIP: 'None', clusterIPs: ['None'], ports: [] }),
  ],
  EndpointSlice: [
    {
      addressType: 'IPv4',
      metadata: { namespace: 'shop', name: 'db-x', labels: { 'kubernetes.io/service-name': 'db' } },
      endpoints: [{ addresses: ['10.244.1.9'], targetRef: { kind: 'Pod', namespace: 'shop', name: 'db-0' } }],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    },
  ],
  Deployment: [meta('shop/api'), meta('shop/idle')],
  StatefulSet: [meta('shop/db')],
  DaemonSet: [meta('shop/agent')],
  // No ReplicaSet objects: the Deployment's pods are known by their names.
});

/** `type id address`, and what is said about the choice. */
function shown(text: string, role: 'src' | 'dst', namespace?: string): string {
  const end = resolveEndpoint(cache, text, role, namespace === undefined ? {} : { namespace });
  return end instanceof AskError
    ? `? ${end.message}`
    : `${end.type} ${end.id} ${end.ip.text}${end.note === undefined ? '' : ` | ${end.note}`}`;
}

describe('one end', () => {
  type End = readonly [text: string, expected: string, role?: 'src' | 'dst', namespace?: string];
  const ends: readonly End[] = [
    ['10.244.1.8', 'pod shop/api-7d4f-b9b 10.244.1.8'],
    ['fd44:0:0::8', 'pod shop/api-7d4f-b9b fd44::8'],
    ['[fd44::8]', 'pod shop/api-7d4f-b9b fd44::8'],
    // The ended job had the address before.
    ['10.244.1.5', 'pod shop/client 10.244.1.5'],
    ['192.168.5.1', 'node node-a 192.168.5.1'],
    ['198.51.100.1', 'node node-a 198.51.100.1'],
    ['10.96.0.50', 'service shop/api 10.96.0.50'],
    ['8.8.8.8', 'external 8.8.8.8 8.8.8.8'],
    ['8.8.8.8', 'external 8.8.8.8 8.8.8.8', 'src'],
    ['::1', 'external ::1 ::1'],
    ['shop/client', 'pod shop/client 10.244.1.5'],
    ['shop/client', 'pod shop/client 10.244.1.5', 'src'],
    ['pod/shop/client', 'pod shop/client 10.244.1.5'],
    ['pod/client', 'pod shop/client 10.244.1.5 | client: took the pod shop/client'],
    ['pod/cache', 'pod default/cache 10.244.1.20'],
    ['pod/cache', 'pod blog/cache 10.244.1.21', 'dst', 'blog'],
    ['pod/tool', '? "tool" is in 2 namespaces: say pod/blog/tool or pod/shop/tool'],
    ['pod/tool', 'pod shop/tool 10.244.1.23', 'dst', 'shop'],
    ['svc/api', 'service shop/api 10.96.0.50 | api: took the service shop/api'],
    ['service/shop/api', 'service shop/api 10.96.0.50'],
    ['shop/svc/api', 'service shop/api 10.96.0.50'],
    ['shop/api', 'service shop/api 10.96.0.50 | shop/api: took the service'],
    ['node/node-a', 'node node-a 192.168.5.1'],
    ['node-a', 'node node-a 192.168.5.1 | node-a: took the node node-a'],
    [
      'ip-10-0-0-2.ec2.internal',
      'node ip-10-0-0-2.ec2.internal 192.168.5.2 | ip-10-0-0-2.ec2.internal: took the node ip-10-0-0-2.ec2.internal',
    ],
    ['api', 'service shop/api 10.96.0.50 | api: took the service shop/api'],
    ['api', 'pod shop/api-7d4f-b9b 10.244.1.8 | deploy/shop/api: took the ready pod shop/api-7d4f-b9b', 'src'],
    ['deploy/api', 'pod shop/api-7d4f-b9b 10.244.1.8 | deploy/shop/api: took the ready pod shop/api-7d4f-b9b'],
    ['sts/db', 'pod shop/db-0 10.244.1.9 | sts/shop/db: took the ready pod shop/db-0'],
    [
      'ds/shop/agent',
      'node node-a 192.168.5.1 | ds/shop/agent: took the ready pod shop/agent-1; shop/agent-1 uses the network of its node node-a',
    ],
    ['shop/agent-1', 'node node-a 192.168.5.1 | shop/agent-1 uses the network of its node node-a', 'src'],
    [
      'svc/db',
      'pod shop/db-0 10.244.1.9 | db: took the service shop/db; shop/db is headless: took its endpoint shop/db-0',
    ],
    ['api.shop', 'service shop/api 10.96.0.50'],
    ['api.shop.svc', 'service shop/api 10.96.0.50'],
    ['api.shop.svc.cluster.local', 'service shop/api 10.96.0.50'],
    ['api.shop.svc.corp.example.', 'service shop/api 10.96.0.50'],
    ['db-0.db.shop.svc.cluster.local', 'pod shop/db-0 10.244.1.9'],
    // What can't be answered.
    ['twin', '? "twin" is more than one thing: say pod/shop/twin or svc/shop/twin'],
    [
      'svc/api',
      '? "svc/api" is the service shop/api: packets are sent by pods and nodes, so a service cannot be the source',
      'src',
    ],
    [
      '10.96.0.50',
      '? "10.96.0.50" is the service shop/api: packets are sent by pods and nodes, so a service cannot be the source',
      'src',
    ],
    ['shop/clinet', '? there is no pod, service or workload "shop/clinet"; did you mean pod/shop/client?'],
    ['shpo/client', '? there is no namespace "shpo" for "shpo/client"; did you mean shop/client or pod/shop/client?'],
    ['svc/frontend', '? there is no service "svc/frontend"; did you mean svc/shop/web-frontend?'],
    ['blog/client', '? there is no pod, service or workload "blog/client"; did you mean pod/shop/client?'],
    ['ap', '? there is no pod, service, node or workload "ap"; did you mean deploy/shop/api or svc/shop/api?'],
    ['apj.shop.svc', '? no service has the DNS name "apj.shop.svc"; did you mean api.shop?'],
    ['apj.shop', '? there is no pod, service, node or workload "apj.shop"; did you mean api.shop?'],
    ['api.shpo', '? there is no pod, service, node or workload "api.shpo"; did you mean api.shop?'],
    ['ds/api', '? there is no daemonset "ds/api"; did you mean svc/shop/api or deploy/shop/api?'],
    ['zzz-nothing-like-it', '? there is no pod, service, node or workload "zzz-nothing-like-it"'],
    ['shop/waiting', '? pod shop/waiting has no address yet (Pending)'],
    ['shop/job-1', '? pod shop/job-1 has ended (Succeeded): it has no network any more'],
    ['deploy/idle', '? deploy/shop/idle has no running pod with an address'],
    ['svc/out', "? service shop/out only stands for the host name example.com: ask for that host's address"],
    ['svc/empty', '? service blog/empty is headless and has no ready endpoint: its name resolves to nothing'],
    ['10.0.0.256', '? "10.0.0.256" is not an IP address'],
    ['fe80::1%eth0', '? "fe80::1%eth0" is not an IP address'],
    ['10.0.0.1:80', '? "10.0.0.1:80" has a port in it: give 10.0.0.1 alone, and -p 80'],
    ['[fd44::8]:80', '? "[fd44::8]:80" has a port in it: give [fd44::8] alone, and -p 80'],
    ['http://api.shop', '? "http://api.shop" is a URL: give the host alone, and its port with -p'],
    ['', '? an empty name was asked for'],
    ['a//b', '? "a//b" is neither an address nor a name such as ns/pod, svc/x or node/x'],
    [
      'thing/shop/x',
      '? "thing/shop/x" has an unknown type "thing"; known are pod, svc, node, deploy, ds, sts, rs and job',
    ],
    ['__proto__', '? there is no pod, service, node or workload "__proto__"'],
  ];
  it.each(ends.map((end) => ({ end, text: end[0] })))('$text', ({ end: [text, expected, role, namespace] }) => {
    expect(shown(text, role ?? 'dst', namespace)).toBe(expected);
  });
});

describe('a whole question', () => {
  it.each<readonly [name: string, asked: Partial<AskedQuestion>, expected: string]>([
    ['a service port by its name', { dst: 'svc/api', port: 'http' }, '10.244.1.5 -> 10.96.0.50:80/tcp'],
    ['a number as text', { dst: 'svc/api', port: '80' }, '10.244.1.5 -> 10.96.0.50:80/tcp'],
    [
      'a name of the other protocol',
      { dst: 'svc/api', port: 'dns' },
      '? port "dns" of shop/api is udp, not tcp: ask with --protocol udp',
    ],
    ['the same with its protocol', { dst: 'svc/api', port: 'dns', protocol: 'udp' }, '10.244.1.5 -> 10.96.0.50:53/udp'],
    [
      'an unknown port name',
      { dst: 'svc/api', port: 'htpp' },
      '? shop/api has no port "htpp"; it has http 80/tcp, dns 53/udp; did you mean http?',
    ],
    ["a container's port by its name", { dst: 'shop/api-7d4f-b9b', port: 'http' }, '10.244.1.5 -> 10.244.1.8:8080/tcp'],
    [
      'a headless service: the name gives the target port',
      { dst: 'svc/db', port: 'sql' },
      '10.244.1.5 -> 10.244.1.9:5432/tcp',
    ],
    [
      'a name at an outside address',
      { dst: '8.8.8.8', port: 'https' },
      '? 8.8.8.8 has no named port "https": give the number',
    ],
    ['no port, and the target has one', { dst: 'shop/web-frontend' }, '10.244.1.5 -> 10.96.0.51:443/tcp'],
    ['no port, and nothing tells', { dst: 'node/node-a' }, '? a port is needed'],
    ['no port, one of the protocol', { dst: 'svc/api' }, '10.244.1.5 -> 10.96.0.50:80/tcp'],
    ['icmp has no port', { dst: 'svc/api', protocol: 'icmp' }, '10.244.1.5 -> 10.96.0.50:0/icmp'],
    ['a port out of range', { dst: 'svc/api', port: 70_000 }, '? 70000 is no port: ports are numbers from 1 to 65535'],
    ['v6 on wish', { dst: 'svc/api', port: 80, family: 6 }, 'fd44::5 -> fd96::50:80/tcp'],
    ['the family that both have', { dst: 'blog/six', port: 80 }, 'fd44::5 -> fd44::60:80/tcp'],
    [
      'no family in common',
      { src: 'shop/db-0', dst: 'blog/six', port: 80 },
      '? shop/db-0 has only IPv4 and blog/six only IPv6: there is no family that both have',
    ],
    [
      'a family that one lacks',
      { dst: 'shop/web-frontend', port: 443, family: 6 },
      '? shop/web-frontend has no IPv6 address',
    ],
    ['an outside source', { src: '203.0.113.9', dst: 'svc/api', port: 80 }, '203.0.113.9 -> 10.96.0.50:80/tcp'],
    [
      'an outside source decides the family',
      { src: '2001:db8::9', dst: 'svc/api', port: 80 },
      '2001:db8::9 -> fd96::50:80/tcp',
    ],
  ])('%s', (_, asked, expected) => {
    const resolved = resolveQuestion(cache, { src: 'shop/client', dst: '', ...asked });
    if (resolved instanceof AskError) return expect(`? ${resolved.message}`).toBe(expected);
    const { src, dst, port, protocol } = resolved.question;
    expect(`${src.ip.text} -> ${dst.ip.text}:${port}/${protocol}`).toBe(expected);
  });
});
