/** The commands that make a site out of empty network namespaces, in the order in which they run. */
import { assertNever } from '../src/model/assert-never.ts';
import { namespaceOf, type Site, type SiteNode, type SitePod } from './site.ts';
import type { Batch, Command, SysctlPair } from './engine.ts';
import { bridgeRules, flannelRules, kubeletRules, poolRules, portmapRules } from './rules/plugin-rules.ts';
import { kubeProxyRules } from './rules/kube-proxy.ts';
import { kubeProxyIpvs } from './rules/kube-proxy-ipvs.ts';
import { kubeProxyNftables } from './rules/kube-proxy-nftables.ts';
import { restoreText, type Rules } from './rules/ruleset.ts';

export interface BuildPlan {
  readonly namespaces: readonly string[];
  /** Before any device is made, so that devices inherit them. */
  readonly sysctls: Readonly<Record<string, readonly SysctlPair[]>>;
  /** Batches of one phase run side by side; the phases one after the other. */
  readonly phases: readonly (readonly Batch[])[];
  /** After the devices are there. */
  readonly deviceSysctls: Readonly<Record<string, readonly SysctlPair[]>>;
  readonly changes: readonly (Batch & { readonly mayBeRefused: boolean })[];
}

export function planBuild(site: Site): BuildPlan {
  const names = ['lan', 'outside', ...site.nodes.map((node) => node.name), ...site.pods.map((pod) => pod.id)];
  return {
    namespaces: names,
    sysctls: Object.fromEntries(
      names.map((name) => [
        name,
        [...COMMON_SYSCTLS, ...(site.nodes.some((node) => node.name === name) ? NODE_SYSCTLS : [])],
      ]),
    ),
    phases: [
      [{ ns: 'lan', commands: [ipBatch(lanLines(site))] }],
      site.nodes.map((node) => ({ ns: node.name, commands: nodeCommands(site, node) })),
      [
        { ns: 'outside', commands: [ipBatch(outsideLines(site))] },
        ...site.pods.map((pod) => ({ ns: pod.id, commands: [ipBatch(podLines(site, pod))] })),
      ],
    ],
    deviceSysctls:
      site.scenario.wiring !== 'routed'
        ? {}
        : Object.fromEntries(
            site.nodes.map((node) => [
              node.name,
              podsOf(site, node).flatMap((pod): SysctlPair[] => [
                [`net/ipv4/conf/${pod.veth}/proxy_arp`, '1'],
                [`net/ipv4/neigh/${pod.veth}/proxy_delay`, '0'],
              ]),
            ]),
          ),
    changes: (site.scenario.change?.(site) ?? []).map((change) => ({
      ns: namespaceOf(change.in),
      commands: [{ sh: change.sh }],
      mayBeRefused: change.mayBeRefused === true,
    })),
  };
}

// No rationing of ICMP, else a reject looks like a time-out; no duplicate address detection and no router discovery, else a
// new address is not there for a second; no redirects, else one probe changes the way of the next; rp_filter and friends as in a kernel's own defaults, whatever this machine set.
const COMMON_SYSCTLS: readonly SysctlPair[] = [
  ['net/ipv4/icmp_ratelimit', '0'],
  ['net/ipv4/icmp_ratemask', '0'],
  ['net/ipv4/icmp_msgs_per_sec', '1000000'],
  ['net/ipv4/icmp_msgs_burst', '100000'],
  ['net/ipv6/icmp/ratelimit', '0'],
  ['net/ipv4/ping_group_range', '0 0'],
  ['net/ipv4/conf/all/rp_filter', '0'],
  ['net/ipv4/conf/default/rp_filter', '0'],
  ['net/ipv4/conf/all/accept_local', '0'],
  ['net/ipv4/conf/all/route_localnet', '0'],
  ['net/ipv4/conf/all/send_redirects', '0'],
  ['net/ipv4/conf/default/send_redirects', '0'],
  ['net/ipv6/conf/all/disable_ipv6', '0'],
  ['net/ipv6/conf/default/disable_ipv6', '0'],
  ['net/ipv6/conf/all/accept_dad', '0'],
  ['net/ipv6/conf/default/accept_dad', '0'],
  ['net/ipv6/conf/default/dad_transmits', '0'],
  ['net/ipv6/conf/all/accept_redirects', '0'],
  ['net/ipv6/conf/default/accept_redirects', '0'],
  ['net/ipv6/conf/all/accept_ra', '0'],
  ['net/ipv6/conf/default/accept_ra', '0'],
  ['net/ipv6/conf/default/router_solicitations', '0'],
];
const NODE_SYSCTLS: readonly SysctlPair[] = [
  ['net/ipv4/ip_forward', '1'],
  ['net/ipv6/conf/all/forwarding', '1'],
  ['net/ipv6/conf/default/forwarding', '1'],
  ['net/ipv4/conf/all/route_localnet', '1'],
  ['net/bridge/bridge-nf-call-iptables', '1'],
  ['net/bridge/bridge-nf-call-ip6tables', '1'],
];

