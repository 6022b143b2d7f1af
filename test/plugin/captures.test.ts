/** The captured clusters: healthy as they are; each thing broken is found, named, and alone. */
import { describe, expect, it } from 'vitest';
import { Context } from '../../src/context/index.ts';
import { idOf } from '../../src/k8s/index.ts';
import { ip, LEVEL } from '../../src/model/index.ts';
import type { Suspicion } from '../../src/model/index.ts';
import { choosePlugin } from '../../src/plugin/index.ts';
import { captured } from '../k8s/captured.ts';
import type { CaptureName, Captured, Edit } from '../k8s/captured.ts';

const NODES = ['kl-node1', 'kl-node2'] as const;
const OUTSIDE = { 4: '192.168.77.1', 6: 'fd00:77::1' } as const;

type Family = 4 | 6;

/** Everything that may be asked: both nodes, all of their pods on the path, all of the other node's pods as peers. */
function checkAll(
  { cluster, view }: Captured,
  families: readonly Family[],
  context = new Context(),
): readonly Suspicion[] {
  const { plugin } = choosePlugin(cluster, context);
  return NODES.flatMap((name) => {
    const node = view(name);
    const others = NODES.filter((one) => one !== name);
    const peers = others.map((one) => ({
      node: cluster.cache.node(one)!,
      addresses: cluster.cache
        .podsOn(one)
        .filter((pod) => !pod.hostNetwork)
        .flatMap((pod) => pod.ips)
        .filter((address) => families.includes(address.family)),
    }));
    const pods = cluster.cache.podsOn(name).filter((pod) => !pod.hostNetwork);
    const client = pods.find((pod) => pod.name.startsWith('client'))!;
    return [
      ...families.flatMap((family) =>
        plugin.checkNode({
          cluster,
          view: node,
          peers,
          families: [family],
          leaving: { src: client.ips.find((one) => one.family === family)!, dst: ip(OUTSIDE[family]) },
        }),
      ),
      ...pods.flatMap((pod) => plugin.checkPod({ cluster, view: node, pod, netns: node.pods.get(idOf(pod))! })),
    ];
  });
}

const found = (suspicions: readonly Suspicion[]): readonly string[] =>
  [...new Set(suspicions.filter((one) => one.level > LEVEL.info).map((one) => `${one.code} ${one.node}`))].toSorted();

describe.each(['iptables-vxlan', 'nftables-hostgw'] as const)('%s', (name) => {
  it.each([
    ['flannel', undefined],
    ['generic', 'weave'],
  ])('says nothing above Info against a healthy cluster (%s)', (plugin, asked) => {
    const context = new Context(new Map(asked === undefined ? [] : [['network-plugin', asked]]));
    const cluster = captured(name);
    expect(choosePlugin(cluster.cluster, context).plugin.name).toBe(plugin);
    expect(checkAll(cluster, [4, 6], context).filter((one) => one.level > LEVEL.info)).toEqual([]);
  });

  it('knows flannel and its settings, and from where', () => {
    const { cluster } = captured(name);
    const { plugin, detection } = choosePlugin(cluster, new Context());
    expect(detection).toEqual({ plugin: 'flannel', from: 'ConfigMap kube-system/kube-flannel-cfg' });
    const backend = name === 'iptables-vxlan' ? 'vxlan' : 'host-gw';
    expect(plugin.describe(cluster).map(({ what, value, from }) => `${what} = ${value} (${from})`)).toEqual([
      `flannel backend = ${backend} (ConfigMap kube-system/kube-flannel-cfg)`,
      'flannel network = 10.77.0.0/16,fd77::/48 (ConfigMap kube-system/kube-flannel-cfg)',
      'flannel ip-masq = true (--ip-masq of DaemonSet kube-system/kube-flannel-ds)',
      'flannel bridge = cni0 (default)',
    ]);
    const flags = { 'flannel-bridge': 'br0', 'flannel-host-interface': 'eth1', 'flannel-pod-mtu': 1400 };
    const given = choosePlugin(cluster, new Context(new Map(Object.entries(flags)))).plugin.describe(cluster);
    expect(given.map(({ what, value, from }) => `${what} = ${value} (${from})`)).toEqual(
      expect.arrayContaining([
        'flannel bridge = br0 (flag --flannel-bridge)',
        'node interface = eth1 (flag --flannel-host-interface)',
        'pod MTU = 1400 (flag --flannel-pod-mtu)',
      ]),
    );
    expect(plugin.linkTypeBetweenNodes(cluster)).toBe(backend === 'vxlan' ? 'vxlan' : 'infra');
  });
});

