/** Devices that stand on others: VLANs, bonds, ipvlans; as the way out of a node, and as a pod's own. */
import { betweenPods, podsOnUplink } from './pods-on-uplink.ts';
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SiteNode, SitePod } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];

/** Everything that the node has on eth0 is on another device then. */
function moveNode(site: Site, node: SiteNode, dev: string): string {
  const { ip } = site;
  const length = site.pick('24', '64');
  return [
    `${ip} addr flush dev eth0 scope global`,
    `ip link set ${dev} up`,
    `${ip} addr add ${node.ip}/${length} dev ${dev}`,
    `${ip} route replace default via ${site.outside.ip} dev ${dev}`,
    ...site.nodes
      .filter((other) => other !== node)
      .map((other) => `${ip} route replace ${other.podCIDR} via ${other.ip} dev ${dev}`),
  ].join('; ');
}

function moveOutside(site: Site, dev: string): string {
  const { ip } = site;
  const length = site.pick('24', '64');
  return [
    `${ip} addr flush dev eth0 scope global`,
    `ip link set ${dev} up`,
    ...[site.outside.ip, site.outside.second].map((own) => `${ip} addr add ${own}/${length} dev ${dev}`),
    ...site.nodes.map((node) => `${ip} route replace ${node.podCIDR} via ${node.ip} dev ${dev}`),
    `${ip} route replace ${site.serviceCIDR} via ${site.nodes[0]!.ip} dev ${dev}`,
  ].join('; ');
}

const addVlan = (lower: string, name: string, id: number): string =>
  `ip link add link ${lower} name ${name} type vlan id ${id}`;

function vlanUplink(site: Site): Change[] {
  const add = addVlan('eth0', 'eth0.100', 100);
  return [
    ...site.nodes.map((node) => ({ in: node, sh: `${add}; ${moveNode(site, node, 'eth0.100')}` })),
    { in: 'outside', sh: `${add}; ${moveOutside(site, 'eth0.100')}` },
  ];
}

/** A device of the node that leads to one pod alone. */
const leadTo = (site: Site, pod: SitePod, dev: string): string =>
  `ip link set ${dev} up; ip addr add ${pod.node.gateway}/${site.bits} dev ${dev}; ${site.ip} route add ${pod.host} dev ${dev}`;

function vlanInPod(site: Site, idInPod: number): Change[] {
  const pod = site.pod('client');
  const length = site.pick('24', '64');
  return [
    {
      in: pod.node,
      sh: `ip link set ${pod.veth} nomaster; ${addVlan(pod.veth, 'pod30', 30)}; ${leadTo(site, pod, 'pod30')}`,
    },
    {
      in: pod,
      sh: `${site.ip} addr flush dev eth0 scope global; ${addVlan('eth0', 'eth0.30', idInPod)}; ip link set eth0.30 up; ip addr add ${pod.ip}/${length} dev eth0.30; ${site.ip} route replace default via ${pod.node.gateway} dev eth0.30`,
    },
  ];
}

/** Each node has two wires to the network between the nodes, which are one device to it. */
function bonded(site: Site, options: string): Change[] {
  return [
    {
      in: 'lan',
      sh: site.nodes
        .map(
          ({ index, name }) =>
            `ip link add lan-b${index} type veth peer name eth1 netns @ns:${name}@; ip link set lan-b${index} master br0 up`,
        )
        .join('; '),
    },
    ...site.nodes.map((node) => ({
      in: node,
      sh: `ip link add bond0 type bond ${options}; for slave in eth0 eth1; do ip link set $slave down; ip link set $slave master bond0; done; ${moveNode(site, node, 'bond0')}`,
    })),
  ];
}

type Row = Omit<Scenario, 'wiring' | 'backends'>;