/** The link-local next hop that calico gives every pod. */
const ROUTED_GATEWAY = { 4: '169.254.1.1', 6: 'fe80::ecee:eeff:feee:eeee' } as const;

function lanLines(site: Site): string[] {
  const ports = [
    ...site.nodes.map((node) => ({ name: `lan${node.index}`, ns: node.name, mac: node.mac })),
    { name: 'lan-outside', ns: 'outside', mac: '02:00:00:00:00:01' },
  ];
  return [
    'link set lo up',
    'link add br0 type bridge mcast_snooping 0',
    'link set br0 up',
    ...ports.flatMap((port) => [
      `link add ${port.name} type veth peer name eth0 address ${port.mac} netns @ns:${port.ns}@`,
      `link set ${port.name} master br0 up`,
    ]),
  ];
}

function outsideLines(site: Site): string[] {
  const length = site.pick('24', '64');
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${site.outside.ip}/${length} dev eth0`,
    `addr add ${site.outside.second}/${length} dev eth0`,
    ...site.nodes.map((node) => `route add ${node.podCIDR} via ${node.ip}`),
    `route add ${site.serviceCIDR} via ${site.nodes[0]!.ip}`,
    `route add ${site.pick('203.0.113.0/24', 'fd00:113::/64')} via ${site.nodes.at(-1)!.ip}`,
  ];
}

function nodeCommands(site: Site, node: SiteNode): Command[] {
  const commands: Command[] = [
    ipBatch(site.scenario.wiring === 'flat' ? flatLines(site, node) : apartLines(site, node)),
  ];
  if (site.scenario.wiring === 'vxlan') {
    commands.push({
      argv: ['bridge', '-batch', '-'],
      stdin: otherNodes(site, node)
        .map((other) => `fdb add ${other.vtepMac} dev ${site.vtep} dst ${other.ip} self permanent\n`)
        .join(''),
    });
  }
  if (site.scenario.wiring === 'routed') commands.push({ argv: ['ipset', 'restore'], stdin: poolRules(site).ipset });
  const ipvs = site.backend === 'ipvs' && site.scenario.hasRules !== false ? kubeProxyIpvs(site, node) : undefined;
  if (ipvs !== undefined) commands.push({ argv: ['ipset', 'restore'], stdin: ipvs.ipset });
  const rules = [
    ...(site.scenario.hasRules === false ? [] : rulesOf(site, node)),
    ...(site.scenario.hasTrace === true ? [TRACE_HANDSHAKES] : []),
  ];
  if (rules.length > 0) commands.push({ argv: [`${site.iptables}-restore`], stdin: restoreText(rules) });
  if (site.backend === 'nftables' && site.scenario.hasRules !== false)
    commands.push({ argv: ['nft', '-f', '-'], stdin: kubeProxyNftables(site, node) });
  if (ipvs !== undefined) {
    commands.push({ argv: ['ipvsadm', '-R'], stdin: ipvs.services }, { sh: ipvs.switches }, ipBatch(ipvs.device));
  }
  return commands;
}

/** Each node's pods in a network of their own. */
function apartLines(site: Site, node: SiteNode): string[] {
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${node.ip}/${site.pick('24', '64')} dev eth0`,
    `route add default via ${site.outside.ip}`,
    ...(site.scenario.wiring === 'routed' ? routedLines(site, node) : bridgedLines(site, node)),
    ...(site.scenario.wiring === 'vxlan'
      ? vxlanLines(site, node)
      : otherNodes(site, node).map((other) => `route add ${other.podCIDR} via ${other.ip} dev eth0`)),
  ];
}

/** Only the first packet of a connection is traced: that is the one that is simulated. */
const TRACE_HANDSHAKES: Rules = {
  table: 'raw',
  chains: [],
  rules: ['PREROUTING', 'OUTPUT'].map((chain) => `-A ${chain} -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TRACE`),
};