it('knows a k3s kind of flannel, without ConfigMap and DaemonSet, by what it wrote on the nodes', () => {
  const cluster = captured('iptables-vxlan', {
    objects: ({ Node, Pod, Service }) => ({
      Node: Node!,
      Pod: Pod!.filter((pod) => !JSON.stringify(pod).includes('flanneld')),
      Service: Service!,
    }),
  });
  expect(choosePlugin(cluster.cluster, new Context()).detection).toEqual({
    plugin: 'flannel',
    from: 'annotations of Node kl-node1',
  });
  expect(found(checkAll(cluster, [4, 6]))).toEqual([]);
});

interface Row {
  readonly name: string;
  readonly capture: CaptureName;
  readonly family?: Family;
  readonly edits: readonly Edit[];
  readonly wants: readonly string[];
  readonly says?: RegExp;
  readonly remedy?: RegExp;
}

/** Changes the JSON that a section holds. */
function json(
  section: Edit['section'],
  change: (rows: Record<string, never>[]) => unknown,
  where: { readonly node?: string; readonly pod?: string } = {},
): Edit {
  return {
    node: where.node ?? 'kl-node1',
    section,
    ...(where.pod === undefined ? {} : { pod: where.pod }),
    change: (text) => JSON.stringify(change(JSON.parse(text) as Record<string, never>[])),
  };
}

const without = (section: Edit['section'], fits: (row: Record<string, unknown>) => boolean, where = {}): Edit =>
  json(section, (rows) => rows.filter((row) => !fits(row)), where);
const patch = (
  section: Edit['section'],
  fits: (row: Record<string, unknown>) => boolean,
  values: object,
  where = {},
): Edit => json(section, (rows) => rows.map((row) => (fits(row) ? { ...row, ...values } : row)), where);
const rules = (family: Family, change: (text: string) => string): Edit => ({
  node: 'kl-node1',
  section: family === 4 ? 'iptables-nft-save' : 'ip6tables-nft-save',
  change,
});
const dropped = (text: string, pattern: RegExp): string =>
  text
    .split('\n')
    .filter((line) => !pattern.test(line))
    .join('\n');

const REMOTE = {
  4: { vxlan: '10.77.1.0/24', hostgw: '10.77.0.0/24' },
  6: { vxlan: 'fd77:0:0:1::/64', hostgw: 'fd77::/64' },
} as const;
const routes = (family: Family): Edit['section'] => (family === 4 ? 'ip4-route' : 'ip6-route');
const vtep = (family: Family): string => (family === 4 ? 'flannel.1' : 'flannel-v6.1');
const remoteVtep = (family: Family): string => (family === 4 ? '10.77.1.0' : 'fd77:0:0:1::');
const remoteMac = (family: Family): string => (family === 4 ? 'e2:ce:ca:7a:ed:af' : 'fa:be:c6:81:6f:bb');

const FILTER_FORWARD = /(\*filter[\s\S]*?):FORWARD ACCEPT/;

