/** Devices whose packets are routed by a table of their own (VRF). */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode, SitePod } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];
const VRF = 'ip link add red type vrf table 10; ip link set red up';
const ACCEPT = 'sysctl -qw net.ipv4.tcp_l3mdev_accept=1 net.ipv4.udp_l3mdev_accept=1';

/** A device loses its routes, and its IPv6 addresses, when it is put into a VRF. */
function nodeInVrf(site: Site, node: SiteNode): Change {
  const { ip, pick } = site;
  const length = pick('24', '64');
  return {
    in: node,
    sh: [
      VRF,
      'ip link set cni0 master red; ip link set eth0 master red',
      ...(site.family === 6
        ? [`ip addr add ${node.gateway}/${length} dev cni0; ip addr add ${node.ip}/${length} dev eth0`]
        : []),
      `${ip} route add default via ${site.outside.ip} vrf red`,
      ...site.nodes
        .filter((other) => other !== node)
        .map((other) => `${ip} route add ${other.podCIDR} via ${other.ip} vrf red`),
    ].join('; '),
  };
}

function podInVrf(site: Site, pod: SitePod): Change {
  const address = site.family === 6 ? `ip addr add ${pod.ip}/64 dev eth0; ` : '';
  return {
    in: pod,
    sh: `${VRF}; ip link set eth0 master red; ${address}${site.ip} route add default via ${pod.node.gateway} vrf red`,
  };
}

/** The way between the nodes belongs to a VRF, the pods do not: each table has routes into the other. */
function uplinkInVrf(site: Site, node: SiteNode): Change {
  const { ip, pick } = site;
  const others = site.nodes.filter((other) => other !== node);
  return {
    in: node,
    sh: [
      VRF,
      'ip link set eth0 master red',
      ...(site.family === 6 ? [`ip addr add ${node.ip}/${pick('24', '64')} dev eth0`] : []),
      `${ip} route add default via ${site.outside.ip} vrf red`,
      ...others.map((other) => `${ip} route add ${other.podCIDR} via ${other.ip} vrf red`),
      `${ip} route add ${node.podCIDR} dev cni0 table 10`,
      ...others.map((other) => `${ip} route replace ${other.podCIDR} dev red`),
      `${ip} route replace default dev red`,
    ].join('; '),
  };
}

const ROWS: readonly Omit<Scenario, 'wiring' | 'backends' | 'needsKernel'>[] = [
  {
    name: 'vrf-node',
    about: 'all devices of a node belong to a VRF: it forwards, and its own sockets take nothing',
    change: (site) => [nodeInVrf(site, site.node('node-a'))],
  },
  {
    name: 'vrf-node-accepts',
    about: 'the same, and sockets that are bound to nothing take what comes in by a VRF',
    change: (site) => [nodeInVrf(site, site.node('node-a')), { in: site.node('node-a'), sh: ACCEPT }],
  },
  {
    name: 'vrf-pod',
    about: "a pod's device belongs to a VRF, and its sockets do not",
    change: (site) => [podInVrf(site, site.pod('api-1'))],
  },
  {
    name: 'vrf-pod-accepts',
    about: 'the same, and sockets that are bound to nothing take what comes in by a VRF',
    change: (site) => [podInVrf(site, site.pod('api-1')), { in: site.pod('api-1'), sh: ACCEPT }],
  },
  {
    name: 'vrf-route-into',
    about: "a node's way to the others is in a VRF, and routes lead into it and back",
    change: (site) => [uplinkInVrf(site, site.node('node-a'))],
  },
  {
    name: 'vrf-route-into-rules',
    about: 'the same, with rules that name the VRF and the device behind it',
    change: (site) => [
      uplinkInVrf(site, site.node('node-a')),
      {
        in: site.node('node-a'),
        sh: [
          `-I FORWARD -o red -d ${site.pod('api-2').host} -p udp -j DROP`,
          `-I OUTPUT -o eth0 -d ${site.pod('api-2').host} -p tcp --dport 8080 -j DROP`,
          `-I FORWARD -o eth0 -j DROP`,
        ]
          .map((rule) => `${site.iptables} ${rule}`)
          .join('; '),
      },
    ],
  },
  {
    name: 'vrf-rules',
    about: 'rules that name the VRF, a member of it, and the way out',
    change: (site) => [
      nodeInVrf(site, site.node('node-a')),
      {
        in: site.node('node-a'),
        sh: [
          '-I FORWARD -i red -p udp -j DROP',
          '-I FORWARD -i cni0 -p tcp -j DROP',
          `-I FORWARD -o eth0 -d ${site.pod('api-2').host} -p tcp -j REJECT`,
          '-t mangle -I PREROUTING -i red -p tcp --dport 81 -j DROP',
          `-I INPUT -i eth0 -p ${site.pick('icmp --icmp-type', 'icmpv6 --icmpv6-type')} echo-request -j DROP`,
        ]
          .map((rule) => `${site.iptables} ${rule}`)
          .join('; '),
      },
    ],
  },
];

export const GUEST_VRF: readonly Scenario[] = ROWS.map((row) => ({
  wiring: 'host-gw',
  backends: NFT,
  needsKernel: 'vrf',
  ...row,
}));