/** All rules of a healthy node, in the order in which the programs put them in. */
export function rulesOf(site: Site, node: SiteNode): Rules[] {
  return [
    ...portmapRules(site, node),
    ...kubeProxyPart(site, node),
    ...kubeletRules(site),
    ...(site.scenario.wiring === 'vxlan' || site.scenario.wiring === 'host-gw' ? flannelRules(site, node) : []),
    ...(site.scenario.wiring === 'bridge' ? bridgeRules(site, node) : []),
    ...(site.scenario.wiring === 'routed' ? poolRules(site).rules : []),
  ];
}

/** Rules of kube-proxy that iptables holds. */
function kubeProxyPart(site: Site, node: SiteNode): readonly Rules[] {
  switch (site.backend) {
    case 'nftables':
      return [];
    case 'ipvs':
      return kubeProxyIpvs(site, node).rules;
    case 'legacy':
    case 'nft':
      return kubeProxyRules(site, node);
    default:
      return assertNever(site.backend);
  }
}

function bridgedLines(site: Site, node: SiteNode): string[] {
  return [
    `link add cni0 mtu ${site.mtu} address ${node.bridgeMac} type bridge`,
    'link set cni0 up',
    `addr add ${node.gateway}/${site.pick('24', '64')} dev cni0`,
    ...podPorts(site, node),
  ];
}

/** One link for all: the uplink is a port of the pods' bridge, which has the node's own address as well. */
function flatLines(site: Site, node: SiteNode): string[] {
  return [
    'link set lo up',
    `link add cni0 address ${node.mac} type bridge`,
    'link set eth0 master cni0 up',
    'link set cni0 up',
    `addr add ${node.ip}/${site.pick('24', '64')} dev cni0`,
    `addr add ${node.gateway}/${flatLength(site)} dev cni0`,
    `route add default via ${site.outside.ip}`,
    ...podPorts(site, node),
  ];
}

/** The pods of all nodes are on one link. */
const flatLength = (site: Site): string => site.clusterCIDR.split('/')[1]!;

function podPorts(site: Site, node: SiteNode): string[] {
  return podsOf(site, node).flatMap((pod) => [
    `link add ${pod.veth} mtu ${site.mtu} type veth peer name eth0 address ${pod.mac} mtu ${site.mtu} netns @ns:${pod.id}@`,
    `link set ${pod.veth} master cni0 up`,
    `link set ${pod.veth} type bridge_slave hairpin on`,
  ]);
}

function routedLines(site: Site, node: SiteNode): string[] {
  return podsOf(site, node)
    .flatMap((pod) => [
      `link add ${pod.veth} mtu ${site.mtu} address ee:ee:ee:ee:ee:ee type veth peer name eth0 address ${pod.mac} mtu ${site.mtu} netns @ns:${pod.id}@`,
      `link set ${pod.veth} up`,
      `route add ${pod.host} dev ${pod.veth}${site.family === 4 ? ' scope link' : ''}`,
    ])
    .concat(`route add blackhole ${node.podCIDR}`);
}

function vxlanLines(site: Site, node: SiteNode): string[] {
  return [
    `link add ${site.vtep} address ${node.vtepMac} mtu ${site.mtu} type vxlan id 1 local ${node.ip} dev eth0 dstport 8472 nolearning`,
    `link set ${site.vtep} up`,
    `addr add ${node.vtepIP}/${site.bits} dev ${site.vtep}`,
    ...otherNodes(site, node).flatMap((other) => [
      `neigh add ${other.vtepIP} lladdr ${other.vtepMac} dev ${site.vtep} nud permanent`,
      `route add ${other.podCIDR} via ${other.vtepIP} dev ${site.vtep} onlink`,
    ]),
  ];
}

function podLines(site: Site, pod: SitePod): string[] {
  if (site.scenario.wiring === 'routed') {
    const gateway = ROUTED_GATEWAY[site.family];
    return [
      'link set lo up',
      'link set eth0 up',
      `addr add ${pod.host} dev eth0`,
      ...(site.family === 4 ? [`route add ${gateway} dev eth0 scope link`] : []),
      `route add default via ${gateway} dev eth0`,
    ];
  }
  return [
    'link set lo up',
    'link set eth0 up',
    `addr add ${pod.ip}/${site.scenario.wiring === 'flat' ? flatLength(site) : site.pick('24', '64')} dev eth0`,
    `route add default via ${pod.node.gateway} dev eth0`,
  ];
}

const podsOf = (site: Site, node: SiteNode): readonly SitePod[] => site.pods.filter((pod) => pod.node === node);
const otherNodes = (site: Site, node: SiteNode): readonly SiteNode[] => site.nodes.filter((other) => other !== node);

function ipBatch(lines: readonly string[]): Command {
  return { argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` };
}