/** Faults that are alike in both families. */
const BOTH: readonly ((family: Family) => Row)[] = [
  (family) => ({
    name: 'vxlan: no route to the other node',
    capture: 'iptables-vxlan',
    edits: [without(routes(family), (row) => row['dst'] === REMOTE[family].vxlan)],
    wants: ['NODE_ROUTE_MISSING kl-node1'],
    says: /kl-node1 has no route to .*the pods of kl-node2/,
    remedy: /via \S+ dev flannel(-v6)?\.1 onlink/,
  }),
  (family) => ({
    name: 'host-gw: no route to the other node',
    capture: 'nftables-hostgw',
    edits: [without(routes(family), (row) => row['dst'] === REMOTE[family].hostgw)],
    wants: ['NODE_ROUTE_MISSING kl-node1'],
    remedy: /route replace \S+ via (192\.168\.77\.12|fd00:77::12)/,
  }),
  (family) => ({
    name: 'host-gw: the route goes to a wrong node',
    capture: 'nftables-hostgw',
    edits: [
      patch(routes(family), (row) => row['dst'] === REMOTE[family].hostgw, {
        gateway: family === 4 ? '192.168.77.99' : 'fd00:77::99',
      }),
    ],
    wants: ['NODE_ROUTE_WRONG kl-node1'],
    says: /and not via/,
  }),
  (family) => ({
    name: 'vxlan: the route lacks the tunnel',
    capture: 'iptables-vxlan',
    edits: [
      patch(routes(family), (row) => row['dst'] === REMOTE[family].vxlan, {
        gateway: family === 4 ? '192.168.77.12' : 'fd00:77::12',
        dev: 'eth0',
      }),
    ],
    wants: ['NODE_ROUTE_WRONG kl-node1'],
  }),
  (family) => ({
    name: 'vxlan: a more exact route takes one pod elsewhere',
    capture: 'iptables-vxlan',
    edits: [
      json(routes(family), (rows) => [
        ...rows,
        {
          dst: family === 4 ? '10.77.1.2' : 'fd77:0:0:1::2',
          gateway: family === 4 ? '192.168.77.1' : 'fd00:77::1',
          dev: 'eth0',
          flags: [],
          ...(family === 6 ? { metric: 1024, pref: 'medium' } : {}),
        },
      ]),
    ],
    wants: ['NODE_ROUTE_WRONG kl-node1'],
    remedy: /route del (10\.77\.1\.2\/32|fd77:0:0:1::2\/128)/,
  }),
  (family) => ({
    name: 'vxlan: a blackhole',
    capture: 'iptables-vxlan',
    edits: [
      json(routes(family), (rows) =>
        rows.map((row) =>
          row['dst'] === REMOTE[family].vxlan
            ? {
                type: 'blackhole',
                dst: row['dst'],
                flags: [],
                ...(family === 6 ? { dev: 'lo', metric: 1024, pref: 'medium' } : {}),
              }
            : row,
        ),
      ),
    ],
    wants: ['NODE_ROUTE_WRONG kl-node1'],
    says: /blackhole/,
  }),
  (family) => ({
    name: 'vxlan: no neighbour entry',
    capture: 'iptables-vxlan',
    edits: [without('ip-neigh', (row) => row['dst'] === remoteVtep(family))],
    wants: ['VTEP_NEIGHBOUR_MISSING kl-node1'],
    remedy: /ip neigh replace/,
  }),
  (family) => ({
    name: 'vxlan: a stale neighbour entry',
    capture: 'iptables-vxlan',
    edits: [patch('ip-neigh', (row) => row['dst'] === remoteVtep(family), { lladdr: '02:00:00:00:00:99' })],
    wants: ['VTEP_NEIGHBOUR_WRONG kl-node1'],
    says: /has the MAC 02:00:00:00:00:99/,
  }),
  (family) => ({
    name: 'vxlan: no FDB entry',
    capture: 'iptables-vxlan',
    edits: [without('bridge-fdb', (row) => row['mac'] === remoteMac(family))],
    wants: ['VTEP_FDB_MISSING kl-node1'],
    remedy: /bridge fdb append/,
  }),
  (family) => ({
    name: 'vxlan: the FDB has the old address of the node',
    capture: 'iptables-vxlan',
    edits: [
      patch('bridge-fdb', (row) => row['mac'] === remoteMac(family), {
        dst: family === 4 ? '192.168.77.99' : 'fd00:77::99',
      }),
    ],
    wants: ['VTEP_FDB_WRONG kl-node1'],
    says: /sends vxlan packets for kl-node2 to/,
  }),
  (family) => ({
    name: 'vxlan: the device has another MAC than registered',
    capture: 'iptables-vxlan',
    edits: [patch('ip-link', (row) => row['ifname'] === vtep(family), { address: '02:00:00:00:00:99' })],
    wants: ['VTEP_WRONG kl-node1'],
    says: /registered/,
  }),
  (family) => ({
    name: 'vxlan: the device has another VNI and port',
    capture: 'iptables-vxlan',
    edits: [
      json('ip-link', (rows) =>
        rows.map((row) => {
          const info = row as unknown as { ifname: string; linkinfo?: { info_data: object } };
          return info.ifname === vtep(family)
            ? { ...info, linkinfo: { ...info.linkinfo, info_data: { ...info.linkinfo!.info_data, id: 7, port: 4789 } } }
            : row;
        }),
      ),
    ],
    wants: ['VTEP_WRONG kl-node1'],
    says: /has VNI 7 and not 1, uses UDP port 4789 and not 8472/,
  }),
  (family) => ({
    name: 'vxlan: the device is gone, and its routes with it',
    capture: 'iptables-vxlan',
    edits: [
      without('ip-link', (row) => row['ifname'] === vtep(family)),
      without('ip-addr', (row) => row['ifname'] === vtep(family)),
      without(routes(family), (row) => row['dev'] === vtep(family)),
    ],
    wants: ['NODE_ROUTE_MISSING kl-node1', 'VTEP_MISSING kl-node1'],
  }),
  (family) => ({
    name: 'vxlan: the tunnel is as big as the outer interface',
    capture: 'iptables-vxlan',
    edits: [patch('ip-link', (row) => row['ifname'] === vtep(family), { mtu: 1500 })],
    wants: ['MTU_MISMATCH kl-node1'],
    says: family === 4 ? /room for 1450/ : /room for 1430/,
  }),
  (family) => ({
    name: 'no masquerade rule',
    capture: 'iptables-vxlan',
    edits: [rules(family, (text) => dropped(text, /-j FLANNEL-POSTRTG/))],
    wants: ['MASQUERADE_MISSING kl-node1'],
    says: /does not masquerade packets from/,
  }),
  (family) => ({
    name: 'FORWARD drops, and flannel forgot its rules',
    capture: 'iptables-vxlan',
    edits: [rules(family, (text) => dropped(text, /-j FLANNEL-FWD/).replace(FILTER_FORWARD, '$1:FORWARD DROP'))],
    wants: ['FORWARD_RULES_MISSING kl-node1'],
  }),
  (family) => ({
    name: 'FORWARD drops, and flannel accepts its own',
    capture: 'iptables-vxlan',
    edits: [rules(family, (text) => text.replace(FILTER_FORWARD, '$1:FORWARD DROP'))],
    wants: [],
  }),
  (family) => ({
    name: 'a rule of somebody else drops pod traffic',
    capture: 'iptables-vxlan',
    edits: [
      rules(family, (text) => text.replace(/^(.*-A FORWARD .*-j FLANNEL-FWD)$/m, '[0:0] -A FORWARD -j DROP\n$1')),
    ],
    wants: [],
  }),
  (family) => ({
    name: 'the node does not forward',
    capture: 'nftables-hostgw',
    edits: [
      {
        node: 'kl-node1',
        section: 'sysctl',
        change: (text) =>
          text.replace(
            family === 4 ? /^(.*ipv4.ip_forward ?[=:] ?)1$/m : /^(.*ipv6.conf.all.forwarding ?[=:] ?)1$/m,
            '$10',
          ),
      },
    ],
    wants: ['SYSCTL_UNEXPECTED kl-node1'],
    remedy: /sysctl -w/,
  }),
  (family) => ({
    name: 'the pod has no default route',
    capture: 'iptables-vxlan',
    edits: [without(routes(family), (row) => row['dst'] === 'default', { pod: 'shop/client-a' })],
    wants: ['POD_DEFAULT_ROUTE_MISSING shop/client-a'],
    says: new RegExp(`no IPv${family} default route`),
  }),
  (family) => ({
    name: 'the pod lost its address',
    capture: 'iptables-vxlan',
    edits: [
      json(
        'ip-addr',
        (rows) =>
          rows.map((row) => ({
            ...row,
            addr_info: (row['addr_info'] as unknown as { local: string }[]).filter(
              (one) => one.local !== (family === 4 ? '10.77.0.4' : 'fd77::4'),
            ),
          })),
        { pod: 'shop/client-a' },
      ),
    ],
    wants: ['POD_ADDRESS_MISMATCH shop/client-a'],
  }),
  (family) => ({
    name: 'no route to the own pods',
    capture: 'iptables-vxlan',
    edits: [
      without(
        routes(family),
        (row) => row['dst'] === (family === 4 ? '10.77.0.0/24' : 'fd77::/64') && row['dev'] === 'cni0',
      ),
    ],
    wants: ['HOST_ROUTE_MISSING kl-node1'],
  }),
  (family) => ({
    name: 'a stale route takes one of the own pods elsewhere',
    capture: 'iptables-vxlan',
    edits: [
      json(routes(family), (rows) => [
        ...rows,
        {
          dst: family === 4 ? '10.77.0.4' : 'fd77::4',
          dev: 'eth0',
          flags: [],
          ...(family === 4 ? { scope: 'link' } : { metric: 1024, pref: 'medium' }),
        },
      ]),
    ],
    wants: ['HOST_ROUTE_WRONG kl-node1'],
    says: /10\.77\.0\.4|fd77::4/,
  }),
];