const VLAN: readonly Row[] = [
  {
    name: 'vlan-uplink',
    about: 'the nodes have their addresses in a VLAN of their uplink',
    change: vlanUplink,
  },
  {
    name: 'vlan-uplink-rules',
    about: 'rules at the device below see its frames without their tags, but for those that ask for one',
    change: (site) => [
      ...vlanUplink(site),
      {
        in: site.node('node-b'),
        sh: `nft 'table netdev lab { chain base { type filter hook ingress device "eth0" priority 0; ${[
          `${site.pick('ip', 'ip6')} daddr ${site.pod('api-2').ip} tcp dport 8080 drop`,
          'vlan id 100 udp dport 5353 drop',
          'vlan id 101 drop',
          `ether type ${site.pick('ip', 'ip6')} tcp dport 10250 drop`,
        ].join('; ')}; }; }'`,
      },
      {
        in: site.node('node-a'),
        sh: `nft 'table netdev lab { chain base { type filter hook egress device "eth0" priority 0; vlan id 100 udp dport 81 drop; }; chain above { type filter hook egress device "eth0.100" priority 0; vlan id 100 drop; tcp dport 81 drop; }; }'`,
      },
    ],
  },
  {
    name: 'vlan-on-bridge-rules',
    about: 'rules of family bridge where one port is in a VLAN of its own: a frame has its tag as it goes up',
    change: (site) => {
      const pod = site.pod('client');
      const rules = (tcp: string, udp: string): string => `${tcp} tcp dport 10250 drop; ${udp} udp dport 5353 drop`;
      return [
        {
          in: pod.node,
          sh: [
            `ip link set cni0 type bridge vlan_filtering 1; bridge vlan del dev ${pod.veth} vid 1; bridge vlan add dev ${pod.veth} vid 20 pvid untagged; bridge vlan add dev cni0 vid 20 self; ${addVlan('cni0', 'cni0.20', 20)}; ${leadTo(site, pod, 'cni0.20')}`,
            `nft 'table bridge lab { chain input { type filter hook input priority 0; ${rules('vlan id 20', 'ether type vlan')}; }; chain early { type filter hook prerouting priority -300; ${rules('vlan id 20', 'vlan id 1')}; }; }'`,
          ].join('; '),
        },
      ];
    },
  },
  {
    name: 'vlan-uplink-down',
    about: "the VLAN device of one node's uplink is down",
    change: (site) => [...vlanUplink(site), { in: site.node('node-b'), sh: 'ip link set eth0.100 down' }],
  },
  {
    name: 'vlan-on-bridge',
    about: "the client's port is in another VLAN of the bridge, which has a device of its own for it",
    change: (site) => {
      const pod = site.pod('client');
      return [
        {
          in: pod.node,
          sh: `ip link set cni0 type bridge vlan_filtering 1; bridge vlan del dev ${pod.veth} vid 1; bridge vlan add dev ${pod.veth} vid 20 pvid untagged; bridge vlan add dev cni0 vid 20 self; ${addVlan('cni0', 'cni0.20', 20)}; ${leadTo(site, pod, 'cni0.20')}`,
        },
      ];
    },
  },
  {
    name: 'vlan-pod',
    about: 'a pod sends tagged frames, and its node has a device for them',
    change: (site) => vlanInPod(site, 30),
  },
  {
    name: 'vlan-pod-other-tag',
    about: 'a pod sends frames with a tag that its node has no device for',
    change: (site) => vlanInPod(site, 31),
  },
  {
    name: 'vlan-cni',
    about: "pods with VLAN devices of their nodes' uplinks, as the vlan CNI makes them",
    change: (site) => podsOnUplink(site, 'vlan id 40', [site.pod('client'), site.pod('api-2')]),
    select: (probes, site) =>
      betweenPods(probes, site).filter(({ probe }) => probe.from !== 'shop/api-1' && probe.to !== site.pod('api-1').ip),
  },
];

const BOND: readonly Row[] = [
  {
    name: 'bond-active-backup',
    about: "the nodes' uplink is a bond of two, one of which sends",
    change: (site) => bonded(site, 'mode active-backup'),
  },
  {
    name: 'bond-active-backup-second',
    about: 'the second slave of one node is the active one',
    change: (site) => [
      ...bonded(site, 'mode active-backup'),
      { in: site.node('node-a'), sh: 'ip link set bond0 type bond active_slave eth1' },
    ],
  },
  {
    name: 'bond-active-backup-dead',
    about: 'the active slave has no carrier, and the bond does not look',
    change: (site) => [
      ...bonded(site, 'mode active-backup'),
      { in: 'lan', sh: `ip link set lan${site.node('node-b').index} down` },
    ],
  },
  {
    name: 'bond-without-slaves',
    about: 'a bond has lost its slaves',
    change: (site) => [
      ...bonded(site, 'mode active-backup'),
      { in: site.node('node-b'), sh: 'ip link set eth0 nomaster; ip link set eth1 nomaster' },
    ],
  },
  {
    name: 'bond-balance-xor',
    about: 'both slaves send',
    change: (site) => bonded(site, 'mode balance-xor'),
  },
  {
    name: 'bond-802-3ad',
    about: 'nobody speaks LACP, so one slave sends',
    change: (site) => bonded(site, 'mode 802.3ad'),
  },
];

const IPVLAN: readonly Row[] = [
  {
    name: 'ipvlan-l2',
    about: "pods with ipvlan devices on their nodes' uplinks",
    change: (site) => podsOnUplink(site, 'ipvlan mode l2 bridge'),
    select: betweenPods,
  },
  {
    name: 'ipvlan-l2-private',
    about: 'those of one node give each other nothing',
    change: (site) => podsOnUplink(site, 'ipvlan mode l2 private'),
    select: betweenPods,
  },
  ...['l3', 'l3s'].map((mode) => ({
    name: `ipvlan-${mode}`,
    about: 'the nodes route what the pods send',
    change: (site: Site) => podsOnUplink(site, `ipvlan mode ${mode} bridge`),
    select: betweenPods,
  })),
];

const rows = (all: readonly Row[], needsKernel: string): readonly Scenario[] =>
  all.map((row) => ({ wiring: 'host-gw', backends: NFT, needsKernel, ...row }));

export const GUEST_STACKED: readonly Scenario[] = [
  ...rows(VLAN, 'vlan'),
  ...rows(BOND, 'bond'),
  ...rows(IPVLAN, 'ipvlan'),
];