const ROWS: readonly Row[] = [
  ...BOTH.flatMap((make) => ([4, 6] as const).map((family) => ({ ...make(family), family }))),
  {
    name: 'a veth is no port of the bridge',
    capture: 'iptables-vxlan',
    edits: [
      json('ip-link', (rows) =>
        rows.map((row) => (row['ifname'] === 'veth35052964' ? { ...row, master: undefined } : row)),
      ),
    ],
    wants: ['BRIDGE_PORT_MISSING kl-node1'],
    remedy: /ip link set veth35052964 master cni0/,
  },
  {
    name: 'a veth is no port, and the bridge lost its addresses',
    capture: 'iptables-vxlan',
    edits: [
      json('ip-link', (rows) =>
        rows.map((row) => (row['ifname'] === 'veth35052964' ? { ...row, master: undefined } : row)),
      ),
      ...(['ip4-route', 'ip6-route'] as const).map((section) => without(section, (row) => row['dev'] === 'cni0')),
    ],
    wants: ['BRIDGE_PORT_MISSING kl-node1', 'HOST_ROUTE_MISSING kl-node1'],
  },
  {
    name: "the node's end of a pod is down",
    capture: 'iptables-vxlan',
    edits: [
      patch('ip-link', (row) => row['ifname'] === 'veth35052964', {
        flags: ['BROADCAST', 'MULTICAST'],
        operstate: 'DOWN',
      }),
    ],
    wants: ['POD_INTERFACE_DOWN kl-node1'],
  },
  {
    name: 'the pod has nothing but loopback',
    capture: 'iptables-vxlan',
    edits: [without('ip-link', (row) => row['ifname'] !== 'lo', { pod: 'shop/client-a' })],
    wants: ['POD_INTERFACE_MISSING shop/client-a'],
  },
];

it.each(ROWS)('$name (family $family)', (row) => {
  const suspicions = checkAll(
    captured(row.capture, { edits: row.edits }),
    row.family === undefined ? [4, 6] : [row.family],
  );
  expect(found(suspicions)).toEqual(row.wants);
  for (const one of suspicions.filter(({ level }) => level > LEVEL.info)) {
    expect(one.remedy, one.message).toBeTruthy();
    if (row.says !== undefined && row.wants.length === 1) expect(one.message).toMatch(row.says);
    if (row.remedy !== undefined) expect(one.remedy).toMatch(row.remedy);
  }
});
